/// Workloads of single frames, which the stack of frame numbers can serve as well.
#pragma once

#include "bench/workloads.h"

namespace assay {

/// One frame, taken and given back.
[[nodiscard]] Workload single_pair(Scale scale);
/// Every frame taken, none given back.
[[nodiscard]] Workload fill(Scale scale);
/// Every frame given back, in random order; the fill is set-up.
[[nodiscard]] Workload free_random(Scale scale);
/// Both of them.
[[nodiscard]] Workload fill_drain(Scale scale);
/// While `percent` of all frames are in use, one of them is given back and another one is taken.
[[nodiscard]] Workload churn(Scale scale, std::uint32_t percent);
/// Of frames that come and go while the free ones, a tenth of all, are scattered: the requests.
[[nodiscard]] Workload allocate_one(Scale scale);
/// The same: the frees.
[[nodiscard]] Workload free_one(Scale scale);
/// A frame is asked for where there is none.
[[nodiscard]] Workload fail_full(Scale scale);

}  // namespace assay
