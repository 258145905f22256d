/// The text form of operations, printed without a heap: in `.ops` files, verdicts and kernel logs.
#pragma once

#include <cstddef>
#include <cstdint>

#include "oracle/operations/operation.h"

namespace assay {

/// A line of text of fixed capacity; what does not fit is cut off. Always ends in NUL.
class TextBuffer {
 public:
  static constexpr std::size_t kCapacity = 256;

  TextBuffer& operator<<(const char* text) {
    while (*text != '\0') append(*text++);
    return *this;
  }
  TextBuffer& operator<<(std::uint32_t number);
  TextBuffer& operator<<(Pfn pfn) { return pfn.is_none() ? *this << "none" : *this << pfn.value(); }
  TextBuffer& operator<<(FrameCount count) { return *this << count.value(); }
  /// First and last frame of a run: `40..43`, or `40`. Requires: the run is not empty.
  TextBuffer& operator<<(Run run);

  void append(char c) {
    if (size_ + 1 < kCapacity) text_[size_++] = c;
  }

  [[nodiscard]] const char* c_str() const { return text_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  char text_[kCapacity] = {};
  std::size_t size_ = 0;
};

/// The canonical name of block number `block`: a … z, a1 … z1, a2 …
void print_name(TextBuffer& out, std::uint32_t block);

/// What an operation does, without the name it gives: `alloc 4 align 8`.
void print_action(TextBuffer& out, const Operation& operation);

/// One operation as a line without its end: `a = alloc 4 align 8`. `next_name` is the number of
/// blocks named before it.
void print_operation(TextBuffer& out, const Operation& operation, std::uint32_t next_name);

}  // namespace assay
