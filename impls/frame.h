/// Frames and what holds them: the vocabulary of every allocator.
///
/// A frame is 4096 bytes of physical memory. `Pfn` names one, `FrameCount` counts them, a `Run` is
/// a row of them. The types are distinct so that an index, a count and a byte size cannot be mixed
/// up. All are 32 bits wide on every machine, so that host and kernel compute the same placements.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>

namespace assay {

inline constexpr std::uint32_t kFrameBytes = 4096;

/// A number of frames, 0 … 2^32 − 1.
class FrameCount {
 public:
  constexpr FrameCount() = default;
  constexpr explicit FrameCount(std::uint32_t value) : value_(value) {}

  [[nodiscard]] constexpr std::uint32_t value() const { return value_; }

  constexpr auto operator<=>(const FrameCount&) const = default;
  constexpr FrameCount operator+(FrameCount other) const {
    return FrameCount{value_ + other.value_};
  }
  constexpr FrameCount operator-(FrameCount other) const {
    return FrameCount{value_ - other.value_};
  }
  constexpr FrameCount& operator+=(FrameCount other) { return *this = *this + other; }
  constexpr FrameCount& operator-=(FrameCount other) { return *this = *this - other; }

 private:
  std::uint32_t value_ = 0;
};

/// Bytes in `count` frames; 64 bits, since 2^20 frames are already 4 GiB.
[[nodiscard]] constexpr std::uint64_t bytes_of(FrameCount count) {
  return std::uint64_t{count.value()} * kFrameBytes;
}

/// The number of a frame, 0 … 2^32 − 2, or none. Frame 0 exists, so none is a value of its own.
class Pfn {
 public:
  constexpr Pfn() = default;  // none
  constexpr explicit Pfn(std::uint32_t value) : value_(value) {}

  [[nodiscard]] static constexpr Pfn none() { return Pfn{}; }
  [[nodiscard]] constexpr bool is_none() const { return value_ == kNone; }
  [[nodiscard]] constexpr std::uint32_t value() const { return value_; }

  constexpr auto operator<=>(const Pfn&) const = default;
  constexpr Pfn operator+(FrameCount count) const { return Pfn{value_ + count.value()}; }
  constexpr Pfn operator-(FrameCount count) const { return Pfn{value_ - count.value()}; }
  constexpr FrameCount operator-(Pfn other) const { return FrameCount{value_ - other.value_}; }

 private:
  static constexpr std::uint32_t kNone = 0xFFFF'FFFF;
  std::uint32_t value_ = kNone;
};

/// The contiguous frames [first, first + count).
struct Run {
  Pfn first;
  FrameCount count;

  [[nodiscard]] constexpr Pfn end() const { return first + count; }
  [[nodiscard]] constexpr bool contains(Pfn pfn) const { return pfn >= first && pfn < end(); }

  constexpr bool operator==(const Run&) const = default;
};

/// The frames one allocator manages: the arena [base, base + frames). Only the usable runs are ever
/// handed out; every other frame is reserved (a hole).
///
/// Valid: frames ≥ 1, base + frames ≤ 2^32 − 1, usable runs not empty, ascending, disjoint, inside.
struct MemoryMap {
  Pfn base;
  FrameCount frames;
  std::span<const Run> usable;

  [[nodiscard]] constexpr Run arena() const { return {base, frames}; }

  [[nodiscard]] constexpr FrameCount usable_frames() const {
    FrameCount sum;
    for (const Run& run : usable) sum += run.count;
    return sum;
  }

  [[nodiscard]] constexpr bool is_valid() const {
    const std::uint64_t arena_end = std::uint64_t{base.value()} + frames.value();
    if (base.is_none() || frames == FrameCount{0} || arena_end > 0xFFFF'FFFF) return false;
    std::uint64_t previous_end = base.value();
    for (const Run& run : usable) {
      const std::uint64_t run_end = std::uint64_t{run.first.value()} + run.count.value();
      if (run.count == FrameCount{0} || run.first.value() < previous_end || run_end > arena_end) {
        return false;
      }
      previous_end = run_end;
    }
    return true;
  }
};

/// Turns a Pfn into a pointer to that frame's bytes.
///
/// A pointer is valid until the second following call: a kernel may have to map high frames into
/// two temporary slots in turn. Code that obeys this works over linear memory as well.
class FrameWindow {
 public:
  using Map = std::byte* (*)(void* context, Pfn pfn);

  constexpr FrameWindow() = default;

  /// Frames that lie in a row: frame `first` at `bytes`, the next one 4096 bytes further.
  constexpr FrameWindow(std::byte* bytes, Pfn first) : context_(bytes), first_(first) {}

  /// Frames that `map` makes reachable, one by one.
  constexpr FrameWindow(Map map, void* context) : map_(map), context_(context) {}

  [[nodiscard]] std::byte* operator()(Pfn pfn) const {
    if (map_ != nullptr) return map_(context_, pfn);
    return static_cast<std::byte*>(context_) + static_cast<std::size_t>(bytes_of(pfn - first_));
  }

 private:
  Map map_ = nullptr;
  void* context_ = nullptr;
  Pfn first_;
};

}  // namespace assay
