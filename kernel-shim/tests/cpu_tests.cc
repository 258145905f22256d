/// Several CPUs. With one, which is usual, there is nothing to show.
#include <array>

#include "kernel-shim/cpus/cpus.h"
#include "kernel-shim/cpus/local_apic.h"
#include "kernel-shim/machine/probe.h"
#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/tests/tests.h"

namespace assay::kernel {

namespace {

constexpr const char* kOneCpu = "not asked for (cpus=N)";

/// What a CPU finds of itself.
struct Seen {
  std::uint32_t number = 0;
  std::uint32_t apic_id = 0;
  std::uint32_t stack = 0;
  PageDirectory directory;
  Probe null_page;
};
constinit std::array<Seen, kMostCpus> the_seen{};

void look_at_oneself(std::uint32_t cpu) {
  the_seen[cpu] = {.number = this_cpu(),
                   .apic_id = local_apic_id(),
                   .stack = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)),
                   .directory = loaded_directory(),
                   .null_page = probe_read(0)};
}

}  // namespace

/// Each has its own number, its own stack above a page that faults, the kernel's directory, and
/// survives a fault of its own.
void all_cpus_come_up(Test& test) {
  if (cpu_count() == 1) return test.skip(kOneCpu);
  the_seen = {};
  look_at_oneself(0);
  begin_on_others(look_at_oneself);
  wait_for_others();
  std::uint32_t ids = 0;
  for (std::uint32_t cpu = 0; cpu < cpu_count(); ++cpu) {
    const Seen& seen = the_seen[cpu];
    test.equal("the CPU's number", seen.number, cpu);
    test.check((ids >> seen.apic_id & 1) == 0, "no two CPUs are the same one");
    ids |= 1U << seen.apic_id;
    test.check(seen.directory == kernel_directory(), "it uses the kernel's directory");
    test.check(seen.null_page.is_page_fault(), "its read of page 0 faults");
    if (cpu == 0) continue;
    const StackPlace stack = stack_of_cpu(cpu);
    test.check(stack.begin <= seen.stack && seen.stack < stack.end, "it is on its own stack");
    test.check(probe_read(stack.begin - 4).is_page_fault(), "below its stack is no page");
    test.check(!probe_read(stack.begin).faulted, "its stack is mapped");
  }
}

}  // namespace assay::kernel
