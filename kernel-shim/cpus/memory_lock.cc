#include "kernel-shim/cpus/memory_lock.h"

#include <atomic>
#include <cstdint>
#include <new>

#include "impls/locked/spin_lock.h"
#include "kernel-shim/cpus/shootdown.h"
#include "kernel-shim/machine/exit.h"
#include "kernel-shim/machine/interrupts.h"
#include "kernel-shim/machine/task.h"

namespace assay::kernel {

namespace {

constexpr std::uint32_t kNobody = kMostCpus;

#ifdef ASSAY_BROKEN_LOCK
constexpr bool kKeepsOut = false;  // a kernel that must not pass its tests on several CPUs
#else
constexpr bool kKeepsOut = true;
#endif

/// Who has the lock may wait for an answer of who waits for it, and that one's interrupts may be
/// off.
struct AnswerMeanwhile {
  static void pause() {
    const InterruptsOff off;  // its handler would answer in between
    forget_if_told();
    WaitInPlace::pause();
  }
};

constinit SpinLock<AnswerMeanwhile> the_lock;
constinit std::atomic<std::uint32_t> the_owner = kNobody;
constinit std::uint32_t the_depth = 0;  ///< the owner's

void take() {
  the_lock.lock();
  the_owner.store(this_cpu(), std::memory_order_relaxed);
}

void give() {
  the_owner.store(kNobody, std::memory_order_relaxed);
  the_lock.unlock();
}

}  // namespace

MemoryLock::MemoryLock() {
  if (!kKeepsOut) return;
  if (!is_held()) take();
  ++the_depth;
}

MemoryLock::~MemoryLock() {
  if (!kKeepsOut || --the_depth > 0) return;
  give();
}

/// Only this CPU writes its own number.
bool MemoryLock::is_held() { return the_owner.load(std::memory_order_relaxed) == this_cpu(); }

void MemoryLock::init() { new (&the_lock) SpinLock<AnswerMeanwhile>; }
void* MemoryLock::address() { return &the_lock; }

MemoryUnlocked::MemoryUnlocked() {
  if (!kKeepsOut) return;
  if (!MemoryLock::is_held())
    panic(Exit::panic, "the memory's lock is given back by who has it not");
  if (the_depth != 1) panic(Exit::panic, "the memory's lock is given back by who has it twice");
  the_depth = 0;
  give();
}

MemoryUnlocked::~MemoryUnlocked() {
  if (!kKeepsOut) return;
  take();
  the_depth = 1;
}

}  // namespace assay::kernel
