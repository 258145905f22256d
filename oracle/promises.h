/// What a design does not promise is not judged; this says so, check by check, with the reason.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "impls/allocator.h"
#include "oracle/verdict.h"

namespace assay {

/// A check that a design is not held to.
struct Skip {
  Clause clause = Clause::passed;
  const char* check = "";
  const char* reason = "";
};

class Skips {
 public:
  /// If `condition` holds.
  constexpr void add_if(bool condition, Skip skip) {
    if (condition) skips_[count_++] = skip;
  }
  [[nodiscard]] constexpr std::span<const Skip> all() const { return {skips_.data(), count_}; }

 private:
  std::array<Skip, 24> skips_{};
  std::size_t count_ = 0;
};

/// Every check that the trial leaves out for a design with this contract.
[[nodiscard]] constexpr Skips skips_of(const Contract& contract) {
  const Contract& own = contract;
  Skips skips;
  skips.add_if(own.max_block < Contract{}.max_block,
               {Clause::completeness, "longer requests are served", "it limits a block's length"});
  skips.add_if(own.naturally_aligned, {Clause::completeness, "every free run is found",
                                       "it looks only at multiples of what it grants"});
  skips.add_if(!own.finds_longer_runs,
               {Clause::completeness, "longer runs are found", "it says so of single frames only"});
  skips.add_if(own.alignments == Alignments::ignored,
               {Clause::placement, "blocks are aligned", "it takes no alignment"});
  skips.add_if(own.on_exhaustion == OnExhaustion::undefined,
               {Clause::failed_call, "a failed request changes nothing",
                "it does not say what becomes of one"});
  skips.add_if(own.free_takes_size,
               {Clause::exact_free, "it knows the size of a block", "its caller says the size"});
  skips.add_if(own.frees_parts,
               {Clause::misuse, "a free inside a block is refused", "it frees parts of blocks"});
  skips.add_if(own.on_misuse == OnMisuse::refused,
               {Clause::misuse, "misuse is named", "it refuses without saying why"});
  skips.add_if(own.on_misuse == OnMisuse::panics, {Clause::misuse, "misuse is named", "it panics"});
  skips.add_if(own.on_misuse == OnMisuse::undefined,
               {Clause::misuse, "misuse is refused", "it does not say what misuse leads to"});
  skips.add_if(own.on_zero == OnZero::undefined,
               {Clause::edge_request, "a request for 0 frames fails",
                "it does not say what becomes of one"});
  skips.add_if(own.alignments != Alignments::checked,
               {Clause::edge_request, "odd alignments are refused", "it is never asked for one"});
  skips.add_if(!own.counts_free, {Clause::accounting, "free_frames", "it has no such count"});
  skips.add_if(!own.counts_used, {Clause::accounting, "used_frames", "it has no such count"});
  skips.add_if(!own.counts_managed, {Clause::accounting, "managed_frames", "it has no such count"});
  skips.add_if(!own.knows_longest_run,
               {Clause::accounting, "largest_free_run", "it has no such figure"});
  skips.add_if(!own.knows_blocks,
               {Clause::accounting, "block_at", "it does not say where blocks are"});
  skips.add_if(!own.can_grow, {Clause::capacity, "frames are added", "it cannot grow"});
  skips.add_if(own.may_keep(own.max_frames) > FrameCount{0},
               {Clause::capacity, "every usable frame can be had", "it keeps some for itself"});
  skips.add_if(!own.takes_holes,
               {Clause::capacity, "holes are never handed out", "its arenas have none"});
  return skips;
}

}  // namespace assay
