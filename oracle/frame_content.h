/// What a trial writes into frames to see who else writes there.
///
/// Mostly only the first and the last 64 bytes of a frame are laid down and checked: links and
/// tables of allocators live there, and whole frames cost ten times as much.
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

/// How much of a frame is laid down and checked.
enum class ContentDepth : std::uint8_t { edges, whole };

/// The checked part of a frame: its first and its last 64 bytes, or all of it in 64 such pieces. A
/// piece is 32-bit words that count up by `step`; each piece has a start of its own, that of the
/// first is `start`. Start and step 0 are zeroed memory.
class FrameContent {
 public:
  FrameContent(std::byte* frame, ContentDepth depth)
      : frame_(frame), stride_(depth == ContentDepth::whole ? kPieceBytes : kLastPiece) {}

  void lay(std::uint32_t start, std::uint32_t step) const {
    for (std::size_t at = 0; at <= kLastPiece; at += stride_) {
      std::uint32_t words[kPieceWords];
      fill(words, start_at(at, start), step);
      std::memcpy(frame_ + at, words, sizeof words);
    }
  }

  [[nodiscard]] bool holds(std::uint32_t start, std::uint32_t step) const {
    for (std::size_t at = 0; at <= kLastPiece; at += stride_) {
      std::uint32_t words[kPieceWords];
      fill(words, start_at(at, start), step);
      if (std::memcmp(frame_ + at, words, sizeof words) != 0) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t kPieceWords = 16;
  static constexpr std::size_t kPieceBytes = kPieceWords * sizeof(std::uint32_t);
  static constexpr std::size_t kLastPiece = kFrameBytes - kPieceBytes;

  static std::uint32_t start_at(std::size_t at, std::uint32_t start) {
    return start * (1 + static_cast<std::uint32_t>(at) * 0x9E37'79B1U);
  }

  static void fill(std::uint32_t (&words)[kPieceWords], std::uint32_t start, std::uint32_t step) {
    for (std::uint32_t& word : words) {
      word = start;
      start += step;
    }
  }

  std::byte* frame_;
  std::size_t stride_;
};

}  // namespace assay
