/// A set of whole numbers low … high that knows its lowest member, however large it may grow.
///
/// A bit per number says whether it is a member; a word of such bits is a leaf. Above the leaves
/// stands a tree of summary words with as many children as a word has bits. So the lowest member
/// is found by one look per level, and a change climbs only as far as a word becomes zero or ceases
/// to be.
///
///     root                0110                 1 = that child is not zero: it leads to members
///                       ┌──┘└──┐               0 = that child is zero
///     leaves    0000  1000    0001  0000       1 = a member
///                     └ 7        └ 8           0 = none
///
///     the set {7, 8} of the numbers 0 … 15 in words of 4 bits; the lowest bit stands on the right,
///     the lowest word on the left
///
/// The tree is an array, the root in front: the children of word p are p · W + 1 … p · W + W, its
/// parent is (p − 1) / W.
///
/// Cost: contains O(1), all else O(levels); levels = log W of the numbers, 3 for 2^18 at W = 64.
/// insert_all and erase_all: that for each leaf they change, mostly one.
/// Memory: 1 bit per number, and a W-th to two of that for summaries. `WordBits` may be 2, 4, 8, 32
/// or 64; no answer depends on it.
///
/// Invariants
/// S1  A bit of a summary is set just where that child is not zero.
/// S2  Only numbers low … high are members.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "impls/bit_word.h"

namespace assay {

template <unsigned WordBits>
class NumberSet {
  using Bits = BitWord<WordBits>;

 public:
  using Word = Bits::Word;

  static constexpr std::uint32_t kNone = 0xFFFF'FFFF;

  /// Words for a set of numbers low … high. Requires: low ≤ high, at most 2^29 of them.
  [[nodiscard]] static constexpr std::uint32_t words_for(std::uint32_t low, std::uint32_t high) {
    const std::uint32_t leaves = leaves_for(low, high);
    return first_leaf_of(leaves) + leaves;
  }

  /// Makes the set empty. Requires: words_for(low, high) words.
  void init(Word* words, std::uint32_t low, std::uint32_t high) {
    const std::uint32_t leaves = leaves_for(low, high);
    words_ = words;
    first_leaf_ = first_leaf_of(leaves);
    leaf_of_zero_ = first_leaf_ - low / WordBits;
    std::fill_n(words, first_leaf_ + leaves, Word{0});
  }

  [[nodiscard]] bool is_empty() const { return words_[0] == 0; }

  [[nodiscard]] bool contains(std::uint32_t number) const {
    return (words_[leaf_of(number)] & Bits::bit(number)) != 0;
  }

  /// A member stays one.
  void insert(std::uint32_t number) { set(leaf_of(number), Bits::bit(number)); }

  /// Who is no member stays none.
  void erase(std::uint32_t number) { clear(leaf_of(number), Bits::bit(number)); }

  /// The numbers first … last become members, a leaf at a time. Requires: first ≤ last.
  void insert_all(std::uint32_t first, std::uint32_t last) {
    for_each_leaf(first, last, [this](std::uint32_t leaf, Word bits) { set(leaf, bits); });
  }

  /// None of the numbers first … last stays a member, likewise. Requires: first ≤ last.
  void erase_all(std::uint32_t first, std::uint32_t last) {
    for_each_leaf(first, last, [this](std::uint32_t leaf, Word bits) { clear(leaf, bits); });
  }

  /// Requires: not empty.
  [[nodiscard]] std::uint32_t lowest() const { return lowest_below(0); }

  /// The lowest member > `number`, or kNone. Requires: low ≤ number ≤ high.
  [[nodiscard]] std::uint32_t next_behind(std::uint32_t number) const {
    std::uint32_t at = leaf_of(number);
    auto there = static_cast<Word>(words_[at] & bits_behind(number));
    while (there == 0) {
      if (at == 0) return kNone;
      const std::uint32_t child = at - 1;
      at = child / WordBits;
      there = static_cast<Word>(words_[at] & bits_behind(child));
    }
    if (at >= first_leaf_) return number_of(at, there);
    return lowest_below(at * WordBits + 1 + Bits::lowest(there));
  }

  [[nodiscard]] std::uint32_t count_members(std::uint32_t low, std::uint32_t high) const {
    std::uint32_t members = 0;
    for (std::uint32_t at = first_leaf_; at < words_for(low, high); ++at) {
      members += static_cast<std::uint32_t>(std::popcount(words_[at]));
    }
    return members;
  }

  /// Checks S1 and S2. Returns: nullptr, or the broken one.
  [[nodiscard]] const char* validate(std::uint32_t low, std::uint32_t high) const {
    const std::uint32_t words = words_for(low, high);
    for (std::uint32_t child = 0; child + 1 < words; ++child) {
      const bool leads = (words_[child / WordBits] & Bits::bit(child)) != 0;
      if (leads != (words_[child + 1] != 0)) return "S1: a summary is wrong";
    }
    const auto below = static_cast<Word>(words_[leaf_of(low)] & ~Bits::from(low));
    if (below != 0 || (words_[leaf_of(high)] & bits_behind(high)) != 0) {
      return "S2: a member is out of bounds";
    }
    return nullptr;
  }

 private:
  /// Calls visit(leaf, bits) for each leaf that holds some of the numbers first … last.
  template <class Visit>
  void for_each_leaf(std::uint32_t first, std::uint32_t last, Visit visit) {
    const std::uint32_t last_leaf = leaf_of(last);
    Word bits = Bits::from(first);
    for (std::uint32_t leaf = leaf_of(first); leaf < last_leaf; ++leaf) {
      visit(leaf, bits);
      bits = Bits::kAll;
    }
    visit(last_leaf, static_cast<Word>(bits & ~bits_behind(last)));
  }

  /// Sets bits of a word, and in the words above it those that lead there.
  void set(std::uint32_t at, Word bits) {
    Word before = words_[at];
    words_[at] = static_cast<Word>(before | bits);
    while (before == 0 && at != 0) {
      const std::uint32_t child = at - 1;
      at = child / WordBits;
      before = words_[at];
      words_[at] = static_cast<Word>(before | Bits::bit(child));
    }
  }

  /// Clears bits of a word, and in the words above it those that led there.
  void clear(std::uint32_t at, Word bits) {
    auto left = words_[at] = static_cast<Word>(words_[at] & ~bits);
    while (left == 0 && at != 0) {
      const std::uint32_t child = at - 1;
      at = child / WordBits;
      left = words_[at] = static_cast<Word>(words_[at] & ~Bits::bit(child));
    }
  }

  [[nodiscard]] static constexpr std::uint32_t leaves_for(std::uint32_t low, std::uint32_t high) {
    return high / WordBits - low / WordBits + 1;
  }
  /// The words of all levels above the leaves: 1 + W + W² + …, as a geometric sum.
  [[nodiscard]] static constexpr std::uint32_t first_leaf_of(std::uint32_t leaves) {
    constexpr unsigned kBitsPerLevel = std::countr_zero(WordBits);
    const auto bits = static_cast<unsigned>(std::bit_width(leaves - 1));
    const unsigned levels = (bits + kBitsPerLevel - 1) / kBitsPerLevel;
    constexpr std::uint32_t kRoots = 1;
    return ((kRoots << kBitsPerLevel * levels) - kRoots) / (WordBits - 1);
  }
  [[nodiscard]] static Word bits_behind(std::uint32_t number) {
    return static_cast<Word>(Bits::from(number) & ~Bits::bit(number));
  }
  [[nodiscard]] std::uint32_t leaf_of(std::uint32_t number) const {
    return leaf_of_zero_ + number / WordBits;
  }
  [[nodiscard]] std::uint32_t number_of(std::uint32_t leaf, Word bits) const {
    return (leaf - leaf_of_zero_) * WordBits + Bits::lowest(bits);
  }
  [[nodiscard]] std::uint32_t lowest_below(std::uint32_t at) const {
    while (at < first_leaf_) at = at * WordBits + 1 + Bits::lowest(words_[at]);
    return number_of(at, words_[at]);
  }

  Word* words_ = nullptr;
  std::uint32_t first_leaf_ = 0;    ///< words in front of it are summaries
  std::uint32_t leaf_of_zero_ = 0;  ///< where the leaf with number 0 would be; may be below 0
};

}  // namespace assay
