/// Which lengths of runs can still be had at which occupancy, and whose fault it is where not: no
/// such run existed (earlier placements), or one was missed (the search, or a stated limit).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bench/contestant.h"
#include "bench/recorder.h"
#include "bench/workloads.h"

namespace assay {

/// What became of the requests for runs of one length at one occupancy.
struct ContiguousCell {
  std::uint32_t occupancy_percent = 0;
  std::uint32_t frames = 0;
  std::uint32_t requests = 0;
  std::uint32_t served = 0;
  std::uint32_t none_existed = 0;
  std::uint32_t missed = 0;
};

struct ContiguousResult {
  Workload workload{};  ///< all that was done, to be judged, saved and replayed
  std::vector<ContiguousCell> cells{};
  std::string oracle{};              ///< `pass`, or why there are no cells
  std::string reason_for_missing{};  ///< a limit that the contract states, or empty
};

inline constexpr std::uint32_t kContiguousSeed = 12;

/// Brings the arena to occupancies of 50 to 99 %, one after the other, by blocks of mixed lengths
/// and lifetimes that come and go, and asks for 1, 2, 4 … 512 frames at moments in between; what is
/// given is given back at once. Nothing is asked for that `asked` does not cover: the performer's
/// own contract, or that of somebody who shall do the same. Whether a run existed, the oracle's map
/// says, which knows what the performer gave out. Requires: somebody performs.
/// Returns: no cells where an answer was no free run; the trial names what is wrong with it.
[[nodiscard]] ContiguousResult write_contiguous(const Arena& arena, const Performer& performer,
                                                const Contract& asked);

/// Writes the sequence that follows the contestant, and has the oracle judge it. A plug-in is
/// judged on that of a design before it performs one here, since it may crash.
[[nodiscard]] ContiguousResult measure_contiguous(const Contestant& contestant, const Arena& arena,
                                                  HostMemory& memory);

struct ContiguousEntry {
  const Contestant* contestant;
  std::string left_out;  ///< why a plug-in was not asked, or empty
  ContiguousResult result;

  /// The name of the file that holds its sequence.
  [[nodiscard]] std::string file() const;
};

/// The scale, but for arenas of more than 262,144 frames: whether a run existed is a look at all of
/// them, for each request that fails.
[[nodiscard]] Scale contiguous_scale(Scale scale);

/// Of everybody but the yardsticks, in arenas as large as the scale says. The oracle judges every
/// call, and all blocks at the end (kCallsOnly), since the sequences are long.
[[nodiscard]] std::vector<ContiguousEntry> measure_contiguous(
    std::span<const Contestant* const> contestants, Scale scale);

/// contiguous.json.
[[nodiscard]] std::string to_json(Scale scale, std::span<const ContiguousEntry> entries);

}  // namespace assay
