#include "kernel-shim/memory/paging.h"

#include <cstring>

#include "kernel-shim/memory/kernel_memory.h"

extern "C" std::uint32_t entry_directory[1024];
extern "C" const char entry_map_entries[];  // a number; link.ld says it as an address

namespace assay::kernel {

namespace {

constexpr std::uint32_t kPresent = 0x1;
constexpr std::uint32_t kWritable = 0x2;
constexpr std::uint32_t kLarge = 0x80;  // in a directory: 4 MiB, no table
constexpr unsigned kDirectoryShift = 22;
constexpr unsigned kTableShift = 12;

std::uint32_t* entries_in(Pfn pfn) { return reinterpret_cast<std::uint32_t*>(direct_map(pfn)); }

Pfn frame_in(std::uint32_t entry) {
  return (entry & kPresent) != 0 ? Pfn{entry >> kTableShift} : Pfn::none();
}

std::uint32_t entry_for(Pfn pfn) { return pfn.value() << kTableShift | kWritable | kPresent; }

std::uint32_t table_index(std::uint32_t address) { return address >> kDirectoryShift; }
std::uint32_t page_index(std::uint32_t address) { return address >> kTableShift & 0x3FF; }

/// A frame of zeros, which is a table without entries.
Pfn allocate_table() {
  const Pfn pfn = take_table_frame();
  if (!pfn.is_none()) std::memset(direct_map(pfn), 0, kFrameBytes);
  return pfn;
}

void write_cr3(std::uint32_t value) { asm volatile("mov %0, %%cr3" : : "r"(value) : "memory"); }

std::uint32_t read_cr3() {
  std::uint32_t value;
  asm volatile("mov %%cr3, %0" : "=r"(value));
  return value;
}

void forget_translation(std::uint32_t address) {
  asm volatile("invlpg (%0)" : : "r"(address) : "memory");
}

}  // namespace

FrameCount entry_map_frames() {
  return FrameCount{reinterpret_cast<std::uintptr_t>(entry_map_entries) * kEntryFrames.value()};
}

void widen_entry_map(Pfn end) {
  for (std::uint32_t i = 1; i * kFramesPerTable.value() < end.value(); ++i) {
    const std::uint32_t entry = i << kDirectoryShift | kLarge | kWritable | kPresent;
    entry_directory[table_index(kDirectMapBase) + i] = entry;
  }
  write_cr3(read_cr3());
}

FrameCount frames_for_direct_map(const RunList& ram) {
  std::uint32_t tables = 0;
  std::uint32_t next = 0;  // the first table that has not been counted
  for (const Run& run : ram.runs()) {
    const std::uint32_t first = run.first.value() / kFramesPerTable.value();
    const std::uint32_t end = (run.end().value() - 1) / kFramesPerTable.value() + 1;
    tables += end - (first > next ? first : next);
    next = end;
  }
  return FrameCount{tables + 1};
}

bool PageDirectory::create() {
  directory_ = allocate_table();
  return !directory_.is_none();
}

bool PageDirectory::map(std::uint32_t address, Pfn frame) {
  std::uint32_t& directory_entry = entries_in(directory_)[table_index(address)];
  if ((directory_entry & kPresent) == 0) {
    const Pfn fresh = allocate_table();
    if (fresh.is_none()) return false;
    directory_entry = entry_for(fresh);
  }
  entries_in(frame_in(directory_entry))[page_index(address)] = entry_for(frame);
  return true;
}

void PageDirectory::unmap(std::uint32_t address) {
  const Pfn page_table = table(table_index(address));
  if (!page_table.is_none()) entries_in(page_table)[page_index(address)] = 0;
  forget_translation(address);
}

Pfn PageDirectory::drop_table(std::uint32_t address) {
  std::uint32_t& directory_entry = entries_in(directory_)[table_index(address)];
  const Pfn dropped = frame_in(directory_entry);
  directory_entry = 0;
  forget_translation(address);
  return dropped;
}

Pfn PageDirectory::translate(std::uint32_t address) const {
  const Pfn page_table = table(table_index(address));
  if (page_table.is_none()) return Pfn::none();
  return frame_in(entries_in(page_table)[page_index(address)]);
}

Pfn PageDirectory::table(std::uint32_t index) const {
  return frame_in(entries_in(directory_)[index]);
}

void PageDirectory::load() const { write_cr3(directory_.value() << kTableShift); }

Pfn loaded_directory() { return Pfn{read_cr3() >> kTableShift}; }

}  // namespace assay::kernel
