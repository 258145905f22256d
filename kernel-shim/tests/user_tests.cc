/// Programs in ring 3: what they can do, and that what they cannot do ends them, not the kernel.
#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>

#include "kernel-shim/machine/user.h"
#include "kernel-shim/memory/address_space.h"
#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/sources/os161.h"
#include "kernel-shim/tests/frame_chain.h"
#include "kernel-shim/tests/tests.h"

// programs.S
#define ASSAY_PROGRAM(name)                    \
  extern "C" const std::byte program_##name[]; \
  extern "C" const std::byte program_##name##_end[]
ASSAY_PROGRAM(adds);
ASSAY_PROGRAM(drops_segments);
ASSAY_PROGRAM(waits_for_a_tick);
ASSAY_PROGRAM(masks_interrupts);
ASSAY_PROGRAM(writes_a_port);
ASSAY_PROGRAM(reads);
ASSAY_PROGRAM(writes);
ASSAY_PROGRAM(divides);
ASSAY_PROGRAM(interrupts);
ASSAY_PROGRAM(calls_nobody);
#undef ASSAY_PROGRAM
#define ASSAY_CODE(name) std::span(program_##name, program_##name##_end)

namespace assay::kernel {

namespace {

using Code = std::span<const std::byte>;

constexpr vaddr_t kCode = 0x0804'8000;
constexpr vaddr_t kStack = 0x0804'A000;  ///< the page above the code's is not mapped
constexpr std::uint32_t kArguments[] = {0xC010'1000, 40, 0x600D};
constexpr std::uint32_t kGeneralProtection = 13;

/// An address space with a page of code and one of stack.
class Process {
 public:
  Process() : as_(as_create()) {
    if (as_ == nullptr) return;
    code_ = page_alloc(as_, kCode, true);
    stack_ = page_alloc(as_, kStack, true);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (as_ != nullptr) as_destroy(as_);
  }

  [[nodiscard]] bool exists() const { return as_ != nullptr && code_ != 0 && stack_ != 0; }

  ProgramEnd run(Code code, std::span<const std::uint32_t> arguments) {
    std::memcpy(frame_bytes(Pfn{code_ / kFrameBytes}), code.data(), code.size());
    as_activate(as_);
    const ProgramEnd end =
        run_program({.eip = kCode, .esp = kStack + kFrameBytes, .arguments = arguments});
    load_kernel_directory();
    has_kernel_segments_ = has_kernel_segments_ && are_kernel_segments();
    return end;
  }

  /// Whether the kernel had its own segments behind each run. QEMU lets it do without.
  [[nodiscard]] bool has_kernel_segments() const { return has_kernel_segments_; }

 private:
  static bool are_kernel_segments() {
    std::uint32_t segments[4];
    asm volatile("movl %%ds, %0; movl %%es, %1; movl %%fs, %2; movl %%gs, %3"
                 : "=r"(segments[0]), "=r"(segments[1]), "=r"(segments[2]), "=r"(segments[3]));
    return std::ranges::all_of(segments, [](auto segment) { return segment == kDataSegment; });
  }

  addrspace* as_;
  bool has_kernel_segments_ = true;
  paddr_t code_ = 0;
  paddr_t stack_ = 0;
};

/// Makes a process. Returns: false, and the test has skipped or failed, if there can be none.
bool is_ready(Test& test, const Process& process) {
  test.check(process.exists(), "there are frames for a process");
  return process.exists();
}

/// A program that must be ended for this exception. `address`: what a page fault is about.
void expect_ended(Test& test, Process& process, Code code, std::uint32_t vector,
                  std::uint32_t address = 0) {
  const std::uint32_t arguments[] = {address};
  const ProgramEnd end = process.run(code, arguments);
  test.check(!end.ended_itself(), "the kernel ends it");
  if (end.ended_itself()) return;
  test.equal("the exception", end.vector, vector);
  test.check(std::string_view(end.reason) == name_of_exception(vector), "the reason names it");
  test.equal("the address of the fault", end.address, address);
  test.check(end.eip >= kCode && end.eip < kCode + code.size(), "it was at its own code");
}

}  // namespace

/// System calls, arguments, a stack of its own, interrupts while it runs, and no segments at all.
void programs_run_in_ring_3(Test& test) {
  if (!has_frames(test, kFramesOfASpace)) return;
  const FrameCounts before = count_frames();
  {
    Process process;
    if (!is_ready(test, process)) return;
    const ProgramEnd sum = process.run(ASSAY_CODE(adds), kArguments);
    test.check(sum.ended_itself(), "a program ends itself");
    test.equal("the sum of its arguments", sum.value, kArguments[0] + kArguments[1]);
    const ProgramEnd bare = process.run(ASSAY_CODE(drops_segments), kArguments);
    test.check(bare.ended_itself(), "one without segments ends itself");
    test.equal("its argument, the segment it had, and none", bare.value,
               kArguments[2] + kUserDataSegment);
    const ProgramEnd waited = process.run(ASSAY_CODE(waits_for_a_tick), {});
    test.check(waited.ended_itself(), "ticks come while a program runs");
    test.check(process.has_kernel_segments(), "the kernel has its own segments again");
  }
  test.check(count_frames() == before, "the counts are as before");
}

/// Privileged instructions, ports, kernel memory, pages that nobody mapped, the kernel's gates.
void what_a_program_may_not_do_ends_it(Test& test) {
  if (!has_frames(test, kFramesOfASpace)) return;
  const FrameCounts before = count_frames();
  {
    Process process;
    if (!is_ready(test, process)) return;
    static volatile std::uint32_t word = 0x600D;
    const auto kernels = reinterpret_cast<std::uintptr_t>(&word);
    expect_ended(test, process, ASSAY_CODE(masks_interrupts), kGeneralProtection);
    expect_ended(test, process, ASSAY_CODE(writes_a_port), kGeneralProtection);
    expect_ended(test, process, ASSAY_CODE(interrupts), kGeneralProtection);
    expect_ended(test, process, ASSAY_CODE(divides), 0);
    for (const std::uint32_t address : {kernels, memory().bios_data, 0x10U, kStack - 4U}) {
      expect_ended(test, process, ASSAY_CODE(reads), kPageFault, address);
      expect_ended(test, process, ASSAY_CODE(writes), kPageFault, address);
    }
    test.equal("the kernel's word", word, 0x600D);
    const ProgramEnd lost = process.run(ASSAY_CODE(calls_nobody), {});
    test.check(!lost.ended_itself() && std::string_view(lost.reason) == "no such system call",
               "a call that there is not ends it");
  }
  test.check(count_frames() == before, "the counts are as before");
}

}  // namespace assay::kernel
