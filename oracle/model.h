/// The oracle: what a correct allocator's books must say, kept as plain arrays.
///
/// One entry per frame and nothing clever: no bits, no lists, no search structure. It shares no
/// code with any design. It never decides where a run is placed; it is told, and judges. Inline,
/// since a trial asks it a dozen questions about every call.
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
  /// Requires: all of `run` is free.
  void reserve(Run run);

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

inline void Model::init(const Arena& arena, std::span<std::byte> memory) {
  frames_ = {reinterpret_cast<Frame*>(memory.data()), arena.frames.value()};
  arena_ = arena.run();
  free_ = FrameCount{0};
  used_ = FrameCount{0};
  for (Frame& frame : frames_) frame = {State::reserved, 0, 0, kNobody};
  for (const Run& run : UsableRuns(arena).runs()) make_usable(run);
}

inline bool Model::is_inside(Run run) const {
  return run.first >= arena_.first && run.first < arena_.end() &&
         run.count <= arena_.end() - run.first;
}

inline std::optional<Pfn> Model::first_not_free(Run run) const {
  for (std::uint32_t i = 0; i < run.count.value(); ++i) {
    const Pfn pfn = run.first + FrameCount{i};
    if (!arena_.contains(pfn) || frames_[index_of(pfn)].state != State::free) return pfn;
  }
  return std::nullopt;
}

inline Pfn Model::find_fit(FrameCount count, FrameCount alignment) const {
  if (count > free_) return Pfn::none();
  std::uint32_t free_in_a_row = 0;
  for (std::uint32_t i = frames_.size(); i > 0; --i) {
    const std::uint32_t index = i - 1;
    free_in_a_row = frames_[index].state == State::free ? free_in_a_row + 1 : 0;
    const Pfn pfn = arena_.first + FrameCount{index};
    if (free_in_a_row >= count.value() && pfn.value() % alignment.value() == 0) return pfn;
  }
  return Pfn::none();
}

inline FrameCount Model::largest_free_run() const {
  std::uint32_t largest = 0;
  std::uint32_t free_in_a_row = 0;
  for (const Frame& frame : frames_) {
    free_in_a_row = frame.state == State::free ? free_in_a_row + 1 : 0;
    if (free_in_a_row > largest) largest = free_in_a_row;
  }
  return FrameCount{largest};
}

inline std::optional<Run> Model::block_at(Pfn pfn) const {
  if (!arena_.contains(pfn)) return std::nullopt;
  const Frame& frame = frames_[index_of(pfn)];
  if (frame.state != State::used) return std::nullopt;
  const Pfn first = arena_.first + FrameCount{frame.block_first};
  return Run{first, FrameCount{frames_[frame.block_first].block_count}};
}

inline std::uint32_t Model::owner_of_block(Pfn pfn) const {
  const std::optional<Run> block = block_at(pfn);
  return block && block->first == pfn ? frames_[index_of(pfn)].owner : kNobody;
}

inline FreeResult Model::expected_free(Pfn pfn) const {
  if (!arena_.contains(pfn)) return std::unexpected(Misuse::outside_arena);
  const Frame& frame = frames_[index_of(pfn)];
  if (frame.state == State::reserved) return std::unexpected(Misuse::reserved);
  if (frame.state == State::free) return std::unexpected(Misuse::already_free);
  if (frame.block_first != index_of(pfn)) return std::unexpected(Misuse::inside_block);
  return FrameCount{frame.block_count};
}

inline bool Model::is_reserved(Run run) const {
  if (run.count == FrameCount{0} || !is_inside(run)) return false;
  for (std::uint32_t i = 0; i < run.count.value(); ++i) {
    if (frames_[index_of(run.first) + i].state != State::reserved) return false;
  }
  return true;
}

inline Pfn Model::next_block(Pfn pfn) const {
  for (std::uint32_t i = index_of(pfn); i < frames_.size(); ++i) {
    if (frames_[i].state == State::used && frames_[i].block_first == i) {
      return arena_.first + FrameCount{i};
    }
  }
  return Pfn::none();
}

inline void Model::take(Run run, std::uint32_t owner) {
  const std::uint32_t first = index_of(run.first);
  for (std::uint32_t i = 0; i < run.count.value(); ++i) {
    frames_[first + i] = {State::used, first, 0, kNobody};
  }
  frames_[first].block_count = run.count.value();
  frames_[first].owner = owner;
  free_ -= run.count;
  used_ += run.count;
}

inline void Model::release(Pfn pfn) {
  const std::uint32_t index = index_of(pfn);
  const std::uint32_t first = frames_[index].block_first;
  const FrameCount count{frames_[first].block_count - (index - first)};
  frames_[first].block_count = index - first;
  for (std::uint32_t i = 0; i < count.value(); ++i) {
    frames_[index + i] = {State::free, 0, 0, kNobody};
  }
  free_ += count;
  used_ -= count;
}

inline void Model::make_usable(Run run) {
  for (std::uint32_t i = 0; i < run.count.value(); ++i) {
    frames_[index_of(run.first) + i].state = State::free;
  }
  free_ += run.count;
}

inline void Model::reserve(Run run) {
  for (std::uint32_t i = 0; i < run.count.value(); ++i) {
    frames_[index_of(run.first) + i].state = State::reserved;
  }
  free_ -= run.count;
}

}  // namespace assay
