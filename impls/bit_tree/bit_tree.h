/// A set of indices that finds its next member without a scan.
///
///     set {2, 3, 9}, words of four bits
///
///     level 1     1 0 1                 a bit: the word below is not empty
///     level 0     0011 0000 0100        a bit: the index is a member
///
/// The summary levels of a bitmap. Each word of a level is one bit of the level above it, up to a
/// level of one word. A search that finds its word empty goes up until there is a bit further on
/// and comes down again: it reads two words per level at most. A change goes up only where a word
/// becomes empty, or stops to be.
///
/// Invariant
/// S1  A bit of an upper level is set if and only if the word below it is not 0.
///
/// Cost: insert, erase and next O(levels), mostly one word; contains O(1). 2^28 members have five
/// levels of 64-bit words. Memory: 1 bit per index, and 1 / (WordBits − 1) of it for the summary.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "impls/bit_word.h"
#include "impls/index.h"

namespace assay {

template <unsigned WordBits>
class BitTree {
 public:
  [[nodiscard]] static std::uint64_t bytes_for(std::uint32_t indices);

  /// The empty set of indices below `indices` ≥ 1. Requires: bytes_for(indices) bytes, aligned to
  /// a word.
  void init(std::uint32_t indices, std::span<std::byte> metadata);

  [[nodiscard]] bool contains(std::uint32_t index) const;
  /// Requires: it is no member.
  void insert(std::uint32_t index) { insert(lowest_level(), index); }
  /// Requires: it is a member.
  void erase(std::uint32_t index) { erase(lowest_level(), index); }
  /// The lowest member ≥ `from`, or kNotFound.
  [[nodiscard]] std::uint32_t next(std::uint32_t from) const { return next(lowest_level(), from); }

  /// Checks S1. Returns: nullptr, or that it is broken.
  [[nodiscard]] const char* validate() const;

 private:
  using Bits = BitWord<WordBits>;
  using Word = Bits::Word;

  struct Level {
    Word* words;
    std::uint32_t count;

    [[nodiscard]] bool is_top() const { return count == 1; }
    [[nodiscard]] Level above() const { return {words + count, Bits::words_for(count)}; }
  };

  [[nodiscard]] Level lowest_level() const { return {words_, word_count_}; }
  static void insert(Level level, std::uint32_t index);
  static void erase(Level level, std::uint32_t index);
  [[nodiscard]] static std::uint32_t next(Level level, std::uint32_t from);

  Word* words_ = nullptr;
  std::uint32_t word_count_ = 0;  ///< of the lowest level
};

template <unsigned WordBits>
std::uint64_t BitTree<WordBits>::bytes_for(std::uint32_t indices) {
  std::uint64_t words = 0;
  std::uint32_t level = Bits::words_for(indices);
  for (; level > 1; level = Bits::words_for(level)) words += level;
  return (words + 1) * sizeof(Word);
}

template <unsigned WordBits>
void BitTree<WordBits>::init(std::uint32_t indices, std::span<std::byte> metadata) {
  words_ = reinterpret_cast<Word*>(metadata.data());
  word_count_ = Bits::words_for(indices);
  Level level = lowest_level();
  for (;; level = level.above()) {
    for (std::uint32_t i = 0; i < level.count; ++i) level.words[i] = 0;
    if (level.is_top()) break;
  }
}

template <unsigned WordBits>
bool BitTree<WordBits>::contains(std::uint32_t index) const {
  return (words_[index / WordBits] & Bits::bit(index)) != 0;
}

template <unsigned WordBits>
void BitTree<WordBits>::insert(Level level, std::uint32_t index) {
  Word& word = level.words[index / WordBits];
  const bool was_empty = word == 0;
  word |= Bits::bit(index);
  if (was_empty && !level.is_top()) insert(level.above(), index / WordBits);
}

template <unsigned WordBits>
void BitTree<WordBits>::erase(Level level, std::uint32_t index) {
  Word& word = level.words[index / WordBits];
  word &= static_cast<Word>(~Bits::bit(index));
  if (word == 0 && !level.is_top()) erase(level.above(), index / WordBits);
}

template <unsigned WordBits>
std::uint32_t BitTree<WordBits>::next(Level level, std::uint32_t from) {
  std::uint32_t word = from / WordBits;
  if (word >= level.count) return kNotFound;
  auto members = static_cast<Word>(level.words[word] & Bits::from(from));
  if (members == 0) {
    if (level.is_top()) return kNotFound;
    word = next(level.above(), word + 1);
    if (word == kNotFound) return kNotFound;
    members = level.words[word];
  }
  return word * WordBits + Bits::lowest(members);
}

template <unsigned WordBits>
const char* BitTree<WordBits>::validate() const {
  for (Level level = lowest_level(); !level.is_top(); level = level.above()) {
    const Level above = level.above();
    for (std::uint32_t i = 0; i < above.count * WordBits; ++i) {
      const bool summary = (above.words[i / WordBits] & Bits::bit(i)) != 0;
      const bool has_member = i < level.count && level.words[i] != 0;
      if (summary != has_member) return "S1: a summary bit is not what it sums up";
    }
  }
  return nullptr;
}

}  // namespace assay
