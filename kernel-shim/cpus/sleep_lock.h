/// A lock for what takes long, such as waiting for a disk: whoever waits for it sleeps until the
/// CPU that gives it back interrupts it.
///
/// Unfair: who comes last may go first. Interrupts stay on while it is waited for and held, so that
/// a CPU that unmaps a page gets its answer. No handler of an interrupt takes it.
#pragma once

#include <atomic>
#include <cstdint>

#include "kernel-shim/machine/task.h"

namespace assay::kernel {

class SleepLock {
 public:
  constexpr SleepLock() = default;
  SleepLock(const SleepLock&) = delete;
  SleepLock& operator=(const SleepLock&) = delete;

  /// Returns when this CPU has it. Ends the kernel if this CPU has it already, if it holds the
  /// memory's lock, which nobody may sleep with, or if interrupts are off.
  void take();
  /// The other way round. Ends the kernel if this CPU has not got it.
  void give();
  [[nodiscard]] bool is_mine() const { return owner_ == this_cpu(); }

  /// How often a CPU has gone to sleep for it so far.
  [[nodiscard]] std::uint32_t sleeps() const { return sleeps_; }

 private:
  static constexpr std::uint32_t kNobody = kMostCpus;

  [[nodiscard]] bool try_to_take();

  std::atomic<std::uint32_t> owner_ = kNobody;
  std::atomic<std::uint32_t> waiters_ = 0;  ///< a bit for each CPU; 1: it is to be woken
  std::atomic<std::uint32_t> sleeps_ = 0;
};

/// Holds one while its scope lasts.
class SleepLockHeld {
 public:
  explicit SleepLockHeld(SleepLock& lock) : lock_(lock) { lock_.take(); }
  ~SleepLockHeld() { lock_.give(); }
  SleepLockHeld(const SleepLockHeld&) = delete;
  SleepLockHeld& operator=(const SleepLockHeld&) = delete;

 private:
  SleepLock& lock_;
};

}  // namespace assay::kernel
