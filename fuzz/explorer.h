/// The explorer: every reachable state of a small arena, every call in every state, each judged.
///
/// Breadth first, so that the first broken clause comes with a shortest way to it. A state is what
/// decides how the allocator goes on:
///
///     who holds which frame | design object | metadata | outside | checked edges of every frame
///                             `----------------------- the image ---------------------'
///
/// Outside is what foreign code keeps in its statics, and in frames that it keeps for itself.
///
/// The last part is there for designs that keep links in free frames. Bytes that nobody but an
/// owner wrote would tell states apart that behave alike, so the explorer lets them be the same in
/// all states: what a trial writes for an owner. Only over RAM that is zero at first they stay, so
/// that a design which reads them is seen. A state is kept as its image's difference from one
/// reference image; equal differences are equal states, there is no hash to trust.
///
/// A design that leaves something stale is refreshed before its bytes are compared (`refresh()`,
/// impls/allocator.h), or states that go on alike would differ by what happens to be stale. What
/// goes wrong only where two calls leave something stale, one behind the other, is then not seen.
/// So the smallest arenas are explored without refreshing as well, at the price of more states.
///
/// The trial judges each call (oracle/trial.h), at depth, since the arenas are small. The explorer
/// adds one check: only free frames may have changed. Freeing everything and asking for every frame
/// needs no check of its own here: those are calls too, and each is made in every state.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "oracle/host/any_design.h"
#include "oracle/host/sequence.h"
#include "oracle/operations/operation.h"
#include "oracle/verdict.h"

namespace assay {

/// A broken clause, and a shortest sequence that breaks it.
struct Counterexample {
  Sequence sequence;
  Verdict verdict;  ///< of a trial of the sequence; passed: the trial does not repeat it
};

struct Exploration {
  std::uint64_t states = 0;
  std::uint64_t abstract_states = 0;  ///< different holdings
  std::uint64_t expanded = 0;         ///< states in which every call was made
  std::uint64_t transitions = 0;      ///< calls made
  std::uint64_t bytes = 0;            ///< memory for the states
  std::uint64_t behaviour = 0;        ///< equal where all states and placements correspond
  double seconds = 0;
  Outcomes outcomes;
  std::optional<Counterexample> broken;

  [[nodiscard]] bool closed() const { return !broken && states > 0 && expanded == states; }
};

struct ExploreOptions {
  std::uint64_t memory_bytes = std::uint64_t{1} << 32;  ///< for the states
  bool both_oracles = false;                            ///< they judge every call together
  bool leave_stale = false;                             ///< never refresh a design, see above
  std::function<void(const Exploration&)> progress;     ///< called now and then, if there is one
};

/// Explores until all states are known, a clause is broken, or the memory is used up. `design` is
/// one that nobody has initialised. Requires: at most kMaxExploredFrames (small_arena.h).
[[nodiscard]] Exploration explore(const AnyDesign& design, const Arena& arena,
                                  const ExploreOptions& options = {});

}  // namespace assay
