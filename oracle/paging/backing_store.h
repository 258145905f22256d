/// A backing store for tests: room for so many pages, and writes and reads that fail when told to.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "impls/frame.h"
#include "oracle/paging/paging_operation.h"

namespace assay {

/// Pages by their number, 0 … kPagingPages − 1. A page keeps its place until it is discarded.
class BackingStore {
 public:
  /// Empty, whole, and with room for so many pages.
  void begin(std::uint32_t room) {
    room_ = room;
    failing_writes_ = failing_reads_ = held_count_ = 0;
    held_.fill(false);
  }

  void fail_next(std::uint32_t writes, std::uint32_t reads) {
    failing_writes_ = writes;
    failing_reads_ = reads;
  }

  [[nodiscard]] bool is_full_for(std::uint32_t page) const {
    return !held_[page] && held_count_ >= room_;
  }
  [[nodiscard]] bool holds(std::uint32_t page) const { return held_[page]; }

  /// Returns: false if it is full, or was told to fail.
  [[nodiscard]] bool write(std::uint32_t page, const std::byte* frame) {
    if (failing_writes_ > 0) {
      --failing_writes_;
      return false;
    }
    if (is_full_for(page)) return false;
    held_count_ += held_[page] ? 0 : 1;
    held_[page] = true;
    std::memcpy(copies_[page].data(), frame, kFrameBytes);
    return true;
  }

  /// Returns: false if it was told to fail. Requires: it holds the page.
  [[nodiscard]] bool read(std::uint32_t page, std::byte* frame) {
    if (failing_reads_ > 0) {
      --failing_reads_;
      return false;
    }
    std::memcpy(frame, copies_[page].data(), kFrameBytes);
    return true;
  }

  void discard(std::uint32_t page) {
    held_count_ -= held_[page] ? 1 : 0;
    held_[page] = false;
  }

 private:
  std::array<std::array<std::byte, kFrameBytes>, kPagingPages> copies_{};
  std::array<bool, kPagingPages> held_{};
  std::uint32_t held_count_ = 0;
  std::uint32_t room_ = 0;
  std::uint32_t failing_writes_ = 0;
  std::uint32_t failing_reads_ = 0;
};

}  // namespace assay
