#include "kernel-shim/disk/ata.h"

#include <algorithm>
#include <array>

#include "kernel-shim/machine/ports.h"
#include "kernel-shim/machine/timer.h"

namespace assay::kernel {

namespace {

constexpr std::uint16_t kData = 0x1F0;
constexpr std::uint16_t kCount = 0x1F2;
constexpr std::uint16_t kSector = 0x1F3;    // bits 0 to 7 of its number
constexpr std::uint16_t kCylinder = 0x1F4;  // 8 to 15
constexpr std::uint16_t kCylinderHigh = 0x1F5;
constexpr std::uint16_t kDrive = 0x1F6;  // 24 to 27, and which disk
constexpr std::uint16_t kStatus = 0x1F7;
constexpr std::uint16_t kCommand = 0x1F7;
constexpr std::uint16_t kControl = 0x3F6;

constexpr std::uint8_t kFirstDisk = 0xE0;  // by sector numbers
constexpr std::uint8_t kNoInterrupts = 0x02;
constexpr std::uint8_t kIdentify = 0xEC;
constexpr std::uint8_t kSetBlock = 0xC6;
constexpr std::uint8_t kReadBlocks = 0xC4;
constexpr std::uint8_t kWriteBlocks = 0xC5;
constexpr std::uint8_t kReadSectors = 0x20;
constexpr std::uint8_t kWriteSectors = 0x30;
constexpr std::uint8_t kFlushCache = 0xE7;

constexpr std::uint8_t kError = 0x01;
constexpr std::uint8_t kHasData = 0x08;
constexpr std::uint8_t kFault = 0x20;
constexpr std::uint8_t kBusy = 0x80;
constexpr std::uint8_t kNobody = 0xFF;  // no controller: the bus floats

constexpr std::size_t kWordBytes = sizeof(std::uint32_t);
constexpr std::size_t kSectorWords = kSectorBytes / kWordBytes;
constexpr std::uint32_t kBlockSectors = 8;  // a page
constexpr std::size_t kMostSectors = 256;   // of a command; 256 is written as 0

/// Waits until it is no longer busy, and has data if it is to have some.
DiskError wait(bool for_data) {
  static_cast<void>(
      read_port(kStatus));  // four reads: a disk may take 400 ns to say that it is busy
  static_cast<void>(read_port(kStatus));
  static_cast<void>(read_port(kStatus));
  static_cast<void>(read_port(kStatus));
  TickWatch watch;
  while (watch.begun() <= kTicksPerSecond) {
    const std::uint8_t status = read_port(kStatus);
    if ((status & kBusy) != 0) continue;
    if ((status & (kError | kFault)) != 0) return DiskError::failed;
    if (!for_data || (status & kHasData) != 0) return DiskError::none;
  }
  return DiskError::timed_out;
}

void read_words(void* to, std::size_t count) {
  asm volatile("cld; rep insl" : "+D"(to), "+c"(count) : "d"(kData) : "memory");
}

void write_words(const void* from, std::size_t count) {
  asm volatile("cld; rep outsl" : "+S"(from), "+c"(count) : "d"(kData) : "memory");
}

}  // namespace

const char* describe(DiskError error) {
  switch (error) {
    case DiskError::none: return "no error";
    case DiskError::no_disk: return "there is no disk";
    case DiskError::timed_out: return "the disk did not answer within a second";
    case DiskError::beyond: return "the disk has no such sectors";
    case DiskError::failed: return "the disk reports an error";
  }
  return "";
}

DiskError Disk::find() {
  sectors_ = 0;
  if (read_port(kStatus) == kNobody) return DiskError::no_disk;
  write_port(kControl, kNoInterrupts);
  write_port(kDrive, kFirstDisk);
  write_port(kCommand, kIdentify);
  if (read_port(kStatus) == 0) return DiskError::no_disk;
  const DiskError error = wait(true);
  // Something that is no disk, such as a CD drive, refuses to identify itself.
  if (error != DiskError::none) return error == DiskError::failed ? DiskError::no_disk : error;
  std::array<std::uint32_t, kSectorWords> said{};
  read_words(said.data(), said.size());
  sectors_ = said[30];  // words 60 and 61
  if (sectors_ == 0) return DiskError::no_disk;
  set_block(said[23] >> 16 & 0xFF);  // word 47: the most that it can
  return DiskError::none;
}

void Disk::set_block(std::uint32_t most) {
  block_sectors_ = 1;
  if (most < 2) return;
  const std::uint32_t wanted = std::min(most, kBlockSectors);
  write_port(kCount, static_cast<std::uint8_t>(wanted));
  write_port(kCommand, kSetBlock);
  if (wait(false) == DiskError::none) block_sectors_ = wanted;
}

DiskError Disk::begin(std::uint8_t command, std::uint32_t first, std::size_t bytes) const {
  const std::size_t count = bytes / kSectorBytes;
  if (bytes % kSectorBytes != 0 || count == 0 || count > kMostSectors || first > sectors_ ||
      count > sectors_ - first) {
    return DiskError::beyond;
  }
  write_port(kDrive, static_cast<std::uint8_t>(kFirstDisk | first >> 24));
  if (const DiskError error = wait(false); error == DiskError::timed_out) return error;
  write_port(kCount, static_cast<std::uint8_t>(count));
  write_port(kSector, static_cast<std::uint8_t>(first));
  write_port(kCylinder, static_cast<std::uint8_t>(first >> 8));
  write_port(kCylinderHigh, static_cast<std::uint8_t>(first >> 16));
  write_port(kCommand, command);
  return DiskError::none;
}

DiskError Disk::read(std::uint32_t first, std::span<std::byte> bytes) {
  DiskError error = begin(block_sectors_ > 1 ? kReadBlocks : kReadSectors, first, bytes.size());
  while (error == DiskError::none && !bytes.empty()) {
    const auto block = bytes.first(std::min(bytes.size(), block_bytes()));
    bytes = bytes.subspan(block.size());
    error = wait(true);
    if (error == DiskError::none) read_words(block.data(), block.size() / kWordBytes);
  }
  return error;
}

DiskError Disk::write(std::uint32_t first, std::span<const std::byte> bytes) {
  DiskError error = begin(block_sectors_ > 1 ? kWriteBlocks : kWriteSectors, first, bytes.size());
  while (error == DiskError::none && !bytes.empty()) {
    const auto block = bytes.first(std::min(bytes.size(), block_bytes()));
    bytes = bytes.subspan(block.size());
    error = wait(true);
    if (error == DiskError::none) write_words(block.data(), block.size() / kWordBytes);
  }
  if (error == DiskError::none) error = wait(false);
  if (error != DiskError::none) return error;
  write_port(kCommand, kFlushCache);
  return wait(false);
}

}  // namespace assay::kernel
