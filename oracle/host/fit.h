/// Arenas that a design takes, and sequences made to fit into one.
#pragma once

#include <string>

#include "impls/allocator.h"
#include "oracle/host/sequence.h"

namespace assay {

/// Why a design with this contract does not take such an arena, for a message; empty if it does.
[[nodiscard]] std::string misfit_of(const Arena& arena, const Contract& contract);

/// The sequence in the nearest arena that such a design takes: not too large or too small, at
/// another base, without holes; frames that operations name move along. One that fits is returned
/// as it is.
[[nodiscard]] Sequence fitted(Sequence sequence, const Contract& contract);

}  // namespace assay
