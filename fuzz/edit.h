/// Changes to sequences that leave them valid: the shrinker's and the mutator's common tools.
#pragma once

#include <cstddef>
#include <cstdint>

#include "oracle/host/sequence.h"

namespace assay {

/// The sequence without the operations [first, first + count) and without those that name a block
/// made by them. Other blocks keep their identity, if not their number.
[[nodiscard]] Sequence without(const Sequence& sequence, std::size_t first, std::size_t count);

/// Inserts an operation in front of `position`. `operation` refers to blocks by their number among
/// those named before `position`.
void insert(Sequence& sequence, std::size_t position, const Operation& operation);

/// Blocks named by the operations in front of `position`.
[[nodiscard]] std::uint32_t names_before(const Sequence& sequence, std::size_t position);

/// Gives the sequence another arena; its absolute frames move along with the base.
void rebase(Sequence& sequence, const Arena& arena);

}  // namespace assay
