/// Page directories, their tables, and the one that the kernel starts with.
///
/// The entry directory (boot/boot.S) maps the first 4 MiB with one entry, more of them if the image
/// is larger, and needs no table. A directory of 4 KiB pages, its tables in frames of low memory,
/// replaces it as soon as there is an allocator: the kernel's own directory. What that one maps for
/// everybody (heap, temporary and fixed maps) other directories share: its tables stand in each of
/// them, later ones too.
#pragma once

#include <cstddef>
#include <cstdint>

#include "impls/frame.h"
#include "kernel-shim/memory/address_map.h"

namespace assay::kernel {

/// An entry of a directory or a table: a frame number and flags.
using PageEntry = std::uint32_t;
inline constexpr PageEntry kPresent = 0x001;
inline constexpr PageEntry kWritable = 0x002;
inline constexpr PageEntry kUser = 0x004;
inline constexpr PageEntry kWriteThrough = 0x008;
inline constexpr PageEntry kUncached = 0x010;
inline constexpr PageEntry kLarge = 0x080;    ///< in a directory: 4 MiB, no table
inline constexpr PageEntry kShared = 0x200;   ///< in a directory: the table is another one's; ours
inline constexpr PageEntry kSwapped = 0x400;  ///< not present: the page is in a slot; ours
inline constexpr PageEntry kFlags = 0xFFF;

inline constexpr FrameCount kEntryFrames{1024};  ///< that one entry of 4 MiB maps
inline constexpr FrameCount kFramesPerTable{1024};
inline constexpr std::uint32_t kEntries = 1024;

[[nodiscard]] constexpr std::uint32_t table_index(std::uint32_t address) { return address >> 22; }
[[nodiscard]] constexpr std::uint32_t page_index(std::uint32_t address) {
  return address >> 12 & 0x3FF;
}
/// The frame that an entry names, or none if it is not present.
[[nodiscard]] constexpr Pfn frame_in(PageEntry entry) {
  return (entry & kPresent) != 0 ? Pfn{entry >> 12} : Pfn::none();
}

/// What boot.S maps of physical memory, from its start.
[[nodiscard]] FrameCount entry_map_frames();

/// Where a physical byte of that lies from the first instruction of C++ on.
[[nodiscard]] inline const std::byte* window_at_boot(std::uint32_t physical_address) {
  return reinterpret_cast<const std::byte*>(kDirectMapBase + physical_address);
}

/// Lets the entry directory map every frame below `end`, in steps of 4 MiB.
void widen_entry_map(Pfn end);
/// Lets the entry directory map `run` at `base`, a multiple of 4 MiB, with its place in 4 MiB kept.
/// Returns: the address of its first byte.
std::uint32_t map_at_entry(std::uint32_t base, Run run);

/// The address that such a run has at `base`.
[[nodiscard]] constexpr std::uint32_t place_at(std::uint32_t base, Run run) {
  return base + run.first.value() % kEntryFrames.value() * kFrameBytes;
}

/// The tables that it takes to map `bytes` from `address` on.
[[nodiscard]] constexpr std::uint32_t tables_for(std::uint32_t address, std::uint64_t bytes) {
  if (bytes == 0) return 0;
  return static_cast<std::uint32_t>((address + bytes - 1) >> 22) - table_index(address) + 1;
}

/// A page directory, by its frame. A copy is the same directory.
class PageDirectory {
 public:
  PageDirectory() = default;
  constexpr explicit PageDirectory(Pfn directory) : directory_(directory) {}
  /// The one whose entries the direct map has there.
  [[nodiscard]] static PageDirectory at(const PageEntry* entries);

  /// A directory without entries. Returns: none if there is no frame, or if kMost exist already.
  [[nodiscard]] static PageDirectory create();
  static constexpr std::size_t kMost = 64;

  /// Shares the kernel's tables from entry `first` up to `end`, those that are there and those that
  /// come later. Requires: nothing is mapped there.
  void share_kernel(std::uint32_t first, std::uint32_t end = kEntries);

  /// The entry for the page at `address`, or nullptr if no table is there. With `make`, a table is
  /// made: an address of the kernel's half gets it in all directories. Returns: nullptr if there is
  /// no frame for it, or if the address is in a page of 4 MiB.
  [[nodiscard]] PageEntry* entry(std::uint32_t address, bool make = false) const;

  /// Maps one page. Returns: false if there is no frame for a table, or if the page is mapped, and
  /// then nothing has changed but for a new empty table.
  [[nodiscard]] bool map(std::uint32_t address, Pfn frame, PageEntry flags = kWritable) const;
  /// Returns: the frame, which is the caller's now, or none if the page was not mapped. This
  /// CPU has forgotten the translation, and so has every other one that may have known it.
  Pfn unmap(std::uint32_t address) const;
  /// Frees the table for `address`, if there is one that maps nothing. Where it is the kernel's, it
  /// is gone from all directories.
  void drop_empty_table(std::uint32_t address) const;

  /// The frame that the page at `address` is mapped to, or none. Pages of 4 MiB count.
  [[nodiscard]] Pfn translate(std::uint32_t address) const;
  /// Entry number `index` (0 … 1023) of the directory.
  [[nodiscard]] PageEntry directory_entry(std::uint32_t index) const;
  [[nodiscard]] Pfn frame() const { return directory_; }
  [[nodiscard]] bool exists() const { return !directory_.is_none(); }

  /// Frees the directory's own tables, not those that it shares, and the directory. What they
  /// mapped is not freed. Requires: the CPU does not use it.
  void release();

  /// From now on the CPU translates by this directory.
  void load() const;

  bool operator==(const PageDirectory&) const = default;

 private:
  [[nodiscard]] bool make_table(std::uint32_t index) const;

  Pfn directory_;
};

/// The directory that the CPU uses now.
[[nodiscard]] PageDirectory loaded_directory();

/// The CPU forgets how it translated this page.
void forget_translation(std::uint32_t address);

}  // namespace assay::kernel
