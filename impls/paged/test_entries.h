/// For tests: a design that keeps coremap entries of its own, and promises no more of them than
/// `HasEntries` asks for.
#pragma once

#include "impls/coremap/entry.h"
#include "impls/paged/paging_calls.h"

#include "impls/allocator.h"

namespace assay {

/// In the entries that the paging side may not rely on there is junk: links of free frames, states
/// of frames inside of blocks.
template <FrameAllocator Design>
class WithEntries {
 public:
  static constexpr Contract contract = Design::contract;

  [[nodiscard]] static std::uint64_t metadata_bytes(const MemoryMap& map) {
    return table_offset(map) + std::uint64_t{map.frames.value()} * sizeof(CoremapEntry);
  }

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    entries_ = reinterpret_cast<CoremapEntry*>(metadata.data() + table_offset(map));
    base_ = map.base;
    for (std::uint32_t i = 0; i < map.frames.value(); ++i) {
      entries_[i] = {FrameState::fixed, 0, kReservedSpace, 0, kJunk, kJunk};
    }
    for (const Run& run : map.usable) own(run);
    design_.init(map, window, metadata.first(table_offset(map)));
  }
  void add_usable(Run run) {
    own(run);
    design_.add_usable(run);
  }

  [[nodiscard]] Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Pfn first = design_.allocate(count, alignment);
    if (!first.is_none()) entry(first).state = FrameState::fixed;
    return first;
  }
  FreeResult free(Pfn first) {
    const FreeResult freed = design_.free(first);
    if (!freed) return freed;
    entry(first).state = FrameState::free;
    entry(first).previous = entry(first).next = kJunk;
    return freed;
  }

  [[nodiscard]] CoremapEntry& entry(Pfn pfn) { return entries_[(pfn - base_).value()]; }

  [[nodiscard]] FrameCount free_frames() const { return design_.free_frames(); }
  [[nodiscard]] FrameCount used_frames() const { return design_.used_frames(); }
  [[nodiscard]] FrameCount managed_frames() const { return design_.managed_frames(); }
  [[nodiscard]] FrameCount largest_free_run() const { return design_.largest_free_run(); }
  [[nodiscard]] std::optional<Run> block_at(Pfn pfn) const { return design_.block_at(pfn); }
  [[nodiscard]] const char* validate() const { return design_.validate(); }

 private:
  static constexpr std::uint32_t kReservedSpace = 0xFFFF'FFFF;
  static constexpr std::uint32_t kJunk = 0x0BAD'0BAD;

  static std::size_t table_offset(const MemoryMap& map) {
    constexpr std::uint64_t kMask = kMetadataAlignment - 1;
    return static_cast<std::size_t>((Design::metadata_bytes(map) + kMask) & ~kMask);
  }

  void own(Run run) {
    for (Pfn pfn = run.first; pfn < run.end(); pfn = pfn + FrameCount{1}) {
      entry(pfn) = {FrameState::dirty, kJunk, kKernelSpace, kJunk, kJunk, kJunk};
    }
  }

  Design design_;
  CoremapEntry* entries_ = nullptr;
  Pfn base_;
};

}  // namespace assay
