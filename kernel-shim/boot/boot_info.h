/// What the boot loader handed over, copied before anything else may overwrite it.
///
/// QEMU puts the command line and the module table right behind the kernel's image, GRUB puts its
/// tables into low memory: both are free memory to anybody who does not know.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "kernel-shim/memory/run_list.h"

namespace assay::kernel {

/// Physical bytes [begin, end).
struct PhysicalRange {
  std::uint64_t begin;
  std::uint64_t end;
};

struct MemoryEntry {
  PhysicalRange range;
  bool is_ram;
};

/// A file that the loader put into memory.
struct BootModule {
  PhysicalRange range;
  std::array<char, 64> name;
};

struct BootInfo {
  static constexpr std::size_t kMaxEntries = 48;
  static constexpr std::size_t kMaxModules = 64;

  std::array<char, 512> command_line;
  std::array<MemoryEntry, kMaxEntries> entries;
  std::size_t entry_count;
  std::array<BootModule, kMaxModules> modules;
  std::size_t module_count;
  RunList loader_frames;  ///< where the loader's own tables lie

  [[nodiscard]] std::span<const MemoryEntry> memory_entries() const {
    return {entries.data(), entry_count};
  }
  [[nodiscard]] std::span<const BootModule> boot_modules() const {
    return {modules.data(), module_count};
  }
  /// The value of `name=value` on the command line, or nothing.
  [[nodiscard]] std::string_view option(std::string_view name) const;
  /// That value as a number, or `otherwise` if there is none. Ends the kernel as a bad boot if it
  /// is no number from 1 to 10^9 - 1.
  [[nodiscard]] std::uint32_t number(const char* name, std::uint32_t otherwise) const;
};

/// Copies it all, once. Ends the kernel as a bad boot if the loader is no multiboot loader, tells
/// no memory map, or left its tables where the entry page directory does not map them.
void read_boot_info(std::uint32_t magic, std::uint32_t physical_address);

/// Requires: read_boot_info was called.
[[nodiscard]] const BootInfo& boot_info();

/// The frames that hold any byte of `range`.
[[nodiscard]] Run frames_around(PhysicalRange range);
/// The frames that lie in `range` as a whole.
[[nodiscard]] Run frames_inside(PhysicalRange range);

}  // namespace assay::kernel
