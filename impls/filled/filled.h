/// Filled: any design, with junk in every free frame, so that who uses a frame that it has freed
/// sees the junk, and who writes there is found.
///
/// After JOS, whose lab text fills with 0xFF, and xv6, which fills with 0x01. Every byte of a free
/// frame holds the fill but the first `link_bytes`, in which the design may keep its links:
///
///     free frame   | links, if the design has any | FF FF FF … FF |
///                  0                     link_bytes            4096
///
/// Frames are filled when they become free: by `init`, by `add_usable`, and by a free that the
/// design has accepted. One that is refused fills nothing. `check_free_list`, named as in JOS,
/// looks at every byte that must hold the fill. Which frames are not reserved it knows from a bit
/// per frame behind the design's metadata.
///
/// Cost: the design's, and a write to each byte of each frame that becomes free. Metadata: a bit
/// per frame more.
///
/// Invariant
/// F1  A byte of a free frame that is not one of its first link_bytes holds the fill.
#pragma once

#include <algorithm>

#include "impls/allocator.h"

namespace assay {

inline constexpr std::byte kJosFill{0xFF};
inline constexpr std::byte kXv6Fill{0x01};

/// A byte of a free frame that somebody wrote to.
struct SpoiledByte {
  Pfn frame;
  std::uint32_t offset;

  bool operator==(const SpoiledByte&) const = default;
};

template <FrameAllocator Design, std::byte kFill = kJosFill>
class Filled {
 public:
  static constexpr Contract contract = [] {
    Contract promised = Design::contract;
    promised.fill = kFill;
    // As where links live in frames: all of them are written to.
    promised.max_frames = std::min(promised.max_frames, FrameCount{1U << 21});
    return promised;
  }();

  [[nodiscard]] static std::uint64_t metadata_bytes(const MemoryMap& map) {
    return Design::metadata_bytes(map) + bytes_of_bits(map);
  }

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata);
  void add_usable(Run run) {
    design_.add_usable(run);
    manage(run);
  }

  [[nodiscard]] Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    return design_.allocate(count, alignment);
  }

  FreeResult free(Pfn first)
    requires(!Design::contract.free_takes_size)
  {
    return fill_freed(first, design_.free(first));
  }
  FreeResult free(Pfn first, FrameCount count)
    requires(Design::contract.free_takes_size)
  {
    return fill_freed(first, design_.free(first, count));
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

  /// Checks F1. Returns: the first byte that breaks it. Cost: reads all of every free frame.
  [[nodiscard]] std::optional<SpoiledByte> check_free_list() const;

 private:
  [[nodiscard]] static std::size_t bytes_of_bits(const MemoryMap& map) {
    return map.frames.value() / 8 + 1;
  }

  FreeResult fill_freed(Pfn first, FreeResult freed) {
    if (freed) fill({first, *freed});
    return freed;
  }

  void manage(Run run);
  void fill(Run run) const;
  [[nodiscard]] bool is_managed(Pfn pfn) const {
    const std::uint32_t index = (pfn - arena_.first).value();
    return (managed_[index / 8] >> index % 8 & std::byte{1}) != std::byte{0};
  }

  Design design_;
  FrameWindow window_;
  Run arena_;
  std::byte* managed_ = nullptr;  ///< a bit per frame
};

template <FrameAllocator Design, std::byte kFill>
void Filled<Design, kFill>::init(const MemoryMap& map, FrameWindow window,
                                 std::span<std::byte> metadata) {
  window_ = window;
  arena_ = map.arena();
  const auto design_bytes = static_cast<std::size_t>(Design::metadata_bytes(map));
  managed_ = metadata.data() + design_bytes;
  std::fill_n(managed_, bytes_of_bits(map), std::byte{0});
  design_.init(map, window, metadata.first(design_bytes));
  for (const Run& run : map.usable) manage(run);
}

template <FrameAllocator Design, std::byte kFill>
std::optional<SpoiledByte> Filled<Design, kFill>::check_free_list() const {
  for (Pfn pfn = arena_.first; pfn != arena_.end();) {
    if (const std::optional<Run> block = design_.block_at(pfn)) {
      pfn = block->end();
      continue;
    }
    if (is_managed(pfn)) {
      const std::byte* const bytes = window_(pfn);
      for (std::uint32_t i = contract.link_bytes; i < kFrameBytes; ++i) {
        if (bytes[i] != kFill) return SpoiledByte{.frame = pfn, .offset = i};
      }
    }
    pfn = pfn + FrameCount{1};
  }
  return std::nullopt;
}

/// Makes usable frames known, and fills them.
template <FrameAllocator Design, std::byte kFill>
void Filled<Design, kFill>::manage(Run run) {
  for (std::uint32_t i = 0; i < run.count.value(); ++i) {
    const std::uint32_t index = (run.first - arena_.first).value() + i;
    managed_[index / 8] |= std::byte{1} << index % 8;
  }
  fill(run);
}

/// The links are the design's, which has written them already.
template <FrameAllocator Design, std::byte kFill>
void Filled<Design, kFill>::fill(Run run) const {
  for (std::uint32_t i = 0; i < run.count.value(); ++i) {
    std::byte* const bytes = window_(run.first + FrameCount{i});
    std::fill(bytes + contract.link_bytes, bytes + kFrameBytes, kFill);
  }
}

}  // namespace assay
