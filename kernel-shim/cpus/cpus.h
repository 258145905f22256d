/// Several CPUs: `cpus=N` on the kernel's command line, 1 unless told. The boot CPU, number 0, runs
/// the kernel and its tests; the others sleep until they get a job.
#pragma once

#include <cstdint>
#include <span>

#include "kernel-shim/machine/task.h"

namespace assay::kernel {

/// Starts the other CPUs, if any are wanted: each on a stack of the design's frames, in the
/// kernel's directory, with no interrupt but that of other CPUs. Ends the kernel as a bad boot if
/// one does not come, and as bad memory if there are no frames for a stack.
/// Requires: memory is up.
void start_cpus();

/// CPUs that run, the boot CPU among them.
[[nodiscard]] std::uint32_t cpu_count();

/// What a CPU does when it is told to. `cpu` is its number.
using Job = void (*)(std::uint32_t cpu);

/// Every CPU but the boot CPU begins `job`. Requires: none has a job, and the boot CPU calls this.
void begin_on_others(Job job);
/// Returns when all have done it.
void wait_for_others();

/// The addresses [begin, end) of a CPU's stack; below it is a page that is not mapped.
/// Requires: 1 <= cpu < cpu_count().
struct StackPlace {
  std::uint32_t begin;
  std::uint32_t end;
};
[[nodiscard]] StackPlace stack_of_cpu(std::uint32_t cpu);

/// For the trap handler: another CPU wants something of this one.
void handle_cpu_interrupt();

}  // namespace assay::kernel
