/// Counted: any design, with the statistics that a kernel would want of it.
///
///     Counted<Buddy<>> frames;        …        frames.counts().failed
///
/// It changes nothing: placements, answers and metadata are the design's. The counters stand in the
/// object; they are 64 bits wide, so that they do not wrap in a kernel's lifetime. Since they only
/// grow, no state comes back: the explorer, whose arenas must close, is not for this wrapper.
///
/// Cost: the design's, and a few additions per allocate and free.
#pragma once

#include <array>

#include "impls/allocator.h"

namespace assay {

/// What has happened since `init`.
struct Counts {
  std::uint64_t allocated = 0;            ///< allocations that were served
  std::uint64_t failed = 0;               ///< allocations that gave none
  std::uint64_t freed = 0;                ///< blocks given back
  std::array<std::uint64_t, 4> misuse{};  ///< frees that were refused, by Misuse
  FrameCount most_used;                   ///< the largest number of frames in use at a time

  [[nodiscard]] std::uint64_t refused(Misuse why) const {
    return misuse[static_cast<std::size_t>(why)];
  }

  bool operator==(const Counts&) const = default;
};

template <FrameAllocator Design>
class Counted {
 public:
  static constexpr Contract contract = Design::contract;

  [[nodiscard]] static std::uint64_t metadata_bytes(const MemoryMap& map) {
    return Design::metadata_bytes(map);
  }

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    counts_ = Counts{};
    design_.init(map, window, metadata);
  }
  void add_usable(Run run) { design_.add_usable(run); }

  [[nodiscard]] Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Pfn first = design_.allocate(count, alignment);
    ++(first.is_none() ? counts_.failed : counts_.allocated);
    if (design_.used_frames() > counts_.most_used) counts_.most_used = design_.used_frames();
    return first;
  }

  FreeResult free(Pfn first)
    requires(!Design::contract.free_takes_size)
  {
    return count(design_.free(first));
  }
  FreeResult free(Pfn first, FrameCount size)
    requires(Design::contract.free_takes_size)
  {
    return count(design_.free(first, size));
  }

  [[nodiscard]] FrameCount free_frames() const { return design_.free_frames(); }
  [[nodiscard]] FrameCount used_frames() const { return design_.used_frames(); }
  [[nodiscard]] FrameCount managed_frames() const { return design_.managed_frames(); }
  [[nodiscard]] FrameCount largest_free_run() const { return design_.largest_free_run(); }
  [[nodiscard]] std::optional<Run> block_at(Pfn pfn) const { return design_.block_at(pfn); }
  [[nodiscard]] const char* validate() const { return design_.validate(); }
  void refresh()
    requires requires(Design design) { design.refresh(); }
  {
    design_.refresh();
  }

  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  FreeResult count(FreeResult result) {
    if (result) {
      ++counts_.freed;
    } else {
      ++counts_.misuse[static_cast<std::size_t>(result.error())];
    }
    return result;
  }

  Design design_;
  Counts counts_;
};

}  // namespace assay
