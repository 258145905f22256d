#include "impls/tag_bitmap/tag_bitmap.h"

#include <algorithm>
#include <bit>

namespace assay {

template <unsigned TagsPerWord, unsigned SummaryBits>
void TagBitmap<TagsPerWord, SummaryBits>::init(const MemoryMap& map, FrameWindow /*window*/,
                                               std::span<std::byte> metadata) {
  *this = TagBitmap{};
  words_ = reinterpret_cast<Word*>(metadata.data());
  base_ = map.base;
  frames_ = map.frames.value();
  lowest_free_ = frames_;
  std::fill_n(words_, words_for(frames_), all(Tag::middle));
  open_.init(reinterpret_cast<Summary::Word*>(metadata.data() + tag_bytes(map)), 0,
             words_for(frames_) - 1);
  for (const Run& run : map.usable) add_usable(run);
}

template <unsigned TagsPerWord, unsigned SummaryBits>
void TagBitmap<TagsPerWord, SummaryBits>::add_usable(Run run) {
  const IndexRun added{.first = index_of(run.first), .count = run.count.value()};
  make_free(added);
  managed_ += run.count;
  free_ += run.count;
}

template <unsigned TagsPerWord, unsigned SummaryBits>
Pfn TagBitmap<TagsPerWord, SummaryBits>::allocate(FrameCount count, FrameCount alignment) {
  if (count == FrameCount{1} && alignment == FrameCount{1}) return allocate_lowest();
  if (!is_satisfiable(count, alignment) || count > free_) return Pfn::none();
  const std::uint32_t first = find_run(*this, lowest_free_, frames_, base_, count, alignment);
  if (first == kNotFound) return Pfn::none();
  mark_block({.first = first, .count = count.value()});
  if (first == lowest_free_) lowest_free_ = next_free(first + count.value(), frames_);
  free_ -= count;
  return base_ + FrameCount{first};
}

template <unsigned TagsPerWord, unsigned SummaryBits>
Pfn TagBitmap<TagsPerWord, SummaryBits>::allocate_lowest() {
  if (free_ == FrameCount{0}) return Pfn::none();
  const std::uint32_t index = lowest_free_;
  Word& word = words_[index / TagsPerWord];
  word |= tag_at(index, Tag::last);
  // The next free frame is mostly in the same word, and behind this one, since this was the lowest.
  if (const Word free = free_in(word); free != 0) {
    lowest_free_ = index - index % TagsPerWord + place_of(free);
  } else {
    open_.erase(index / TagsPerWord);
    lowest_free_ = next_free(index, frames_);
  }
  free_ -= FrameCount{1};
  return base_ + FrameCount{index};
}

template <unsigned TagsPerWord, unsigned SummaryBits>
FreeResult TagBitmap<TagsPerWord, SummaryBits>::free(Pfn first) {
  // A Pfn below the base wraps to an index beyond the arena: one comparison refuses both.
  const std::uint32_t index = index_of(first);
  if (index >= frames_) return std::unexpected(Misuse::outside_arena);
  if (!is_plain_single(index)) return free_block(index);
  Word& word = words_[index / TagsPerWord];
  if (free_in(word) == 0) open_.insert(index / TagsPerWord);
  word &= static_cast<Word>(~tag_at(index, Tag::last));
  lowest_free_ = std::min(lowest_free_, index);
  free_ += FrameCount{1};
  return FrameCount{1};
}

/// Whether a block of one starts here, as far as one word tells.
template <unsigned TagsPerWord, unsigned SummaryBits>
bool TagBitmap<TagsPerWord, SummaryBits>::is_plain_single(std::uint32_t index) const {
  if (index % TagsPerWord == 0 || tag(index) != Tag::last) return false;
  // 00 or 11 in front: one question, since which of the two it is cannot be predicted.
  const auto before = static_cast<unsigned>(tag(index - 1));
  return before % 2 == before / 2;
}

template <unsigned TagsPerWord, unsigned SummaryBits>
FreeResult TagBitmap<TagsPerWord, SummaryBits>::free_block(std::uint32_t index) {
  if (tag(index) == Tag::free) return std::unexpected(Misuse::already_free);
  const std::optional<std::uint32_t> start = block_start(index);
  if (!start) return std::unexpected(Misuse::reserved);
  if (*start != index) return std::unexpected(Misuse::inside_block);
  const FrameCount count{block_last(index) - index + 1};
  make_free({.first = index, .count = count.value()});
  free_ += count;
  return count;
}

template <unsigned TagsPerWord, unsigned SummaryBits>
FrameCount TagBitmap<TagsPerWord, SummaryBits>::largest_free_run() const {
  return FrameCount{longest_free_run(*this, frames_)};
}

template <unsigned TagsPerWord, unsigned SummaryBits>
std::optional<Run> TagBitmap<TagsPerWord, SummaryBits>::block_at(Pfn pfn) const {
  const std::uint32_t index = index_of(pfn);
  if (index >= frames_) return std::nullopt;
  const std::optional<std::uint32_t> start = block_start(index);
  if (!start) return std::nullopt;
  return Run{base_ + FrameCount{*start}, FrameCount{block_last(index) - *start + 1}};
}

template <unsigned TagsPerWord, unsigned SummaryBits>
std::uint32_t TagBitmap<TagsPerWord, SummaryBits>::next_run(std::uint32_t from,
                                                            std::uint32_t /*count*/) const {
  const std::uint32_t index = next_free(from, frames_);
  return index < frames_ ? index : kNotFound;
}

template <unsigned TagsPerWord, unsigned SummaryBits>
std::uint32_t TagBitmap<TagsPerWord, SummaryBits>::next_free(std::uint32_t index,
                                                             std::uint32_t limit) const {
  if (index >= limit) return limit;
  std::uint32_t word = index / TagsPerWord;
  auto free = static_cast<Word>(free_in(words_[word]) & from(index));
  if (free == 0) {
    word = open_.next_behind(word);
    if (word == Summary::kNone) return limit;
    free = free_in(words_[word]);
  }
  return std::min(word * TagsPerWord + place_of(free), limit);
}

template <unsigned TagsPerWord, unsigned SummaryBits>
std::uint32_t TagBitmap<TagsPerWord, SummaryBits>::next_taken(std::uint32_t from,
                                                              std::uint32_t limit) const {
  return next(from, limit, &TagBitmap::taken_in);
}

/// The lowest index in [index, limit) that is selected, or `limit`. Of a word, select(word) has the
/// lower bits of the selected tags.
template <unsigned TagsPerWord, unsigned SummaryBits>
template <class Select>
std::uint32_t TagBitmap<TagsPerWord, SummaryBits>::next(std::uint32_t index, std::uint32_t limit,
                                                        Select select) const {
  if (index >= limit) return limit;
  std::uint32_t word = index / TagsPerWord;
  auto selected = static_cast<Word>(select(words_[word]) & from(index));
  while (selected == 0) {
    if (++word * TagsPerWord >= limit) return limit;
    selected = select(words_[word]);
  }
  return std::min(word * TagsPerWord + place_of(selected), limit);
}

/// Calls visit(word, low_bits) for each word that `run` touches.
template <unsigned TagsPerWord, unsigned SummaryBits>
template <class Visit>
void TagBitmap<TagsPerWord, SummaryBits>::for_each_word(IndexRun run, Visit visit) {
  std::uint32_t index = run.first;
  const std::uint32_t last = run.first + run.count - 1;
  while (index <= last) {
    const std::uint32_t word_end = index - index % TagsPerWord + TagsPerWord;
    Word low_bits = from(index);
    if (last < word_end) low_bits &= up_to(last);
    visit(words_[index / TagsPerWord], low_bits);
    index = word_end;
  }
}

template <unsigned TagsPerWord, unsigned SummaryBits>
auto TagBitmap<TagsPerWord, SummaryBits>::tag(std::uint32_t index) const -> Tag {
  return static_cast<Tag>(words_[index / TagsPerWord] >> 2 * (index % TagsPerWord) & 0b11);
}

template <unsigned TagsPerWord, unsigned SummaryBits>
void TagBitmap<TagsPerWord, SummaryBits>::set_tags(IndexRun run, Tag tag) {
  for_each_word(run, [tag](Word& word, Word low_bits) {
    const auto both_bits = static_cast<Word>(low_bits * 0b11U);
    word = static_cast<Word>((word & ~both_bits) | (all(tag) & both_bits));
  });
}

/// Frames that are not free become so.
template <unsigned TagsPerWord, unsigned SummaryBits>
void TagBitmap<TagsPerWord, SummaryBits>::make_free(IndexRun run) {
  set_tags(run, Tag::free);
  for (std::uint32_t i = run.first / TagsPerWord; i <= run.last() / TagsPerWord; ++i) {
    open_.insert(i);
  }
  lowest_free_ = std::min(lowest_free_, run.first);
}

/// The frames of `run`, all free, become one block.
template <unsigned TagsPerWord, unsigned SummaryBits>
void TagBitmap<TagsPerWord, SummaryBits>::mark_block(IndexRun run) {
  set_tags(run, Tag::middle);
  set_tags({.first = run.first, .count = 1}, Tag::first);
  set_tags({.first = run.last(), .count = 1}, Tag::last);
  for (std::uint32_t i = run.first / TagsPerWord; i <= run.last() / TagsPerWord; ++i) {
    if (free_in(words_[i]) == 0) open_.erase(i);
  }
}

/// Where the block starts that holds this frame, unless it is free or reserved.
template <unsigned TagsPerWord, unsigned SummaryBits>
std::optional<std::uint32_t> TagBitmap<TagsPerWord, SummaryBits>::block_start(
    std::uint32_t index) const {
  if (tag(index) == Tag::first) return index;
  const std::optional<std::uint32_t> head = before_row(index);
  if (head && tag(*head) == Tag::first) return head;
  if (tag(index) == Tag::last) return index;  // nothing reaches it: a block of one
  return std::nullopt;
}

/// The nearest frame in front of `index` that is not tagged 10, if there is one.
template <unsigned TagsPerWord, unsigned SummaryBits>
std::optional<std::uint32_t> TagBitmap<TagsPerWord, SummaryBits>::before_row(
    std::uint32_t index) const {
  if (index == 0) return std::nullopt;
  std::uint32_t word = (index - 1) / TagsPerWord;
  auto others = static_cast<Word>(not_middle_in(words_[word]) & up_to(index - 1));
  while (others == 0) {
    if (word == 0) return std::nullopt;
    others = not_middle_in(words_[--word]);
  }
  return word * TagsPerWord + static_cast<std::uint32_t>(std::bit_width(others)) / 2;
}

/// The last frame of the block that holds `index`: by I1 the next 11 is its own.
template <unsigned TagsPerWord, unsigned SummaryBits>
std::uint32_t TagBitmap<TagsPerWord, SummaryBits>::block_last(std::uint32_t index) const {
  return next(index, frames_, &TagBitmap::last_in);
}

template <unsigned TagsPerWord, unsigned SummaryBits>
const char* TagBitmap<TagsPerWord, SummaryBits>::validate() const {
  FrameCount free;
  FrameCount reserved;
  for (std::uint32_t i = 0; i < frames_;) {
    std::uint32_t end = i + 1;
    switch (tag(i)) {
      case Tag::free:
        end = next_taken(i, frames_);
        free += FrameCount{end - i};
        break;
      case Tag::first: {
        const std::uint32_t last = next(i + 1, frames_, &TagBitmap::not_middle_in);
        if (last == frames_ || tag(last) != Tag::last) return "I1: a block has no last frame";
        end = last + 1;
        break;
      }
      case Tag::middle:
        end = next(i, frames_, &TagBitmap::not_middle_in);
        reserved += FrameCount{end - i};
        break;
      case Tag::last: break;
    }
    i = end;
  }
  for (std::uint32_t i = frames_; i < words_for(frames_) * TagsPerWord; ++i) {
    if (tag(i) != Tag::middle) return "I2: the padding is not reserved";
  }
  if (const char* broken = open_.validate(0, words_for(frames_) - 1)) return broken;
  for (std::uint32_t i = 0; i < words_for(frames_); ++i) {
    if (open_.contains(i) != (free_in(words_[i]) != 0)) return "I5: a word is not as noted";
  }
  if (free != free_) return "I3: the free count is wrong";
  if (FrameCount{frames_} - reserved != managed_) return "I3: the managed count is wrong";
  if (next_free(0, frames_) != lowest_free_) return "I4: lowest_free is not the lowest free frame";
  return nullptr;
}

template class TagBitmap<1>;
template class TagBitmap<2>;
template class TagBitmap<4>;
template class TagBitmap<16>;

}  // namespace assay
