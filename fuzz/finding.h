/// A sequence that breaks a design, and the shortest that breaks it alike.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "fuzz/shrinker.h"
#include "fuzz/variants.h"
#include "oracle/host/isolated.h"
#include "oracle/host/registry.h"

namespace assay {

/// More operations than that need a reason.
inline constexpr std::size_t kReadable = 15;

/// Looks on whole frames, where edges show nothing, in arenas of up to so many (256 MiB of RAM).
inline constexpr FrameCount kMaxWholeFrames{1U << 16};

struct ShrunkFinding {
  Shrunk shrunk;
  Judgement judgement;  ///< on the shrunk sequence; its key is that of the whole
  std::string found;    ///< unless that key is this one, see below
};

/// Shrinks a finding. What the trial looks at only now and then, in large arenas, is found behind
/// whatever call comes next; if the sequence stays longer than `kReadable` for the sake of that
/// call's name, another call will do, and the key differs in this name. Every trial is in a process
/// of its own, and hangs if it takes longer than `seconds`.
/// Returns: nullopt if the sequence breaks no clause on this design.
[[nodiscard]] std::optional<ShrunkFinding> shrink_finding(const DesignEntry& design,
                                                          const Sequence& sequence,
                                                          unsigned seconds = 10);

/// A finding that breaks a design alike with words of another width, in fewer frames.
struct NarrowFinding {
  unsigned word_bits;
  Shrunk shrunk;
};

/// The one with the narrowest words, if there is one. `variants` are those of the design, narrow
/// words first; `wide` is what `sequence` was shrunk to.
[[nodiscard]] std::optional<NarrowFinding> shrink_words(std::span<const Variant> variants,
                                                        const Sequence& sequence,
                                                        const ShrunkFinding& wide,
                                                        unsigned seconds = 10);

}  // namespace assay
