/// Which frames are in use, as the caller knows it who was handed them, and how scattered the free
/// ones lie. No design is asked.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "impls/frame.h"
#include "oracle/operations/operation.h"

namespace assay {

/// Blocks of 2^9 frames, 2 MiB: what x86-64 maps with one large page.
inline constexpr std::uint32_t kHugeOrder = 9;

class FrameMap {
 public:
  /// All usable frames of the arena are free.
  explicit FrameMap(const Arena& arena);

  /// What lies outside of the arena is ignored.
  void reserve(Run run) { mark(run, State::reserved); }
  void take(Run run) { mark(run, State::used); }
  void give_back(Run run) { mark(run, State::free); }

  [[nodiscard]] FrameCount usable() const { return free_ + used_; }
  [[nodiscard]] FrameCount used() const { return used_; }
  [[nodiscard]] FrameCount free() const { return free_; }

  // Each costs O(frames).

  [[nodiscard]] FrameCount largest_free_run() const;
  /// The share of free frames that lie in no wholly free block of 2^order frames at a multiple of
  /// 2^order: 0 is good, 1 is bad. None where nothing is free.
  [[nodiscard]] std::optional<double> unusable_free(std::uint32_t order) const;
  /// The share of huge frames (aligned blocks of 512 usable frames) that are wholly free. None
  /// where the arena has no huge frame.
  [[nodiscard]] std::optional<double> free_huge_share() const;
  /// How many frames' contents must be copied, at least, until every huge frame but one is full or
  /// empty. Frames outside of huge ones stay where they are. None where there is no huge frame.
  [[nodiscard]] std::optional<std::uint64_t> least_moves() const;
  /// Of `rows` equal parts of the arena, low frames first, the used share of what is usable in
  /// each; none where nothing is. Requires: 1 ≤ rows ≤ frames.
  [[nodiscard]] std::vector<std::optional<double>> used_shares(std::uint32_t rows) const;

 private:
  enum class State : std::uint8_t { reserved, free, used };

  void mark(Run run, State state);
  /// Calls `visit` with the states of every aligned block of 2^order frames of the arena.
  template <class Visit>
  void for_each_block(std::uint32_t order, Visit visit) const;
  /// How many frames of each huge frame are in use.
  [[nodiscard]] std::vector<std::uint32_t> huge_fill_levels() const;

  Run arena_;
  std::vector<State> states_;
  FrameCount free_;
  FrameCount used_;
};

/// See FrameMap::least_moves: of blocks of `capacity` frames, of which so many are in use in each.
[[nodiscard]] std::uint64_t least_moves(std::vector<std::uint32_t> fill_levels,
                                        std::uint32_t capacity);

}  // namespace assay
