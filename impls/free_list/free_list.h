/// free_list: the free frames themselves hold the list of free frames.
///
/// After xv6 and JOS, extended to runs. The first eight bytes of a free frame hold two links, so
/// that a frame can be unlinked from the middle when a run is taken out of the list; nothing is
/// ever written to a frame that is in use. Two bits per frame (`impls/block_map`) say what is free,
/// for finding runs, and where blocks end, for freeing them.
///
///     head_ 5, second_ 2 ──► 2 ◄──► 3 ──► nil    a link is a frame's index: Pfn − base
///
///     frame 2   | previous 5 | next 3 | 4088 bytes that nobody reads |
///
/// The head's next is kept in the object and goes into its frame when another frame becomes the
/// head. So each push writes one frame, each pop reads one, and a frame that is freed and handed
/// out again at once is not touched.
///
/// Placement: a single frame is the head of the list, the one freed last (of a block, its lowest
/// frame). A longer or aligned run is the lowest that fits.
///
///     operation         worst case            of
///     init              O(frames)             writes to every usable frame
///     allocate 1        O(1)
///     allocate n        O(frames / W + n)     W = word width; n frames are unlinked
///     failing n         O(frames / W); O(1) if n > free frames, or n = 1
///     free              O(n)
///     metadata          2 bits per frame
///
/// Invariants (I1 and I2 are the block map's)
/// I3  The list holds every free frame once and no other.
/// I4  next and previous are each other's inverse. The head's frame may hold anything; second_ is
///     its next.
/// I5  free_ is the number of free frames; managed_ that of frames that are not reserved.
#pragma once

#include "impls/allocator.h"
#include "impls/block_map/block_map.h"

namespace assay {

class FreeList {
 public:
  static constexpr Contract contract{.max_frames = FrameCount{1U << 21}, .link_bytes = 8};

  [[nodiscard]] static std::uint64_t metadata_bytes(const MemoryMap& map) {
    return Blocks::bytes_for(map.frames);
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
  void refresh();

 private:
  using Blocks = BlockMap<kNativeWordBits>;

  static constexpr std::uint32_t kNil = 0xFFFF'FFFF;

  struct Links {
    std::uint32_t previous;
    std::uint32_t next;
  };

  [[nodiscard]] std::uint32_t index_of(Pfn pfn) const { return (pfn - base_).value(); }
  [[nodiscard]] Links& links_in(std::uint32_t index) const;
  FreeResult free_block(std::uint32_t index);
  [[nodiscard]] Pfn pop();
  void push(std::uint32_t index);
  void push_all(IndexRun run);
  void unlink_head();
  void unlink(std::uint32_t index);

  Blocks blocks_;
  FrameWindow window_;
  Pfn base_;
  FrameCount frames_;
  FrameCount managed_;
  FrameCount free_;
  std::uint32_t head_ = kNil;
  std::uint32_t second_ = kNil;  ///< the head's next
};

}  // namespace assay
