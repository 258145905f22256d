#include "kernel-shim/machine/trap.h"

#include "kernel-shim/cpus/cpus.h"
#include "kernel-shim/cpus/local_apic.h"
#include "kernel-shim/machine/console.h"
#include "kernel-shim/machine/exit.h"
#include "kernel-shim/machine/interrupts.h"
#include "kernel-shim/machine/probe.h"
#include "kernel-shim/machine/task.h"
#include "kernel-shim/machine/undefined.h"
#include "kernel-shim/machine/user.h"
#include "kernel-shim/memory/kernel_memory.h"

namespace assay::kernel {

namespace {

constexpr unsigned kExceptions = 32;
constexpr unsigned kInvalidOpcode = 6;
constexpr unsigned kDoubleFault = 8;
constexpr std::uint16_t kInterruptGate = 0x8E00;  // present, ring 0, 32 bits
constexpr std::uint16_t kUserGate = 0xEE00;       // the same, but programs may ask for it
constexpr std::uint16_t kTaskGate = 0x8500;       // present, ring 0

struct Gate {
  std::uint16_t offset_low;
  std::uint16_t segment;
  std::uint16_t kind;
  std::uint16_t offset_high;
};
static_assert(sizeof(Gate) == 8);

struct [[gnu::packed]] TablePointer {
  std::uint16_t limit;
  const Gate* table;
};

constexpr const char* kNames[kExceptions] = {
    "#DE divide error",
    "#DB debug",
    "NMI",
    "#BP breakpoint",
    "#OF overflow",
    "#BR bound range",
    "#UD invalid opcode",
    "#NM no coprocessor",
    "#DF double fault",
    "coprocessor overrun",
    "#TS invalid TSS",
    "#NP segment not present",
    "#SS stack segment",
    "#GP general protection",
    "#PF page fault",
    "exception 15",
    "#MF x87 error",
    "#AC alignment check",
    "#MC machine check",
    "#XM SIMD error",
    "#VE virtualization",
    "#CP control protection",
    "exception 22",
    "exception 23",
    "exception 24",
    "exception 25",
    "exception 26",
    "exception 27",
    "#HV hypervisor",
    "#VC VMM communication",
    "#SX security",
    "exception 31",
};

constexpr unsigned kVectors = kCpuVector + 1;
Gate gates[kSystemCall + 1];  // those in between are not present

Gate gate_to(std::uint32_t entry, std::uint16_t kind) {
  return {.offset_low = static_cast<std::uint16_t>(entry),
          .segment = kCodeSegment,
          .kind = kind,
          .offset_high = static_cast<std::uint16_t>(entry >> 16)};
}

/// By the directory that the CPU uses, which may be broken itself.
bool has_table(std::uint32_t address) {
  const std::uint32_t entries = direct_address(loaded_directory().frame());
  const Probe entry = probe_read(entries + table_index(address) * sizeof(PageEntry));
  return !entry.faulted && (entry.value & kPresent) != 0;
}

void print_page_fault(std::uint32_t error_code) {
  const std::uint32_t address = faulting_address();
  const bool is_protected = (error_code & kPageProtected) != 0;
  console << ((error_code & kPageWrite) != 0 ? ", write to " : ", read of ") << Hex{address}
          << (is_protected ? ", which is protected" : ", which is not mapped");
  if (is_protected || address < kDirectMapBase) return;
  if (!is_in_direct_map(direct_frame(address))) return;
  console << ", though it belongs to the direct map: "
          << (has_table(address) ? "its page" : "its page table") << " is missing";
}

CodePlace place_of(const TrapFrame& frame) { return {.eip = frame.eip, .ebp = frame.ebp}; }

[[noreturn]] void stop_for(const TrapFrame& frame) {
  const char* undefined =
      frame.vector == kInvalidOpcode ? undefined_behaviour_at(frame.eip) : nullptr;
  if (undefined != nullptr) {
    begin_panic(Exit::panic) << "undefined behaviour: " << undefined << ", at eip "
                             << Hex{frame.eip};
    exit_machine(Exit::panic, place_of(frame));
  }
  begin_panic(Exit::panic) << kNames[frame.vector];
  if (frame.vector == kPageFault) print_page_fault(frame.error_code);
  console << ", error code " << Hex{frame.error_code} << ", eip " << Hex{frame.eip};
  exit_machine(Exit::panic, place_of(frame));
}

}  // namespace

const char* name_of_exception(std::uint32_t vector) { return kNames[vector]; }

extern "C" const std::uint32_t trap_entries[kVectors + 1];  // the last is the system call's

/// For boot/trap.S; where it returns, what was interrupted goes on as `frame` says.
extern "C" void handle_trap(TrapFrame& frame) {
  if (frame.vector == kCpuVector) return handle_cpu_interrupt();
  if (frame.vector == kSystemCall) return serve_system_call(frame);
  if (frame.vector >= kFirstInterrupt) {
    return handle_interrupt(frame.vector - kFirstInterrupt, place_of(frame));
  }
  if (frame.is_user()) return serve_user_exception(frame);
  if (!resume_probe(frame)) stop_for(frame);
}

void install_trap_handlers() {
  for (unsigned i = 0; i < kVectors; ++i) gates[i] = gate_to(trap_entries[i], kInterruptGate);
  gates[kSystemCall] = gate_to(trap_entries[kVectors], kUserGate);
  gates[kDoubleFault] = {
      .offset_low = 0, .segment = load_boot_task(), .kind = kTaskGate, .offset_high = 0};
  load_trap_handlers();
}

void load_trap_handlers() {
  const TablePointer pointer{.limit = sizeof gates - 1, .table = gates};
  asm volatile("lidt %0" : : "m"(pointer));
}

}  // namespace assay::kernel
