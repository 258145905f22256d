/// Pagers that are wrong on purpose: each is `Paged` with one fault, and says which check must
/// catch it. They prove that the paging trial can fail.
#pragma once

#include <array>
#include <cstdint>

#include "impls/bitmap/bitmap.h"
#include "impls/paged/paged.h"
#include "oracle/paging/paging_verdict.h"

namespace assay {

/// Stands between `Paged` and the kernel; `Fault` replaces what it wants to get wrong.
template <class Fault>
class FaultyPager : public Paged<Bitmap<>> {
 public:
  void attach(const PagingCalls& kernel) {
    kernel_ = &kernel;
    own_ = {.context = static_cast<Fault*>(this),
            .unmap = [](void* self, Page page, Pfn frame) { as(self).on_unmap(page, frame); },
            .remap = [](void* self, Page page, Pfn frame) { as(self).on_remap(page, frame); },
            .write_back = [](void* self, Page page,
                             Pfn frame) { return as(self).on_write_back(page, frame); },
            .read_in = [](void* self, Page page,
                          Pfn frame) { return as(self).on_read_in(page, frame); }};
    Paged::attach(own_);
  }

  void on_unmap(Page page, Pfn frame) { kernel_->unmap(kernel_->context, page, frame); }
  void on_remap(Page page, Pfn frame) { kernel_->remap(kernel_->context, page, frame); }
  bool on_write_back(Page page, Pfn frame) {
    return kernel_->write_back(kernel_->context, page, frame);
  }
  bool on_read_in(Page page, Pfn frame) { return kernel_->read_in(kernel_->context, page, frame); }

 protected:
  /// Puts the last page of the queue first.
  void last_to_front() {
    const std::uint32_t last = tail_;
    if (evictable_ < 2) return;
    const FrameState state = entry(last).state;
    unlink(last);
    entry(last).state = state;
    entry(last).previous = kNil;
    entry(last).next = head_;
    entry(head_).previous = last;
    head_ = last;
    ++evictable_;
  }
  void first_to_back() {
    const std::uint32_t first = head_;
    if (evictable_ < 2) return;
    const FrameState state = entry(first).state;
    unlink(first);
    append(first, state);
  }

 private:
  friend Fault;
  FaultyPager() = default;

  static Fault& as(void* self) { return *static_cast<Fault*>(self); }

  const PagingCalls* kernel_ = nullptr;
  PagingCalls own_;
};

class NewPageNotZeroed : public FaultyPager<NewPageNotZeroed> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::not_zeroed;
  Pfn allocate_page(Page page, bool fixed) {
    const Pfn frame = Paged::allocate_page(page, fixed);
    if (!frame.is_none()) window_(frame)[1000] = std::byte{1};
    return frame;
  }
};

class RunNotZeroed : public FaultyPager<RunNotZeroed> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::not_zeroed;
  Pfn page_nalloc(FrameCount count, FrameCount alignment) { return take(count, alignment); }
};

class NewPageClean : public FaultyPager<NewPageClean> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::not_new;
  Pfn allocate_page(Page page, bool fixed) {
    const Pfn frame = Paged::allocate_page(page, fixed);
    if (!frame.is_none() && !fixed) entry(index_of(frame)).state = FrameState::clean;
    return frame;
  }
};

/// Says that a page is fixed, and leaves it in the queue.
class FixedEvicted : public FaultyPager<FixedEvicted> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::fixed_evicted;
  bool pin(Pfn frame) {
    if (!may_touch(frame) || is_fixed_[index_of(frame)]) return false;
    return is_fixed_[index_of(frame)] = true;
  }
  bool unpin(Pfn frame) {
    if (!may_touch(frame) || !is_fixed_[index_of(frame)]) return false;
    is_fixed_[index_of(frame)] = false;
    first_to_back();
    return true;
  }
  Pfn allocate_page(Page page, bool fixed) {
    const Pfn frame = Paged::allocate_page(page, false);
    if (!frame.is_none()) is_fixed_[index_of(frame)] = fixed;
    return frame;
  }
  [[nodiscard]] std::optional<PageInFrame> page_at(Pfn frame) const {
    std::optional<PageInFrame> held = Paged::page_at(frame);
    if (held) held->is_fixed = is_fixed_[index_of(frame)];
    return held;
  }
  [[nodiscard]] FrameCount evictable_pages() const {
    FrameCount pages;
    for (std::uint32_t i = 0; i < frames_; ++i) {
      pages += FrameCount{is_page(i) && !is_fixed_[i] ? 1U : 0U};
    }
    return pages;
  }

 private:
  std::array<bool, 64> is_fixed_{};
};

class PinnedForgetsDirt : public FaultyPager<PinnedForgetsDirt> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::pinned;
  bool unpin(Pfn frame) {
    if (!Paged::unpin(frame)) return false;
    entry(index_of(frame)).state = FrameState::clean;
    return true;
  }
};

class LastInFirstOut : public FaultyPager<LastInFirstOut> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::wrong_victim;
  Pfn allocate_page(Page page, bool fixed) {
    if (free_frames() == FrameCount{0} && Page::is_user(page.space)) last_to_front();
    return Paged::allocate_page(page, fixed);
  }
};

class UnpinnedFirst : public FaultyPager<UnpinnedFirst> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::wrong_victim;
  bool unpin(Pfn frame) {
    if (!Paged::unpin(frame)) return false;
    last_to_front();
    return true;
  }
};

/// A page that could not be written goes to the end of the queue.
class FailureMovesPage : public FaultyPager<FailureMovesPage> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::wrong_victim;
  Pfn allocate_page(Page page, bool fixed) {
    const Pfn frame = Paged::allocate_page(page, fixed);
    if (frame.is_none() && may_page() && Page::is_user(page.space)) first_to_back();
    return frame;
  }
};

class EvictsForNothing : public FaultyPager<EvictsForNothing> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::needless;
  Pfn load_page(Page page) {
    const bool evicts = may_page() && Page::is_user(page.space) && evictable_ > 0;
    if (evicts && free_frames() > FrameCount{0} && !evict({.first = head_, .length = 1})) {
      return Pfn::none();
    }
    return Paged::load_page(page);
  }
};

/// Thinks that the page that came last has been there for longest.
class YoungestWindow : public FaultyPager<YoungestWindow> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::wrong_window;
  Pfn page_nalloc(FrameCount count, FrameCount alignment) {
    if (in_call_) return Pfn::none();
    reverse();
    const Pfn first = Paged::page_nalloc(count, alignment);
    reverse();
    return first;
  }

 private:
  void reverse() {
    for (std::uint32_t i = head_; i != kNil;) {
      const std::uint32_t next = entry(i).next;
      entry(i).next = entry(i).previous;
      entry(i).previous = next;
      i = next;
    }
    const std::uint32_t first = head_;
    head_ = tail_;
    tail_ = first;
  }
};

class DirtyDropped : public FaultyPager<DirtyDropped> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::not_written;
  bool on_write_back(Page /*page*/, Pfn /*frame*/) { return true; }
};

class CleanWritten : public FaultyPager<CleanWritten> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::clean_written;
  void on_unmap(Page page, Pfn frame) {
    FaultyPager::on_unmap(page, frame);
    const std::optional<PageInFrame> held = page_at(frame);
    if (held && !held->is_dirty) on_write_back(page, frame);
  }
};

class WriteForgotten : public FaultyPager<WriteForgotten> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::written;
  bool page_written(Pfn frame) { return may_touch(frame); }
};

/// Unmaps a page when its frame has been given away already.
class UnmappedLate : public FaultyPager<UnmappedLate> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::not_unmapped;
  void on_unmap(Page page, Pfn frame) {
    page_ = page;
    frame_ = frame;
  }
  Pfn allocate_page(Page page, bool fixed) {
    frame_ = Pfn::none();
    const Pfn frame = Paged::allocate_page(page, fixed);
    if (!frame_.is_none()) FaultyPager::on_unmap(page_, frame_);
    return frame;
  }

 private:
  Page page_{};
  Pfn frame_;
};

class TornDownWhileMapped : public FaultyPager<TornDownWhileMapped> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::not_unmapped;
  void on_unmap(Page page, Pfn frame) {
    if (!tears_down_) FaultyPager::on_unmap(page, frame);
  }
  FrameCount teardown(std::uint32_t space) {
    tears_down_ = true;
    const FrameCount freed = Paged::teardown(space);
    tears_down_ = false;
    return freed;
  }

 private:
  bool tears_down_ = false;
};

class PinScribbles : public FaultyPager<PinScribbles> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::content;
  bool pin(Pfn frame) {
    if (!Paged::pin(frame)) return false;
    window_(frame)[kFrameBytes - 1] ^= std::byte{1};
    return true;
  }
};

class NotRead : public FaultyPager<NotRead> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::not_read;
  bool on_read_in(Page /*page*/, Pfn /*frame*/) { return true; }
};

class FailedWriteLosesPage : public FaultyPager<FailedWriteLosesPage> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::not_remapped;
  bool on_write_back(Page page, Pfn frame) {
    FaultyPager::on_write_back(page, frame);
    return true;
  }
};

class NotRemapped : public FaultyPager<NotRemapped> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::not_remapped;
  void on_remap(Page /*page*/, Pfn /*frame*/) {}
};

/// Of a window that stays, what was written is clean from then on.
class GivenUpMadeClean : public FaultyPager<GivenUpMadeClean> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::changed;
  bool on_write_back(Page page, Pfn frame) {
    const bool done = FaultyPager::on_write_back(page, frame);
    was_written_[index_of(frame)] = done;
    return done;
  }
  void on_remap(Page page, Pfn frame) {
    FaultyPager::on_remap(page, frame);
    if (was_written_[index_of(frame)]) entry(index_of(frame)).state = FrameState::clean;
  }

 private:
  std::array<bool, 64> was_written_{};
};

class NeverEvicts : public FaultyPager<NeverEvicts> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::missed;
  Pfn load_page(Page page) {
    return free_frames() > FrameCount{0} ? Paged::load_page(page) : Pfn::none();
  }
};

class ReadFailureIgnored : public FaultyPager<ReadFailureIgnored> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::granted;
  bool on_read_in(Page page, Pfn frame) {
    FaultyPager::on_read_in(page, frame);
    return true;
  }
};

class SearchesForever : public FaultyPager<SearchesForever> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::hang;
  bool make_page_available(FrameCount count, FrameCount alignment) {
    const bool is_wrong = count > free_frames() && evictable_ > 0 && !in_call_;
    for (volatile bool loops = is_wrong; loops;) {
    }
    return Paged::make_page_available(count, alignment);
  }
};

class TeardownSparesFixed : public FaultyPager<TeardownSparesFixed> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::released;
  FrameCount teardown(std::uint32_t space) {
    FrameCount freed;
    for (std::uint32_t i = 0; i < frames_; ++i) {
      const std::optional<PageInFrame> held = page_at(pfn_of(i));
      if (!held || held->is_fixed || held->page.space != space) continue;
      freed += FrameCount{page_free(pfn_of(i)) ? 1U : 0U};
    }
    return freed;
  }
};

class WrittenInside : public FaultyPager<WrittenInside> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::reentered;
  bool page_written(Pfn frame) { return in_call_ ? holds_page(frame) : Paged::page_written(frame); }
};

class RunOverPage : public FaultyPager<RunOverPage> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::overlaps;
  Pfn page_nalloc(FrameCount count, FrameCount alignment) {
    const bool lies = free_frames() > FrameCount{0} && count == FrameCount{1} && head_ != kNil;
    return lies && !in_call_ ? pfn_of(head_) : Paged::page_nalloc(count, alignment);
  }
};

class MiscountsFromThree : public FaultyPager<MiscountsFromThree> {
 public:
  static constexpr PagingCheck kCheck = PagingCheck::books;
  [[nodiscard]] FrameCount evictable_pages() const {
    return Paged::evictable_pages() > FrameCount{3} ? FrameCount{3} : Paged::evictable_pages();
  }
};

// clang-format off
#define ASSAY_FAULTY_PAGERS(PAGER)                                                        \
  PAGER(NewPageNotZeroed) PAGER(RunNotZeroed) PAGER(NewPageClean) PAGER(FixedEvicted)     \
  PAGER(PinnedForgetsDirt) PAGER(LastInFirstOut) PAGER(UnpinnedFirst)                     \
  PAGER(FailureMovesPage) PAGER(EvictsForNothing) PAGER(YoungestWindow)                   \
  PAGER(DirtyDropped) PAGER(CleanWritten) PAGER(WriteForgotten) PAGER(UnmappedLate)       \
  PAGER(TornDownWhileMapped) PAGER(PinScribbles) PAGER(NotRead)                           \
  PAGER(FailedWriteLosesPage) PAGER(NotRemapped) PAGER(GivenUpMadeClean)                  \
  PAGER(NeverEvicts) PAGER(ReadFailureIgnored) PAGER(SearchesForever)                     \
  PAGER(TeardownSparesFixed) PAGER(WrittenInside) PAGER(RunOverPage)                      \
  PAGER(MiscountsFromThree)
// clang-format on

}  // namespace assay
