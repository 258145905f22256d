/// Filling: any design, which fills each frame that becomes free if it is told to: every byte but
/// the links that the design keeps there.
///
/// `Filled` (impls/filled) does so always and keeps a map of what it manages; here it is an option
/// of the kernel's, and the zone knows its frames.
#pragma once

#include <cstring>

#include "impls/filled/filled.h"

namespace assay::kernel {

template <AllocatorCalls Design>
class Filling : public Design {
 public:
  /// What free frames are filled with, as xv6 does.
  static constexpr std::byte kFill = kXv6Fill;

  constexpr Filling() = default;
  constexpr Filling(const Design& design, bool fills) : Design(design), fills_(fills) {}

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    window_ = window;
    Design::init(map, window, metadata);
    for (const Run& run : map.usable) fill(run);
  }
  void add_usable(Run run) {
    Design::add_usable(run);
    fill(run);
  }

  /// As the design's, with a size or without.
  template <class... Size>
  FreeResult free(Pfn first, Size... size)
    requires requires(Design design) { design.free(first, size...); }
  {
    const FreeResult freed = Design::free(first, size...);
    if (freed) fill({first, *freed});
    return freed;
  }

 private:
  void fill(Run run) const {
    if (!fills_) return;
    const std::uint32_t links = Design::contract.link_bytes;
    for (Pfn pfn = run.first; pfn < run.end(); pfn = pfn + FrameCount{1}) {
      std::memset(window_(pfn) + links, static_cast<int>(kFill), kFrameBytes - links);
    }
  }

  FrameWindow window_;
  bool fills_ = false;
};

}  // namespace assay::kernel
