#include "impls/bitmap/bitmap.h"

namespace assay {

template <unsigned WordBits>
void Bitmap<WordBits>::init(const MemoryMap& map, FrameWindow /*window*/,
                            std::span<std::byte> metadata) {
  *this = Bitmap{};
  base_ = map.base;
  frames_ = map.frames;
  blocks_.init(map.frames, metadata);
  for (const Run& run : map.usable) add_usable(run);
}

template <unsigned WordBits>
void Bitmap<WordBits>::add_usable(Run run) {
  blocks_.make_free({.first = index_of(run.first), .count = run.count.value()});
  managed_ += run.count;
  free_ += run.count;
}

template <unsigned WordBits>
Pfn Bitmap<WordBits>::allocate(FrameCount count, FrameCount alignment) {
  if (!is_satisfiable(count, alignment) || count > free_) return Pfn::none();
  const bool single = count == FrameCount{1} && alignment == FrameCount{1};
  const std::uint32_t first =
      single ? find_single() : find_run(blocks_, 0, frames_.value(), base_, count, alignment);
  if (first == kNotFound) return Pfn::none();
  blocks_.mark_block({.first = first, .count = count.value()});
  free_ -= count;
  return base_ + FrameCount{first};
}

/// The first free frame from the cursor on, wrapping once; moves the cursor behind it.
/// Requires: a free frame exists.
template <unsigned WordBits>
std::uint32_t Bitmap<WordBits>::find_single() {
  const std::uint32_t frames = frames_.value();
  std::uint32_t index = blocks_.next_free(cursor_, frames);
  if (index == frames) index = blocks_.next_free(0, cursor_);
  cursor_ = index + 1 == frames ? 0 : index + 1;
  return index;
}

template <unsigned WordBits>
FreeResult Bitmap<WordBits>::free(Pfn first) {
  // A Pfn below the base wraps to an index beyond the arena: one comparison refuses both.
  const auto block = blocks_.freeable_block(index_of(first));
  if (!block) return std::unexpected(block.error());
  blocks_.clear_block(*block);
  free_ += FrameCount{block->count};
  return FrameCount{block->count};
}

template <unsigned WordBits>
FrameCount Bitmap<WordBits>::largest_free_run() const {
  return FrameCount{longest_free_run(blocks_, frames_.value())};
}

template <unsigned WordBits>
std::optional<Run> Bitmap<WordBits>::block_at(Pfn pfn) const {
  const std::uint32_t index = index_of(pfn);
  if (index >= frames_.value() || !blocks_.is_used(index)) return std::nullopt;
  const IndexRun block = blocks_.block_around(index);
  return Run{base_ + FrameCount{block.first}, FrameCount{block.count}};
}

template <unsigned WordBits>
const char* Bitmap<WordBits>::validate() const {
  if (const char* broken = blocks_.validate()) return broken;
  if (blocks_.count_free() != free_.value()) return "I3: the free count is wrong";
  if (blocks_.count_used() != used_frames().value()) return "I3: the managed count is wrong";
  if (cursor_ >= frames_.value()) return "I4: the cursor is outside the arena";
  return nullptr;
}

template class Bitmap<2>;
template class Bitmap<4>;
template class Bitmap<8>;
template class Bitmap<32>;
template class Bitmap<64>;

}  // namespace assay
