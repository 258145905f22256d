/// Recorded: any design, with its calls in the log (call_log.h) if it is told as whom it records.
///
///     Recorded<Buddy<>> frames{Recording::low};
///
/// It changes nothing: placements, answers and metadata are the design's. Calls that change nothing
/// are not in the log.
#pragma once

#include "impls/coremap/entry.h"
#include "kernel-shim/calls/call_log.h"

namespace assay::kernel {

template <AllocatorCalls Design>
class Recorded {
 public:
  static constexpr const Contract& contract = Design::contract;

  constexpr Recorded() = default;
  constexpr explicit Recorded(Recording instance) : instance_(instance) {}

  [[nodiscard]] static std::uint64_t metadata_bytes(const MemoryMap& map) {
    return Design::metadata_bytes(map);
  }

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    log_init(instance_, map);
    design_.init(map, window, metadata);
  }
  void add_usable(Run run) {
    log_add_usable(instance_, run);
    design_.add_usable(run);
  }

  [[nodiscard]] Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Pfn first = design_.allocate(count, alignment);
    log_allocate(instance_, count, alignment, first);
    return first;
  }

  FreeResult free(Pfn first)
    requires requires(Design design) { design.free(first); }
  {
    const FreeResult result = design_.free(first);
    log_free(instance_, first, result);
    return result;
  }
  FreeResult free(Pfn first, FrameCount size)
    requires requires(Design design) { design.free(first, size); }
  {
    const FreeResult result = design_.free(first, size);
    log_free(instance_, first, result);
    return result;
  }

  [[nodiscard]] FrameCount free_frames() const { return design_.free_frames(); }
  [[nodiscard]] FrameCount used_frames() const { return design_.used_frames(); }
  [[nodiscard]] FrameCount managed_frames() const { return design_.managed_frames(); }
  [[nodiscard]] FrameCount largest_free_run() const { return design_.largest_free_run(); }
  [[nodiscard]] std::optional<Run> block_at(Pfn pfn) const { return design_.block_at(pfn); }
  [[nodiscard]] const char* validate() const { return design_.validate(); }
  void refresh()
    requires requires(Design design) { design.refresh(); }
  {
    design_.refresh();
  }

  // What only the coremap has beside these, for the paging side.
  [[nodiscard]] CoremapEntry& entry(Pfn pfn)
    requires requires(Design design) { design.entry(pfn); }
  {
    return design_.entry(pfn);
  }
  [[nodiscard]] Run free_run_at(Pfn pfn) const
    requires requires(const Design design) { design.free_run_at(pfn); }
  {
    return design_.free_run_at(pfn);
  }

  // What only somebody else's allocator has.
  [[nodiscard]] Mishap mishap() const
    requires requires(const Design design) { design.mishap(); }
  {
    return design_.mishap();
  }
  void expect_panic()
    requires requires(Design design) { design.expect_panic(); }
  {
    design_.expect_panic();
  }
  [[nodiscard]] std::span<const Run> kept() const
    requires requires(const Design design) { design.kept(); }
  {
    return design_.kept();
  }

 private:
  Recording instance_ = Recording::none;
  Design design_;
};

}  // namespace assay::kernel
