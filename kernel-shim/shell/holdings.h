/// What the shell holds of the kernel's frames: blocks that its commands took, and pages that they
/// mapped. Both are bounded, and whoever adds asks first whether there is room.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "impls/frame.h"

namespace assay::kernel {

class BlockTable {
 public:
  static constexpr std::size_t kMost = 4096;

  /// Takes pages of the kernel's heap for the table: room for kMost blocks, or, where that would be
  /// more than a quarter of the free frames, for fewer. Returns: false if there are no frames.
  [[nodiscard]] bool create();

  /// Blocks that there is room for.
  [[nodiscard]] std::size_t room() const { return room_; }
  [[nodiscard]] bool is_full() const { return size_ == room_; }
  /// Requires: it is not full.
  void add(Run block);
  /// Block number `i` has another length from now on, the same beginning. A length of 0 forgets it,
  /// and another one gets its number.
  void resize(std::size_t i, FrameCount count);
  /// By frame numbers.
  void sort();

  [[nodiscard]] std::span<const Run> blocks() const { return {blocks_, size_}; }
  [[nodiscard]] FrameCount frames() const { return frames_; }
  /// The number of the block that holds a frame, or size(). Cost: O(blocks).
  [[nodiscard]] std::size_t find(Pfn pfn) const;
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  Run* blocks_ = nullptr;
  std::size_t room_ = 0;
  std::size_t size_ = 0;
  FrameCount frames_;
};

/// A page of the kernel's directory.
struct MappedPage {
  std::uint32_t address = 0;
  Pfn frame;
  bool is_fresh = false;  ///< the frame was taken for it; else it is in a block of the shell's
};

class PageTable {
 public:
  static constexpr std::size_t kMost = 64;

  [[nodiscard]] bool is_full() const { return size_ == kMost; }
  /// Requires: it is not full.
  void add(MappedPage page) { pages_[size_++] = page; }
  /// Forgets page number `i`; another one gets its number.
  void remove(std::size_t i) { pages_[i] = pages_[--size_]; }

  [[nodiscard]] std::span<const MappedPage> pages() const { return {pages_.data(), size_}; }
  /// The number of the page at an address of it, or size().
  [[nodiscard]] std::size_t find(std::uint32_t address) const;
  /// The page that shows a frame of `block`, or nullptr.
  [[nodiscard]] const MappedPage* showing(Run block) const;
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::array<MappedPage, kMost> pages_{};
  std::size_t size_ = 0;
};

}  // namespace assay::kernel
