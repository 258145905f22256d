/* The ways in which kernels stop. All of them end in assay_panic, with a message that says the
 * expression, the file and the line where they are known. */
#include "stub.h"

/* The last part of a path: the rest says where somebody keeps his files. */
ASSAY_UNCOUNTED static const char *file_name(const char *path) {
  const char *name = path != NULL ? path : "?";
  for (const char *at = name; *at != '\0'; ++at) {
    if (*at == '/') name = at + 1;
  }
  return name;
}

ASSAY_UNCOUNTED _Noreturn static void fail_assertion(const char *expression, const char *file,
                                                     int line, const char *function) {
  if (function == NULL) {
    assay_panic("assertion failed: %s (%s:%d)", expression, file_name(file), line);
  }
  assay_panic("assertion failed: %s (%s:%d, %s)", expression, file_name(file), line, function);
}

/* xv6 gives panic a plain text; a format is what all the others give. */
#define PANIC(name)                                         \
  _Noreturn ASSAY_STUB void name(const char *format, ...) { \
    va_list arguments;                                      \
    va_start(arguments, format);                            \
    assay_stop(format, arguments);                          \
  }
PANIC(panic)
PANIC(kpanic)
PANIC(kernel_panic)
PANIC(fatal)
PANIC(die)

/* JOS and uCore: panic is a macro around it. */
#define PANIC_AT(name)                                                                  \
  _Noreturn ASSAY_STUB void name(const char *file, int line, const char *format, ...) { \
    char text[128];                                                                     \
    va_list arguments;                                                                  \
    va_start(arguments, format);                                                        \
    assay_format(text, sizeof text, format, arguments);                                 \
    va_end(arguments);                                                                  \
    assay_panic("%s (%s:%d)", text, file_name(file), line);                             \
  }
PANIC_AT(_panic)
PANIC_AT(__panic)

/* The same: a warning, and on it goes. */
#define WARN_AT(name)                                                         \
  ASSAY_STUB void name(const char *file, int line, const char *format, ...) { \
    (void)file, (void)line, (void)format;                                     \
  }
WARN_AT(_warn)
WARN_AT(__warn)

/* Pintos and Weenix: macros are around it. */
#define PANIC_IN(name)                                                             \
  _Noreturn ASSAY_STUB void name(const char *file, int line, const char *function, \
                                 const char *format, ...) {                        \
    char text[128];                                                                \
    va_list arguments;                                                             \
    va_start(arguments, format);                                                   \
    assay_format(text, sizeof text, format, arguments);                            \
    va_end(arguments);                                                             \
    assay_panic("%s (%s:%d, %s)", text, file_name(file), line, function);          \
  }
PANIC_IN(debug_panic)
PANIC_IN(dbg_panic)

/* OS/161: behind KASSERT. */
_Noreturn ASSAY_STUB void badassert(const char *expression, const char *file, int line,
                                    const char *function) {
  fail_assertion(expression, file, line, function);
}

/* glibc and musl: behind assert of <assert.h>. */
_Noreturn ASSAY_STUB void __assert_fail(const char *expression, const char *file, unsigned line,
                                        const char *function) {
  fail_assertion(expression, file, (int)line, function);
}

/* newlib: the same. */
_Noreturn ASSAY_STUB void __assert_func(const char *file, int line, const char *function,
                                        const char *expression) {
  fail_assertion(expression, file, line, function);
}

/* Some libraries say (expression, file, line), others (file, line, expression). Nothing lies at an
 * address as low as a line's number. */
_Noreturn ASSAY_STUB void __assert(const char *first, uintptr_t second, uintptr_t third) {
  const uintptr_t highest_line = 0xFFFFF;
  if (second <= highest_line) fail_assertion((const char *)third, first, (int)second, NULL);
  fail_assertion(first, (const char *)second, (int)third, NULL);
}

/* Tutorials for beginners: behind ASSERT. */
_Noreturn ASSAY_STUB void panic_assert(const char *file, uint32_t line, const char *expression) {
  fail_assertion(expression, file, (int)line, NULL);
}

_Noreturn ASSAY_STUB void assertion_failed(const char *expression, const char *file, int line) {
  fail_assertion(expression, file, line, NULL);
}

_Noreturn ASSAY_STUB void BUG(void) { assay_panic("BUG"); }
_Noreturn ASSAY_STUB void abort(void) { assay_panic("abort was called"); }
_Noreturn ASSAY_STUB void halt(void) { assay_panic("halt was called"); }
_Noreturn ASSAY_STUB void __stack_chk_fail(void) {
  assay_panic("a function has written beyond its own variables (__stack_chk_fail)");
}
