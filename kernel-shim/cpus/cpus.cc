#include "kernel-shim/cpus/cpus.h"

#include <array>
#include <atomic>
#include <cstring>

#include "kernel-shim/cpus/local_apic.h"
#include "kernel-shim/cpus/shootdown.h"
#include "kernel-shim/machine/exit.h"
#include "kernel-shim/machine/timer.h"
#include "kernel-shim/machine/trap.h"
#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/memory/page_maps.h"

// trampoline.S
extern "C" const std::byte trampoline_begin[];
extern "C" const std::byte trampoline_end[];

// For trampoline.S: how many CPUs are wanted, the boot CPU among them; how many others came; the
// address for cr3; the end of each stack.
extern "C" {
constinit std::uint32_t cpus_wanted = 1;
constinit std::atomic<std::uint32_t> cpus_arrived = 0;
constinit std::uint32_t cpu_directory = 0;
constinit std::array<std::uint32_t, assay::kernel::kMostCpus> cpu_stack_ends{};
}

namespace assay::kernel {

namespace {

constexpr std::uint32_t kStackBytes = 4 * kFrameBytes;
constexpr std::uint32_t kTicksOfReset = 2;  // at least 10 ms, as the hardware's manual asks for
constexpr std::uint32_t kTicksToCome = 10 * kTicksPerSecond;

constinit std::atomic<std::uint32_t> the_count = 1;
constinit std::atomic<Job> the_job = nullptr;
constinit std::atomic<std::uint32_t> the_job_number = 0;
constinit std::atomic<std::uint32_t> the_jobs_done = 0;

/// A stack with a page below it that is not mapped.
void make_stack(std::uint32_t cpu) {
  const std::uint32_t guard = map_pages(kFrameBytes + kStackBytes);
  if (guard == 0) panic(Exit::bad_map, "no frames are left for the stack of another CPU");
  give_frame(kernel_directory().unmap(guard));
  cpu_stack_ends[cpu] = guard + kFrameBytes + kStackBytes;
}

void wait_ticks(std::uint32_t number) {
  TickWatch watch;
  while (watch.begun() < number) {
  }
}

/// Twice, since one start may be lost.
void send_start() {
  reset_others();
  wait_ticks(kTicksOfReset);
  start_others(static_cast<std::uint32_t>(bytes_of(kTrampoline.first - Pfn{0})));
  wait_ticks(1);
  start_others(static_cast<std::uint32_t>(bytes_of(kTrampoline.first - Pfn{0})));
}

void wait_until_all_came() {
  TickWatch watch;
  while (the_count < cpus_wanted) {
    if (watch.begun() < kTicksToCome) continue;
    begin_panic(Exit::bad_boot) << the_count - 1 << " of " << cpus_wanted - 1
                                << " other CPUs came up; give the machine as many as cpus= says";
    exit_machine(Exit::bad_boot);
  }
}

/// Sleeps until the job with this number is there: an interrupt that comes between the look and the
/// halt is held back by `sti` until the CPU halts.
void sleep_until_job(std::uint32_t number) {
  while (true) {
    asm volatile("cli" : : : "memory");
    if (the_job_number == number) break;
    asm volatile("sti; hlt" : : : "memory");
  }
  asm volatile("sti" : : : "memory");
}

}  // namespace

/// For trampoline.S.
extern "C" [[noreturn]] void cpu_main(std::uint32_t cpu) {
  load_task(cpu, cpu_stack_ends[cpu] - kStackBytes - kFrameBytes);
  load_trap_handlers();
  enable_local_apic(false);
  note_loaded(loaded_directory().frame());
  ++the_count;
  for (std::uint32_t number = 1;; ++number) {
    sleep_until_job(number);
    the_job.load()(cpu);
    ++the_jobs_done;
  }
}

void start_cpus() {
  cpus_wanted = wanted_cpus(boot_info());
  if (cpus_wanted == 1) return;
  for (std::uint32_t cpu = 1; cpu < cpus_wanted; ++cpu) make_stack(cpu);
  if (!map_local_apic()) panic(Exit::bad_map, "no frame is left to map the local APIC");
  enable_local_apic(true);
  cpu_directory = static_cast<std::uint32_t>(bytes_of(kernel_directory().frame() - Pfn{0}));
  std::memcpy(direct_map(kTrampoline.first), trampoline_begin,
              static_cast<std::size_t>(trampoline_end - trampoline_begin));
  send_start();
  wait_until_all_came();
}

std::uint32_t cpu_count() { return the_count; }

void begin_on_others(Job job) {
  the_jobs_done = 0;
  the_job = job;
  ++the_job_number;
  interrupt_others();
}

void wait_for_others() {
  while (the_jobs_done < the_count - 1) __builtin_ia32_pause();
}

StackPlace stack_of_cpu(std::uint32_t cpu) {
  return {.begin = cpu_stack_ends[cpu] - kStackBytes, .end = cpu_stack_ends[cpu]};
}

/// A sleeping CPU wakes by it, and looks for its job itself.
void handle_cpu_interrupt() {
  forget_if_told();
  end_cpu_interrupt();
}

}  // namespace assay::kernel
