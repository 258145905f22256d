/// Page tables, and the direct map that makes every low frame reachable.
///
///     0x00000000 ┬ nothing, so that a null pointer faults
///     0x40000000 ┼ while a trial runs, what it works in (mapped_frames.h)
///     0xC0000000 ┼ direct map: physical p at 0xC0000000 + p, all RAM below 768 MiB
///     0xF0000000 ┴ nothing yet
///
/// Two directories serve in turn. The entry directory (boot/boot.S) maps the first 4 MiB with one
/// entry, more of them if the image is larger, and needs no table. A directory of 4 KiB pages, its
/// tables in frames of the allocator, replaces it as soon as there is an allocator.
#pragma once

#include <cstddef>
#include <cstdint>

#include "impls/frame.h"

namespace assay::kernel {

inline constexpr std::uint32_t kDirectMapBase = 0xC000'0000;
inline constexpr FrameCount kDirectMapFrames{768U << 8};
inline constexpr FrameCount kEntryFrames{1024};  ///< that one entry of 4 MiB maps
inline constexpr FrameCount kFramesPerTable{1024};

/// Where the direct map has a frame.
[[nodiscard]] constexpr std::uint32_t direct_address(Pfn pfn) {
  return kDirectMapBase + pfn.value() * kFrameBytes;
}

/// Its bytes. Requires: the frame is mapped.
[[nodiscard]] inline std::byte* direct_map(Pfn pfn) {
  return reinterpret_cast<std::byte*>(direct_address(pfn));
}

/// What boot.S maps of physical memory, from its start.
[[nodiscard]] FrameCount entry_map_frames();

/// Where a physical byte of that lies from the first instruction of C++ on.
[[nodiscard]] inline const std::byte* window_at_boot(std::uint32_t physical_address) {
  return reinterpret_cast<const std::byte*>(kDirectMapBase + physical_address);
}

/// Lets the entry directory map every frame below `end`, in steps of 4 MiB.
void widen_entry_map(Pfn end);

/// The frames of the direct map's directory and its tables, for RAM as given.
class RunList;
[[nodiscard]] FrameCount frames_for_direct_map(const RunList& ram);

/// A page directory whose tables come from the kernel's allocator, one frame each.
class PageDirectory {
 public:
  /// Takes a frame for an empty directory. Returns: false if there is none.
  [[nodiscard]] bool create();

  /// Maps one page, writable, to `frame`; takes a frame where a table lacks. Returns: false if
  /// there is none, and then nothing has changed. Requires: the page is not mapped.
  [[nodiscard]] bool map(std::uint32_t address, Pfn frame);
  void unmap(std::uint32_t address);
  /// Takes the table for `address` out of the directory. Requires: there is one, and it maps
  /// nothing any more. Returns: its frame, which is the caller's now.
  [[nodiscard]] Pfn drop_table(std::uint32_t address);

  /// The frame that the page at `address` is mapped to, or none.
  [[nodiscard]] Pfn translate(std::uint32_t address) const;
  /// The frame that holds table number `index` (0 … 1023), or none.
  [[nodiscard]] Pfn table(std::uint32_t index) const;
  [[nodiscard]] Pfn directory() const { return directory_; }

  /// From now on the CPU translates by this directory.
  void load() const;

 private:
  Pfn directory_;
};

/// The directory that the CPU uses now.
[[nodiscard]] Pfn loaded_directory();

}  // namespace assay::kernel
