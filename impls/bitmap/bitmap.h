/// bitmap: two bits per frame, a next-fit cursor, and summary levels instead of scans.
///
/// After framesBitmap: a bit says used, a second one says where a block ends, so that `free` knows
/// a block's size without a header. `impls/block_map` draws and keeps these bits.
///
///     runs     [ longest run, free at start and end ]...   per 8 words, and per 8 of those, …
///     open       1       0       1       ...               a word has a free frame; and levels
///     frames   A A A . B B B B . . # # . . C
///                                  ^ cursor: single frames are searched from here, and wrap once
///
/// Placement: a single frame is the first free one at or after the cursor, else the lowest; the
/// cursor then stands behind it. A longer or aligned run is the lowest that fits and leaves the
/// cursor alone, so that single frames do not eat the room in front of the runs.
///
/// The next word with a free frame comes from `impls/number_set`, the next run that is long enough
/// from `impls/run_tree`: neither looks at words in which it could not be, wherever it starts.
///
///     operation         worst case            of
///     init              O(frames / W)         W = WordBits
///     allocate 1        O(L)                  L = summary levels; usually one word
///     allocate n        O(n / W + s L)        s = groups changed since a run was last asked for
///       aligned         O(r n / W + s L)      r = runs of n that are not where it must start
///     failing n         O(s L); O(1) if n > free frames, or n = 1
///     free              O(n / W + L)
///     metadata          2 bits per frame, and 0.3 bits for the summaries
///
/// Invariants (I1 and I2 are the block map's, S1 and S2 the number set's, T1 and T2 the run tree's)
/// I3  A word is in `open_` if and only if one of its frames is free.
/// I4  free_ is the number of free frames; managed_ that of frames that are not reserved.
/// I5  cursor_ < frames.
#pragma once

#include "impls/allocator.h"
#include "impls/block_map/block_map.h"
#include "impls/number_set/number_set.h"
#include "impls/run_tree/run_tree.h"

namespace assay {

/// How many parts a node of the run tree joins: few where words are narrow, for tests.
template <unsigned WordBits>
inline constexpr unsigned kFanOut = WordBits < 32 ? 2 : 8;

template <unsigned WordBits = kNativeWordBits, unsigned FanOut = kFanOut<WordBits>>
class Bitmap {
 public:
  static constexpr Contract contract{};

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
  void refresh() { runs_.refresh(blocks_); }

  /// As run_search asks. Requires: the run tree is up to date.
  [[nodiscard]] std::uint32_t next_run(std::uint32_t from, std::uint32_t count) const;
  [[nodiscard]] std::uint32_t next_taken(std::uint32_t from, std::uint32_t limit) const;

 private:
  using Bits = BitWord<WordBits>;
  using Word = Bits::Word;
  using Blocks = BlockMap<WordBits>;
  using OpenWords = NumberSet<WordBits>;
  using Runs = RunTree<WordBits, FanOut>;

  /// Where the parts of the metadata end, in bytes.
  struct Parts {
    explicit Parts(FrameCount frames);
    std::uint64_t blocks_end;
    std::uint64_t open_end;
    std::uint64_t runs_end;
  };

  [[nodiscard]] static std::uint32_t last_word(FrameCount frames) {
    return Bits::words_for(frames.value()) - 1;
  }
  [[nodiscard]] Pfn allocate_single();
  [[nodiscard]] Pfn allocate_run(FrameCount count, FrameCount alignment);
  FreeResult free_block(std::uint32_t index);
  void open_words(IndexRun run);
  void close_words(IndexRun run);
  [[nodiscard]] std::uint32_t index_of(Pfn pfn) const { return (pfn - base_).value(); }

  Blocks blocks_;
  OpenWords open_;
  Runs runs_;
  Pfn base_;
  FrameCount frames_;
  FrameCount managed_;
  FrameCount free_;
  std::uint32_t cursor_ = 0;
};

}  // namespace assay
