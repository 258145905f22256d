/// An arena made to fit to what a design takes.
#pragma once

#include "impls/allocator.h"
#include "oracle/operations/operation.h"

namespace assay {

struct ArenaFit {
  Arena arena;
  FrameCount moved;  ///< from the base that was given to the new one, modulo 2^32

  /// The same operation in the new arena: frames that it names move along.
  [[nodiscard]] Operation fitted(const Operation& operation) const;
};

/// The nearest arena that a design with this contract takes: not too large or too small, at another
/// base, without holes. One that is taken stays as it is. Requires: arena.problem() is nullptr.
[[nodiscard]] ArenaFit fit_arena(Arena arena, const Contract& contract);

}  // namespace assay
