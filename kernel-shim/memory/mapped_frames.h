/// Frames of the kernel that stand in a row where page tables put them, wherever they lie. So
/// whoever needs a long stretch of memory needs no long run of frames, which the design may not
/// have, or may not hand out at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "impls/frame.h"

namespace assay::kernel {

/// Where the trial has what it works in (address_map.h); each reaches up to the next.
inline constexpr std::uint32_t kTrialRam = 0x4000'0000;
inline constexpr std::uint32_t kTrialMetadata = 0x8000'0000;
inline constexpr std::uint32_t kTrialBooks = 0xA000'0000;
inline constexpr std::uint32_t kTrialCosts = 0xB000'0000;
inline constexpr std::uint32_t kTrialEnd = 0xC000'0000;

/// Given back when its scope ends, with the page tables that it took.
class MappedFrames {
 public:
  MappedFrames() = default;
  MappedFrames(const MappedFrames&) = delete;
  MappedFrames& operator=(const MappedFrames&) = delete;
  ~MappedFrames() { release(); }

  /// Takes as many frames as hold `bytes` and maps them from `address`, a multiple of 4 MiB, on.
  /// They are spare ones, which no allocator manages, where there are as many; else the design's.
  /// Returns: false, and nothing is taken, if there are not as many, or none for a page table.
  /// Requires: it holds nothing yet, and nothing is mapped there.
  [[nodiscard]] bool allocate(std::uint32_t address, std::uint64_t bytes);

  /// The first `size` bytes. Requires: so many were asked for.
  [[nodiscard]] std::span<std::byte> bytes(std::uint64_t size) const {
    return {reinterpret_cast<std::byte*>(address_), static_cast<std::size_t>(size)};
  }

 private:
  [[nodiscard]] static Pfn take(bool spare);
  static void give_back(Pfn pfn);
  void release();

  std::uint32_t address_ = 0;
  std::uint32_t pages_ = 0;  ///< mapped so far
};

}  // namespace assay::kernel
