#include "kernel-shim/machine/task.h"

#include <cstddef>

#include "kernel-shim/machine/console.h"
#include "kernel-shim/machine/exit.h"
#include "kernel-shim/machine/trap.h"
#include "kernel-shim/memory/paging.h"

// boot.S
extern "C" std::uint32_t entry_directory[1024];
extern "C" const std::uint32_t kernel_stack_guard[];

namespace assay::kernel {

namespace {

/// What the CPU keeps of a task, as it lays it down.
struct TaskState {
  std::uint32_t back_link;
  std::uint32_t stacks[6];  ///< of other rings: esp and ss of each
  std::uint32_t cr3, eip, eflags;
  std::uint32_t eax, ecx, edx, ebx, esp, ebp, esi, edi;
  std::uint32_t es, cs, ss, ds, fs, gs;
  std::uint32_t local_segments;
  std::uint16_t trap, io_map;
};
static_assert(sizeof(TaskState) == 104);

constexpr std::uint16_t kKernelTask = 0x18;
constexpr std::uint16_t kDoubleFaultTask = 0x20;
constexpr std::uint64_t kAvailableTaskState = 0x89;  // present, ring 0

/// Each CPU has its own: two may be in it at once.
constinit TaskState the_double_fault_tasks[kMostCpus]{};
alignas(16) constinit std::byte the_double_fault_stacks[kMostCpus][4096];

/// What each CPU has of its own. The segments are as boot.S has them, but in memory that can be
/// written to: the CPU notes which task is busy. The last two are a program's code and data, in
/// ring 3.
struct CpuTask {
  std::uint64_t segments[7] = {0, 0x00CF'9B00'0000'FFFF, 0x00CF'9300'0000'FFFF, 0,
                               0, 0x00CF'FB00'0000'FFFF, 0x00CF'F300'0000'FFFF};
  std::uint32_t stack_guard = 0;  ///< the address of the page below its stack
  TaskState kernel{};             ///< what it was at when a double fault came
};
constinit CpuTask the_tasks[kMostCpus];

struct [[gnu::packed]] SegmentsPointer {
  std::uint16_t limit;
  const std::uint64_t* table;
};

std::uint64_t descriptor_of(const TaskState& task) {
  const std::uint64_t base = reinterpret_cast<std::uintptr_t>(&task);
  return (sizeof(TaskState) - 1) | (base & 0xFF'FFFF) << 16 | kAvailableTaskState << 40 |
         (base >> 24) << 56;
}

/// The CPU has left what it was at in the kernel's task.
[[noreturn]] void stop_for_double_fault() {
  const TaskState& at = the_tasks[this_cpu()].kernel;
  const bool stack_is_full =
      faulting_address() / kFrameBytes == the_tasks[this_cpu()].stack_guard / kFrameBytes;
  begin_panic(Exit::panic) << "#DF double fault"
                           << (stack_is_full ? ", the kernel's stack ran over" : "") << ", esp "
                           << Hex{at.esp} << ", eip " << Hex{at.eip};
  exit_machine(Exit::panic, {.eip = at.eip, .ebp = at.ebp});
}

void prepare_double_fault_task(std::uint32_t cpu) {
  TaskState& task = the_double_fault_tasks[cpu];
  // It maps the image as long as the kernel runs, whatever became of other directories.
  task.cr3 = reinterpret_cast<std::uintptr_t>(entry_directory) - kDirectMapBase;
  task.eip = reinterpret_cast<std::uintptr_t>(&stop_for_double_fault);
  task.eflags = 2;  // a bit that is always set
  std::byte* stack_end = &the_double_fault_stacks[cpu][0] + sizeof the_double_fault_stacks[cpu];
  task.esp = reinterpret_cast<std::uintptr_t>(stack_end);
  task.cs = kCodeSegment;
  task.es = task.ss = task.ds = task.fs = task.gs = kDataSegment;
  task.io_map = sizeof(TaskState);  // none
}

}  // namespace

std::uint16_t load_boot_task() {
  load_task(0, reinterpret_cast<std::uintptr_t>(kernel_stack_guard));
  return kDoubleFaultTask;
}

void load_task(std::uint32_t cpu, std::uint32_t stack_guard) {
  prepare_double_fault_task(cpu);
  CpuTask& own = the_tasks[cpu];
  own.stack_guard = stack_guard;
  own.kernel.io_map = sizeof(TaskState);  // none: a program has no ports
  own.kernel.stacks[1] = kDataSegment;
  own.segments[kKernelTask / sizeof(std::uint64_t)] = descriptor_of(own.kernel);
  own.segments[kDoubleFaultTask / sizeof(std::uint64_t)] =
      descriptor_of(the_double_fault_tasks[cpu]);
  const SegmentsPointer pointer{.limit = sizeof own.segments - 1, .table = own.segments};
  asm volatile("lgdt %0; ltr %1" : : "m"(pointer), "r"(kKernelTask) : "memory");
}

std::uint32_t this_cpu() {
  SegmentsPointer pointer;
  asm volatile("sgdt %0" : "=m"(pointer));
  const auto bytes =
      reinterpret_cast<std::uintptr_t>(pointer.table) - reinterpret_cast<std::uintptr_t>(the_tasks);
  return bytes / sizeof(CpuTask);
}

std::uint32_t* stack_from_user() { return &the_tasks[this_cpu()].kernel.stacks[0]; }

}  // namespace assay::kernel
