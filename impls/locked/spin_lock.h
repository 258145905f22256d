/// A lock that is one flag: whoever turns it from 0 to 1 has it.
///
/// Unfair: who comes last may go first. Waiting only reads, so that the flag's cache line stays
/// with its owner until it is released. `Waiting::pause` is called while it is taken: a CPU of a
/// kernel stays where it is; a thread on a host had better yield, since the owner may be asleep.
#pragma once

#include <atomic>
#include <cstdint>

namespace assay {

/// Tells the CPU that it is waiting for another one.
struct WaitInPlace {
  static void pause() {
#if defined(__i386__) || defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
};

template <class Waiting = WaitInPlace>
class SpinLock {
 public:
  void lock() {
    while (taken_.exchange(1, std::memory_order_acquire) != 0) {
      while (taken_.load(std::memory_order_relaxed) != 0) Waiting::pause();
    }
  }
  void unlock() { taken_.store(0, std::memory_order_release); }

 private:
  std::atomic<std::uint32_t> taken_ = 0;
};

}  // namespace assay
