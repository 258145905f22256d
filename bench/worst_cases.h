/// Worst cases, each made against the structure of one design, by ordinary operations. Every
/// design performs all of them. Each function appends to a workload whose seed and arena are set.
#pragma once

#include <cstdint>

#include "bench/workloads.h"

namespace assay {

/// Against summaries that are brought up to date when a run is asked for: in full memory a frame in
/// each `distance` is freed, in no order, two frames in a row are asked for, which there are not,
/// and the frames are taken again.
void free_everywhere(Workload& workload, const Scale& scale, const Performer& performer,
                     std::uint32_t distance);
/// Against orders: in empty memory a frame and half of memory are taken, and given back in the same
/// order, so that blocks of every order are split off, kept, and put together again.
void halves(Workload& workload, const Scale& scale);
/// Against lists of free extents by length: all have `length` frames, lie apart, were freed in no
/// order, and one frame more is asked for.
void short_extents(Workload& workload, const Scale& scale, const Performer& performer,
                   std::uint32_t length);
/// Against links in free frames: half of memory is asked for in one piece, whose frames were freed
/// one by one in no order.
void half_of_scattered_links(Workload& workload, const Scale& scale, const Performer& performer);
/// Against searches gap by gap: two frames are taken and given back, and the only two in a row are
/// the last ones, behind a gap of one in every second frame.
void pair_behind_gaps(Workload& workload, const Scale& scale, const Performer& performer);

}  // namespace assay
