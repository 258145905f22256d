/// Two bits per frame that say which frames are free and where blocks end.
///
///        index   0  1  2  3  4  5  6  7        one word of each plane, here 8 bits wide:
///        used    0  1  1  1  1  0  0  0        1 = part of a block     0 = free or reserved
///        end     0  0  0  1  1  0  1  1        1 = last of its block, or reserved
///                .  A  A  A  B  .  #  #                                0 = any other frame
///
///     used end | meaning
///      0    0  | free
///      0    1  | reserved: a hole, or the padding of the last word
///      1    0  | in a block, and so is the next frame
///      1    1  | the last frame of a block
///
/// A block starts at a used frame whose predecessor is not used or ends a block. Free frames of a
/// word are ~(used | end); the two planes are interleaved word by word, so that both halves share a
/// cache line.
///
/// Invariants
/// I1  A block's frames are used; only its last one has its end bit set.
/// I2  The padding bits behind the last frame are reserved.
///
/// Cost: every search reads words, not bits: O(frames / WordBits), which `impls/number_set` and
/// `impls/run_tree` shorten; marking is O(count / WordBits), of a single frame O(1).
/// Memory: 2 bits per frame. `WordBits` may be 2, 4, 8, 32 or 64; no placement depends on it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "impls/allocator.h"
#include "impls/bit_word.h"
#include "impls/frame.h"
#include "impls/run_search/run_search.h"

namespace assay {

template <unsigned WordBits>
class BlockMap {
  using Bits = BitWord<WordBits>;

 public:
  using Word = Bits::Word;

  [[nodiscard]] static std::uint64_t bytes_for(FrameCount frames);

  /// Makes every frame reserved. Requires: bytes_for(frames) bytes, suitably aligned.
  void init(FrameCount frames, std::span<std::byte> metadata);

  /// Reserved frames become free.
  void make_free(IndexRun run);
  /// Free frames become one block.
  void mark_block(IndexRun run);
  /// A free frame becomes a block of one.
  void mark_single(std::uint32_t index);
  /// If there is a block of one at `index`, which may lie anywhere, and not at the start of a word,
  /// its frame becomes free. Returns: whether it did.
  [[nodiscard]] bool clear_if_inner_single(std::uint32_t index);
  /// The frames of one block become free. Requires: `run` is exactly that block.
  void clear_block(IndexRun run);

  /// The bits of word `word` that stand for free frames.
  [[nodiscard]] Word free_word(std::uint32_t word) const;
  [[nodiscard]] bool is_free(std::uint32_t index) const;
  [[nodiscard]] bool is_used(std::uint32_t index) const;
  [[nodiscard]] bool starts_block(std::uint32_t index) const;
  /// The block that holds a used frame.
  [[nodiscard]] IndexRun block_around(std::uint32_t index) const;
  /// The block that starts at `index`, or why no block can be freed there.
  [[nodiscard]] std::expected<IndexRun, Misuse> freeable_block(std::uint32_t index) const;

  /// As run_search asks. Here every free frame may begin a run.
  [[nodiscard]] std::uint32_t next_run(std::uint32_t from, std::uint32_t count) const;
  /// The lowest free index in [from, limit), or `limit`.
  [[nodiscard]] std::uint32_t next_free(std::uint32_t from, std::uint32_t limit) const;
  /// The lowest index in [from, limit) that is not free, or `limit`.
  [[nodiscard]] std::uint32_t next_taken(std::uint32_t from, std::uint32_t limit) const;
  [[nodiscard]] std::uint32_t count_free() const;
  [[nodiscard]] std::uint32_t count_used() const;
  /// Checks I1 and I2. Returns: nullptr, or the broken one.
  [[nodiscard]] const char* validate() const;

 private:
  struct WordPair {
    Word used;
    Word end;
  };

  template <class Visit>
  void for_each_word(IndexRun run, Visit visit);

  [[nodiscard]] std::uint32_t word_count() const { return Bits::words_for(frames_); }
  [[nodiscard]] WordPair& pair_at(std::uint32_t index) const { return pairs_[index / WordBits]; }
  [[nodiscard]] bool goes_on_behind(std::uint32_t index) const;
  [[nodiscard]] std::uint32_t block_last(std::uint32_t index) const;

  WordPair* pairs_ = nullptr;
  std::uint32_t frames_ = 0;
};

template <unsigned WordBits>
std::uint64_t BlockMap<WordBits>::bytes_for(FrameCount frames) {
  return std::uint64_t{Bits::words_for(frames.value())} * sizeof(WordPair);
}

template <unsigned WordBits>
void BlockMap<WordBits>::init(FrameCount frames, std::span<std::byte> metadata) {
  pairs_ = reinterpret_cast<WordPair*>(metadata.data());
  frames_ = frames.value();
  for (std::uint32_t i = 0; i < word_count(); ++i) pairs_[i] = {.used = 0, .end = Bits::kAll};
}

/// Calls visit(pair, mask) for each word that `run` touches; the mask has the run's bits set.
template <unsigned WordBits>
template <class Visit>
void BlockMap<WordBits>::for_each_word(IndexRun run, Visit visit) {
  std::uint32_t index = run.first;
  const std::uint32_t end = run.first + run.count;
  while (index < end) {
    const std::uint32_t word_end = index - index % WordBits + WordBits;
    Word mask = Bits::from(index);
    if (end < word_end) mask &= static_cast<Word>(~Bits::from(end));
    visit(pair_at(index), mask);
    index = word_end;
  }
}

template <unsigned WordBits>
void BlockMap<WordBits>::make_free(IndexRun run) {
  for_each_word(run, [](WordPair& pair, Word mask) { pair.end &= static_cast<Word>(~mask); });
}

template <unsigned WordBits>
void BlockMap<WordBits>::mark_block(IndexRun run) {
  for_each_word(run, [](WordPair& pair, Word mask) { pair.used |= mask; });
  const std::uint32_t last = run.first + run.count - 1;
  pair_at(last).end |= Bits::bit(last);
}

template <unsigned WordBits>
void BlockMap<WordBits>::mark_single(std::uint32_t index) {
  WordPair& pair = pair_at(index);
  pair.used |= Bits::bit(index);
  pair.end |= Bits::bit(index);
}

template <unsigned WordBits>
bool BlockMap<WordBits>::clear_if_inner_single(std::uint32_t index) {
  if (index >= frames_) return false;
  WordPair& pair = pair_at(index);
  const Word bit = Bits::bit(index);
  const auto before = static_cast<Word>(bit >> 1);
  if ((pair.used & pair.end & bit) == 0 || before == 0) return false;
  if ((pair.used & ~pair.end & before) != 0) return false;
  pair.used ^= bit;
  pair.end ^= bit;
  return true;
}

template <unsigned WordBits>
void BlockMap<WordBits>::clear_block(IndexRun run) {
  for_each_word(run, [](WordPair& pair, Word mask) { pair.used &= static_cast<Word>(~mask); });
  const std::uint32_t last = run.first + run.count - 1;
  pair_at(last).end &= static_cast<Word>(~Bits::bit(last));
}

template <unsigned WordBits>
auto BlockMap<WordBits>::free_word(std::uint32_t word) const -> Word {
  return static_cast<Word>(~(pairs_[word].used | pairs_[word].end) & Bits::kAll);
}

template <unsigned WordBits>
bool BlockMap<WordBits>::is_free(std::uint32_t index) const {
  return (free_word(index / WordBits) & Bits::bit(index)) != 0;
}

template <unsigned WordBits>
bool BlockMap<WordBits>::is_used(std::uint32_t index) const {
  return (pair_at(index).used & Bits::bit(index)) != 0;
}

template <unsigned WordBits>
bool BlockMap<WordBits>::starts_block(std::uint32_t index) const {
  return is_used(index) && (index == 0 || !goes_on_behind(index - 1));
}

/// Whether the next frame belongs to the same block.
template <unsigned WordBits>
bool BlockMap<WordBits>::goes_on_behind(std::uint32_t index) const {
  const WordPair& pair = pair_at(index);
  return (pair.used & ~pair.end & Bits::bit(index)) != 0;
}

template <unsigned WordBits>
IndexRun BlockMap<WordBits>::block_around(std::uint32_t index) const {
  std::uint32_t first = index;
  while (!starts_block(first)) --first;
  return {.first = first, .count = block_last(index) - first + 1};
}

template <unsigned WordBits>
std::expected<IndexRun, Misuse> BlockMap<WordBits>::freeable_block(std::uint32_t index) const {
  if (index >= frames_) return std::unexpected(Misuse::outside_arena);
  if (!is_used(index)) {
    return std::unexpected(is_free(index) ? Misuse::already_free : Misuse::reserved);
  }
  if (!starts_block(index)) return std::unexpected(Misuse::inside_block);
  return IndexRun{.first = index, .count = block_last(index) - index + 1};
}

/// The last index of the block that holds `index`: by I1 the next end bit is its own.
template <unsigned WordBits>
std::uint32_t BlockMap<WordBits>::block_last(std::uint32_t index) const {
  std::uint32_t word = index / WordBits;
  Word ends = pairs_[word].end & Bits::from(index);
  while (ends == 0) ends = pairs_[++word].end;
  return word * WordBits + static_cast<std::uint32_t>(std::countr_zero(ends));
}

template <unsigned WordBits>
std::uint32_t BlockMap<WordBits>::next_run(std::uint32_t from, std::uint32_t /*count*/) const {
  const std::uint32_t index = next_free(from, frames_);
  return index < frames_ ? index : kNotFound;
}

template <unsigned WordBits>
std::uint32_t BlockMap<WordBits>::next_free(std::uint32_t from, std::uint32_t limit) const {
  if (from >= limit) return limit;
  std::uint32_t word = from / WordBits;
  Word free = free_word(word) & Bits::from(from);
  while (free == 0) {
    if (++word * WordBits >= limit) return limit;
    free = free_word(word);
  }
  const std::uint32_t index = word * WordBits + static_cast<std::uint32_t>(std::countr_zero(free));
  return index < limit ? index : limit;
}

template <unsigned WordBits>
std::uint32_t BlockMap<WordBits>::next_taken(std::uint32_t from, std::uint32_t limit) const {
  if (from >= limit) return limit;
  std::uint32_t word = from / WordBits;
  Word taken = (pairs_[word].used | pairs_[word].end) & Bits::from(from);
  while (taken == 0) {
    if (++word * WordBits >= limit) return limit;
    taken = pairs_[word].used | pairs_[word].end;
  }
  const std::uint32_t index = word * WordBits + static_cast<std::uint32_t>(std::countr_zero(taken));
  return index < limit ? index : limit;
}

template <unsigned WordBits>
std::uint32_t BlockMap<WordBits>::count_free() const {
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < word_count(); ++i) {
    count += static_cast<std::uint32_t>(std::popcount(free_word(i)));
  }
  return count;
}

template <unsigned WordBits>
std::uint32_t BlockMap<WordBits>::count_used() const {
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < word_count(); ++i) {
    count += static_cast<std::uint32_t>(std::popcount(pairs_[i].used));
  }
  return count;
}

template <unsigned WordBits>
const char* BlockMap<WordBits>::validate() const {
  const std::uint32_t words = word_count();
  for (std::uint32_t i = 0; i < words; ++i) {
    const auto goes_on = static_cast<Word>(pairs_[i].used & ~pairs_[i].end);
    const Word behind = i + 1 < words ? pairs_[i + 1].used & 1 : 0;
    const auto next_used = static_cast<Word>(pairs_[i].used >> 1 | behind << (WordBits - 1));
    if ((goes_on & ~next_used) != 0) return "I1: a block has no last frame";
  }
  if (frames_ % WordBits == 0) return nullptr;
  const WordPair& last = pairs_[words - 1];
  const Word padding = Bits::from(frames_);
  if ((last.used & padding) != 0 || (last.end & padding) != padding) {
    return "I2: a padding bit is not reserved";
  }
  return nullptr;
}

}  // namespace assay
