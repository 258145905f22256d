#include "kernel-shim/inject.h"

#include <cstdint>
#include <cstring>

#include "kernel-shim/cpus/cpus.h"
#include "kernel-shim/cpus/memory_lock.h"
#include "kernel-shim/cpus/sleep_lock.h"
#include "kernel-shim/machine/exit.h"
#include "kernel-shim/machine/interrupts.h"
#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/sources/os161.h"
#include "kernel-shim/sources/xv6.h"

namespace assay::kernel {

namespace {

constinit bool hangs_in_trial = false;
constinit SleepLock a_lock;

/// The watchdog does not see it.
void hang_unseen() {
  const InterruptsOff off;
  hang();
}

/// No handler can be found for the breakpoint, none for the fault that is, nor for the double
/// fault.
void triple_fault() {
  struct [[gnu::packed]] {
    std::uint16_t limit = 0;
    std::uint32_t table = 0;
  } nothing;
  asm volatile("lidt %0; int3" : : "m"(nothing));
}

void fault_on_page() { *reinterpret_cast<volatile std::uint32_t*>(0x00BA'D000) = 1; }

/// So deep that no stack suffices; an interrupt may come at any depth.
std::uint32_t recurse(std::uint32_t depth) {
  volatile std::uint32_t room[16];
  room[0] = depth;
  return depth == 0 ? 0 : recurse(depth - 1) + room[0];
}

/// As code does that lost its stack: whoever follows frame pointers must not follow this one.
void lose_frame() { asm volatile("movl $0xF00DF00C, %%ebp; ud2" : : : "memory"); }

/// Nothing comes of it but in a kernel where undefined behaviour traps.
void overflow() {
  volatile std::int32_t largest = 0x7FFF'FFFF;
  largest = largest + 1;
}

void divide_by_zero() { asm volatile("divl %0" : : "r"(0), "a"(1), "d"(0)); }

void leak() { static_cast<void>(take_frame()); }

void stop() { panic(Exit::panic, "injected"); }
void quit() { exit_machine(Exit::passed); }
void quit_strangely() { exit_machine(Exit{0}); }
void overflow_stack() { static_cast<void>(recurse(1'000'000)); }
void arm_trials() { hangs_in_trial = true; }

void take_all_and_one() {
  panic_on_empty = 1;
  while (kalloc() != nullptr) {
  }
}

void free_twice() {
  char* page = kalloc();
  kfree(page);
  kfree(page);
}

void free_a_part() { kfree(kalloc() + 8); }
void free_a_block() { kfree(reinterpret_cast<char*>(alloc_kpages(4))); }
void free_inside_a_block() { kfree(reinterpret_cast<char*>(alloc_kpages(4) + 3 * kFrameBytes)); }
void free_code() { kfree(reinterpret_cast<char*>(direct_map(memory().layout.image.first))); }
void free_stolen() { kfree(reinterpret_cast<char*>(memory().early_page)); }
void free_of_heap() { kfree(reinterpret_cast<char*>(memory().heap.begin())); }

/// The frame is not the last one freed, so that a list of free frames has its links in it. Who
/// fills sees it; else the design does, if it is one that keeps anything there.
void write_to_free_frame() {
  char* written = kalloc();
  char* last = kalloc();
  kfree(written);
  kfree(last);
  std::memset(written, 0xAB, 64);
  check_free_list();
  const char* broken = low_zone().validate();
  if (broken == nullptr) return;
  begin_panic(Exit::panic) << "a free frame at " << Hex{reinterpret_cast<std::uintptr_t>(written)}
                           << " was written to: " << broken;
  exit_machine(Exit::panic);
}

/// The kernel goes on until it touches what the table was for: the last frame of low memory.
void lose_page_table() {
  const Pfn frame = low_zone().usable().end() - FrameCount{1};
  const std::uint32_t address = direct_address(frame);
  auto* entries = reinterpret_cast<PageEntry*>(direct_map(kernel_directory().frame()));
  if (table_index(address) == table_index(kDirectMapBase)) {
    panic(Exit::bad_map, "inject=page_table would take the image's; give the machine more memory");
  }
  entries[table_index(address)] = 0;
  kernel_directory().load();
  static_cast<void>(*reinterpret_cast<volatile std::uint32_t*>(address));
}

void sleep_with_the_memorys_lock() {
  const MemoryLock lock;
  a_lock.take();
}

void sleep_with_interrupts_off() {
  const InterruptsOff off;
  a_lock.take();
}

void sleep_for_ones_own() {
  a_lock.take();
  a_lock.take();
}

void give_what_nobody_took() { a_lock.give(); }
void unlock_what_nobody_locked() { const MemoryUnlocked unlocked; }

void unlock_what_is_locked_twice() {
  const MemoryLock outer;
  const MemoryLock inner;
  const MemoryUnlocked unlocked;
}

void stop_with_number(std::uint32_t cpu) {
  begin_panic(Exit::panic) << "injected on CPU " << cpu;
  exit_machine(Exit::panic);
}

void stop_on_all() {
  begin_on_others(stop_with_number);
  stop_with_number(0);
}

void overflow_stack_of_another() {
  begin_on_others([](std::uint32_t cpu) {
    if (cpu == cpu_count() - 1) overflow_stack();
  });
  wait_for_others();
}

struct Injection {
  std::string_view name;
  void (*inject)();
};

/// README.md says how each ends.
constexpr Injection kInjections[] = {
    {"panic", stop},
    {"pagefault", fault_on_page},
    {"page_table", lose_page_table},
    {"divide", divide_by_zero},
    {"undefined", overflow},
    {"stack_overflow", overflow_stack},
    {"lost_frame", lose_frame},
    {"triple", triple_fault},
    {"hang", hang_unseen},
    {"hang_in_trial", arm_trials},
    {"double_free", free_twice},
    {"free_part", free_a_part},
    {"free_block", free_a_block},
    {"free_inside", free_inside_a_block},
    {"free_reserved", free_code},
    {"free_stolen", free_stolen},
    {"free_outside", free_of_heap},
    {"free_list", write_to_free_frame},
    {"empty", take_all_and_one},
    {"leak", leak},
    {"panic_on_all", stop_on_all},
    {"stack_overflow_elsewhere", overflow_stack_of_another},
    {"sleep_locked", sleep_with_the_memorys_lock},
    {"sleep_masked", sleep_with_interrupts_off},
    {"sleep_twice", sleep_for_ones_own},
    {"sleep_given", give_what_nobody_took},
    {"unlock", unlock_what_nobody_locked},
    {"unlock_twice", unlock_what_is_locked_twice},
    {"quit", quit},
    {"own_code", quit_strangely},
};

}  // namespace

void inject_fault(std::string_view name) {
  if (name.empty()) return;
  for (const Injection& injection : kInjections) {
    if (injection.name == name) return injection.inject();
  }
  panic(Exit::bad_boot, "inject= names no fault; see kernel-shim/README.md");
}

/// Without `pause`: for that QEMU leaves the guest each time, and under -icount no tick would ever
/// come.
void hang() {
  while (true) asm volatile("");
}

bool hang_in_trial_is_injected() { return hangs_in_trial; }

}  // namespace assay::kernel
