/// The oracle: what a correct allocator's books must say, kept as plain arrays.
///
/// One entry per frame and nothing clever: no bits, no lists, no search structure. It shares no
/// code with any design. It never decides where a run is placed; it is told, and judges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>

#include "impls/allocator.h"
#include "oracle/operations/operation.h"

namespace assay {

class Model {
 public:
  static constexpr std::uint32_t kNobody = 0xFFFF'FFFF;

  /// Bytes of memory, aligned to 4, that a model of `frames` frames needs.
  [[nodiscard]] static std::uint64_t bytes_for(FrameCount frames) {
    return std::uint64_t{frames.value()} * sizeof(Frame);
  }

  void init(const Arena& arena, std::span<std::byte> memory);

  [[nodiscard]] FrameCount free_frames() const { return free_; }
  [[nodiscard]] FrameCount used_frames() const { return used_; }
  [[nodiscard]] FrameCount managed_frames() const { return free_ + used_; }
  [[nodiscard]] Run arena() const { return arena_; }

  /// The first frame of `run` that may not be handed out. It may be the one behind the last Pfn,
  /// which has the value of none: hence optional.
  [[nodiscard]] std::optional<Pfn> first_not_free(Run run) const;
  /// A place where such a request fits, or none. Requires: is_satisfiable. Cost: O(frames).
  [[nodiscard]] Pfn find_fit(FrameCount count, FrameCount alignment) const;
  /// Cost: O(frames).
  [[nodiscard]] FrameCount largest_free_run() const;
  /// The block that holds `pfn`, if that frame is in use.
  [[nodiscard]] std::optional<Run> block_at(Pfn pfn) const;
  /// Who took the block that starts at `pfn`, or kNobody.
  [[nodiscard]] std::uint32_t owner_of_block(Pfn pfn) const;
  /// What a free of `pfn` must do: release so many frames, or be refused as this.
  [[nodiscard]] FreeResult expected_free(Pfn pfn) const;
  [[nodiscard]] bool is_reserved(Run run) const;
  /// The first block that starts at or after `pfn`, or none.
  [[nodiscard]] Pfn next_block(Pfn pfn) const;

  /// Requires: all of `run` is free.
  void take(Run run, std::uint32_t owner);
  /// Releases a block from `pfn` to its end; what is in front of it stays. Requires: in use.
  void release(Pfn pfn);
  /// Requires: all of `run` is reserved.
  void make_usable(Run run);

 private:
  enum class State : std::uint32_t { reserved, free, used };

  struct Frame {
    State state;
    std::uint32_t block_first;  ///< used: the index of its block's first frame
    std::uint32_t block_count;  ///< used, first of its block: the block's length
    std::uint32_t owner;        ///< used, first of its block: who took it
  };

  [[nodiscard]] std::uint32_t index_of(Pfn pfn) const { return (pfn - arena_.first).value(); }
  [[nodiscard]] bool is_inside(Run run) const;

  std::span<Frame> frames_;
  Run arena_;
  FrameCount free_;
  FrameCount used_;
};

}  // namespace assay
