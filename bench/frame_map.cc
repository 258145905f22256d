#include "bench/frame_map.h"

#include <algorithm>
#include <utility>

#include "impls/allocator.h"

namespace assay {

FrameMap::FrameMap(const Arena& arena)
    : arena_(arena.run()), states_(arena.frames.value(), State::reserved) {
  const UsableRuns usable(arena);
  for (const Run& run : usable.runs()) mark(run, State::free);
}

void FrameMap::mark(Run run, State state) {
  const auto count_of = [this](State counted) -> FrameCount* {
    if (counted == State::reserved) return nullptr;
    return counted == State::free ? &free_ : &used_;
  };
  for (std::uint32_t i = 0; i < run.count.value(); ++i) {
    const Pfn pfn = run.first + FrameCount{i};
    if (!arena_.contains(pfn)) continue;
    State& now = states_[(pfn - arena_.first).value()];
    if (FrameCount* count = count_of(now)) *count -= FrameCount{1};
    if (FrameCount* count = count_of(state)) *count += FrameCount{1};
    now = state;
  }
}

FrameCount FrameMap::largest_free_run() const {
  std::uint32_t largest = 0;
  std::uint32_t in_a_row = 0;
  for (const State state : states_) {
    in_a_row = state == State::free ? in_a_row + 1 : 0;
    largest = std::max(largest, in_a_row);
  }
  return FrameCount{largest};
}

template <class Visit>
void FrameMap::for_each_block(std::uint32_t order, Visit visit) const {
  const std::uint64_t size = std::uint64_t{1} << order;
  const std::uint64_t begin =
      align_up(arena_.first, FrameCount{1U << order}) - arena_.first.value();
  for (std::uint64_t at = begin; at + size <= states_.size(); at += size) {
    visit(std::span(states_).subspan(at, size));
  }
}

std::optional<double> FrameMap::unusable_free(std::uint32_t order) const {
  if (free_ == FrameCount{0}) return std::nullopt;
  std::uint32_t in_blocks = 0;
  for_each_block(order, [&](std::span<const State> block) {
    const auto is_free = [](State state) { return state == State::free; };
    if (std::ranges::all_of(block, is_free)) in_blocks += block.size();
  });
  return static_cast<double>(free_.value() - in_blocks) / free_.value();
}

std::vector<std::uint32_t> FrameMap::huge_fill_levels() const {
  std::vector<std::uint32_t> levels;
  for_each_block(kHugeOrder, [&](std::span<const State> block) {
    if (std::ranges::count(block, State::reserved) != 0) return;
    levels.push_back(static_cast<std::uint32_t>(std::ranges::count(block, State::used)));
  });
  return levels;
}

std::optional<double> FrameMap::free_huge_share() const {
  const std::vector<std::uint32_t> levels = huge_fill_levels();
  if (levels.empty()) return std::nullopt;
  return static_cast<double>(std::ranges::count(levels, 0U)) / static_cast<double>(levels.size());
}

std::optional<std::uint64_t> FrameMap::least_moves() const {
  std::vector<std::uint32_t> levels = huge_fill_levels();
  if (levels.empty()) return std::nullopt;
  return assay::least_moves(std::move(levels), 1U << kHugeOrder);
}

std::vector<std::optional<double>> FrameMap::used_shares(std::uint32_t rows) const {
  std::vector<std::optional<double>> shares;
  for (std::uint64_t row = 0; row < rows; ++row) {
    const std::size_t begin = row * states_.size() / rows;
    const std::size_t end = (row + 1) * states_.size() / rows;
    const auto part = std::span(states_).subspan(begin, end - begin);
    const auto used = static_cast<double>(std::ranges::count(part, State::used));
    const auto free = static_cast<double>(std::ranges::count(part, State::free));
    const bool is_usable = used + free > 0;
    shares.push_back(is_usable ? std::optional(used / (used + free)) : std::nullopt);
  }
  return shares;
}

/// Empties the emptiest into the fullest, until they meet.
std::uint64_t least_moves(std::vector<std::uint32_t> fill_levels, std::uint32_t capacity) {
  if (fill_levels.empty()) return 0;
  std::ranges::sort(fill_levels);
  std::uint64_t moves = 0;
  std::size_t emptiest = 0;
  std::size_t fullest = fill_levels.size() - 1;
  while (emptiest < fullest) {
    std::uint32_t& from = fill_levels[emptiest];
    std::uint32_t& to = fill_levels[fullest];
    const std::uint32_t moved = std::min(from, capacity - to);
    from -= moved;
    to += moved;
    moves += moved;
    if (from == 0) ++emptiest;
    if (to == capacity) --fullest;
  }
  return moves;
}

}  // namespace assay
