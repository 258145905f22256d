/// coremap: a table with one entry per frame.
///
/// After OS/161: each entry says what its frame is for. The table is tiled by extents, rows of
/// frames that are alike; an extent's length stands in its first entry, and for a free extent also
/// in its last one, so that a walk hops from extent to extent and a freed block finds both
/// neighbours at once. There is no second structure beside the table.
///
///     state    F F F | f f f f | F | r r | f f f       F fixed (in a block)  f free  r reserved
///     length   3 0 0 | 4 0 0 4 | 1 | 2 0 | 3 0 3
///                      ^ next_free_: nothing is free in front of it
///
/// Placement: the lowest run that fits.
///
///     operation         worst case        of
///     init              O(frames)
///     allocate 1        O(e)              e = extents between next_free_ and the first free one
///     allocate n        O(e + n)          e = extents in front of the run
///     failing n         O(e); O(1) if n > free frames
///     free              O(n)              merging is O(1)
///     metadata          8 bytes per frame
///
/// Invariants
/// I1  Extents tile the arena. The first entry of each holds its length; a free extent's last entry
///     holds it too; every other length is 0.
/// I2  All entries of an extent have one state, and no two free extents touch.
/// I3  free_ is the number of free frames, managed_ that of frames that are not reserved.
/// I4  next_free_ is the first entry of an extent, or the table's end; no frame below it is free.
#pragma once

#include "impls/allocator.h"

namespace assay {

class Coremap {
 public:
  static constexpr Contract contract{};

  [[nodiscard]] static std::uint64_t metadata_bytes(const MemoryMap& map) {
    return std::uint64_t{map.frames.value()} * sizeof(Entry);
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
  enum class State : std::uint32_t { reserved, free, fixed };

  struct Entry {
    State state;
    std::uint32_t length;
  };

  /// An extent or a part of one, by index: Pfn − base.
  struct Extent {
    std::uint32_t first;
    std::uint32_t length;
    [[nodiscard]] std::uint32_t end() const { return first + length; }
  };

  [[nodiscard]] std::uint32_t index_of(Pfn pfn) const { return (pfn - base_).value(); }
  [[nodiscard]] std::uint32_t first_free_extent(std::uint32_t from) const;
  [[nodiscard]] std::uint32_t fit_in(Extent extent, FrameCount count, FrameCount alignment) const;
  void write_extent(Extent extent, State state);
  void write_borders(Extent extent, State state);
  void carve(Extent from, Extent part, State part_state);
  void release(Extent extent);
  [[nodiscard]] const char* validate_extent(Extent extent) const;

  Entry* entries_ = nullptr;
  Pfn base_;
  std::uint32_t frames_ = 0;
  std::uint32_t next_free_ = 0;
  FrameCount managed_;
  FrameCount free_;
};

}  // namespace assay
