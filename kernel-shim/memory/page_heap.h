/// A heap of pages: runs of addresses, handed out by `tag_bitmap`. What is mapped there is the
/// caller's business.
///
/// After pagesBitmap, which kept one map of two bits a page for the kernel's heap and one for a
/// process's.
#pragma once

#include <cstdint>
#include <span>

#include "impls/tag_bitmap/tag_bitmap.h"

namespace assay::kernel {

class PageHeap {
 public:
  /// Bytes for the books of a heap from `begin` to `end`.
  [[nodiscard]] static std::uint32_t book_bytes(std::uint32_t begin, std::uint32_t end);

  /// The pages from `begin` to `end`, both multiples of 4096. `books` is aligned to 64.
  void init(std::uint32_t begin, std::uint32_t end, std::span<std::byte> books);

  /// Returns: the address of `pages` pages in a row, or 0 if there are none.
  [[nodiscard]] std::uint32_t allocate(std::uint32_t pages);
  /// Frees the block that starts at `address`. Returns: its pages, or 0 if none starts there.
  std::uint32_t free(std::uint32_t address);
  /// The pages of the block that starts at `address`, or 0.
  [[nodiscard]] std::uint32_t pages_at(std::uint32_t address) const;

  /// Whether the page at `address` is in such a block.
  [[nodiscard]] bool holds(std::uint32_t address) const;

  [[nodiscard]] std::uint32_t begin() const { return begin_; }
  [[nodiscard]] std::uint32_t end() const { return end_; }
  [[nodiscard]] std::uint32_t free_pages() const { return pages_.free_frames().value(); }
  [[nodiscard]] std::uint32_t used_pages() const { return pages_.used_frames().value(); }
  [[nodiscard]] const char* validate() const { return pages_.validate(); }

 private:
  TagBitmap<> pages_;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
};

}  // namespace assay::kernel
