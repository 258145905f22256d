/// A lock that serves in the order of arrival: who comes draws a number and waits until it is up.
///
/// Fair, so nobody starves; but where the one whose turn it is sleeps, all others wait for it. Both
/// numbers are 32 bits wide and may wrap.
#pragma once

#include <atomic>
#include <cstdint>

#include "impls/locked/spin_lock.h"

namespace assay {

template <class Waiting = WaitInPlace>
class TicketLock {
 public:
  void lock() {
    const std::uint32_t mine = next_.fetch_add(1, std::memory_order_relaxed);
    while (served_.load(std::memory_order_acquire) != mine) Waiting::pause();
  }
  /// Only the owner writes served_, so it need not be read and written in one step.
  void unlock() {
    served_.store(served_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

 private:
  std::atomic<std::uint32_t> next_ = 0;
  std::atomic<std::uint32_t> served_ = 0;
};

}  // namespace assay
