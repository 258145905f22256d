/// The first disk of the first IDE controller, by programmed input and output: every word passes
/// through the CPU, no interrupt comes. LBA28: 128 GiB are in reach. Sectors pass in blocks of up
/// to 8, as many as the disk can do without being asked again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace assay::kernel {

inline constexpr std::uint32_t kSectorBytes = 512;

enum class DiskError : std::uint8_t {
  none,
  no_disk,    ///< nobody answers, or no disk does
  timed_out,  ///< it stayed busy, or had no data, for a second by the timer's own counter
  beyond,     ///< sectors that it does not have, or no whole number of them
  failed,     ///< it gave up with an error: a bad sector, a write that was refused
};

/// In a few words, for a line of the log.
[[nodiscard]] const char* describe(DiskError error);

/// Requires of all but find: find returned `none`.
class Disk {
 public:
  /// Asks who is there. Returns: `none`, and its size is known; or why it cannot be used.
  [[nodiscard]] DiskError find();

  /// Sectors that it has.
  [[nodiscard]] std::uint32_t sectors() const { return sectors_; }

  /// Copies sectors from `first` on. `bytes` are 1 to 256 whole sectors, aligned to 4. On failure
  /// of a read `bytes` hold anything; on failure of a write so do the sectors on the disk. `write`
  /// returns `none` when the disk has them for good, not in a cache.
  [[nodiscard]] DiskError read(std::uint32_t first, std::span<std::byte> bytes);
  [[nodiscard]] DiskError write(std::uint32_t first, std::span<const std::byte> bytes);

 private:
  void set_block(std::uint32_t most);
  [[nodiscard]] std::size_t block_bytes() const {
    return std::size_t{block_sectors_} * kSectorBytes;
  }
  [[nodiscard]] DiskError begin(std::uint8_t command, std::uint32_t first, std::size_t bytes) const;

  std::uint32_t sectors_ = 0;
  std::uint32_t block_sectors_ = 1;  ///< that pass between two questions
};

}  // namespace assay::kernel
