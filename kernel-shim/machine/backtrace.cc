#include "kernel-shim/machine/backtrace.h"

#include <optional>

#include "kernel-shim/cpus/cpus.h"
#include "kernel-shim/machine/console.h"
#include "kernel-shim/machine/probe.h"
#include "kernel-shim/memory/paging.h"

// boot.S and link.ld
extern "C" const std::uint32_t kernel_stack_begin[];
extern "C" const std::uint32_t kernel_stack_end[];
extern "C" const char image_physical_begin[];
extern "C" const char text_end[];

namespace assay::kernel {

namespace {

constexpr unsigned kMostCalls = 32;
constexpr unsigned kCallsPerLine = 8;

template <class T>
std::uint32_t address_of(const T* symbol) {
  return reinterpret_cast<std::uintptr_t>(symbol);
}

bool is_code(std::uint32_t address) {
  return address >= kDirectMapBase + address_of(image_physical_begin) &&
         address < address_of(text_end);
}

/// What a function pushes first: its caller's frame pointer, below the address it returns to.
struct StackFrame {
  std::uint32_t ebp;
  std::uint32_t returns_to;
};

StackPlace own_stack() {
  if (this_cpu() != 0) return stack_of_cpu(this_cpu());
  return {.begin = address_of(kernel_stack_begin), .end = address_of(kernel_stack_end)};
}

/// Another CPU's double fault runs in a directory that does not map its stack: it is probed.
std::optional<StackFrame> frame_at(std::uint32_t ebp) {
  const StackPlace stack = own_stack();
  const std::uint32_t last = stack.end - sizeof(StackFrame);
  if (ebp % alignof(StackFrame) != 0 || ebp < stack.begin || ebp > last) return {};
  const Probe caller = probe_read(ebp);
  const Probe returns_to = probe_read(ebp + sizeof caller.value);
  if (caller.faulted || returns_to.faulted) return {};
  return StackFrame{.ebp = caller.value, .returns_to = returns_to.value};
}

}  // namespace

void print_backtrace(CodePlace place) {
  for (unsigned i = 0; i < kMostCalls; ++i) {
    if (i % kCallsPerLine == 0) console << (i == 0 ? "# backtrace" : "\n# backtrace");
    console << ' ' << Hex{place.eip};
    if (!is_code(place.eip)) {
      console << "\n# the backtrace ends where there is no code\n";
      return;
    }
    if (place.ebp == 0) break;  // boot.S: nobody called it
    const std::optional<StackFrame> frame = frame_at(place.ebp);
    // A caller's frame lies above: a pointer that leads back would go on for ever.
    if (!frame || (frame->ebp != 0 && frame->ebp <= place.ebp)) {
      console << "\n# the backtrace ends at frame pointer " << Hex{place.ebp}
              << ", which is not on the stack, not mapped, or leads back\n";
      return;
    }
    place = {.eip = frame->returns_to - 1, .ebp = frame->ebp};
  }
  console << '\n';
}

}  // namespace assay::kernel
