/// coremap: a table with one entry per frame.
///
/// After OS/161: each entry says what its frame is for (entry.h). The table is tiled by extents,
/// rows of frames that are alike; an extent's length stands in its first entry, and for a free
/// extent also in its last one, so that a freed block finds both neighbours at once. All entries
/// between these borders are alike, so that nothing costs more for a longer block. Free extents are
/// linked through their first entries into bins, by length; there is no second structure beside the
/// table, only the bins' heads and a word that says which are not empty.
///
///     state    F F F | f f f f | F | R R | f f f | u | f f      F fixed (in a block)  f free
///     length   3 0 0 | 4 0 0 4 | 1 | 0 0 | 0 0 0 | 0 | 2 2      R fixed: reserved     u unmerged
///                      bin 3               ^       ^   bin 1
///                             next_free_ ──┘       └── next_free_end_
///
/// Single frames take two short cuts. A freed one becomes unmerged: nobody looks at its neighbours,
/// it is pushed onto a stack of such frames. Where that holds an eighth of all frames, it is loose:
/// unmerged and in no list. And one free extent, from next_free_ to next_free_end_, is out of its
/// bin, has no borders, and is given away from its first frame on. Both are made up for when a run
/// is asked for (settle): frame by frame, or, if any is loose, in one pass through the table.
///
/// Placement. A single frame: the top of the stack; else the first at next_free_, which moves on to
/// the extent that was last put into the lowest bin. A run: the lowest place in the extent last put
/// into the lowest bin in which every extent is surely long enough, else in the first one in which
/// it fits, by bin and by time in it.
///
///     operation         worst case           of
///     init              O(frames)
///     allocate 1        O(1)                 and O(frames) once in frames / 8 frees
///     allocate n        O(1) + settling      where an extent surely fits, else as if it failed
///     failing n         O(1) + settling      n < 16, 2^k or 3 × 2^k; O(frames / n) for others,
///                                            aligned ones O(free extents of n frames or more)
///     free              O(1)
///       refused         O(n)                 n = length of the block or extent around the frame
///     settling          O(frames)            O(1) for each single frame freed since the last time
///     metadata          16 bytes per frame
///
/// Invariants
/// I1  Extents tile the arena: blocks, settled free extents, the one at next_free_, and, each one
///     alone, unmerged and reserved frames. The first entry of a block and both borders of a
///     settled free extent hold its length, all others 0.
/// I2  No two settled free extents touch.
/// I3  A settled free extent is in the bin of its length and in no other; previous and next are
///     each other's inverse. A bit of bins_ is 1 where that bin holds an extent, 0 where none.
/// I4  The stack holds stacked_ unmerged frames, at most an eighth of all; loose_ is the number of
///     the others.
/// I5  free_ is the number of free frames, managed_ that of frames that are not reserved.
///
/// But for their lengths the entries inside a block are left to its owner: its first one speaks for
/// all.
#pragma once

#include "impls/allocator.h"
#include "impls/coremap/entry.h"

namespace assay {

/// What OS/161 keeps of its memory, in frames.
struct CoremapTotals {
  FrameCount ram_size;  ///< from frame 0 to the top of the arena
  FrameCount managed;   ///< not reserved
  Pfn first_free;       ///< the lowest frame that was usable at first; none if none was
  FrameCount frames;    ///< entries in the table
  FrameCount free;

  bool operator==(const CoremapTotals&) const = default;
};

class Coremap {
 public:
  static constexpr Contract contract{};

  [[nodiscard]] static std::uint64_t metadata_bytes(const MemoryMap& map) {
    return std::uint64_t{map.frames.value()} * sizeof(CoremapEntry);
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

  [[nodiscard]] CoremapTotals totals() const;
  /// For the paging side: what is known of a frame in use. A block of one frame may become dirty or
  /// clean and be linked; its length, and being in use, are the coremap's.
  [[nodiscard]] CoremapEntry& entry(Pfn pfn) { return entries_[index_of(pfn)]; }
  [[nodiscard]] const CoremapEntry& entry(Pfn pfn) const { return entries_[index_of(pfn)]; }
  /// The free frames that start at `pfn` and are known as one extent; empty if it is not free.
  /// Requires: an extent starts there, as behind any other, behind a block and a reserved frame.
  [[nodiscard]] Run free_run_at(Pfn pfn) const;

 private:
  /// Values of links that are no index.
  static constexpr std::uint32_t kNil = 0xFFFF'FFFF;
  static constexpr std::uint32_t kUnmerged = 0xFFFF'FFFE;  ///< previous: the frame is unmerged
  static constexpr std::uint32_t kHeads = 0xFFFF'FF00;     ///< previous: the head of bin (low bits)
  static constexpr unsigned kBins = 64;

  /// An entry that says nothing: its frame is inside of an extent, whose borders speak.
  static constexpr CoremapEntry kInside{.state = FrameState::free,
                                        .length = 0,
                                        .space = 0,
                                        .page = 0,
                                        .previous = kNil,
                                        .next = kNil};

  /// An extent or a part of one, by index: Pfn − base.
  struct Extent {
    std::uint32_t first;
    std::uint32_t length;
    [[nodiscard]] std::uint32_t end() const { return first + length; }
  };

  enum class Kind : std::uint8_t { block, settled, unmerged, next_free, reserved };

  struct Tile {
    Kind kind;
    std::uint32_t length;
    [[nodiscard]] bool is_free() const { return kind != Kind::block && kind != Kind::reserved; }
  };

  [[nodiscard]] static unsigned bin_of(std::uint32_t length);

  [[nodiscard]] std::uint32_t index_of(Pfn pfn) const { return (pfn - base_).value(); }
  Pfn take(std::uint32_t index, std::uint32_t count);
  void push(std::uint32_t index);
  [[nodiscard]] std::uint32_t pop();
  [[nodiscard]] std::uint32_t stack_limit() const { return frames_ / 8; }
  [[nodiscard]] std::uint32_t take_next_free();
  [[nodiscard]] bool open_next_free();
  void close_next_free();
  Pfn allocate_run(FrameCount count, FrameCount alignment);
  [[nodiscard]] std::uint32_t find_extent(FrameCount count, FrameCount alignment) const;
  [[nodiscard]] std::uint32_t place_in(Extent extent, FrameCount count, FrameCount alignment) const;
  FreeResult free_run(std::uint32_t index);
  [[nodiscard]] Misuse misuse_at(std::uint32_t index) const;
  [[nodiscard]] std::uint32_t start_of(std::uint32_t index) const;
  void settle();
  void settle_by_pass();
  void release(Extent extent);
  void insert(Extent extent);
  void remove(Extent extent);
  void erase_borders(Extent extent);
  [[nodiscard]] bool is_settled(std::uint32_t index) const;
  [[nodiscard]] Extent extent_at(std::uint32_t index) const;
  [[nodiscard]] bool has_next_free() const { return next_free_ != next_free_end_; }
  [[nodiscard]] Tile tile_at(std::uint32_t index) const;
  [[nodiscard]] const char* validate_tile(std::uint32_t index, Tile tile) const;
  [[nodiscard]] const char* validate_bins(std::uint32_t settled) const;
  [[nodiscard]] const char* validate_stack(std::uint32_t unmerged) const;

  CoremapEntry* entries_ = nullptr;
  Pfn base_;
  Pfn first_free_;
  std::uint32_t frames_ = 0;
  FrameCount managed_;
  FrameCount free_;
  std::uint32_t next_free_ = 0;
  std::uint32_t next_free_end_ = 0;
  std::uint32_t stack_ = kNil;
  std::uint32_t stacked_ = 0;
  std::uint32_t loose_ = 0;
  std::uint64_t bins_ = 0;
  std::uint32_t heads_[kBins] = {};
};

}  // namespace assay
