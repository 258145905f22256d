#include "impls/coremap/coremap.h"

namespace assay {

namespace {
constexpr std::uint32_t kNoFit = 0xFFFF'FFFF;
}

void Coremap::init(const MemoryMap& map, FrameWindow /*window*/, std::span<std::byte> metadata) {
  *this = Coremap{};
  entries_ = reinterpret_cast<Entry*>(metadata.data());
  base_ = map.base;
  frames_ = map.frames.value();
  next_free_ = frames_;
  write_extent({.first = 0, .length = frames_}, State::reserved);
  for (const Run& run : map.usable) add_usable(run);
}

void Coremap::add_usable(Run run) {
  const Extent added{.first = index_of(run.first), .length = run.count.value()};
  // Reserved extents never touch, since reserved frames never come back: one holds all of it.
  std::uint32_t first = 0;
  while (first + entries_[first].length <= added.first) first += entries_[first].length;
  carve({.first = first, .length = entries_[first].length}, added, State::free);
  release(added);
  managed_ += run.count;
  free_ += run.count;
}

Pfn Coremap::allocate(FrameCount count, FrameCount alignment) {
  if (!is_satisfiable(count, alignment) || count > free_) return Pfn::none();
  next_free_ = first_free_extent(next_free_);
  for (std::uint32_t i = next_free_; i < frames_; i = first_free_extent(i + entries_[i].length)) {
    const Extent extent{.first = i, .length = entries_[i].length};
    const std::uint32_t first = fit_in(extent, count, alignment);
    if (first == kNoFit) continue;
    carve(extent, {.first = first, .length = count.value()}, State::fixed);
    if (first == next_free_) next_free_ += count.value();
    free_ -= count;
    return base_ + FrameCount{first};
  }
  return Pfn::none();
}

/// The first free extent from the extent at `from` on, or the end of the table.
std::uint32_t Coremap::first_free_extent(std::uint32_t from) const {
  while (from < frames_ && entries_[from].state != State::free) from += entries_[from].length;
  return from;
}

/// The lowest aligned place for `count` frames in a free extent, or kNoFit.
std::uint32_t Coremap::fit_in(Extent extent, FrameCount count, FrameCount alignment) const {
  const std::uint64_t first = align_up(base_ + FrameCount{extent.first}, alignment) - base_.value();
  return first + count.value() <= extent.end() ? static_cast<std::uint32_t>(first) : kNoFit;
}

/// Gives `part` a state of its own; what is left of `from` on either side keeps the old one.
void Coremap::carve(Extent from, Extent part, State part_state) {
  const State old_state = entries_[from.first].state;
  write_extent(part, part_state);
  write_borders({.first = from.first, .length = part.first - from.first}, old_state);
  write_borders({.first = part.end(), .length = from.end() - part.end()}, old_state);
}

void Coremap::write_extent(Extent extent, State state) {
  for (std::uint32_t i = extent.first; i < extent.end(); ++i) {
    entries_[i] = {.state = state, .length = 0};
  }
  write_borders(extent, state);
}

/// Writes the lengths of an extent whose inner entries are right already. An empty one has none.
void Coremap::write_borders(Extent extent, State state) {
  if (extent.length == 0) return;
  entries_[extent.first].length = extent.length;
  if (state == State::free) entries_[extent.end() - 1].length = extent.length;
}

FreeResult Coremap::free(Pfn first) {
  const std::uint32_t index = index_of(first);
  // A Pfn below the base wraps to an index beyond the table: one comparison refuses both.
  if (index >= frames_) return std::unexpected(Misuse::outside_arena);
  const Entry entry = entries_[index];
  if (entry.state == State::free) return std::unexpected(Misuse::already_free);
  if (entry.state == State::reserved) return std::unexpected(Misuse::reserved);
  if (entry.length == 0) return std::unexpected(Misuse::inside_block);

  const Extent block{.first = index, .length = entry.length};
  write_extent(block, State::free);
  release(block);
  free_ += FrameCount{block.length};
  return FrameCount{block.length};
}

/// Merges a free extent with the free neighbours on both sides.
void Coremap::release(Extent extent) {
  Extent merged = extent;
  if (extent.first > 0 && entries_[extent.first - 1].state == State::free) {
    const std::uint32_t left_length = entries_[extent.first - 1].length;
    merged = {.first = extent.first - left_length, .length = extent.length + left_length};
    entries_[extent.first - 1].length = 0;
    entries_[extent.first].length = 0;
  }
  if (extent.end() < frames_ && entries_[extent.end()].state == State::free) {
    merged.length += entries_[extent.end()].length;
    entries_[extent.end() - 1].length = 0;
    entries_[extent.end()].length = 0;
  }
  write_borders(merged, State::free);
  if (merged.first < next_free_) next_free_ = merged.first;
}

FrameCount Coremap::largest_free_run() const {
  std::uint32_t largest = 0;
  for (std::uint32_t i = 0; i < frames_; i += entries_[i].length) {
    if (entries_[i].state == State::free && entries_[i].length > largest) {
      largest = entries_[i].length;
    }
  }
  return FrameCount{largest};
}

std::optional<Run> Coremap::block_at(Pfn pfn) const {
  std::uint32_t index = index_of(pfn);
  if (index >= frames_ || entries_[index].state != State::fixed) return std::nullopt;
  while (entries_[index].length == 0) --index;
  return Run{base_ + FrameCount{index}, FrameCount{entries_[index].length}};
}

const char* Coremap::validate() const {
  FrameCount free;
  FrameCount reserved;
  bool previous_free = false;
  bool cursor_on_extent = next_free_ == frames_;
  for (std::uint32_t i = 0; i < frames_; i += entries_[i].length) {
    const Extent extent{.first = i, .length = entries_[i].length};
    if (const char* broken = validate_extent(extent)) return broken;
    const State state = entries_[i].state;
    if (state == State::free && previous_free) return "I2: two free extents touch";
    previous_free = state == State::free;
    if (state == State::free) free += FrameCount{extent.length};
    if (state == State::reserved) reserved += FrameCount{extent.length};
    if (i == next_free_) cursor_on_extent = true;
    if (state == State::free && i < next_free_) return "I4: a free frame lies below next_free";
  }
  if (free != free_) return "I3: the free count is wrong";
  if (FrameCount{frames_} - reserved != managed_) return "I3: the managed count is wrong";
  return cursor_on_extent ? nullptr : "I4: next_free is not the start of an extent";
}

const char* Coremap::validate_extent(Extent extent) const {
  if (extent.length == 0 || extent.length > frames_ - extent.first) {
    return "I1: an extent's length is wrong";
  }
  const State state = entries_[extent.first].state;
  for (std::uint32_t i = extent.first + 1; i < extent.end(); ++i) {
    const bool last_of_free = state == State::free && i + 1 == extent.end();
    if (entries_[i].state != state) return "I2: an extent has two states";
    if (entries_[i].length != (last_of_free ? extent.length : 0)) {
      return "I1: a length inside an extent is wrong";
    }
  }
  return nullptr;
}

}  // namespace assay
