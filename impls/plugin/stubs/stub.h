/* What the stubs share. Not for adapters.
 *
 * A stub is what kernel code expects to find when it is linked: a lock, a panic, memset. All are
 * weak, so that a definition of the same name in the plug-in's own sources wins. A stub therefore
 * never calls another stub by such a name: it may be somebody else's by then. What stubs need of
 * each other is named assay_… and declared here.
 */
#ifndef ASSAY_STUB_H
#define ASSAY_STUB_H

#include <stdarg.h>

#include "box.h"

/* Steps are counted to notice calls that never end. Stubs end, and take none: a memset of a page
 * would use up what a whole call may take. */
#if defined(__clang__)
#define ASSAY_UNCOUNTED __attribute__((no_sanitize("coverage")))
#else
#define ASSAY_UNCOUNTED __attribute__((no_sanitize_coverage))
#endif

#define ASSAY_STUB __attribute__((weak)) ASSAY_UNCOUNTED

/* As vsnprintf: writes at most `room` bytes with the closing 0. Returns the length of all of it. */
size_t assay_format(char *to, size_t room, const char *format, va_list arguments);

/* As assay_panic. */
_Noreturn void assay_stop(const char *format, va_list arguments);

#endif
