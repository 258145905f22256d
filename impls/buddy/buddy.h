/// buddy: blocks of 2^order frames that are split in halves and put together again.
///
/// The yardstick of the industry, as in Linux. A block of an order starts at a multiple of its
/// size, so its buddy, the other half of what it was split from, is one bit away: first ^ size. A
/// request takes the smallest free block that is large enough and splits it; a free joins the block
/// with its buddy for as long as that one is free too.
///
///     frames     0   1   2   3   4   5   6   7       rest_ = 3 = 011: pieces of orders 0 and 1
///              | A | . | B   B | C |...........|     rest_end_ = 8
///                    └ sets_[0]      └ the rest
///
/// Three places say all there is to know:
///
///     sets_[order]  the free blocks of that order, by number: first >> order (`impls/number_set`)
///     the rest      what is left of the block that was split last. It is not cut up: it ends at
///                   rest_end_, and its length in binary names its pieces, the smallest first. To
///                   take from it is a subtraction, whose borrows are the splits; to give its
///                   neighbour back is an addition, whose carries are the coalescing.
///     pairs_        a byte for each two frames that names the blocks in use that start there:
///                       0 none     1 a single frame, the even one     2 the odd one     3 both
///                       3 + order: one block of that order ≥ 1, at the even frame
///
/// Placement: the smallest free order that is large enough; there the piece of the rest, if it has
/// one of that order, else the lowest block. Its front is handed out. What a split leaves over
/// becomes the rest, and what the rest was before goes into the sets. Where more than the natural
/// alignment is asked for, all of the rest goes into the sets first.
///
///     operation         worst case          of
///     init              O(frames / W)       W = WordBits; bytes are cleared, 3/4 per frame
///     allocate 1        O(log frames)       one look per level of a set, one set per order settled
///     allocate n        the same
///       aligned beyond  O(m log frames)     m = free blocks of the orders up to the alignment's
///     failing n         O(1)                a mask of the orders; aligned beyond: as above
///     free              O(log² frames)      an order at a time, each a change of a set
///     metadata          6.2 bits per frame  4 for pairs_, 2 for the sets, and their summaries
///
/// Invariants (S1 and S2 are the sets')
/// I1  Each managed frame is in one block in use, in one block of a set, or in the rest; all blocks
///     are naturally aligned.
/// I2  No two buddies are free: neither in a set, nor with the lowest piece of the rest.
/// I3  Bit `order` of orders_ is set just where sets_[order] is not empty.
/// I4  rest_end_ is a multiple of a power of two that is larger than rest_; 0 where rest_ is 0.
/// I5  free_ is the number of free frames; managed_ that of frames that are not reserved.
#pragma once

#include "impls/allocator.h"
#include "impls/number_set/number_set.h"

namespace assay {

template <unsigned WordBits = kNativeWordBits>
class Buddy {
 public:
  static constexpr Contract contract{.rounding = Rounding::power_of_two, .naturally_aligned = true};

  [[nodiscard]] static std::uint64_t metadata_bytes(const MemoryMap& map);

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

 private:
  using Set = NumberSet<WordBits>;
  /// The number of a frame as a plain one, since all of this is arithmetic on its bits.
  using Frame = std::uint32_t;

  static constexpr unsigned kNoOrder = 32;

  struct Bounds {
    std::uint32_t low;
    std::uint32_t high;
  };
  [[nodiscard]] static Bounds bounds(const MemoryMap& map, unsigned order);
  /// Orders of blocks that fit into so many frames.
  [[nodiscard]] static unsigned orders_in(FrameCount frames);
  [[nodiscard]] static std::uint32_t pairs_in(const MemoryMap& map);
  [[nodiscard]] static std::uint32_t size_of(unsigned order) { return 1U << order; }

  [[nodiscard]] bool is_inside(Pfn pfn) const { return pfn.value() - base_ < frames_; }
  [[nodiscard]] Frame rest_begin() const { return rest_end_ - rest_; }

  [[nodiscard]] Pfn allocate_aligned(unsigned order, unsigned alignment_order);
  [[nodiscard]] std::uint32_t lowest_aligned(unsigned order, unsigned alignment_order) const;
  [[nodiscard]] Pfn hand_out(Frame first, unsigned order);
  [[nodiscard]] Frame take_from_rest(unsigned order, unsigned from);
  [[nodiscard]] Frame take_from_set(unsigned order, unsigned from, std::uint32_t number);
  void settle(std::uint32_t pieces);
  // In line, both: as calls they are a quarter of what a free costs.
  inline void release(Frame first, unsigned order);
  [[nodiscard]] inline bool joins_buddy(Frame& first, unsigned& order);
  void insert(Frame first, unsigned order);
  void erase(std::uint32_t number, unsigned order);

  [[nodiscard]] std::uint8_t& pair_of(Frame frame) const {
    return pairs_[(frame >> 1) - (base_ >> 1)];
  }
  [[nodiscard]] unsigned block_order(Frame first) const;
  void mark_block(Frame first, unsigned order);
  void unmark_block(Frame first, unsigned order);
  [[nodiscard]] Misuse misuse_of(Pfn pfn) const;
  [[nodiscard]] bool is_free(Frame frame) const;
  [[nodiscard]] std::uint32_t free_from(Frame first) const;
  [[nodiscard]] const char* validate_sets() const;
  [[nodiscard]] const char* validate_frames() const;
  [[nodiscard]] bool has_free_buddy(Frame first, std::uint32_t size) const;

  Set* sets_ = nullptr;
  std::uint8_t* pairs_ = nullptr;
  Frame base_ = 0;
  std::uint32_t frames_ = 0;
  std::uint32_t orders_ = 0;
  std::uint32_t rest_ = 0;
  Frame rest_end_ = 0;
  FrameCount managed_;
  FrameCount free_;
};

}  // namespace assay
