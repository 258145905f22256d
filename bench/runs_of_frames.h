/// Workloads of runs. Each function appends to a workload whose seed and arena are set. What
/// follows the performer holds its occupancy whatever fails.
#pragma once

#include "bench/workloads.h"

namespace assay {

/// Runs of 1 … `longest` frames at an occupancy.
struct MixedRuns {
  static constexpr std::uint32_t kMostLongest = 16;

  std::uint32_t per_mille;
  std::uint32_t longest;
};

/// Runs of 1, 2, 4 … 2^(orders − 1) frames at an occupancy.
struct MixedOrders {
  static constexpr std::uint32_t kMostOrders = 20;

  std::uint32_t per_mille;
  std::uint32_t orders;

  [[nodiscard]] std::uint32_t longest() const { return 1U << (orders - 1); }
};

/// Requests that most likely fail, among others.
struct Attempts {
  std::uint32_t frames;
  std::uint32_t every;  ///< one behind so many operations of the mix
};

/// Runs come and go at random, the same for every design; `times` the operations of the scale.
void mixed(Workload& workload, const Scale& scale, const MixedRuns& mix, std::uint32_t times);
/// The same with attempts in between; what one is given, it gives back at once.
void fail_in_mix(Workload& workload, const Scale& scale, const MixedRuns& mix,
                 const Attempts& attempts);
/// Orders come and go at random, each as likely. In the set-up each block is replaced so often.
void orders(Workload& workload, const Scale& scale, const Performer& performer,
            const MixedOrders& mix, std::uint32_t replacements);
/// 2 frames, where every second one is free.
void fail_checkerboard(Workload& workload, const Scale& scale, const Performer& performer);
/// The longest of the orders, where such blocks filled memory, some were freed at random down to
/// the occupancy, and every run so long was taken.
void fail_in_orders(Workload& workload, const Scale& scale, const Performer& performer,
                    const MixedOrders& mix);

}  // namespace assay
