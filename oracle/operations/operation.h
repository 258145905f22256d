/// One sequence: an arena, and the operations performed on it.
///
/// Blocks are named by the order of the operations that make them (0, 1, 2, …), never by where they
/// lie: designs place differently. `docs/OPERATIONS.md` shows the text form of everything here.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "impls/frame.h"

namespace assay {

/// What the frames hold before the allocator first sees them.
enum class RamContent : std::uint8_t { zero, junk };

/// The memory map of a sequence and the content of its RAM.
struct Arena {
  static constexpr std::size_t kMaxHoles = 16;

  Pfn base{0};
  FrameCount frames{1};
  std::array<Run, kMaxHoles>
      holes{};  ///< the first `hole_count` count; ascending, disjoint, inside
  std::uint32_t hole_count = 0;
  RamContent ram = RamContent::zero;
  std::uint32_t seed = 0;  ///< of the junk; 0 for RamContent::zero

  [[nodiscard]] Run run() const { return {base, frames}; }
  [[nodiscard]] std::span<const Run> hole_runs() const { return {holes.data(), hole_count}; }

  /// Nullptr, or what is wrong with this arena, in words.
  [[nodiscard]] const char* problem() const;
};

/// The runs between the holes of an arena; at most one more than there are holes.
class UsableRuns {
 public:
  explicit UsableRuns(const Arena& arena);
  [[nodiscard]] std::span<const Run> runs() const { return {runs_.data(), count_}; }

 private:
  std::array<Run, Arena::kMaxHoles + 1> runs_{};
  std::size_t count_ = 0;
};

enum class OperationKind : std::uint8_t {
  alloc,       ///< makes a block of `count` frames at a multiple of `alignment`
  exhaust,     ///< makes blocks of `count` frames until there is none; element k is `name.k`
  free_block,  ///< frees element `element` of block `block`
  free_inner,  ///< frees the frame `offset` ≥ 1 behind the start of block `block`
  free_at,     ///< frees the frame `pfn`
  free_all,    ///< frees every live block, lowest frame first
  grow,        ///< the reserved frames [pfn, pfn + count) become usable
};

/// The call of the interface that an operation makes: `allocate`, `free` or `grow`.
[[nodiscard]] const char* call_of(OperationKind kind);

struct Operation {
  OperationKind kind = OperationKind::free_all;
  std::uint32_t block = 0;    ///< free_block, free_inner: which naming operation made it
  std::uint32_t element = 0;  ///< free_block: 0 but for the blocks of an exhaust
  std::uint32_t offset = 0;   ///< free_inner
  Pfn pfn{0};                 ///< free_at, grow
  FrameCount count{0};        ///< alloc, exhaust, grow
  FrameCount alignment{1};    ///< alloc

  [[nodiscard]] bool names_block() const {
    return kind == OperationKind::alloc || kind == OperationKind::exhaust;
  }
  [[nodiscard]] bool refers_to_block() const {
    return kind == OperationKind::free_block || kind == OperationKind::free_inner;
  }

  bool operator==(const Operation&) const = default;
};

}  // namespace assay
