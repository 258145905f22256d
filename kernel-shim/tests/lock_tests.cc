/// The locks of several CPUs. That the memory's lock keeps others out is shown by the storm.
#include <atomic>

#include "kernel-shim/boot/boot_info.h"
#include "kernel-shim/cpus/cpus.h"
#include "kernel-shim/cpus/memory_lock.h"
#include "kernel-shim/cpus/sleep_lock.h"
#include "kernel-shim/machine/timer.h"
#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/tests/tests.h"
#include "oracle/operations/random.h"

namespace assay::kernel {

namespace {

constexpr const char* kOneCpu = "not asked for (cpus=N)";
constexpr std::uint32_t kTicksHeld = 5;
constexpr std::uint32_t kRounds = 300;        // of each CPU
constexpr std::uint32_t kRoundsInStep = 300;  // of two
constexpr std::uint32_t kMostPauses = 200;    // with the lock, and again without
constexpr std::uint32_t kFewPauses = 8;       // in step, so that one waits as another gives back

constinit SleepLock the_lock;
constinit std::atomic<std::uint32_t> the_passed = 0;  ///< CPUs that got through

constinit std::atomic<std::uint32_t> the_partner = 0;

/// Guarded by the lock, and no atomic: two at a time would lose a count.
constinit volatile std::uint32_t the_total = 0;

void wait_for_ticks(std::uint32_t number) {
  TickWatch watch;
  while (watch.begun() < number) {
  }
}

void pass_lock(std::uint32_t /*cpu*/) {
  const SleepLockHeld held(the_lock);
  ++the_passed;
}

void pause_often(std::uint32_t number) {
  for (std::uint32_t i = 0; i < number; ++i) __builtin_ia32_pause();
}

void count_once(Random& random, std::uint32_t most_pauses) {
  pause_often(random.below(most_pauses));
  const SleepLockHeld held(the_lock);
  const std::uint32_t total = the_total;
  pause_often(random.below(most_pauses));
  the_total = total + 1;
}

Random random_of(std::uint32_t cpu) { return Random(boot_info().number("storm", 1) + cpu); }

void count_with_lock(std::uint32_t cpu) {
  Random random = random_of(cpu);
  for (std::uint32_t round = 0; round < kRounds; ++round) count_once(random, kMostPauses);
}

/// The boot CPU and one other, which meet behind each round: if nobody woke that one, nobody will.
void count_in_step(std::uint32_t cpu) {
  if (cpu != 0 && cpu != the_partner) return;
  Random random = random_of(cpu);
  for (std::uint32_t round = 1; round <= kRoundsInStep; ++round) {
    count_once(random, kFewPauses);
    ++the_passed;
    while (the_passed < 2 * round) __builtin_ia32_pause();
  }
}

/// Two that count at the same time lose a count.
void count_on_all(Test& test, Job count, std::uint32_t expected) {
  the_total = 0;
  the_passed = 0;
  const std::uint32_t before = the_lock.sleeps();
  begin_on_others(count);
  count(0);
  wait_for_others();
  test.note() << "sleeping lock taken " << the_total << " times, sleeps "
              << the_lock.sleeps() - before << '\n';
  test.equal("what was counted", the_total, expected);
}

void pass_memory_lock(std::uint32_t /*cpu*/) {
  const Pfn frame = take_frame();
  if (!frame.is_none()) give_frame(frame);
  ++the_passed;
}

/// Others wait for a lock that this CPU has: each goes to sleep and stays asleep, but that the
/// interrupt for its job may be late and wake it once.
void hold_while_others_wait(Test& test) {
  const std::uint32_t before = the_lock.sleeps();
  the_passed = 0;
  {
    const SleepLockHeld held(the_lock);
    test.check(the_lock.is_mine(), "who has taken it has it");
    begin_on_others(pass_lock);
    while (the_lock.sleeps() - before < cpu_count() - 1) __builtin_ia32_pause();
    wait_for_ticks(kTicksHeld);
    test.check(the_lock.sleeps() - before <= 2 * (cpu_count() - 1), "who waits stays asleep");
    test.equal("CPUs that got a lock that another has", the_passed, 0);
  }
  wait_for_others();
  test.equal("CPUs that were woken", the_passed, cpu_count() - 1);
  test.check(!the_lock.is_mine(), "who has given it back has it no more");
}

}  // namespace

/// Nobody gets it while another has it, nobody sleeps on when it is given back, and no count that
/// it guards is lost.
void who_waits_for_a_sleeping_lock_sleeps(Test& test) {
  if (cpu_count() == 1) return test.skip(kOneCpu);
  hold_while_others_wait(test);
  count_on_all(test, count_with_lock, kRounds * cpu_count());
  for (the_partner = 1; the_partner < cpu_count(); ++the_partner) {
    count_on_all(test, count_in_step, 2 * kRoundsInStep);
  }
}

/// Others take and give frames in its scope, and at no time before.
void the_memory_s_lock_can_be_given_back_for_a_while(Test& test) {
  if (cpu_count() == 1) return test.skip(kOneCpu);
  the_passed = 0;
  const MemoryLock lock;
  test.check(MemoryLock::is_held(), "who has taken it has it");
  begin_on_others(pass_memory_lock);
  wait_for_ticks(kTicksHeld);
  test.equal("CPUs that got frames while the lock was held", the_passed, 0);
  {
    const MemoryUnlocked unlocked;
    test.check(!MemoryLock::is_held(), "who has given it back has it no more");
    wait_for_others();
  }
  test.equal("CPUs that got frames while it was given back", the_passed, cpu_count() - 1);
  test.check(MemoryLock::is_held(), "behind that it is held again");
}

}  // namespace assay::kernel
