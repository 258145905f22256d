#include "kernel-shim/machine/undefined.h"

#include <array>

#include "kernel-shim/machine/probe.h"

namespace assay::kernel {

namespace {

/// `ud1l kind(%eax), %eax`: three bytes and one for the kind, which kind 0 lacks.
constexpr std::uint32_t kTrap = 0x0040'B90F;
constexpr std::uint32_t kTrapOfKind0 = 0x0000'B90F;
constexpr std::uint32_t kTrapMask = 0x00FF'FFFF;
constexpr std::uint32_t kKindShift = 24;

/// By kind, in the order of clang 19's SanitizerHandler. nullptr: no check of these traps so.
constexpr std::array kKinds = std::to_array<const char*>({
    "an addition overflows",
    "what cannot be reached was reached",
    nullptr,
    "a division by zero, or one that overflows",
    nullptr,
    "a floating-point number fits into no integer",
    "a function is called as one of another type",
    "a conversion changes the value",
    "a builtin is called with what it does not take",
    nullptr,
    "a bool or enum holds what is no value of its type",
    "a function ends without the value that it returns",
    "a multiplication overflows",
    "a negation overflows",
    "an argument is null",
    "a returned pointer is null",
    "an argument is null",
    "a returned pointer is null",
    "an index is out of bounds",
    "a pointer runs out of its object, or of memory",
    "a shift by too much, or of what cannot be shifted",
    "a subtraction overflows",
    "a pointer is null, or misaligned",
    "an assumption about alignment does not hold",
    "an array of no positive length",
});

}  // namespace

const char* undefined_behaviour_at(std::uint32_t address) {
  const Probe code = probe_read(address);
  const std::uint32_t trap = code.value & kTrapMask;
  if (code.faulted || (trap != kTrap && trap != kTrapOfKind0)) return nullptr;
  const std::uint32_t kind = trap == kTrap ? code.value >> kKindShift : 0;
  const char* words = kind < kKinds.size() ? kKinds[kind] : nullptr;
  return words != nullptr ? words : "of a kind that is not known here";
}

}  // namespace assay::kernel
