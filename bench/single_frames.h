/// Workloads of single frames, which the stack of frame numbers can serve as well. Each function
/// appends to a workload whose seed and arena are set.
#pragma once

#include "bench/workloads.h"

namespace assay {

/// One frame, taken and given back.
void pairs(Workload& workload, const Scale& scale);
/// Every frame taken, none given back.
void fill(Workload& workload, const Scale& scale);
/// Every frame given back, in random order; the fill is set-up.
void free_random(Workload& workload, const Scale& scale);
/// Every frame taken, after every one was given back in random order; all that is set-up.
void refill_random(Workload& workload, const Scale& scale);
/// The fill and the frees in random order.
void fill_drain(Workload& workload, const Scale& scale);
/// While `per_mille` of all frames are in use, one of them is given back and another one is taken.
void churn(Workload& workload, const Scale& scale, std::uint32_t per_mille);
/// Frames that come and go in batches while the free ones, a tenth of all, are scattered.
void batches(Workload& workload, const Scale& scale, Timed timed);
/// A frame is asked for where there is none.
void fail_full(Workload& workload, const Scale& scale);

}  // namespace assay
