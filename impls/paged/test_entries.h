/// For tests: a design that keeps coremap entries of its own, and promises no more of them than
/// `HasEntries` asks for.
#pragma once

#include <cstdlib>

#include "impls/allocator.h"
#include "impls/coremap/entry.h"
#include "impls/paged/paging_calls.h"

namespace assay {

/// Junk is in the entries that the paging side may not rely on: those of free frames and of frames
/// inside of blocks. Who breaks the rules ends the process.
template <FrameAllocator Design>
class WithEntries {
 public:
  static constexpr Contract contract = Design::contract;

  [[nodiscard]] static std::uint64_t metadata_bytes(const MemoryMap& map) {
    return table_offset(map) + std::uint64_t{map.frames.value()} * sizeof(CoremapEntry);
  }

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    entries_ = reinterpret_cast<CoremapEntry*>(metadata.data() + table_offset(map));
    arena_ = map.arena();
    for (Pfn pfn = arena_.first; pfn < arena_.end(); pfn = pfn + FrameCount{1}) {
      scribble(pfn, kNobody);
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
    const std::optional<Run> block = block_at(first);
    const bool is_block = block && block->first == first;
    if (is_block && entry(first).state != FrameState::fixed) std::abort();
    if (is_block && entry(first).space != kKernelSpace) std::abort();
    const FreeResult freed = design_.free(first);
    if (freed) scribble(first, kKernelSpace);
    return freed;
  }

  [[nodiscard]] CoremapEntry& entry(Pfn pfn) { return entries_[(pfn - arena_.first).value()]; }

  /// All free frames in a row. Who asks in the midst of one breaks the rule.
  [[nodiscard]] Run free_run_at(Pfn pfn) {
    if (pfn > arena_.first && is_free(pfn) && is_free(pfn - FrameCount{1})) std::abort();
    Run run{pfn, FrameCount{0}};
    while (is_free(run.end())) run.count += FrameCount{1};
    return run;
  }

  [[nodiscard]] FrameCount free_frames() const { return design_.free_frames(); }
  [[nodiscard]] FrameCount used_frames() const { return design_.used_frames(); }
  [[nodiscard]] FrameCount managed_frames() const { return design_.managed_frames(); }
  [[nodiscard]] FrameCount largest_free_run() const { return design_.largest_free_run(); }
  [[nodiscard]] std::optional<Run> block_at(Pfn pfn) const { return design_.block_at(pfn); }
  [[nodiscard]] const char* validate() const { return design_.validate(); }

 private:
  static std::size_t table_offset(const MemoryMap& map) {
    constexpr std::uint64_t kMask = kMetadataAlignment - 1;
    return static_cast<std::size_t>((Design::metadata_bytes(map) + kMask) & ~kMask);
  }

  void own(Run run) {
    for (Pfn pfn = run.first; pfn < run.end(); pfn = pfn + FrameCount{1}) {
      scribble(pfn, kKernelSpace);
    }
  }

  /// Junk in whatever nobody may rely on.
  void scribble(Pfn pfn, std::uint32_t space) {
    constexpr std::uint32_t kJunk = 0xBAD;
    entry(pfn) = {};
    entry(pfn).state = FrameState::dirty;
    entry(pfn).space = space;
    entry(pfn).page = entry(pfn).previous = entry(pfn).next = kJunk;
  }

  [[nodiscard]] bool is_free(Pfn pfn) {
    return arena_.contains(pfn) && entry(pfn).space == kKernelSpace && !block_at(pfn);
  }

  Design design_;
  CoremapEntry* entries_ = nullptr;
  Run arena_;
};

}  // namespace assay
