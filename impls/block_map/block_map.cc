#include "impls/block_map/block_map.h"

#include <bit>

namespace assay {

template <unsigned WordBits>
std::uint64_t BlockMap<WordBits>::bytes_for(FrameCount frames) {
  return (std::uint64_t{frames.value()} + WordBits - 1) / WordBits * sizeof(WordPair);
}

template <unsigned WordBits>
void BlockMap<WordBits>::init(FrameCount frames, std::span<std::byte> metadata) {
  pairs_ = reinterpret_cast<WordPair*>(metadata.data());
  frames_ = frames.value();
  for (std::uint32_t i = 0; i < word_count(); ++i) pairs_[i] = {.used = 0, .end = kAllBits};
}

/// Calls visit(pair, mask) for each word that `run` touches; the mask has the run's bits set.
template <unsigned WordBits>
template <class Visit>
void BlockMap<WordBits>::for_each_word(IndexRun run, Visit visit) {
  std::uint32_t index = run.first;
  const std::uint32_t end = run.first + run.count;
  while (index < end) {
    const std::uint32_t word_end = index - index % WordBits + WordBits;
    Word mask = bits_from(index);
    if (end < word_end) mask &= static_cast<Word>(~bits_from(end));
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
  pair_at(last).end |= bit(last);
}

template <unsigned WordBits>
void BlockMap<WordBits>::clear_block(IndexRun run) {
  for_each_word(run, [](WordPair& pair, Word mask) { pair.used &= static_cast<Word>(~mask); });
  const std::uint32_t last = run.first + run.count - 1;
  pair_at(last).end &= static_cast<Word>(~bit(last));
}

template <unsigned WordBits>
bool BlockMap<WordBits>::is_free(std::uint32_t index) const {
  return (free_bits(pair_at(index)) & bit(index)) != 0;
}

template <unsigned WordBits>
bool BlockMap<WordBits>::is_used(std::uint32_t index) const {
  return (pair_at(index).used & bit(index)) != 0;
}

template <unsigned WordBits>
bool BlockMap<WordBits>::ends_block(std::uint32_t index) const {
  return (pair_at(index).end & bit(index)) != 0;
}

template <unsigned WordBits>
bool BlockMap<WordBits>::starts_block(std::uint32_t index) const {
  if (!is_used(index)) return false;
  return index == 0 || !is_used(index - 1) || ends_block(index - 1);
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
  if (is_free(index)) return std::unexpected(Misuse::already_free);
  if (!is_used(index)) return std::unexpected(Misuse::reserved);
  if (!starts_block(index)) return std::unexpected(Misuse::inside_block);
  return IndexRun{.first = index, .count = block_last(index) - index + 1};
}

/// The last index of the block that holds `index`: by I1 the next end bit is its own.
template <unsigned WordBits>
std::uint32_t BlockMap<WordBits>::block_last(std::uint32_t index) const {
  std::uint32_t word = index / WordBits;
  Word ends = pairs_[word].end & bits_from(index);
  while (ends == 0) ends = pairs_[++word].end;
  return word * WordBits + static_cast<std::uint32_t>(std::countr_zero(ends));
}

template <unsigned WordBits>
std::uint32_t BlockMap<WordBits>::next_free(std::uint32_t from, std::uint32_t limit) const {
  if (from >= limit) return limit;
  std::uint32_t word = from / WordBits;
  Word free = free_bits(pairs_[word]) & bits_from(from);
  while (free == 0) {
    if (++word * WordBits >= limit) return limit;
    free = free_bits(pairs_[word]);
  }
  const std::uint32_t index = word * WordBits + static_cast<std::uint32_t>(std::countr_zero(free));
  return index < limit ? index : limit;
}

template <unsigned WordBits>
std::uint32_t BlockMap<WordBits>::next_taken(std::uint32_t from, std::uint32_t limit) const {
  if (from >= limit) return limit;
  std::uint32_t word = from / WordBits;
  Word taken = (pairs_[word].used | pairs_[word].end) & bits_from(from);
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
    count += static_cast<std::uint32_t>(std::popcount(free_bits(pairs_[i])));
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
  const Word padding = bits_from(frames_);
  if ((last.used & padding) != 0 || (last.end & padding) != padding) {
    return "I2: a padding bit is not reserved";
  }
  return nullptr;
}

template class BlockMap<2>;
template class BlockMap<4>;
template class BlockMap<8>;
template class BlockMap<32>;
template class BlockMap<64>;

}  // namespace assay
