/// tag_bitmap: two bits per frame say what it is to its block.
///
/// After pagesBitmap, a teaching kernel's map of pages. Sixteen tags are packed into a 32-bit word,
/// frame i in bits 2i and 2i + 1 of its word:
///
///     00 free      01 first of a block      10 inside a block      11 last of a block
///
///     11 is a block of one where no block reaches it, that is: not behind 01, and not behind a row
///     of 10 that starts behind 01. A row of 10 that starts anywhere else is reserved, which the
///     source did not need: a hole, or the padding of the last word.
///
///     frame   0  1  2  3  4  5  6  7  8
///     tag    01 10 11 11 00 10 10 11 00
///             A  A  A  B  .  #  #  C  .         # reserved   . free
///
/// A summary (`impls/number_set`) says which words have a free frame; full ones are not read.
///
/// Placement: the lowest run that fits.
///
///     operation         worst case         of
///     init              O(frames / T)      T = tags per word
///     allocate 1        O(L)               L = levels of the summary; mostly one word
///     allocate n        O(r L + n / T)     r = runs from the lowest free frame on that do not fit
///     failing n         O(r L); O(1) if n > free frames, or n = 1
///     free              O((n + h) / T)     h = frames of the hole there or in front
///     metadata          2 bits per frame, and 1/16 of a bit for the summary
///
/// Invariants
/// I1  A 01 is followed by 10 or 11, and the row of 10 behind it ends in a 11.
/// I2  The padding behind the last frame is reserved.
/// I3  free_ is the number of frames tagged 00, managed_ that of frames that are not reserved.
/// I4  lowest_free_ is the index of the lowest free frame, or the number of frames.
/// I5  A word is in `open_` if and only if one of its frames is free.
///
/// `TagsPerWord` may be 1, 2, 4 or 16; no placement depends on it.
#pragma once

#include <type_traits>

#include "impls/allocator.h"
#include "impls/number_set/number_set.h"
#include "impls/run_search/run_search.h"

namespace assay {

/// As the source packs them.
inline constexpr unsigned kSourceTagsPerWord = 16;

/// The word width of the summary: narrow where words are, for tests.
template <unsigned TagsPerWord>
inline constexpr unsigned kSummaryBits = TagsPerWord < kSourceTagsPerWord ? 2 : kNativeWordBits;

template <unsigned TagsPerWord = kSourceTagsPerWord,
          unsigned SummaryBits = kSummaryBits<TagsPerWord>>
class TagBitmap {
  static_assert(TagsPerWord == 1 || TagsPerWord == 2 || TagsPerWord == 4 || TagsPerWord == 16);

 public:
  static constexpr Contract contract{};

  [[nodiscard]] static std::uint64_t metadata_bytes(const MemoryMap& map) {
    return tag_bytes(map) +
           std::uint64_t{Summary::words_for(0, words_for(map.frames.value()) - 1)} *
               sizeof(typename Summary::Word);
  }

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata);
  void add_usable(Run run);

  [[nodiscard]] Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1});
  FreeResult free(Pfn first);

  [[nodiscard]] FrameCount free_frames() const { return free_; }
  [[nodiscard]] FrameCount used_frames() const { return managed_ - free_; }
  [[nodiscard]] FrameCount managed_frames() const { return managed_; }
  [[nodiscard]] FrameCount largest_free_run() const;
  [[nodiscard]] std::optional<Run> block_at(Pfn pfn) const;
  [[nodiscard]] const char* validate() const;

  /// As run_search asks.
  [[nodiscard]] std::uint32_t next_run(std::uint32_t from, std::uint32_t count) const;
  [[nodiscard]] std::uint32_t next_free(std::uint32_t from, std::uint32_t limit) const;
  [[nodiscard]] std::uint32_t next_taken(std::uint32_t from, std::uint32_t limit) const;

 private:
  enum class Tag : std::uint8_t { free = 0b00, first = 0b01, middle = 0b10, last = 0b11 };

  using Summary = NumberSet<SummaryBits>;
  using Word = std::conditional_t<TagsPerWord == 16, std::uint32_t, std::uint8_t>;

  /// The lower bit of every tag.
  static constexpr Word kLowBits = [] {
    Word bits = 0;
    for (unsigned i = 0; i < TagsPerWord; ++i) bits = static_cast<Word>(bits | Word{1} << 2 * i);
    return bits;
  }();

  [[nodiscard]] static constexpr std::uint32_t words_for(std::uint32_t frames) {
    return frames / TagsPerWord + (frames % TagsPerWord != 0 ? 1 : 0);
  }
  /// Bytes for the tags alone; the summary begins behind them.
  [[nodiscard]] static constexpr std::uint64_t tag_bytes(const MemoryMap& map) {
    return padded(std::uint64_t{words_for(map.frames.value())} * sizeof(Word));
  }
  /// This frame's tag in its word, all others being 00.
  [[nodiscard]] static Word tag_at(std::uint32_t index, Tag tag) {
    return static_cast<Word>(Word{static_cast<std::uint8_t>(tag)} << 2 * (index % TagsPerWord));
  }
  /// Which tag of its word the lowest bit that is set belongs to. Requires: one is.
  [[nodiscard]] static std::uint32_t place_of(Word low_bits) {
    return static_cast<std::uint32_t>(__builtin_ctz(low_bits)) / 2;
  }
  /// Every tag of a word is this one.
  [[nodiscard]] static constexpr Word all(Tag tag) {
    return static_cast<Word>(kLowBits * static_cast<unsigned>(tag));
  }
  /// Each of these has the lower bit of a tag set where the tag is such a one.
  [[nodiscard]] static Word taken_in(Word word) {
    return static_cast<Word>((word | word >> 1) & kLowBits);
  }
  [[nodiscard]] static Word free_in(Word word) {
    return static_cast<Word>(~taken_in(word) & kLowBits);
  }
  [[nodiscard]] static Word last_in(Word word) {
    return static_cast<Word>(word & word >> 1 & kLowBits);
  }
  [[nodiscard]] static Word not_middle_in(Word word) {
    return static_cast<Word>(~(~word & word >> 1) & kLowBits);
  }
  /// The lower bits of the tags from this index's on, and of those up to and with it.
  [[nodiscard]] static Word from(std::uint32_t index) {
    return static_cast<Word>(kLowBits << 2 * (index % TagsPerWord) & kLowBits);
  }
  [[nodiscard]] static Word up_to(std::uint32_t index) {
    return static_cast<Word>(kLowBits >> 2 * (TagsPerWord - 1 - index % TagsPerWord));
  }

  template <class Select>
  [[nodiscard]] std::uint32_t next(std::uint32_t index, std::uint32_t limit, Select select) const;
  template <class Visit>
  void for_each_word(IndexRun run, Visit visit);

  [[nodiscard]] std::uint32_t index_of(Pfn pfn) const { return (pfn - base_).value(); }
  [[nodiscard]] Tag tag(std::uint32_t index) const;
  [[nodiscard]] Pfn allocate_lowest();
  [[nodiscard]] bool is_plain_single(std::uint32_t index) const;
  FreeResult free_block(std::uint32_t index);
  void set_tags(IndexRun run, Tag tag);
  void make_free(IndexRun run);
  void mark_block(IndexRun run);
  [[nodiscard]] std::optional<std::uint32_t> block_start(std::uint32_t index) const;
  [[nodiscard]] std::optional<std::uint32_t> before_row(std::uint32_t index) const;
  [[nodiscard]] std::uint32_t block_last(std::uint32_t index) const;

  Word* words_ = nullptr;
  Summary open_;
  Pfn base_;
  std::uint32_t frames_ = 0;
  std::uint32_t lowest_free_ = 0;
  FrameCount managed_;
  FrameCount free_;
};

}  // namespace assay
