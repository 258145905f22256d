/// Programs in ring 3: what they can do, and that what they cannot do ends them, not the kernel.
#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "kernel-shim/cpus/cpus.h"
#include "kernel-shim/machine/user.h"
#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/tests/frame_chain.h"
#include "kernel-shim/tests/process.h"
#include "kernel-shim/tests/tests.h"

// programs.S
ASSAY_PROGRAM(adds);
ASSAY_PROGRAM(drops_segments);
ASSAY_PROGRAM(waits_for_a_tick);
ASSAY_PROGRAM(meets_others);
ASSAY_PROGRAM(masks_interrupts);
ASSAY_PROGRAM(writes_a_port);
ASSAY_PROGRAM(reads);
ASSAY_PROGRAM(writes);
ASSAY_PROGRAM(divides);
ASSAY_PROGRAM(interrupts);
ASSAY_PROGRAM(calls_nobody);

namespace assay::kernel {

namespace {

constexpr vaddr_t kShared = 0xBFFF'F000;  ///< where a frame is that several have
constexpr std::uint32_t kArguments[] = {0xC010'1000, 40, 0x600D};
constexpr std::uint32_t kGeneralProtection = 13;

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
  test.check(end.eip >= Process::kCode && end.eip < Process::kCode + code.size(),
             "it was at its own code");
}

constexpr std::uint32_t kFaults = 200;  // of each CPU

/// What all CPUs share that run a program each.
struct Meeting {
  std::array<Process, kMostCpus> processes;
  Pfn word = take_frame();
  std::array<std::uint32_t, kMostCpus> values{};        ///< that each program ended with
  std::array<const AddressSpace*, kMostCpus> spaces{};  ///< in which it was then
  std::array<std::uint32_t, kMostCpus> wrong_faults{};  ///< that were not its own

  ~Meeting() {
    if (!word.is_none()) give_frame(word);
  }
  [[nodiscard]] bool is_ready() const {
    return !word.is_none() && std::ranges::all_of(processes, &Process::exists);
  }
};
constinit Meeting* the_meeting = nullptr;

std::uint32_t value_of(std::uint32_t cpu) { return 0x600D'0000 + cpu; }

/// A program that ends by itself, when all have begun; then some that are ended, each CPU's for an
/// address of its own.
void run_programs(std::uint32_t cpu) {
  Meeting& meeting = *the_meeting;
  Process& process = meeting.processes[cpu];
  const std::uint32_t arguments[] = {kShared, cpu_count(), value_of(cpu)};
  meeting.values[cpu] =
      process.run_with(meeting.word, kShared, ASSAY_CODE(meets_others), arguments).value;
  meeting.spaces[cpu] = process.last_loaded();
  const std::uint32_t nowhere[] = {kUserBase + cpu * kFrameBytes};
  for (std::uint32_t i = 0; i < kFaults; ++i) {
    const ProgramEnd end = process.run(ASSAY_CODE(reads), nowhere);
    if (end.ended_itself() || end.address != nowhere[0]) ++meeting.wrong_faults[cpu];
  }
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

/// Each in a space of its own, with arguments of its own; none ends before all have begun.
void programs_run_on_all_cpus_at_once(Test& test) {
  if (cpu_count() == 1) return test.skip("not asked for (cpus=N)");
  if (!has_frames(test, FrameCount{kMostCpus * kFramesOfASpace.value()})) return;
  const FrameCounts before = count_frames();
  {
    Meeting meeting;
    if (!meeting.is_ready()) return test.fail("there are no frames for a process on each CPU");
    *reinterpret_cast<std::uint32_t*>(frame_bytes(meeting.word)) = 0;
    the_meeting = &meeting;
    begin_on_others(run_programs);
    run_programs(0);
    wait_for_others();
    for (std::uint32_t cpu = 0; cpu < cpu_count(); ++cpu) {
      test.equal("the value of a CPU's own program", meeting.values[cpu], value_of(cpu));
      test.equal("faults that were not its own", meeting.wrong_faults[cpu], 0);
      test.check(meeting.processes[cpu].has_kernel_segments(), "the kernel has its own segments");
      test.check(meeting.spaces[cpu] != nullptr, "a CPU knows which space it has loaded");
      for (std::uint32_t other = 0; other < cpu; ++other) {
        test.check(meeting.spaces[cpu] != meeting.spaces[other], "it is its own");
      }
    }
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
    for (const std::uint32_t address : {kernels, memory().bios_data, 0x10U, Process::kStack - 4U}) {
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
