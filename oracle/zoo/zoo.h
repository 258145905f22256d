/// Allocators that are wrong on purpose, each by one fault. They prove that the judge can fail.
///
/// One `DESIGN(name, type)` a line, as in impls/designs.h. Each type says in `kFault` which clause
/// must catch it and what it takes to see it.
#pragma once

#include "oracle/zoo/capacity.h"
#include "oracle/zoo/completeness.h"
#include "oracle/zoo/counters.h"
#include "oracle/zoo/exact_free.h"
#include "oracle/zoo/failure_path.h"
#include "oracle/zoo/fill.h"
#include "oracle/zoo/foreign.h"
#include "oracle/zoo/hang.h"
#include "oracle/zoo/memory.h"
#include "oracle/zoo/misuse.h"
#include "oracle/zoo/placement.h"
#include "oracle/zoo/requests.h"

// clang-format off
#define ASSAY_ZOO(DESIGN)                                         \
  DESIGN(canary, Canary)                                          \
  DESIGN(double_free_accepted, DoubleFreeAccepted)                \
  DESIGN(old_double_free_accepted, OldDoubleFreeAccepted)         \
  DESIGN(foreign_free_accepted, ForeignFreeAccepted)              \
  DESIGN(reserved_free_accepted, ReservedFreeAccepted)            \
  DESIGN(inner_free_misnamed, InnerFreeMisnamed)                  \
  DESIGN(refused_free_counted, RefusedFreeCounted)                \
  DESIGN(exact_fit_refused, ExactFitRefused)                      \
  DESIGN(wrap_dropped, WrapDropped)                               \
  DESIGN(last_position_not_tried, LastPositionNotTried)           \
  DESIGN(tail_word_skipped, TailWordSkipped)                      \
  DESIGN(summary_tail_skipped, SummaryTailSkipped)                \
  DESIGN(right_not_merged, RightNotMerged)                        \
  DESIGN(cache_not_drained, CacheNotDrained)                      \
  DESIGN(order_limit, OrderLimit)                                 \
  DESIGN(tentative_mark_stays, TentativeMarkStays)                \
  DESIGN(undo_off_by_one, UndoOffByOne)                           \
  DESIGN(failure_counted_as_use, FailureCountedAsUse)             \
  DESIGN(lock_left_held, LockLeftHeld)                            \
  DESIGN(short_grant, ShortGrant)                                 \
  DESIGN(nothing_granted_unreserved, NothingGrantedUnreserved)    \
  DESIGN(nothing_rounded_up, NothingRoundedUp)                    \
  DESIGN(odd_alignment_rounded, OddAlignmentRounded)              \
  DESIGN(odd_alignment_served, OddAlignmentServed)                \
  DESIGN(size_underflow, SizeUnderflow)                           \
  DESIGN(aligned_by_index, AlignedByIndex)                        \
  DESIGN(reserved_handed_out, ReservedHandedOut)                  \
  DESIGN(stale_hint, StaleHint)                                   \
  DESIGN(first_frame_released, FirstFrameReleased)                \
  DESIGN(refused_after_release, RefusedAfterRelease)              \
  DESIGN(last_block_refused, LastBlockRefused)                    \
  DESIGN(length_forgotten, LengthForgotten)                       \
  DESIGN(use_drifts_at_free, UseDriftsAtFree)                     \
  DESIGN(batched_count_drifts, BatchedCountDrifts)                \
  DESIGN(count_of_ten_bits, CountOfTenBits)                       \
  DESIGN(longest_run_stale, LongestRunStale)                      \
  DESIGN(second_count_drifts, SecondCountDrifts)                  \
  DESIGN(tail_taken_for_block, TailTakenForBlock)                 \
  DESIGN(summary_not_restored, SummaryNotRestored)                \
  DESIGN(last_frame_lost, LastFrameLost)                          \
  DESIGN(odd_start_lost, OddStartLost)                            \
  DESIGN(last_group_lost, LastGroupLost)                          \
  DESIGN(hole_merged, HoleMerged)                                 \
  DESIGN(growth_loses_frame, GrowthLosesFrame)                    \
  DESIGN(growth_not_managed, GrowthNotManaged)                    \
  DESIGN(metadata_not_cleared, MetadataNotCleared)                \
  DESIGN(junk_taken_for_use, JunkTakenForUse)                     \
  DESIGN(zero_ends_list, ZeroEndsList)                            \
  DESIGN(link_before_check, LinkBeforeCheck)                      \
  DESIGN(link_in_neighbour, LinkInNeighbour)                      \
  DESIGN(note_in_middle, NoteInMiddle)                            \
  DESIGN(note_in_reserved, NoteInReserved)                        \
  DESIGN(second_frame_not_filled, SecondFrameNotFilled)           \
  DESIGN(growth_not_filled, GrowthNotFilled)                      \
  DESIGN(links_wider_than_declared, LinksWiderThanDeclared)       \
  DESIGN(refused_free_filled, RefusedFreeFilled)                  \
  DESIGN(wraps_forever, WrapsForever)                             \
  DESIGN(circular_list, CircularList)                             \
  DESIGN(nothing_doubled, NothingDoubled)                         \
  DESIGN(panics_when_full, PanicsWhenFull)                        \
  DESIGN(lock_forgotten, LockForgotten)                           \
  DESIGN(locks_twice, LocksTwice)                                 \
  DESIGN(keeps_one, KeepsOne)
// clang-format on

namespace assay {

#define ASSAY_CHECK_DESIGN(name, type) static_assert(FrameAllocator<type>);
ASSAY_ZOO(ASSAY_CHECK_DESIGN)
#undef ASSAY_CHECK_DESIGN

}  // namespace assay
