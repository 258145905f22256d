/// Frames that `init` or `add_usable` lose or invent, and what depends on the memory found there.
#pragma once

#include "impls/bitmap/bitmap.h"
#include "impls/coremap/coremap.h"
#include "oracle/zoo/fault.h"

namespace assay {

/// Bitmap that makes of each usable run what `kCut` says.
template <Run (*kCut)(Run run, const MemoryMap& map)>
class CutBitmap : public Bitmap<> {
 public:
  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    Bitmap<>::init({map.base, map.frames, {}}, window, metadata);
    for (const Run& run : map.usable) {
      const Run kept = kCut(run, map);
      if (kept.count > FrameCount{0}) Bitmap<>::add_usable(kept);
    }
  }
};

inline Run cut_last_frame(Run run, const MemoryMap& map) {
  return {run.first, run.end() == map.arena().end() ? run.count - FrameCount{1} : run.count};
}

/// `<` for `<=`: the arena's last frame is never made free.
class LastFrameLost : public CutBitmap<cut_last_frame> {
 public:
  static constexpr Fault kFault{
      .clause = Clause::capacity, .check = Check::free_frames, .calls = 0};
};

inline Run cut_odd_start(Run run, const MemoryMap& /*map*/) {
  const FrameCount lost{run.first.value() % 2};
  return {run.first + lost, run.count - lost};
}

/// Rounds the start of a run up to an even frame.
class OddStartLost : public CutBitmap<cut_odd_start> {
 public:
  static constexpr Fault kFault{
      .clause = Clause::capacity, .check = Check::free_frames, .calls = 0};
};

inline Run cut_last_group(Run run, const MemoryMap& map) {
  const Pfn end = map.base + FrameCount{map.frames.value() / 1024 * 1024};
  if (end == map.base || run.end() <= end) return run;
  return {run.first, run.first < end ? end - run.first : FrameCount{0}};
}

/// From 1,024 frames on, frames behind the last whole 1,024 are never made free.
class LastGroupLost : public CutBitmap<cut_last_group> {
 public:
  static constexpr Fault kFault{
      .clause = Clause::capacity, .check = Check::free_frames, .calls = 0, .frames = 1025};
};

inline Run add_hole(Run run, const MemoryMap& map) {
  for (const Run& next : map.usable) {
    if (next.first == run.end() + FrameCount{1}) return {run.first, run.count + FrameCount{1}};
  }
  return run;
}

/// Merges runs that have a single reserved frame between them, with that frame.
class HoleMerged : public CutBitmap<add_hole> {
 public:
  static constexpr Fault kFault{
      .clause = Clause::capacity, .check = Check::free_frames, .calls = 0};
};

/// The last frame of memory that is added later is never made free.
class GrowthLosesFrame : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::capacity, .check = Check::free_frames};

  void add_usable(Run run) {
    if (run.count > FrameCount{1}) Bitmap<>::add_usable({run.first, run.count - FrameCount{1}});
  }
};

/// Counts the frames it manages once, before any are added.
class GrowthNotManaged : public Coremap {
 public:
  static constexpr Fault kFault{.clause = Clause::capacity, .check = Check::managed_frames};

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    Coremap::init(map, window, metadata);
    managed_ = Coremap::managed_frames();
  }
  [[nodiscard]] FrameCount managed_frames() const { return managed_; }

 private:
  FrameCount managed_;
};

/// Counts the frames in use in a word of its metadata that it never sets to 0.
class MetadataNotCleared : public Bitmap<> {
 public:
  static constexpr Fault kFault{
      .clause = Clause::capacity, .check = Check::used_frames, .calls = 0, .ram = RamContent::junk};

  [[nodiscard]] static std::uint64_t metadata_bytes(const MemoryMap& map) {
    return Bitmap<>::metadata_bytes(map) + 1;
  }
  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    Bitmap<>::init(map, window, metadata);
    in_use_ = FrameCount{std::to_integer<std::uint32_t>(metadata.back())};
  }
  [[nodiscard]] FrameCount used_frames() const { return Bitmap<>::used_frames() + in_use_; }

 private:
  FrameCount in_use_;
};

/// Takes a frame that does not begin with 0 for one that somebody uses already.
class JunkTakenForUse : public Bitmap<> {
 public:
  static constexpr Fault kFault{
      .clause = Clause::capacity, .check = Check::free_frames, .calls = 0, .ram = RamContent::junk};
  static constexpr Contract contract{.link_bytes = 8};

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    Bitmap<>::init({map.base, map.frames, {}}, window, metadata);
    for (const Run& run : map.usable) {
      for (Pfn pfn = run.first; pfn < run.end(); pfn = pfn + FrameCount{1}) {
        if (*window(pfn) == std::byte{0}) add_usable({pfn, FrameCount{1}});
      }
    }
  }
};

/// Reads a link of 0 in a free frame as the end of the list, and never wrote one there.
class ZeroEndsList : public Bitmap<> {
 public:
  static constexpr Fault kFault{
      .clause = Clause::completeness, .check = Check::missed, .ram = RamContent::zero};
  static constexpr Contract contract{.link_bytes = 8};

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    window_ = window;
    Bitmap<>::init(map, window, metadata);
  }

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Pfn got = Bitmap<>::allocate(count, alignment);
    if (got.is_none() || *reinterpret_cast<std::uint64_t*>(window_(got)) != 0) return got;
    return lose<Bitmap<>>(*this, got);
  }

 private:
  FrameWindow window_;
};

}  // namespace assay
