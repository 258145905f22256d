/// Changes to sequences that leave them valid: the shrinker's and the mutator's common tools.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "oracle/host/sequence.h"

namespace assay {

/// The operations number order[0], order[1], … of a sequence; each may come never or several times.
/// Blocks keep their identity: an operation names the newest that the one it named before has made,
/// and goes if that has made none yet.
[[nodiscard]] Sequence reordered(const Sequence& sequence, std::span<const std::uint32_t> order);

/// The sequence without the operations [first, first + count) and without those that name a block
/// made by them. Other blocks keep their identity, if not their number.
[[nodiscard]] Sequence without(const Sequence& sequence, std::size_t first, std::size_t count);

/// Which free of those that were merged stays.
enum class KeptFree : std::uint8_t { first, last };

/// The sequence with the blocks number [first, first + count) made into one, in the place of the
/// first and as long as all of them; one of their frees stays. As it was if not all of them come of
/// an `alloc`, or if they were longer than a number.
[[nodiscard]] Sequence merged(const Sequence& sequence, std::uint32_t first, std::uint32_t count,
                              KeptFree kept);

/// The sequence in an arena without the frames [offset, offset + count), counted from its base.
/// What lies behind them, holes and absolute frames, moves up; what grew from them alone goes.
[[nodiscard]] Sequence without_frames(const Sequence& sequence, FrameCount offset,
                                      FrameCount count);

/// The sequence in an arena of `frames` frames, fewer than now; holes, lengths and absolute frames
/// are smaller by the same ratio, but no length becomes 0. The arena may have a problem.
[[nodiscard]] Sequence scaled(const Sequence& sequence, FrameCount frames);

/// Inserts operations in front of `position`. They refer to blocks by their number among those
/// named before them.
void insert(Sequence& sequence, std::size_t position, std::span<const Operation> operations);

/// Blocks named by all operations.
[[nodiscard]] std::uint32_t names_in(const Sequence& sequence);

/// Blocks named by the operations in front of `position`.
[[nodiscard]] std::uint32_t names_before(const Sequence& sequence, std::size_t position);

/// Gives the sequence another arena; its absolute frames move along with the base.
void rebase(Sequence& sequence, const Arena& arena);

}  // namespace assay
