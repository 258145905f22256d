/// bitmap: two bits per frame and a next-fit cursor.
///
/// After framesBitmap: a bit says used, a second one says where a block ends, so that `free` knows
/// a block's size without a header. `impls/block_map` draws and keeps these bits.
///
///     frames   A A A . B B . . . # # . . C
///                            ^ cursor: single frames are searched from here, and wrap once
///
/// Placement: a single frame is the first free one at or after the cursor, else the lowest; the
/// cursor then stands behind it. A longer or aligned run is the lowest that fits and leaves the
/// cursor alone, so that single frames do not eat the room in front of the runs.
///
///     operation         worst case            of
///     init              O(frames / W)         W = WordBits
///     allocate 1        O(frames / W)         usually one word: frames are free at the cursor
///     allocate n        O(frames / W + r)     r = free runs that are too short
///     failing n         the same; O(1) if n > free frames
///     free              O(n / W)
///     metadata          2 bits per frame
///
/// Invariants (I1 and I2 are the block map's)
/// I3  free_ is the number of free frames; managed_ that of frames that are not reserved.
/// I4  cursor_ < frames.
#pragma once

#include "impls/allocator.h"
#include "impls/block_map/block_map.h"

namespace assay {

template <unsigned WordBits = kNativeWordBits>
class Bitmap {
 public:
  static constexpr Contract contract{};

  [[nodiscard]] static std::uint64_t metadata_bytes(const MemoryMap& map) {
    return BlockMap<WordBits>::bytes_for(map.frames);
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

 private:
  [[nodiscard]] std::uint32_t find_single();
  [[nodiscard]] std::uint32_t index_of(Pfn pfn) const { return (pfn - base_).value(); }

  BlockMap<WordBits> blocks_;
  Pfn base_;
  FrameCount frames_;
  FrameCount managed_;
  FrameCount free_;
  std::uint32_t cursor_ = 0;
};

}  // namespace assay
