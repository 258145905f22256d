/* What compiled code calls where its behaviour is undefined, if that was asked for ('assay:
 * undefined' in the adapter): the machine stops, and says what was done and where.
 *
 * Each handler is given what the compiler knows of the place; in front stands where it is. Linux
 * and NetBSD have handlers of their own for the same reason: there is no library below a kernel. */
#include "stub.h"

struct place {
  const char *file;
  uint32_t line;
  uint32_t column;
};

/* Of an access to memory. */
struct access {
  struct place place;
  const void *type;
  unsigned char log_alignment;
  unsigned char kind;
};

ASSAY_UNCOUNTED _Noreturn static void stop_at(const struct place *at, const char *what) {
  const char *name = at->file != NULL ? at->file : "?";
  for (const char *c = name; *c != '\0'; ++c) {
    if (*c == '/') name = c + 1;
  }
  assay_panic("undefined behaviour: %s (%s:%u)", what, name, (unsigned)at->line);
}

#define HANDLER(name, what)                              \
  ASSAY_STUB void __ubsan_handle_##name(const void *at); \
  ASSAY_STUB void __ubsan_handle_##name(const void *at) { stop_at(at, what); }

HANDLER(add_overflow, "a signed addition overflows")
HANDLER(sub_overflow, "a signed subtraction overflows")
HANDLER(mul_overflow, "a signed multiplication overflows")
HANDLER(negate_overflow, "a signed negation overflows")
HANDLER(divrem_overflow, "a division by 0, or one that overflows")
HANDLER(shift_out_of_bounds, "a shift by too many bits, or of a bit into the sign")
HANDLER(out_of_bounds, "an index beyond the bounds of its array")
HANDLER(pointer_overflow, "a pointer is moved past the end of the address space, or from null")
HANDLER(load_invalid_value, "a value that its type does not have")
HANDLER(builtin_unreachable, "a place is reached that was said to be unreachable")
HANDLER(missing_return, "a function ends without a value")
HANDLER(vla_bound_not_positive, "an array of variable length is not longer than 0")
HANDLER(float_cast_overflow, "a floating-point number is too large for its integer")
HANDLER(invalid_builtin, "a bit is sought in 0 by a builtin function that needs one")
HANDLER(nonnull_arg, "null is passed for an argument that may not be null")
HANDLER(nullability_arg, "null is passed for an argument that may not be null")
HANDLER(alignment_assumption, "a pointer is not aligned as was said")

ASSAY_STUB void __ubsan_handle_type_mismatch_v1(const void *data, uintptr_t pointer);
ASSAY_STUB void __ubsan_handle_type_mismatch_v1(const void *data, uintptr_t pointer) {
  const struct access *access = data;
  const uintptr_t below_alignment = ((uintptr_t)1 << access->log_alignment) - 1;
  if (pointer == 0) stop_at(&access->place, "an access through a null pointer");
  if ((pointer & below_alignment) != 0) stop_at(&access->place, "a misaligned access");
  stop_at(&access->place, "an access beyond its object");
}

ASSAY_STUB void __ubsan_handle_nonnull_return_v1(const void *data, const void *at);
ASSAY_STUB void __ubsan_handle_nonnull_return_v1(const void *data, const void *at) {
  (void)data;
  stop_at(at, "null is returned by a function that may not return it");
}
