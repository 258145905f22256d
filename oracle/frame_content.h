/// What a trial writes into frames to see who else writes there.
///
/// Only the first and the last 64 bytes of a frame are laid down and checked: links and tables of
/// allocators live there, and whole frames would cost a hundred times as much.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "impls/frame.h"

namespace assay {

/// A value that looks random and depends on all of its arguments.
[[nodiscard]] constexpr std::uint32_t scramble(std::uint32_t seed, std::uint32_t index) {
  std::uint32_t x = seed * 0x9E37'79B1U ^ (index + 0x7F4A'7C15U) * 0x85EB'CA6BU;
  x ^= x >> 15;
  x *= 0x2C1B'3C6DU;
  return x ^ x >> 13;
}

/// The checked part of a frame: two edges of 64 bytes, each 32-bit words that count up by `step`,
/// the first edge from `start`. Start and step 0 are zeroed memory.
class FrameEdges {
 public:
  explicit FrameEdges(std::byte* frame) : frame_(frame) {}

  void lay(std::uint32_t start, std::uint32_t step) {
    std::uint32_t words[kEdgeWords];
    fill(words, start, step);
    std::memcpy(frame_, words, sizeof words);
    fill(words, second_start(start), step);
    std::memcpy(frame_ + kFrameBytes - sizeof words, words, sizeof words);
  }

  [[nodiscard]] bool hold(std::uint32_t start, std::uint32_t step) const {
    std::uint32_t words[kEdgeWords];
    fill(words, start, step);
    if (std::memcmp(frame_, words, sizeof words) != 0) return false;
    fill(words, second_start(start), step);
    return std::memcmp(frame_ + kFrameBytes - sizeof words, words, sizeof words) == 0;
  }

 private:
  static constexpr unsigned kEdgeWords = 16;

  static std::uint32_t second_start(std::uint32_t start) { return start * 0x9E37'79B1U; }

  static void fill(std::uint32_t (&words)[kEdgeWords], std::uint32_t start, std::uint32_t step) {
    for (std::uint32_t& word : words) {
      word = start;
      start += step;
    }
  }

  std::byte* frame_;
};

}  // namespace assay
