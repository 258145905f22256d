/// What a member of the zoo says about its fault; the tests hold it to that.
#pragma once

#include <cstdint>
#include <optional>

#include "impls/allocator.h"
#include "oracle/check.h"
#include "oracle/operations/operation.h"
#include "oracle/verdict.h"

namespace assay {

/// The engines of the kill matrix that need no compiler's help (`./assay test zoo`).
enum class Hunter : std::uint8_t { explorer, swarm };

struct Fault {
  static constexpr std::uint32_t kExplorerFrames = 6;  ///< the explorer's largest arena there

  Clause clause;                    ///< the one that must catch it
  Check check;                      ///< by which it must be caught
  std::uint32_t calls = 1;          ///< no fewer calls behind `init` show it; 0: `init` alone does
  std::uint32_t frames = 1;         ///< no smaller arena shows it
  std::optional<RamContent> ram{};  ///< only over RAM and metadata that hold this
  bool whole_frames = false;        ///< only where all of each frame is checked

  /// Who must catch it.
  [[nodiscard]] constexpr Hunter must_be_caught_by() const {
    return frames <= kExplorerFrames && !whole_frames ? Hunter::explorer : Hunter::swarm;
  }
  /// It takes more than a few calls in a tiny arena to see it.
  [[nodiscard]] constexpr bool is_hard() const { return calls >= 5 || frames >= 1024 || ram; }
};

/// Undoes an allocation that a faulty design does not find. Returns: none.
template <FrameAllocator Design>
[[nodiscard]] Pfn lose(Design& design, Pfn got) {
  const FreeResult freed = design.free(got);
  return freed ? Pfn::none() : got;
}

}  // namespace assay
