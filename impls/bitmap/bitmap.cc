#include "impls/bitmap/bitmap.h"

namespace assay {

template <unsigned WordBits, unsigned FanOut>
std::uint64_t Bitmap<WordBits, FanOut>::metadata_bytes(const MemoryMap& map) {
  return Parts(map.frames).runs_end;
}

template <unsigned WordBits, unsigned FanOut>
Bitmap<WordBits, FanOut>::Parts::Parts(FrameCount frames)
    : blocks_end(padded(Blocks::bytes_for(frames))),
      open_end(blocks_end + padded(OpenWords::words_for(0, last_word(frames)) * sizeof(Word))),
      runs_end(open_end + Runs::bytes_for(frames)) {}

template <unsigned WordBits, unsigned FanOut>
void Bitmap<WordBits, FanOut>::init(const MemoryMap& map, FrameWindow /*window*/,
                                    std::span<std::byte> metadata) {
  *this = Bitmap{};
  base_ = map.base;
  frames_ = map.frames;
  const Parts parts(map.frames);
  blocks_.init(frames_, metadata);
  open_.init(reinterpret_cast<Word*>(metadata.data() + parts.blocks_end), 0, last_word(frames_));
  runs_.init(frames_, metadata.subspan(parts.open_end));
  for (const Run& run : map.usable) add_usable(run);
}

template <unsigned WordBits, unsigned FanOut>
void Bitmap<WordBits, FanOut>::add_usable(Run run) {
  const IndexRun added{.first = index_of(run.first), .count = run.count.value()};
  blocks_.make_free(added);
  open_words(added);
  runs_.touch_all(added);
  managed_ += run.count;
  free_ += run.count;
}

template <unsigned WordBits, unsigned FanOut>
Pfn Bitmap<WordBits, FanOut>::allocate(FrameCount count, FrameCount alignment) {
  if (count == FrameCount{1} && alignment == FrameCount{1}) return allocate_single();
  if (!is_satisfiable(count, alignment) || count > free_) return Pfn::none();
  return allocate_run(count, alignment);
}

template <unsigned WordBits, unsigned FanOut>
Pfn Bitmap<WordBits, FanOut>::allocate_single() {
  if (free_ == FrameCount{0}) return Pfn::none();
  std::uint32_t word = cursor_ / WordBits;
  auto free = static_cast<Word>(blocks_.free_word(word) & Bits::from(cursor_));
  if (free == 0) {
    word = open_.next_behind(word);
    if (word == OpenWords::kNone) word = open_.lowest();
    free = blocks_.free_word(word);
  }
  const std::uint32_t index = word * WordBits + Bits::lowest(free);
  blocks_.mark_single(index);
  if (blocks_.free_word(word) == 0) open_.erase(word);
  runs_.touch(word);
  cursor_ = index + 1 == frames_.value() ? 0 : index + 1;
  free_ -= FrameCount{1};
  return base_ + FrameCount{index};
}

template <unsigned WordBits, unsigned FanOut>
Pfn Bitmap<WordBits, FanOut>::allocate_run(FrameCount count, FrameCount alignment) {
  runs_.refresh(blocks_);
  // Where a run may begin anywhere, the first one that is long enough is the one.
  const std::uint32_t first = alignment == FrameCount{1}
                                  ? runs_.next_run(blocks_, 0, count.value())
                                  : find_run(*this, 0, frames_.value(), base_, count, alignment);
  if (first == kNotFound) return Pfn::none();
  const IndexRun block{.first = first, .count = count.value()};
  blocks_.mark_block(block);
  close_words(block);
  runs_.touch_all(block);
  free_ -= count;
  return base_ + FrameCount{first};
}

template <unsigned WordBits, unsigned FanOut>
FreeResult Bitmap<WordBits, FanOut>::free(Pfn first) {
  // A Pfn below the base wraps to an index beyond the arena: one comparison refuses both.
  const std::uint32_t index = index_of(first);
  if (!blocks_.clear_if_inner_single(index)) return free_block(index);
  const std::uint32_t word = index / WordBits;
  if (blocks_.free_word(word) == Bits::bit(index)) open_.insert(word);
  runs_.touch(word);
  free_ += FrameCount{1};
  return FrameCount{1};
}

template <unsigned WordBits, unsigned FanOut>
FreeResult Bitmap<WordBits, FanOut>::free_block(std::uint32_t index) {
  const auto block = blocks_.freeable_block(index);
  if (!block) return std::unexpected(block.error());
  blocks_.clear_block(*block);
  open_words(*block);
  runs_.note_freed(blocks_, *block);
  free_ += FrameCount{block->count};
  return FrameCount{block->count};
}

/// Brings open_ in line with a run that is free now: each of its words has a free frame.
template <unsigned WordBits, unsigned FanOut>
void Bitmap<WordBits, FanOut>::open_words(IndexRun run) {
  open_.insert_all(run.first / WordBits, run.last() / WordBits);
}

/// Brings open_ in line with a run that is taken now: only in its first and its last word others
/// may be free.
template <unsigned WordBits, unsigned FanOut>
void Bitmap<WordBits, FanOut>::close_words(IndexRun run) {
  const std::uint32_t first = run.first / WordBits;
  const std::uint32_t last = run.last() / WordBits;
  open_.erase_all(first, last);
  if (blocks_.free_word(first) != 0) open_.insert(first);
  if (blocks_.free_word(last) != 0) open_.insert(last);
}

template <unsigned WordBits, unsigned FanOut>
FrameCount Bitmap<WordBits, FanOut>::largest_free_run() const {
  return FrameCount{longest_free_run(blocks_, frames_.value())};
}

template <unsigned WordBits, unsigned FanOut>
std::optional<Run> Bitmap<WordBits, FanOut>::block_at(Pfn pfn) const {
  const std::uint32_t index = index_of(pfn);
  if (index >= frames_.value() || !blocks_.is_used(index)) return std::nullopt;
  const IndexRun block = blocks_.block_around(index);
  return Run{base_ + FrameCount{block.first}, FrameCount{block.count}};
}

template <unsigned WordBits, unsigned FanOut>
std::uint32_t Bitmap<WordBits, FanOut>::next_run(std::uint32_t from, std::uint32_t count) const {
  return runs_.next_run(blocks_, from, count);
}

template <unsigned WordBits, unsigned FanOut>
std::uint32_t Bitmap<WordBits, FanOut>::next_taken(std::uint32_t from, std::uint32_t limit) const {
  return blocks_.next_taken(from, limit);
}

template <unsigned WordBits, unsigned FanOut>
const char* Bitmap<WordBits, FanOut>::validate() const {
  if (const char* broken = blocks_.validate()) return broken;
  if (const char* broken = open_.validate(0, last_word(frames_))) return broken;
  if (const char* broken = runs_.validate(blocks_)) return broken;
  for (std::uint32_t word = 0; word <= last_word(frames_); ++word) {
    if (open_.contains(word) != (blocks_.free_word(word) != 0)) return "I3: a word is not as noted";
  }
  if (blocks_.count_free() != free_.value()) return "I4: the free count is wrong";
  if (blocks_.count_used() != used_frames().value()) return "I4: the managed count is wrong";
  if (cursor_ >= frames_.value()) return "I5: the cursor is outside the arena";
  return nullptr;
}

template class Bitmap<2>;
template class Bitmap<4>;
template class Bitmap<8>;
template class Bitmap<8, 4>;
template class Bitmap<32>;
template class Bitmap<64>;

}  // namespace assay
