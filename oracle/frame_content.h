/// What a trial writes into frames to see who else writes there.
///
/// Mostly only the first and the last 64 bytes of a frame are laid down and checked: links and
/// tables of allocators live there, and whole frames cost ten times as much.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include "impls/frame.h"
#include "oracle/operations/operation.h"

namespace assay {

/// A value that looks random and depends on all of its arguments.
[[nodiscard]] constexpr std::uint32_t scramble(std::uint32_t seed, std::uint32_t index) {
  std::uint32_t x = seed * 0x9E37'79B1U ^ (index + 0x7F4A'7C15U) * 0x85EB'CA6BU;
  x ^= x >> 15;
  x *= 0x2C1B'3C6DU;
  return x ^ x >> 13;
}

/// How much of a frame is laid down and checked. None: the trial touches no frame, and they may be
/// mere addresses unless the allocator touches them.
enum class ContentDepth : std::uint8_t { none, edges, whole };

/// The checked part of one frame: its first and its last 64 bytes, or all of it in 64 such pieces.
///
/// A piece is 32-bit words that count up, from a start that depends on the piece, the frame, and on
/// whose content it is. Not looked at by sanitizers: frames are the trial's own between two calls,
/// and a quarter of the time under AddressSanitizer would go here.
class FrameContent {
 public:
  FrameContent(std::byte* bytes, Pfn pfn, ContentDepth depth)
      : bytes_(bytes),
        pfn_(pfn),
        stride_(depth == ContentDepth::whole ? kPieceBytes : kLastPiece) {}

  /// What the frame holds before the allocator first sees it.
  void lay_initial(const Arena& arena) const {
    if (arena.ram == RamContent::zero) return lay<Step::zero>(0);
    lay<Step::junk>(scramble(arena.seed, pfn_.value()));
  }
  [[nodiscard]] bool holds_initial(const Arena& arena) const {
    if (arena.ram == RamContent::zero) return holds<Step::zero>(0);
    return holds<Step::junk>(scramble(arena.seed, pfn_.value()));
  }

  /// What the owner of a block writes.
  void lay_owned(std::uint32_t owner) const { lay<Step::owned>(scramble(pfn_.value(), owner)); }
  [[nodiscard]] bool holds_owned(std::uint32_t owner) const {
    return holds<Step::owned>(scramble(pfn_.value(), owner));
  }

  /// The first byte from `start` on that does not hold the fill, if there is one.
  [[nodiscard, gnu::no_sanitize_address]] std::optional<std::uint32_t> not_filled(
      std::byte fill, std::uint32_t start) const {
    for (std::size_t piece = 0; piece <= kLastPiece; piece += stride_) {
      // Nearly always it is the fill; a loop without a way out is made into vectors.
      std::byte difference{0};
      for (std::size_t i = 0; i < kPieceBytes; ++i) difference |= bytes_[piece + i] ^ fill;
      if (difference == std::byte{0}) continue;
      for (std::size_t at = std::max<std::size_t>(piece, start); at < piece + kPieceBytes; ++at) {
        if (bytes_[at] != fill) return static_cast<std::uint32_t>(at);
      }
    }
    return std::nullopt;
  }

 private:
  /// From word to word. A constant, so that the compiler makes vectors of a piece.
  enum class Step : std::uint32_t { zero = 0, owned = 1, junk = 7 };

  /// Copies in place. A call would end in AddressSanitizer's own memcpy, which looks at frames
  /// that are poisoned for everybody but the judge, whoever calls it.
  template <std::size_t kBytes>
  [[gnu::no_sanitize_address]] static void copy(void* to, const void* from) {
#if __has_builtin(__builtin_memcpy_inline)
    __builtin_memcpy_inline(to, from, kBytes);
#else
    std::memcpy(to, from, kBytes);
#endif
  }

  static constexpr std::size_t kPieceWords = 16;
  static constexpr std::size_t kPieceBytes = kPieceWords * sizeof(std::uint32_t);
  static constexpr std::size_t kLastPiece = kFrameBytes - kPieceBytes;

  template <Step kStep>
  [[gnu::no_sanitize_address]] void lay(std::uint32_t start) const {
    for (std::size_t at = 0; at <= kLastPiece; at += stride_) {
      constexpr auto kBy = static_cast<std::uint32_t>(kStep);
      std::uint32_t words[kPieceWords];
      const std::uint32_t from = start * (1 + static_cast<std::uint32_t>(at) * 0x9E37'79B1U);
      for (std::uint32_t i = 0; i < kPieceWords; ++i) words[i] = from + (i + 1) * kBy;
      copy<kPieceBytes>(bytes_ + at, words);
    }
  }

  template <Step kStep>
  [[nodiscard, gnu::no_sanitize_address]] bool holds(std::uint32_t start) const {
    for (std::size_t at = 0; at <= kLastPiece; at += stride_) {
      constexpr auto kBy = static_cast<std::uint32_t>(kStep);
      std::uint32_t words[kPieceWords];
      copy<kPieceBytes>(words, bytes_ + at);
      const std::uint32_t from = start * (1 + static_cast<std::uint32_t>(at) * 0x9E37'79B1U);
      std::uint32_t difference = 0;
      for (std::uint32_t i = 0; i < kPieceWords; ++i) {
        difference |= words[i] ^ (from + (i + 1) * kBy);
      }
      if (difference != 0) return false;
    }
    return true;
  }

  std::byte* bytes_;
  Pfn pfn_;
  std::size_t stride_;
};

}  // namespace assay
