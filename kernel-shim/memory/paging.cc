#include "kernel-shim/memory/paging.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "kernel-shim/cpus/memory_lock.h"
#include "kernel-shim/cpus/shootdown.h"
#include "kernel-shim/memory/kernel_memory.h"

extern "C" std::uint32_t entry_directory[1024];
extern "C" const char entry_map_entries[];  // a number; link.ld says it as an address

namespace assay::kernel {

namespace {

constexpr std::uint32_t kKernelHalf = table_index(kDirectMapBase);

/// Every directory that exists, in no order, and up to where it shares the kernel's tables.
struct Known {
  Pfn directory;
  std::uint32_t shares_from = kEntries;
  std::uint32_t shares_to = kEntries;
};
constinit std::array<Known, PageDirectory::kMost> the_directories{};

Known* known(Pfn directory) {
  const auto found = std::ranges::find(the_directories, directory, &Known::directory);
  return found == the_directories.end() ? nullptr : found;
}

PageEntry* entries_in(Pfn pfn) { return reinterpret_cast<PageEntry*>(direct_map(pfn)); }

/// Flags of tables are wide open: what a page allows stands in its own entry.
PageEntry entry_for_table(Pfn pfn, std::uint32_t index) {
  const PageEntry user = index < kKernelHalf ? kUser : 0;
  return pfn.value() << 12 | user | kWritable | kPresent;
}

/// A frame of zeros, which is a table without entries.
Pfn allocate_table() {
  const Pfn pfn = take_kernel_frame();
  if (!pfn.is_none()) std::memset(direct_map(pfn), 0, kFrameBytes);
  return pfn;
}

/// An entry of the kernel's own directory stands wherever it is shared; 0 is the end of it.
void publish(std::uint32_t index, PageEntry entry) {
  for (const Known& other : the_directories) {
    if (other.directory.is_none() || index < other.shares_from || index >= other.shares_to)
      continue;
    entries_in(other.directory)[index] = entry == 0 ? 0 : entry | kShared;
  }
}

void write_cr3(std::uint32_t value) { asm volatile("mov %0, %%cr3" : : "r"(value) : "memory"); }

std::uint32_t read_cr3() {
  std::uint32_t value;
  asm volatile("mov %%cr3, %0" : "=r"(value));
  return value;
}

/// Other CPUs use the kernel's half, and below it what they have loaded. What a trial maps in the
/// lower half of the kernel's own directory only the boot CPU touches.
bool may_be_known_elsewhere(PageDirectory directory, std::uint32_t address) {
  if (table_index(address) >= kKernelHalf) return true;
  return directory != kernel_directory() && is_loaded_elsewhere(directory.frame());
}

PageEntry large_entry(std::uint32_t index) { return index << 22 | kLarge | kWritable | kPresent; }

}  // namespace

FrameCount entry_map_frames() {
  return FrameCount{reinterpret_cast<std::uintptr_t>(entry_map_entries) * kEntryFrames.value()};
}

void widen_entry_map(Pfn end) {
  for (std::uint32_t i = 1; i * kEntryFrames.value() < end.value(); ++i) {
    entry_directory[kKernelHalf + i] = large_entry(i);
  }
  write_cr3(read_cr3());
}

std::uint32_t map_at_entry(std::uint32_t base, Run run) {
  const std::uint32_t first = run.first.value() / kEntryFrames.value();
  const std::uint32_t last = (run.end().value() - 1) / kEntryFrames.value();
  for (std::uint32_t i = first; i <= last; ++i) {
    entry_directory[table_index(base) + i - first] = large_entry(i);
  }
  write_cr3(read_cr3());
  return place_at(base, run);
}

PageDirectory PageDirectory::create() {
  const MemoryLock lock;
  Known* place = known(Pfn::none());
  if (place == nullptr) return {};
  const PageDirectory made(allocate_table());
  *place = {.directory = made.directory_};
  return made;
}

void PageDirectory::share_kernel(std::uint32_t first, std::uint32_t end) {
  const MemoryLock lock;
  Known& place = *known(directory_);
  place.shares_from = first;
  place.shares_to = end;
  for (std::uint32_t i = first; i < end; ++i) {
    const PageEntry entry = kernel_directory().directory_entry(i);
    if ((entry & kPresent) != 0) entries_in(directory_)[i] = entry | kShared;
  }
}

bool PageDirectory::make_table(std::uint32_t index) const {
  const Known& place = *known(directory_);
  const bool is_shared = place.shares_from <= index && index < place.shares_to;
  if (is_shared) return kernel_directory().make_table(index);
  const Pfn fresh = allocate_table();
  if (fresh.is_none()) return false;
  entries_in(directory_)[index] = entry_for_table(fresh, index);
  if (*this == kernel_directory()) publish(index, entry_for_table(fresh, index));
  return true;
}

PageEntry* PageDirectory::entry(std::uint32_t address, bool make) const {
  const MemoryLock lock;
  const std::uint32_t index = table_index(address);
  if ((directory_entry(index) & kPresent) == 0 && (!make || !make_table(index))) return nullptr;
  const PageEntry in_directory = directory_entry(index);
  if ((in_directory & kLarge) != 0) return nullptr;
  return entries_in(frame_in(in_directory)) + page_index(address);
}

bool PageDirectory::map(std::uint32_t address, Pfn frame, PageEntry flags) const {
  const MemoryLock lock;
  PageEntry* page = entry(address, true);
  if (page == nullptr || (*page & kPresent) != 0) return false;
  *page = frame.value() << 12 | flags | kPresent;
  return true;
}

Pfn PageDirectory::unmap(std::uint32_t address) const {
  const MemoryLock lock;
  PageEntry* page = entry(address);
  const Pfn frame = page == nullptr ? Pfn::none() : frame_in(*page);
  if (page != nullptr) *page = 0;
  forget_translation(address);
  if (!frame.is_none() && may_be_known_elsewhere(*this, address)) make_others_forget(address);
  return frame;
}

void PageDirectory::drop_empty_table(std::uint32_t address) const {
  const MemoryLock lock;
  const std::uint32_t index = table_index(address);
  const PageEntry in_directory = directory_entry(index);
  if ((in_directory & kShared) != 0) return kernel_directory().drop_empty_table(address);
  if ((in_directory & (kPresent | kLarge)) != kPresent) return;
  const PageEntry* entries = entries_in(frame_in(in_directory));
  if (std::any_of(entries, entries + kEntries, [](PageEntry entry) { return entry != 0; })) return;
  entries_in(directory_)[index] = 0;
  if (*this == kernel_directory()) publish(index, 0);
  write_cr3(read_cr3());
  if (may_be_known_elsewhere(*this, address)) make_others_forget_all();
  give_kernel_frame(frame_in(in_directory));
}

Pfn PageDirectory::translate(std::uint32_t address) const {
  const MemoryLock lock;
  const PageEntry in_directory = directory_entry(table_index(address));
  if ((in_directory & kPresent) == 0) return Pfn::none();
  const Pfn first = frame_in(in_directory);
  if ((in_directory & kLarge) != 0) return first + FrameCount{page_index(address)};
  return frame_in(entries_in(first)[page_index(address)]);
}

PageEntry PageDirectory::directory_entry(std::uint32_t index) const {
  return entries_in(directory_)[index];
}

void PageDirectory::release() {
  const MemoryLock lock;
  for (std::uint32_t i = 0; i < kEntries; ++i) {
    const PageEntry entry = directory_entry(i);
    const bool is_own_table = (entry & (kPresent | kLarge | kShared)) == kPresent;
    if (is_own_table) give_kernel_frame(frame_in(entry));
  }
  *known(directory_) = {};
  give_kernel_frame(directory_);
  directory_ = Pfn::none();
}

void PageDirectory::load() const {
  note_loaded(directory_);
  write_cr3(directory_.value() << 12);
}

PageDirectory PageDirectory::at(const PageEntry* entries) {
  return PageDirectory(direct_frame(reinterpret_cast<std::uintptr_t>(entries)));
}

PageDirectory loaded_directory() { return PageDirectory(Pfn{read_cr3() >> 12}); }

void forget_translation(std::uint32_t address) {
  asm volatile("invlpg (%0)" : : "r"(address) : "memory");
}

}  // namespace assay::kernel
