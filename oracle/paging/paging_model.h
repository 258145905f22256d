/// The paging oracle's books: what every frame and every page must be, as plain arrays.
///
/// No links and no ranks: the queue is an array whose first element leaves first, and the window is
/// found by letting pages leave one by one. It shares no code with `Paged`. It never decides where
/// a design places a block; it is told.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "impls/allocator.h"
#include "oracle/paging/paging_operation.h"

namespace assay {

class PagingModel {
 public:
  static constexpr std::uint32_t kNobody = 0xFFFF'FFFF;

  enum class Use : std::uint8_t { reserved, free, block, page };

  /// A frame, by index: Pfn − base.
  struct Frame {
    Use use = Use::reserved;
    std::uint32_t block_first = 0;  ///< block: the index of its first frame
    std::uint32_t block_count = 0;  ///< block: of how many frames
    std::uint32_t page = kNobody;   ///< page: which
    std::uint32_t stamp = 0;        ///< block: what its owner wrote
  };

  enum class Place : std::uint8_t { nowhere, frame, store };

  struct PageBook {
    Place place = Place::nowhere;
    std::uint32_t frame = 0;  ///< the index of its frame, if it is in one
    bool is_dirty = false;
    bool is_fixed = false;
    std::uint32_t stamp = 0;  ///< what its owner wrote last; 0: nothing, it is all zeros
  };

  /// The window that must be evicted, and its pages in the order in which they leave.
  struct Victims {
    Run window;
    std::array<std::uint32_t, PagingArena::kMaxFrames> pages{};
    std::uint32_t count = 0;
  };

  void init(const Arena& arena, const Contract& contract);

  [[nodiscard]] static std::uint32_t id_of(Page page) {
    return (page.space - 1) * kPagingNumbers + page.number;
  }
  [[nodiscard]] static Page page_of(std::uint32_t id) {
    return {.space = 1 + id / kPagingNumbers, .number = id % kPagingNumbers};
  }
  [[nodiscard]] static bool is_known(Page page) {
    return page.space >= 1 && page.space <= kPagingSpaces && page.number < kPagingNumbers;
  }

  [[nodiscard]] Run arena() const { return arena_; }
  [[nodiscard]] Pfn pfn_of(std::uint32_t index) const { return arena_.first + FrameCount{index}; }
  [[nodiscard]] std::uint32_t index_of(Pfn pfn) const { return (pfn - arena_.first).value(); }
  [[nodiscard]] const Frame& frame(std::uint32_t index) const { return frames_[index]; }
  [[nodiscard]] const PageBook& page(std::uint32_t id) const { return pages_[id]; }
  [[nodiscard]] PageBook& page(std::uint32_t id) { return pages_[id]; }
  [[nodiscard]] std::span<const std::uint32_t> queue() const { return {queue_.data(), queued_}; }

  [[nodiscard]] FrameCount count(Use use) const;
  [[nodiscard]] bool is_all(Run run, Use use) const;
  /// The block that `pfn` is in, or the frame that its page is in.
  [[nodiscard]] std::optional<Run> block_at(Pfn pfn) const;
  /// Of all blocks the number `pick`, counted from the lowest; none if there is no block.
  [[nodiscard]] Pfn pick_block(std::uint32_t pick) const;
  /// A frame of the arena; for the highest numbers one that may lie behind it.
  [[nodiscard]] Pfn pick_frame(std::uint32_t pick) const {
    constexpr std::uint32_t kInside = 240;
    return pfn_of(pick < kInside ? pick % arena_.count.value() : pick - kInside);
  }
  /// What a free past the paging side must do.
  [[nodiscard]] FreeResult expected_free(Pfn pfn) const;
  /// What must be found in the frame.
  [[nodiscard]] std::optional<PageInFrame> page_at(Pfn pfn) const;

  /// Whether the design promises to serve such a request now.
  [[nodiscard]] bool fits(FrameCount count, FrameCount alignment) const;
  /// Who must leave for such a request; nobody can if there is no window.
  [[nodiscard]] std::optional<Victims> victims_for(FrameCount count, FrameCount alignment) const;
  /// Whether there is nothing in a window but free frames and pages that may leave.
  [[nodiscard]] bool is_vacant(Run window) const;

  void take_block(Run block, std::uint32_t stamp);
  void release_block(Pfn first);
  void make_usable(Run run);
  /// A page comes into a free frame.
  void enter(std::uint32_t id, Pfn frame, bool dirty, bool fixed);
  /// A page leaves its frame for the store, or for good.
  void leave(std::uint32_t id, Place place);
  void pin(std::uint32_t id);
  void unpin(std::uint32_t id);

 private:
  [[nodiscard]] bool may_leave(std::uint32_t index) const;
  [[nodiscard]] std::optional<Run> first_window(FrameCount count, FrameCount alignment,
                                                std::uint32_t leaving) const;
  [[nodiscard]] bool is_among(std::uint32_t id, std::uint32_t leaving) const;
  void drop_from_queue(std::uint32_t id);

  Contract contract_;
  Run arena_;
  std::array<Frame, PagingArena::kMaxFrames> frames_{};
  std::array<PageBook, kPagingPages> pages_{};
  std::array<std::uint32_t, PagingArena::kMaxFrames> queue_{};  ///< the first leaves first
  std::uint32_t queued_ = 0;
};

}  // namespace assay
