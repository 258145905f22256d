/* An allocator that has nothing, for test plug-ins that never come to be asked. */
#ifndef NOBODY_H
#define NOBODY_H

#include "assay_plugin.h"

static uint32_t allocate(uint32_t count, uint32_t alignment) {
  (void)count, (void)alignment;
  return ASSAY_NONE;
}

static int64_t release(uint32_t first) {
  (void)first;
  return ASSAY_DONE;
}

#endif
