/// For tests: an allocator on memory of its own.
#pragma once

#include <cstddef>
#include <vector>

#include "impls/allocator.h"
#include "impls/test_guarded_bytes.h"

namespace assay {

/// Inside a TEST, `Run` would be a member of the test framework.
[[nodiscard]] constexpr Run run_of(std::uint32_t first, std::uint32_t count) {
  return {Pfn{first}, FrameCount{count}};
}

template <FrameAllocator Design>
class TestArena {
 public:
  /// The usable runs default to the whole arena.
  TestArena(std::uint32_t base, std::uint32_t frames, const std::vector<Run>& usable = {})
      : usable_(usable.empty() ? std::vector<Run>{{Pfn{base}, FrameCount{frames}}} : usable),
        map_{Pfn{base}, FrameCount{frames}, usable_},
        ram_(std::size_t{frames} * kFrameBytes, std::byte{0xA5}),
        metadata_(Design::metadata_bytes(map_), kMetadataAlignment) {
    init();
  }

  /// Again from the start, over whatever is there.
  void init() { design.init(map_, FrameWindow(ram_.data(), map_.base), metadata_.bytes()); }

  [[nodiscard]] std::uint32_t alloc(std::uint32_t count, std::uint32_t alignment = 1) {
    return design.allocate(FrameCount{count}, FrameCount{alignment}).value();
  }

  std::uint32_t free(std::uint32_t pfn) {
    const FreeResult freed = design.free(Pfn{pfn});
    return freed ? freed->value() : 0;
  }

  [[nodiscard]] std::byte* frame(std::uint32_t index) {
    return ram_.data() + std::size_t{index} * kFrameBytes;
  }

  Design design;

 private:
  std::vector<Run> usable_;
  MemoryMap map_;
  std::vector<std::byte> ram_;
  GuardedBytes metadata_;
};

inline constexpr std::uint32_t kNone = Pfn::none().value();

}  // namespace assay
