/* Between a plug-in and who runs it: the host's trial or the booted kernel.
 *
 * Not for adapters: assay_plugin.h has what they need. One object, `assay_box`, is linked into each
 * plug-in and found by name; who runs it fills it in before each call of `init`.
 */
#ifndef ASSAY_BOX_H
#define ASSAY_BOX_H

#include "../assay_plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a plug-in may ask of who runs it. */
typedef struct assay_services {
  void (*panicked)(const char *message);     /* the machine stops: does not return */
  void (*locked_twice)(const char *message); /* a lock is taken by who holds it: as above */
  void (*out_of_steps)(void);                /* does not return if a call is under way */
  void (*keep)(assay_run run);
  /* An access at `pc` that AddressSanitizer forbids; does not return if it is known. */
  void (*memory_error)(uintptr_t address, size_t size, const void *pc);
} assay_services;

struct assay_box {
  assay_map machine;
  const assay_services *services;
  uint64_t steps_left; /* each basic block of the plug-in's code takes one */
  uint32_t locks_held;
  const void *lock;     /* the one that was taken last, if any is held */
  const char *taken_by; /* the function that took it: "spin_lock", "splhigh" */
  char message[256];    /* of the last panic */
};

extern ASSAY_EXPORTED struct assay_box assay_box;

#ifdef __cplusplus
}
#endif

#endif
