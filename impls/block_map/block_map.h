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
/// Cost: every search reads words, not bits: O(frames / WordBits); marking is O(count / WordBits).
/// Memory: 2 bits per frame. `WordBits` may be 2, 4, 8, 32 or 64; no placement depends on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>

#include "impls/allocator.h"
#include "impls/frame.h"
#include "impls/run_search/run_search.h"

namespace assay {

/// The word width that the machine is best at.
inline constexpr unsigned kNativeWordBits = 8 * sizeof(void*);

template <unsigned WordBits>
class BlockMap {
  static_assert(WordBits == 2 || WordBits == 4 || WordBits == 8 || WordBits == 32 ||
                WordBits == 64);

 public:
  [[nodiscard]] static std::uint64_t bytes_for(FrameCount frames);

  /// Makes every frame reserved. Requires: bytes_for(frames) bytes, suitably aligned.
  void init(FrameCount frames, std::span<std::byte> metadata);

  /// Reserved frames become free.
  void make_free(IndexRun run);
  /// Free frames become one block.
  void mark_block(IndexRun run);
  /// The frames of one block become free. Requires: `run` is exactly that block.
  void clear_block(IndexRun run);

  [[nodiscard]] bool is_free(std::uint32_t index) const;
  [[nodiscard]] bool is_used(std::uint32_t index) const;
  [[nodiscard]] bool starts_block(std::uint32_t index) const;
  /// The block that holds a used frame.
  [[nodiscard]] IndexRun block_around(std::uint32_t index) const;
  /// The block that starts at `index`, or why no block can be freed there.
  [[nodiscard]] std::expected<IndexRun, Misuse> freeable_block(std::uint32_t index) const;

  /// The lowest free index in [from, limit), or `limit`.
  [[nodiscard]] std::uint32_t next_free(std::uint32_t from, std::uint32_t limit) const;
  /// The lowest index in [from, limit) that is not free, or `limit`.
  [[nodiscard]] std::uint32_t next_taken(std::uint32_t from, std::uint32_t limit) const;
  [[nodiscard]] std::uint32_t count_free() const;
  [[nodiscard]] std::uint32_t count_used() const;
  /// Checks I1 and I2. Returns: nullptr, or the broken one.
  [[nodiscard]] const char* validate() const;

 private:
  using Word = std::conditional_t<WordBits == 64, std::uint64_t,
                                  std::conditional_t<WordBits == 32, std::uint32_t, std::uint8_t>>;

  struct WordPair {
    Word used;
    Word end;
  };

  static constexpr Word kAllBits =
      static_cast<Word>(WordBits == 8 * sizeof(Word) ? ~Word{0} : (Word{1} << WordBits) - 1);

  [[nodiscard]] static Word bit(std::uint32_t index) {
    return static_cast<Word>(Word{1} << (index % WordBits));
  }
  [[nodiscard]] static Word bits_from(std::uint32_t index) {
    return static_cast<Word>((kAllBits << (index % WordBits)) & kAllBits);
  }
  [[nodiscard]] static Word free_bits(const WordPair& pair) {
    return static_cast<Word>(~(pair.used | pair.end) & kAllBits);
  }

  template <class Visit>
  void for_each_word(IndexRun run, Visit visit);

  [[nodiscard]] std::uint32_t word_count() const { return (frames_ + WordBits - 1) / WordBits; }
  [[nodiscard]] WordPair& pair_at(std::uint32_t index) const { return pairs_[index / WordBits]; }
  [[nodiscard]] bool ends_block(std::uint32_t index) const;
  [[nodiscard]] std::uint32_t block_last(std::uint32_t index) const;

  WordPair* pairs_ = nullptr;
  std::uint32_t frames_ = 0;
};

}  // namespace assay
