/// Writes to frames that somebody owns or nobody may touch.
#pragma once

#include "impls/bitmap/bitmap.h"
#include "oracle/zoo/fault.h"

namespace assay {

/// Bitmap that can reach the frames, and says so.
class WritingBitmap : public Bitmap<> {
 public:
  static constexpr Contract contract{.link_bytes = 8};

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    window_ = window;
    Bitmap<>::init(map, window, metadata);
  }

 protected:
  void write_link(Pfn pfn) { write_word(window_(pfn)); }
  void write_note(Pfn pfn) { write_word(window_(pfn) + kFrameBytes / 2); }

 private:
  static void write_word(std::byte* place) { *reinterpret_cast<std::uint32_t*>(place) = 0; }

  FrameWindow window_;
};

/// Writes the link before it asks whether the free is a good one: into a frame in use, if it lies
/// inside a block.
class LinkBeforeCheck : public WritingBitmap {
 public:
  static constexpr Fault kFault{.clause = Clause::memory, .check = Check::content, .calls = 2};

  FreeResult free(Pfn pfn) {
    if (block_at(pfn)) write_link(pfn);
    return Bitmap<>::free(pfn);
  }
};

/// Links a freed block to the frame in front of it, in use or not.
class LinkInNeighbour : public WritingBitmap {
 public:
  static constexpr Fault kFault{.clause = Clause::memory, .check = Check::content, .calls = 3};

  FreeResult free(Pfn pfn) {
    const FreeResult freed = Bitmap<>::free(pfn);
    if (freed && block_at(pfn - FrameCount{1})) write_link(pfn - FrameCount{1});
    return freed;
  }
};

/// Keeps a note about a freed block in the middle of the frame in front of it, in use or not.
class NoteInMiddle : public WritingBitmap {
 public:
  static constexpr Fault kFault{
      .clause = Clause::memory, .check = Check::content, .calls = 3, .whole_frames = true};

  FreeResult free(Pfn pfn) {
    const FreeResult freed = Bitmap<>::free(pfn);
    if (freed && block_at(pfn - FrameCount{1})) write_note(pfn - FrameCount{1});
    return freed;
  }
};

/// Keeps a note in a reserved frame.
class NoteInReserved : public WritingBitmap {
 public:
  static constexpr Fault kFault{.clause = Clause::memory, .check = Check::hole};

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    const bool starts_reserved = map.usable.empty() || map.usable[0].first != map.base;
    reserved_ = starts_reserved ? map.base : Pfn::none();
    WritingBitmap::init(map, window, metadata);
  }
  void add_usable(Run run) {
    if (run.contains(reserved_)) reserved_ = Pfn::none();
    Bitmap<>::add_usable(run);
  }

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    if (!reserved_.is_none()) write_link(reserved_);
    return Bitmap<>::allocate(count, alignment);
  }

 private:
  Pfn reserved_;
};

}  // namespace assay
