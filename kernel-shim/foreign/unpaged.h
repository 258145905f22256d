/// Unpaged: the page calls of `Paged` (impls/paged/paged.h) over somebody else's allocator, whose
/// promises are known only when the kernel runs. Its frames can hold pages, and a number for each
/// says whose; but all pages are fixed: none ever leaves to make room.
///
/// Cost: the design's; teardown O(frames). Metadata: 4 bytes per frame more.
#pragma once

#include <cstring>

#include "impls/allocator.h"
#include "impls/paged/paging_calls.h"

namespace assay::kernel {

template <AllocatorCalls Design>
class Unpaged : public Design {
 public:
  constexpr Unpaged() = default;
  constexpr explicit Unpaged(const Design& design) : Design(design) {}

  [[nodiscard]] static std::uint64_t metadata_bytes(const MemoryMap& map) {
    return table_offset(map) + std::uint64_t{map.frames.value()} * sizeof(Owner);
  }

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    window_ = window;
    arena_ = map.arena();
    owners_ = reinterpret_cast<Owner*>(metadata.data() + table_offset(map));
    for (std::uint32_t i = 0; i < map.frames.value(); ++i) owners_[i] = {};
    Design::init(map, window,
                 metadata.first(static_cast<std::size_t>(Design::metadata_bytes(map))));
  }

  /// As the design's, with a size or without; a frame with a page was not handed out by allocate.
  template <class... Size>
  FreeResult free(Pfn first, Size... size)
    requires requires(Design design) { design.free(first, size...); }
  {
    if (page_at(first)) return std::unexpected(Misuse::reserved);
    return Design::free(first, size...);
  }

  // As in Paged, where nothing can be evicted.
  void attach(const PagingCalls& calls) { calls_ = &calls; }
  [[nodiscard]] Pfn allocate_page(Page page, bool /*fixed*/ = false) {
    const Pfn frame = Design::allocate(FrameCount{1});
    if (frame.is_none()) return frame;
    std::memset(window_(frame), 0, kFrameBytes);
    owner(frame) = {.space = page.space, .page = page.number};
    return frame;
  }
  [[nodiscard]] Pfn load_page(Page /*page*/) { return Pfn::none(); }
  [[nodiscard]] bool make_page_available(FrameCount count) {
    return Design::contract.knows_longest_run && Design::largest_free_run() >= count;
  }
  bool page_written(Pfn frame) { return page_at(frame).has_value(); }
  bool page_free(Pfn frame) {
    const std::optional<PageInFrame> held = page_at(frame);
    if (!held) return false;
    calls_->unmap(calls_->context, held->page, frame);
    owner(frame) = {};
    if constexpr (requires(Design design) { design.free(frame); }) {
      static_cast<void>(Design::free(frame));
    } else {
      static_cast<void>(Design::free(frame, FrameCount{1}));
    }
    return true;
  }
  FrameCount teardown(std::uint32_t space) {
    FrameCount freed;
    for (Pfn pfn = arena_.first; pfn < arena_.end(); pfn = pfn + FrameCount{1}) {
      if (owner(pfn).space == space && page_free(pfn)) freed += FrameCount{1};
    }
    return freed;
  }
  [[nodiscard]] std::optional<PageInFrame> page_at(Pfn frame) const {
    if (!arena_.contains(frame) || !Page::is_user(owner(frame).space)) return std::nullopt;
    const Page page{.space = owner(frame).space, .number = owner(frame).page};
    return PageInFrame{.page = page, .is_dirty = true, .is_fixed = true};
  }
  [[nodiscard]] FrameCount evictable_pages() const { return FrameCount{0}; }

 private:
  struct Owner {
    std::uint32_t space : 12 = kKernelSpace;
    std::uint32_t page : 20 = 0;
  };

  [[nodiscard]] Owner& owner(Pfn pfn) const { return owners_[(pfn - arena_.first).value()]; }

  [[nodiscard]] static std::uint64_t table_offset(const MemoryMap& map) {
    constexpr std::uint64_t kMask = kMetadataAlignment - 1;
    return (Design::metadata_bytes(map) + kMask) & ~kMask;
  }

  const PagingCalls* calls_ = nullptr;
  FrameWindow window_;
  Run arena_;
  Owner* owners_ = nullptr;
};

}  // namespace assay::kernel
