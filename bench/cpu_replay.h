/// Replays a recorded sequence with a thread for each CPU that performed it, over a locked design.
///
/// Each thread performs the operations of its CPU in their order; a free waits until the allocation
/// of its block has happened. What the CPUs do is not held in the recorded order otherwise, and
/// work that the load did in between is left out, so that they meet at the lock more often than
/// they did in the kernel.
#pragma once

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "impls/locked/locked.h"
#include "impls/locked/spin_lock.h"
#include "oracle/host/host_trial.h"
#include "oracle/host/sequence.h"

namespace assay {

/// Allocate `count` frames for a block, or, if count is 0, free it.
struct CpuStep {
  std::uint32_t block;
  std::uint32_t count;

  bool operator==(const CpuStep&) const = default;
};

struct CpuPlan {
  Arena arena;
  std::vector<CpuStep> set_up;  ///< all in front of the first free
  std::vector<std::vector<CpuStep>> of_cpu;
  std::uint32_t blocks = 0;

  [[nodiscard]] std::size_t measured() const {
    std::size_t all = 0;
    for (const auto& steps : of_cpu) all += steps.size();
    return all;
  }
};

/// Requires: a CPU for each operation. Returns: an error where there are operations that cannot be
/// timed: misuse, growth, alignment; or more than 64 CPUs.
[[nodiscard]] std::expected<CpuPlan, std::string> make_cpu_plan(
    const Sequence& sequence, std::span<const std::uint16_t> cpus);

/// The same, all on one CPU, in the recorded order.
[[nodiscard]] std::expected<CpuPlan, std::string> make_one_cpu_plan(const Sequence& sequence);

/// What a pass came to.
struct CpuPass {
  double nanoseconds = 0;    ///< from the first operation of a thread to the last one of any
  std::uint32_t failed = 0;  ///< requests that found nothing
  std::string broken;        ///< what is wrong with the design behind it, or empty
};

/// A thread that waits lets the others run: there may be more of them than CPUs.
struct YieldWaiting {
  static void pause() { std::this_thread::yield(); }
};

template <class Design>
class CpuReplay {
 public:
  CpuReplay(HostMemory& memory, const CpuPlan& plan) : plan_(plan), kept_(plan.blocks) {
    for (auto& kept : kept_) kept.store(kNotYet, std::memory_order_relaxed);
    Survey needs;
    needs.arena = plan.arena;
    const UsableRuns usable(plan.arena);
    const MemoryMap map = memory_map(plan.arena, usable);
    const TrialMemory space = memory.prepare(needs, Shared::metadata_bytes(map));
    design_.init(map, space.ram, space.metadata);
  }

  /// To be called once.
  [[nodiscard]] CpuPass run() {
    perform(plan_.set_up);
    const std::size_t count = plan_.of_cpu.size();
    std::vector<Clock::time_point> begins(count);
    std::vector<Clock::time_point> ends(count);
    std::barrier line(static_cast<std::ptrdiff_t>(count));
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < count; ++i) {
      threads.emplace_back([&, i] {
        line.arrive_and_wait();
        begins[i] = Clock::now();
        perform(plan_.of_cpu[i]);
        ends[i] = Clock::now();
      });
    }
    for (std::thread& thread : threads) thread.join();
    const std::chrono::duration<double, std::nano> lasted =
        std::ranges::max(ends) - std::ranges::min(begins);
    return {lasted.count(), failed_.load(), broken()};
  }

 private:
  using Clock = std::chrono::steady_clock;
  using Shared = Locked<Design, SpinLock<YieldWaiting>>;

  // Values of `kept_` that are no Pfn.
  static constexpr std::uint32_t kNotYet = 0xFFFF'FFFF;
  static constexpr std::uint32_t kFailed = 0xFFFF'FFFE;
  static constexpr std::uint32_t kFreed = 0xFFFF'FFFD;

  void perform(std::span<const CpuStep> steps) {
    for (const CpuStep& step : steps) step.count != 0 ? allocate(step) : free(step.block);
  }

  void allocate(const CpuStep& step) {
    const Pfn first = design_.allocate(FrameCount{step.count});
    if (first.is_none()) failed_.fetch_add(1, std::memory_order_relaxed);
    kept_[step.block].store(first.is_none() ? kFailed : first.value(), std::memory_order_release);
  }

  void free(std::uint32_t block) {
    std::atomic<std::uint32_t>& kept = kept_[block];
    std::uint32_t first = kept.load(std::memory_order_acquire);
    for (; first == kNotYet; first = kept.load(std::memory_order_acquire)) YieldWaiting::pause();
    if (first == kFailed) return;
    if (!design_.free(Pfn{first})) refused_.fetch_add(1, std::memory_order_relaxed);
    kept.store(kFreed, std::memory_order_relaxed);
  }

  /// What the design must have come to, whatever the order: its own invariants, and as many frames
  /// in use as the blocks have that were not freed.
  [[nodiscard]] std::string broken() const {
    if (const char* why = design_.validate()) return why;
    if (refused_ != 0) return "a free of a block in use was refused";
    FrameCount used;
    const auto count = [&](std::span<const CpuStep> steps) {
      for (const CpuStep& step : steps) {
        const std::uint32_t kept = kept_[step.block];
        const bool is_live = step.count != 0 && kept != kFailed && kept != kFreed;
        if (is_live) used += Design::contract.granted(FrameCount{step.count});
      }
    };
    count(plan_.set_up);
    for (const auto& steps : plan_.of_cpu) count(steps);
    return used == design_.used_frames() ? "" : "other frames are in use than those of live blocks";
  }

  const CpuPlan& plan_;
  std::vector<std::atomic<std::uint32_t>> kept_;  ///< of each block, its first frame
  std::atomic<std::uint32_t> failed_ = 0;
  std::atomic<std::uint32_t> refused_ = 0;
  Shared design_;
};

/// One pass over a design that is new.
template <class Design>
[[nodiscard]] CpuPass replay_on_cpus(HostMemory& memory, const CpuPlan& plan) {
  return CpuReplay<Design>(memory, plan).run();
}

}  // namespace assay
