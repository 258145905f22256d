/// Measured: any design, with the instructions of each allocate and free told to a recorder.
///
/// It changes nothing: placements, answers and metadata are the design's. What the call itself and
/// the two readings of the counter cost is counted with an empty call and left out.
#pragma once

#include <optional>

#include "impls/allocator.h"
#include "kernel-shim/costs/cost_recorder.h"

namespace assay::kernel {

/// What an empty call costs, with the readings of the counter.
struct CallOverhead {
  std::uint32_t allocate = 0;
  std::uint32_t free = 0;
};

template <class Design>
class Measured {
 public:
  static constexpr const Contract& contract = Design::contract;

  /// Requires: the recorder outlives it.
  Measured(CostRecorder& recorder, CallOverhead overhead)
      : recorder_(&recorder), overhead_(overhead) {}

  [[nodiscard]] static std::uint64_t metadata_bytes(const MemoryMap& map) {
    return Design::metadata_bytes(map);
  }
  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    design_.init(map, window, metadata);
  }
  void add_usable(Run run) { design_.add_usable(run); }

  [[nodiscard]] Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const std::uint32_t before = read_instructions();
    const Pfn first = design_.allocate(count, alignment);
    const std::uint32_t after = read_instructions();
    recorder_->add(kind_of(first, count), after - before - overhead_.allocate);
    return first;
  }
  FreeResult free(Pfn first)
    requires requires(Design design) { design.free(first); }
  {
    const std::uint32_t before = read_instructions();
    const FreeResult result = design_.free(first);
    const std::uint32_t after = read_instructions();
    recorder_->add(CallKind::free, after - before - overhead_.free);
    return result;
  }
  FreeResult free(Pfn first, FrameCount count)
    requires requires(Design design) { design.free(first, count); }
  {
    const std::uint32_t before = read_instructions();
    const FreeResult result = design_.free(first, count);
    const std::uint32_t after = read_instructions();
    recorder_->add(CallKind::free, after - before - overhead_.free);
    return result;
  }

  [[nodiscard]] FrameCount free_frames() const { return design_.free_frames(); }
  [[nodiscard]] FrameCount used_frames() const { return design_.used_frames(); }
  [[nodiscard]] FrameCount managed_frames() const { return design_.managed_frames(); }
  [[nodiscard]] FrameCount largest_free_run() const { return design_.largest_free_run(); }
  [[nodiscard]] std::optional<Run> block_at(Pfn pfn) const { return design_.block_at(pfn); }
  [[nodiscard]] const char* validate() const { return design_.validate(); }

 private:
  static CallKind kind_of(Pfn first, FrameCount count) {
    if (first.is_none()) return CallKind::allocate_failed;
    return count == FrameCount{1} ? CallKind::allocate_one : CallKind::allocate_run;
  }

  Design design_;
  CostRecorder* recorder_;
  CallOverhead overhead_;
};

/// Counts an empty call several times. Returns: nothing if the counts differ, since then the
/// counter does not count instructions.
[[nodiscard]] std::optional<CallOverhead> count_empty_calls();

}  // namespace assay::kernel
