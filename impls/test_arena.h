/// For tests: an allocator on memory of its own.
#pragma once

#include <cstddef>
#include <vector>

#include "impls/allocator.h"

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
        ram_(std::size_t{frames} * kFrameBytes, std::byte{0xA5}) {
    const MemoryMap map{Pfn{base}, FrameCount{frames}, usable_};
    metadata_.resize(Design::metadata_bytes(map) / sizeof(std::uint64_t) + 1,
                     0x5A5A'5A5A'5A5A'5A5A);
    design.init(map, FrameWindow(ram_.data(), Pfn{base}),
                std::as_writable_bytes(std::span(metadata_)));
  }

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
  std::vector<std::byte> ram_;
  std::vector<std::uint64_t> metadata_;
};

inline constexpr std::uint32_t kNone = Pfn::none().value();

}  // namespace assay
