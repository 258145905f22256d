/// Workloads of runs. What follows the performer holds its occupancy whatever fails.
#pragma once

#include "bench/workloads.h"

namespace assay {

/// Runs of 1 … 16 frames come and go at random, the same for every design.
[[nodiscard]] Workload mixed(Scale scale, std::uint32_t percent);
/// Runs of 1, 2, 4 … 512 frames come and go at random while 90 % of memory is in use.
[[nodiscard]] Workload orders_90(Scale scale, const Performer& performer);
/// 2 frames, where every second one is free.
[[nodiscard]] Workload fail_checkerboard(Scale scale, const Performer& performer);
/// 512 frames, where blocks like those of orders_90 filled memory, some were freed at random down
/// to 90 %, and every run so long was taken.
[[nodiscard]] Workload fail_512(Scale scale, const Performer& performer);

}  // namespace assay
