/// The words of a bitmap, at every width that the designs are built with.
///
/// Real ones are as wide as the machine is best at. The narrow ones are there for tests: with words
/// of two or four bits, a tiny arena has word borders and several summary levels.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

namespace assay {

/// The word width that the machine is best at.
inline constexpr unsigned kNativeWordBits = 8 * sizeof(void*);

/// Words of which the lowest `WordBits` bits are used: 2, 4, 8, 32 or 64. Bit i of word w stands
/// for the index w × WordBits + i.
template <unsigned WordBits>
struct BitWord {
  static_assert(WordBits == 2 || WordBits == 4 || WordBits == 8 || WordBits == 32 ||
                WordBits == 64);

  using Word = std::conditional_t<WordBits == 64, std::uint64_t,
                                  std::conditional_t<WordBits == 32, std::uint32_t, std::uint8_t>>;

  static constexpr Word kAll =
      static_cast<Word>(WordBits == 8 * sizeof(Word) ? ~Word{0} : (Word{1} << WordBits) - 1);

  [[nodiscard]] static constexpr std::uint32_t words_for(std::uint32_t bits) {
    return bits / WordBits + (bits % WordBits != 0 ? 1 : 0);
  }
  /// The bit that stands for this index in its word.
  [[nodiscard]] static constexpr Word bit(std::uint32_t index) {
    return static_cast<Word>(Word{1} << (index % WordBits));
  }
  /// The bits from this index's on.
  [[nodiscard]] static constexpr Word from(std::uint32_t index) {
    return static_cast<Word>((kAll << (index % WordBits)) & kAll);
  }
  /// The place of the lowest bit that is set. Requires: word ≠ 0.
  [[nodiscard]] static constexpr std::uint32_t lowest(Word word) {
    // Not std::countr_zero: it is asked about 0, too, which costs a branch before x86-64-v3.
    if constexpr (WordBits == 64) return static_cast<std::uint32_t>(__builtin_ctzll(word));
    return static_cast<std::uint32_t>(__builtin_ctz(word));
  }
  /// How many bits are set in a row from the lowest one up, and from the highest one down. One bit
  /// is left out and added apart, so that a full word is no special case to branch for.
  [[nodiscard]] static constexpr std::uint32_t ones_at_start(Word word) {
    constexpr Word kHighest = static_cast<Word>(Word{1} << (WordBits - 1));
    return lowest(static_cast<Word>(~word | kHighest)) + (word == kAll ? 1 : 0);
  }
  [[nodiscard]] static constexpr std::uint32_t ones_at_end(Word word) {
    const auto others = static_cast<Word>((~word & kAll) | 1);
    return WordBits - 1 - highest(others) + (word == kAll ? 1 : 0);
  }
  /// The place of the highest bit that is set. Requires: word ≠ 0.
  [[nodiscard]] static constexpr std::uint32_t highest(Word word) {
    if constexpr (WordBits == 64) return 63U - static_cast<std::uint32_t>(__builtin_clzll(word));
    return 31U - static_cast<std::uint32_t>(__builtin_clz(word));
  }
};

/// Bytes of a part of the metadata, rounded up so that another part may follow it.
[[nodiscard]] constexpr std::uint64_t padded(std::uint64_t bytes) { return (bytes + 7) / 8 * 8; }

}  // namespace assay
