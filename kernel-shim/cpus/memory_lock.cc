#include "kernel-shim/cpus/memory_lock.h"

#include <atomic>
#include <cstdint>
#include <new>

#include "impls/locked/spin_lock.h"
#include "kernel-shim/machine/task.h"

namespace assay::kernel {

namespace {

constexpr std::uint32_t kNobody = kMostCpus;

#ifdef ASSAY_BROKEN_LOCK
constexpr bool kKeepsOut = false;  // a kernel that must not pass its tests on several CPUs
#else
constexpr bool kKeepsOut = true;
#endif

constinit SpinLock<> the_lock;
constinit std::atomic<std::uint32_t> the_owner = kNobody;
constinit std::uint32_t the_depth = 0;  ///< the owner's

}  // namespace

MemoryLock::MemoryLock() {
  if (!kKeepsOut) return;
  const std::uint32_t cpu = this_cpu();
  if (the_owner.load(std::memory_order_relaxed) != cpu) {  // only this CPU writes its own number
    the_lock.lock();
    the_owner.store(cpu, std::memory_order_relaxed);
  }
  ++the_depth;
}

MemoryLock::~MemoryLock() {
  if (!kKeepsOut || --the_depth > 0) return;
  the_owner.store(kNobody, std::memory_order_relaxed);
  the_lock.unlock();
}

void MemoryLock::init() { new (&the_lock) SpinLock<>; }
void* MemoryLock::address() { return &the_lock; }

}  // namespace assay::kernel
