/// Faults that only other people's code can have: it stops the machine, or takes locks.
#pragma once

#include <span>

#include "impls/bitmap/bitmap.h"
#include "oracle/zoo/fault.h"

namespace assay {

/// As if it were somebody's kernel code behind an adapter.
class ForeignBitmap : public Bitmap<> {
 public:
  static constexpr Contract contract{.foreign = true};

  [[nodiscard]] Mishap mishap() const { return mishap_; }
  void expect_panic() {}
  [[nodiscard]] std::span<const Run> kept() const { return {&kept_, kept_.count.value() != 0}; }

 protected:
  Mishap mishap_;
  Run kept_{};
};

/// Takes it for the end of the world that there is no room.
class PanicsWhenFull : public ForeignBitmap {
 public:
  static constexpr Fault kFault{.clause = Clause::failed_call, .check = Check::panicked};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Pfn got = ForeignBitmap::allocate(count, alignment);
    mishap_ = {};
    if (got.is_none()) mishap_ = {Mishap::Kind::panicked, "out of memory"};
    return got;
  }
};

/// Returns early from a refused free, and forgets the lock.
class LockForgotten : public ForeignBitmap {
 public:
  static constexpr Fault kFault{.clause = Clause::failed_call, .check = Check::lock_held};

  FreeResult free(Pfn first) {
    const FreeResult freed = ForeignBitmap::free(first);
    mishap_ = {};
    if (!freed) mishap_ = {Mishap::Kind::lock_held, "free"};
    return freed;
  }
};

/// Takes its lock again, which it holds, in order to look for frames a second time.
class LocksTwice : public ForeignBitmap {
 public:
  static constexpr Fault kFault{.clause = Clause::hang, .check = Check::locked_twice};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Pfn got = ForeignBitmap::allocate(count, alignment);
    mishap_ = {};
    if (got.is_none()) mishap_ = {Mishap::Kind::locked_twice, "the lock of the bitmap"};
    return got;
  }
};

/// Keeps its first frame, and does not say so in its contract.
class KeepsOne : public ForeignBitmap {
 public:
  static constexpr Contract contract = [] {
    Contract promised = ForeignBitmap::contract;
    promised.counts_used = promised.counts_managed = promised.knows_blocks = false;
    return promised;
  }();
  static constexpr Fault kFault{.clause = Clause::capacity, .check = Check::kept, .calls = 0};

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    ForeignBitmap::init(map, window, metadata);
    const Pfn first = allocate(FrameCount{1});
    if (!first.is_none()) kept_ = {first, FrameCount{1}};
  }
  FreeResult free(Pfn first) {
    const bool is_kept = kept_.contains(first);
    return is_kept ? std::unexpected(Misuse::reserved) : ForeignBitmap::free(first);
  }
};

}  // namespace assay
