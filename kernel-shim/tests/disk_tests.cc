/// The disk: what is written to it is read back, sector by sector and in rows.
#include "kernel-shim/disk/ata.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "kernel-shim/tests/tests.h"

namespace assay::kernel {

namespace {

constexpr std::size_t kMostSectors = 8;  // as a page has
constexpr std::size_t kWords = kSectorBytes / sizeof(std::uint32_t);

using Words = std::array<std::uint32_t, kMostSectors * kWords>;
constinit Words the_written{};
constinit Words the_read{};

/// Different in every word of every sector, and in each round.
void make_pattern(std::uint32_t first, std::uint32_t round) {
  for (std::size_t i = 0; i < the_written.size(); ++i) {
    const auto word = first * kWords + static_cast<std::uint32_t>(i);
    the_written[i] = (word ^ round << 28) * 0x9E37'79B1;
  }
}

bool write_sectors(Test& test, Disk& disk, std::uint32_t first, std::size_t sectors,
                   std::uint32_t round) {
  make_pattern(first, round);
  const auto bytes = std::as_bytes(std::span(the_written)).first(sectors * kSectorBytes);
  const DiskError error = disk.write(first, bytes);
  if (error != DiskError::none) test.fail(describe(error));
  return error == DiskError::none;
}

void expect_sectors(Test& test, Disk& disk, std::uint32_t first, std::size_t sectors,
                    std::uint32_t round) {
  make_pattern(first, round);
  the_read.fill(0);
  const auto bytes = std::as_writable_bytes(std::span(the_read)).first(sectors * kSectorBytes);
  const DiskError error = disk.read(first, bytes);
  if (error != DiskError::none) return test.fail(describe(error));
  const bool same =
      std::equal(the_read.begin(), the_read.begin() + static_cast<std::ptrdiff_t>(sectors * kWords),
                 the_written.begin());
  test.check(same, "what was written is read");
}

}  // namespace

/// The first sectors, the last, and those around 2^16, where the next byte of the number begins;
/// then all of them again, behind everything that was written.
void the_disk_keeps_what_is_written(Test& test) {
  Disk disk;
  const DiskError found = disk.find();
  if (found == DiskError::no_disk)
    return test.skip("not asked for (--disk): the machine has no disk");
  if (found != DiskError::none) return test.fail(describe(found));
  test.note() << "disk sectors=" << disk.sectors() << '\n';
  const std::uint32_t last = disk.sectors();
  const std::array<std::uint32_t, 4> firsts{0, 256 - 4, 0x1'0000 - 4, last - 8};
  for (std::uint32_t round = 0; round < 2; ++round) {
    for (const std::uint32_t first : firsts) {
      if (first > last - 8) continue;
      if (!write_sectors(test, disk, first, 8, round)) return;
    }
    for (const std::uint32_t first : firsts) {
      if (first > last - 8) continue;
      expect_sectors(test, disk, first, 8, round);
      expect_sectors(test, disk, first, 1, round);
    }
  }
  const auto bytes = std::as_writable_bytes(std::span(the_read));
  test.check(disk.read(last, bytes.first(kSectorBytes)) == DiskError::beyond,
             "there is no sector behind the last");
  test.check(disk.read(last - 1, bytes.first(2 * kSectorBytes)) == DiskError::beyond,
             "nor a row that ends there");
  test.check(disk.read(0, bytes.first(100)) == DiskError::beyond, "no part of a sector is read");
  expect_sectors(test, disk, 0, 8, 1);
}

}  // namespace assay::kernel
