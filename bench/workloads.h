/// The workloads: sequences of operations, each made to answer one question.
///
/// A workload is an arena, operations, and where the measured ones begin. Those before are set-up,
/// performed but not timed. The generated ones depend on nothing but their parameters, seed and
/// scale; some also follow a performer, since what they do next depends on what it served or where.
/// Which there are says bench/catalogue.h.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "oracle/host/host_trial.h"
#include "oracle/host/sequence.h"

namespace assay {

/// What the time of the measured operations is divided by.
enum class Per : std::uint8_t {
  served,  ///< operations that gave a caller what it asked for; their time bears that of the others
  request,  ///< requests, served or not
};

/// Which of the measured operations are timed.
enum class Timed : std::uint8_t { all, requests, frees };

struct Workload {
  std::string name;
  std::uint32_t version = 1;  ///< other operations, another version
  std::string title;
  std::string question;
  std::uint32_t seed = 0;  ///< 0 where nothing is random
  Sequence sequence{};
  std::uint32_t first_measured = 0;  ///< index of an operation
  Per per = Per::served;
  Timed timed = Timed::all;
  bool follows_performer = false;  ///< another performer, another sequence
  bool is_repeatable = false;      ///< the measured operations leave everything as it was

  void add_request(std::uint32_t frames) {
    sequence.operations.push_back({.kind = OperationKind::alloc, .count = FrameCount{frames}});
  }
  void add_free(std::uint32_t block) {
    sequence.operations.push_back({.kind = OperationKind::free_block, .block = block});
  }
  /// Ends the set-up.
  void begin_measured() { first_measured = static_cast<std::uint32_t>(sequence.operations.size()); }
};

/// Who serves requests while a workload is written. Nobody: each is served, frame after frame.
struct Performer {
  const AnyDesign* design = nullptr;
  HostMemory* memory = nullptr;
};

/// How many requests a workload of requests that fail is made of: each is a search of the whole
/// arena for the oracle, and perhaps for the design. They are repeated for a time that can be
/// measured.
[[nodiscard]] constexpr std::uint32_t attempts_in(FrameCount frames) {
  constexpr std::uint32_t kLargest = 1U << 24;
  return std::clamp(kLargest / frames.value(), 4U, 64U);
}

/// How large the workloads are.
struct Scale {
  std::uint32_t frames;            ///< of generated arenas
  std::uint32_t operations;        ///< measured ones of generated workloads, about
  std::uint32_t trace_operations;  ///< of a recorded one, about; fewer by leaving out blocks
  Pfn base{0};                     ///< of generated arenas

  [[nodiscard]] Arena arena() const { return {.base = base, .frames = FrameCount{frames}}; }
};

/// So many thousandths of `frames`, rounded down.
[[nodiscard]] constexpr std::uint32_t share_of(std::uint32_t frames, std::uint32_t per_mille) {
  return static_cast<std::uint32_t>(std::uint64_t{frames} * per_mille / 1000);
}

/// A quick run: an arena of 256 MiB, traces whole.
inline constexpr Scale kQuickScale{65'536, 100'000, 0xFFFF'FFFF};
/// Everything once, in a second or two.
inline constexpr Scale kSmokeScale{1'024, 2'000, 4'000};

}  // namespace assay
