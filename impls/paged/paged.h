/// Paged<Design>: a design whose frames may hold pages that are evicted when memory runs out.
///
/// After the coremap of OS/161: an entry per frame says whether the frame is free, fixed, or holds
/// a dirty or a clean page, and whose. Pages that may be evicted are linked through their entries
/// into a queue, first in, first out. Which frames are free, the design alone decides; every page
/// is a block of one frame to it. Where the design has entries of its own (the coremap), they serve
/// here too; for any other a table of them lies behind the design's metadata.
///
///     head_ ──► 6 ◄──► 3 ◄──► 1 ◄── tail_        the queue: 6 came first and leaves first
///
///     frame     0        1        2       3        4        5        6
///     state     fixed    dirty    free    clean    fixed    fixed    dirty
///     space     0        7        0       7        0        9        8
///     page               0x40             0x41              0x10     0x40
///               a block  a page           a page   a block  a page,  a page
///               of the                                      pinned
///               kernel
///
/// Rules
///   new page    Zeroed, dirty (no copy of it exists) and last in the queue, unless it is fixed.
///   evict       The first page of the queue: unmap, write back if dirty, free its frame.
///   window      A run evicts the window (frames in a row at the alignment asked for, each free or
///               with a page of the queue) that would be the first to be all free if pages left
///               one by one from the head; of several the lowest. Only its pages leave, in the
///               order of the queue. For one frame that is the head.
///   failure     If a page of a window cannot be written back, or a free frame of it is taken
///               meanwhile (by `allocate`, while a call of the kernel sleeps), all pages unmapped
///               so far are mapped again, in the same order, and nothing has changed: no page
///               leaves, none is made clean, the queue is as it was.
///   pin         Out of the queue; unpin puts it last, as dirty as it was or has become. A page
///               that came fixed is one that was pinned from its first moment.
///   blocks      What `allocate` and `page_nalloc` hand out is the kernel's, and fixed.
///
///     operation             worst case of Paged, beside the design's
///     init                  O(frames)
///     allocate n, free n    O(n); O(1) over a design with entries
///     allocate_page         O(1), and 4096 bytes zeroed; eviction: O(1) and the kernel's calls
///     page_nalloc n         O(n) frames zeroed; eviction: O(frames × log(pages in the queue))
///     page_free, pin, …     O(1)
///     teardown              O(frames)
///     metadata              16 bytes per frame; none over a design with entries
///
/// Invariants
/// I1  A frame holds a page if and only if its entry's space is a user's; to the design that is a
///     block of one frame.
/// I2  The queue holds every page that is dirty or clean once, and nothing else; previous and next
///     are each other's inverse; evictable_ is its length.
/// I3  A page that is fixed keeps in `previous` whether it will be dirty or clean.
/// I4  (own table) An entry is free exactly where the design has a free frame.
///
/// Not thread-safe, as the designs: see PagingCalls for what may happen while one of its functions
/// sleeps.
#pragma once

#include <concepts>
#include <cstring>

#include "impls/allocator.h"
#include "impls/coremap/entry.h"
#include "impls/paged/paging_calls.h"

namespace assay {

/// A design that keeps an entry per frame itself.
///
/// `entry(pfn)`         No frame's `space` is ever a user's but by the paging side, which puts back
///     kKernelSpace. The entry of a block of one frame is the paging side's until it is freed, but
///     for `length`; it is fixed again by then. Of other entries only `space` is read here.
/// `free_run_at(pfn)`   Free frames from `pfn` on that the design knows to be free at a glance; an
///     empty run if that frame is not free. Asked only at the arena's first frame, behind a block
///     or a reserved frame, and behind such a run.
template <class Design>
concept HasEntries = requires(Design design, Pfn pfn) {
  { design.entry(pfn) } -> std::same_as<CoremapEntry&>;
  { design.free_run_at(pfn) } -> std::same_as<Run>;
};

template <FrameAllocator Design>
class Paged {
  // A request that fails is how it learns that something must be evicted.
  static_assert(Design::contract.on_exhaustion == OnExhaustion::none);

 public:
  static constexpr Contract contract = Design::contract;

  constexpr Paged() = default;
  /// Over a design that was told something before its `init`.
  constexpr explicit Paged(const Design& design) : design_(design) {}

  /// The design's, as if there were no pages. `free` refuses a frame that holds a page as reserved:
  /// it was not handed out by `allocate`.
  [[nodiscard]] static std::uint64_t metadata_bytes(const MemoryMap& map);
  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata);
  void add_usable(Run run);
  [[nodiscard]] Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1});
  FreeResult free(Pfn first)
    requires(!contract.free_takes_size)
  {
    if (holds_page(first)) return std::unexpected(Misuse::reserved);
    return note_free(first, design_.free(first));
  }
  FreeResult free(Pfn first, FrameCount count)
    requires(contract.free_takes_size)
  {
    if (holds_page(first)) return std::unexpected(Misuse::reserved);
    return note_free(first, design_.free(first, count));
  }
  [[nodiscard]] FrameCount free_frames() const { return design_.free_frames(); }
  [[nodiscard]] FrameCount used_frames() const { return design_.used_frames(); }
  [[nodiscard]] FrameCount managed_frames() const { return design_.managed_frames(); }
  [[nodiscard]] FrameCount largest_free_run() const { return design_.largest_free_run(); }
  [[nodiscard]] std::optional<Run> block_at(Pfn pfn) const { return design_.block_at(pfn); }
  [[nodiscard]] const char* validate() const;
  void refresh()
    requires requires(Design design) { design.refresh(); }
  {
    design_.refresh();
  }

  /// Says whom to ask for mappings and the backing store. Requires: init; `calls` outlives this.
  /// Until then there are no pages: every call below refuses, but page_nalloc does not evict.
  void attach(const PagingCalls& calls) { calls_ = &calls; }

  /// Takes a frame for a new page: zeroed, dirty, and not yet mapped by anybody.
  ///
  /// Requires:   the page is in no frame.
  /// Returns:    the frame; none if nothing is free and nothing could be evicted, if there
  ///             can be no such page, or inside of a paging call.
  /// On failure: nothing changes.
  [[nodiscard]] Pfn allocate_page(Page page, bool fixed = false);

  /// Takes a frame and reads the page from the backing store into it: clean.
  ///
  /// Requires and returns: as allocate_page; none also if the page cannot be read.
  /// On failure: nothing changes, but a page that was evicted to make room stays evicted.
  [[nodiscard]] Pfn load_page(Page page);

  /// Takes a run of frames for the kernel, zeroed and fixed; `free` releases it, as a block.
  ///
  /// Returns: the first frame; none if no run is free and no window could be evicted.
  /// On failure: nothing changes.
  [[nodiscard]] Pfn page_nalloc(FrameCount count, FrameCount alignment = FrameCount{1});

  /// Evicts what must leave so that such a run is free; nothing if one is.
  ///
  /// Returns: whether one is. On failure: nothing changes.
  [[nodiscard]] bool make_page_available(FrameCount count = FrameCount{1},
                                         FrameCount alignment = FrameCount{1});

  /// Unmaps a page and frees its frame, pinned or not; what the backing store has of the page is
  /// its owner's business. This and the next three return: false, and nothing changes, if the frame
  /// holds no page, or inside of a paging call.
  bool page_free(Pfn frame);

  /// The page was written to: it is dirty. To be called at the first write to a clean page, which
  /// is therefore mapped read-only. A read needs no call: the queue does not mind who is used.
  bool page_written(Pfn frame);

  /// Takes a page out of the queue, and puts it back. Also false for one that is fixed already, and
  /// for one that is not.
  bool pin(Pfn frame);
  bool unpin(Pfn frame);

  /// Unmaps and frees every page of an address space, pinned ones too, lowest frame first.
  /// Returns: how many; 0 if the space is no user's, or inside of a paging call.
  FrameCount teardown(std::uint32_t space);

  /// What page the frame holds, if it does.
  [[nodiscard]] std::optional<PageInFrame> page_at(Pfn frame) const;

  /// Pages in the queue.
  [[nodiscard]] FrameCount evictable_pages() const { return FrameCount{evictable_}; }

 protected:
  static constexpr bool kSharesEntries = HasEntries<Design>;
  static constexpr std::uint32_t kNil = 0xFFFF'FFFF;
  static constexpr CoremapEntry kNobodys{FrameState::fixed, 0, kKernelSpace, 0, kNil, kNil};

  /// Frames in a row from one index on that are alike, or just one.
  struct Row {
    FrameState use;
    std::uint32_t end;
  };

  /// A window by its first frame's index.
  struct Window {
    std::uint32_t first;
    std::uint32_t length;
    [[nodiscard]] bool contains(std::uint32_t index) const { return index - first < length; }
  };

  [[nodiscard]] std::uint32_t index_of(Pfn pfn) const { return (pfn - base_).value(); }
  [[nodiscard]] Pfn pfn_of(std::uint32_t index) const { return base_ + FrameCount{index}; }
  [[nodiscard]] CoremapEntry& entry(std::uint32_t index) const;
  [[nodiscard]] static bool is_evictable(const CoremapEntry& entry) {
    return entry.state == FrameState::dirty || entry.state == FrameState::clean;
  }
  /// Whether a fixed page may say so of itself, in `previous`.
  [[nodiscard]] static bool is_kept_state(std::uint32_t state) {
    return state == static_cast<std::uint32_t>(FrameState::dirty) ||
           state == static_cast<std::uint32_t>(FrameState::clean);
  }
  [[nodiscard]] bool is_page(std::uint32_t index) const {
    return Page::is_user(entry(index).space);
  }
  [[nodiscard]] bool holds_page(Pfn pfn) const {
    return index_of(pfn) < frames_ && is_page(index_of(pfn));
  }
  [[nodiscard]] bool may_page() const { return calls_ != nullptr && !in_call_; }
  /// Whether a page's frame may be told something now.
  [[nodiscard]] bool may_touch(Pfn pfn) const { return !in_call_ && holds_page(pfn); }

  [[nodiscard]] static std::uint64_t table_offset(const MemoryMap& map);
  FreeResult note_free(Pfn first, FreeResult freed);
  void mark(Run run, FrameState state);
  [[nodiscard]] Pfn take(FrameCount count, FrameCount alignment);
  void zero(Run run) const;
  void enter(std::uint32_t index, Page page, FrameState state, bool fixed);
  void append(std::uint32_t index, FrameState state);
  void fix(std::uint32_t index, FrameState state);
  void unlink(std::uint32_t index);
  void release_page(std::uint32_t index);
  void release_frame(std::uint32_t index);

  [[nodiscard]] std::uint32_t find_window(FrameCount length, FrameCount step);
  [[nodiscard]] std::uint32_t lowest_window(FrameCount length, FrameCount step,
                                            std::uint32_t leaving) const;
  [[nodiscard]] Row row_at(std::uint32_t index) const;
  void write_ranks();
  void write_links();
  [[nodiscard]] bool evict(Window window);
  [[nodiscard]] std::uint32_t pages_in(Window window) const;
  [[nodiscard]] bool is_vacant(Window window) const;
  [[nodiscard]] bool save(std::uint32_t index);
  template <class Visit>
  void visit_in_order(Window window, std::uint32_t pages, Visit visit);
  [[nodiscard]] Page page_in(std::uint32_t index) const;
  void unmap(std::uint32_t index);
  void remap(std::uint32_t index);
  [[nodiscard]] bool write_back(std::uint32_t index);

  [[nodiscard]] const char* validate_queue() const;
  [[nodiscard]] const char* validate_pages() const;
  [[nodiscard]] const char* validate_table() const;

  Design design_;
  CoremapEntry* entries_ = nullptr;  ///< the own table; unused over a design with entries
  const PagingCalls* calls_ = nullptr;
  FrameWindow window_;
  Pfn base_;
  std::uint32_t frames_ = 0;
  std::uint32_t head_ = kNil;  ///< the page that leaves next; kNil: the queue is empty
  std::uint32_t tail_ = kNil;
  std::uint32_t evictable_ = 0;
  bool in_call_ = false;  ///< true: a function of the kernel's is running; false: none is
};

template <FrameAllocator Design>
std::uint64_t Paged<Design>::metadata_bytes(const MemoryMap& map) {
  return table_offset(map) +
         std::uint64_t{kSharesEntries ? 0 : map.frames.value()} * sizeof(CoremapEntry);
}

/// Bytes of the design's own metadata, and a gap so that the table is aligned.
template <FrameAllocator Design>
std::uint64_t Paged<Design>::table_offset(const MemoryMap& map) {
  constexpr std::uint64_t kMask = kMetadataAlignment - 1;
  return (Design::metadata_bytes(map) + kMask) & ~kMask;
}

template <FrameAllocator Design>
void Paged<Design>::init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
  *this = Paged{design_};
  window_ = window;
  base_ = map.base;
  frames_ = map.frames.value();
  const auto own = metadata.first(static_cast<std::size_t>(Design::metadata_bytes(map)));
  design_.init(map, window, own);
  if constexpr (!kSharesEntries) {
    entries_ = reinterpret_cast<CoremapEntry*>(metadata.data() + table_offset(map));
    for (std::uint32_t i = 0; i < frames_; ++i) entries_[i] = kNobodys;
    for (const Run& run : map.usable) mark(run, FrameState::free);
  }
}

template <FrameAllocator Design>
void Paged<Design>::add_usable(Run run) {
  design_.add_usable(run);
  mark(run, FrameState::free);
}

template <FrameAllocator Design>
Pfn Paged<Design>::allocate(FrameCount count, FrameCount alignment) {
  const Pfn first = design_.allocate(count, alignment);
  if (!first.is_none()) mark({first, contract.granted(count)}, FrameState::fixed);
  return first;
}

template <FrameAllocator Design>
FreeResult Paged<Design>::note_free(Pfn first, FreeResult freed) {
  if (freed) mark({first, *freed}, FrameState::free);
  return freed;
}

template <FrameAllocator Design>
void Paged<Design>::mark(Run run, FrameState state) {
  if constexpr (kSharesEntries) return;  // the design has done so
  const std::uint32_t first = index_of(run.first);
  for (std::uint32_t i = 0; i < run.count.value(); ++i) entries_[first + i].state = state;
}

template <FrameAllocator Design>
Pfn Paged<Design>::allocate_page(Page page, bool fixed) {
  if (!may_page() || !page.can_be_entered()) return Pfn::none();
  const Pfn frame = take(FrameCount{1}, FrameCount{1});
  if (frame.is_none()) return frame;
  zero({frame, FrameCount{1}});
  enter(index_of(frame), page, FrameState::dirty, fixed);
  return frame;
}

template <FrameAllocator Design>
Pfn Paged<Design>::load_page(Page page) {
  if (!may_page() || !page.can_be_entered()) return Pfn::none();
  const Pfn frame = take(FrameCount{1}, FrameCount{1});
  if (frame.is_none()) return frame;
  // Until it is read the frame is the kernel's, so that nobody evicts it.
  in_call_ = true;
  const bool is_read = calls_->read_in(calls_->context, page, frame);
  in_call_ = false;
  if (!is_read) {
    release_frame(index_of(frame));
    return Pfn::none();
  }
  enter(index_of(frame), page, FrameState::clean, false);
  return frame;
}

template <FrameAllocator Design>
Pfn Paged<Design>::page_nalloc(FrameCount count, FrameCount alignment) {
  if (in_call_) return Pfn::none();
  const Pfn first = take(count, alignment);
  if (!first.is_none()) zero({first, contract.granted(count)});
  return first;
}

/// A block, for which pages are evicted if need be.
template <FrameAllocator Design>
Pfn Paged<Design>::take(FrameCount count, FrameCount alignment) {
  const Pfn first = allocate(count, alignment);
  if (!first.is_none() || !make_page_available(count, alignment)) return first;
  return allocate(count, alignment);
}

template <FrameAllocator Design>
void Paged<Design>::zero(Run run) const {
  for (Pfn pfn = run.first; pfn < run.end(); pfn = pfn + FrameCount{1}) {
    std::memset(window_(pfn), 0, kFrameBytes);
  }
}

template <FrameAllocator Design>
Page Paged<Design>::page_in(std::uint32_t index) const {
  return {.space = entry(index).space, .number = entry(index).page};
}

template <FrameAllocator Design>
bool Paged<Design>::page_free(Pfn frame) {
  if (!may_touch(frame)) return false;
  unmap(index_of(frame));
  release_page(index_of(frame));
  return true;
}

template <FrameAllocator Design>
void Paged<Design>::release_page(std::uint32_t index) {
  if (is_evictable(entry(index))) unlink(index);
  const std::uint32_t length = entry(index).length;
  entry(index) = kNobodys;
  entry(index).length = length;
  release_frame(index);
}

template <FrameAllocator Design>
void Paged<Design>::release_frame(std::uint32_t index) {
  const Pfn pfn = pfn_of(index);
  FreeResult freed;
  if constexpr (contract.free_takes_size) {
    freed = design_.free(pfn, FrameCount{1});
  } else {
    freed = design_.free(pfn);
  }
  if (freed) mark({pfn, *freed}, FrameState::free);
}

template <FrameAllocator Design>
bool Paged<Design>::page_written(Pfn frame) {
  if (!may_touch(frame)) return false;
  CoremapEntry& written = entry(index_of(frame));
  if (is_evictable(written)) {
    written.state = FrameState::dirty;
  } else {
    written.previous = static_cast<std::uint32_t>(FrameState::dirty);
  }
  return true;
}

template <FrameAllocator Design>
bool Paged<Design>::pin(Pfn frame) {
  const std::uint32_t index = index_of(frame);
  if (!may_touch(frame) || !is_evictable(entry(index))) return false;
  const FrameState state = entry(index).state;
  unlink(index);
  fix(index, state);
  return true;
}

template <FrameAllocator Design>
bool Paged<Design>::unpin(Pfn frame) {
  const std::uint32_t index = index_of(frame);
  if (!may_touch(frame) || is_evictable(entry(index))) return false;
  append(index, static_cast<FrameState>(entry(index).previous));
  return true;
}

template <FrameAllocator Design>
FrameCount Paged<Design>::teardown(std::uint32_t space) {
  FrameCount freed;
  if (in_call_ || !Page::is_user(space)) return freed;
  for (std::uint32_t i = 0; i < frames_; ++i) {
    if (entry(i).space == space && page_free(pfn_of(i))) freed += FrameCount{1};
  }
  return freed;
}

template <FrameAllocator Design>
void Paged<Design>::enter(std::uint32_t index, Page page, FrameState state, bool fixed) {
  entry(index).space = page.space;
  entry(index).page = page.number;
  fixed ? fix(index, state) : append(index, state);
}

/// Puts a page last in the queue.
template <FrameAllocator Design>
void Paged<Design>::append(std::uint32_t index, FrameState state) {
  entry(index).state = state;
  entry(index).previous = tail_;
  entry(index).next = kNil;
  (tail_ == kNil ? head_ : entry(tail_).next) = index;
  tail_ = index;
  ++evictable_;
}

/// A page that is not in the queue; `state` is what it will be there.
template <FrameAllocator Design>
void Paged<Design>::fix(std::uint32_t index, FrameState state) {
  entry(index).state = FrameState::fixed;
  entry(index).previous = static_cast<std::uint32_t>(state);
  entry(index).next = kNil;
}

template <FrameAllocator Design>
void Paged<Design>::unlink(std::uint32_t index) {
  const CoremapEntry leaving = entry(index);
  (leaving.previous == kNil ? head_ : entry(leaving.previous).next) = leaving.next;
  (leaving.next == kNil ? tail_ : entry(leaving.next).previous) = leaving.previous;
  --evictable_;
}

template <FrameAllocator Design>
CoremapEntry& Paged<Design>::entry(std::uint32_t index) const {
  // An entry is reached alike whether the object is constant or not, as through a pointer.
  if constexpr (kSharesEntries) return const_cast<Design&>(design_).entry(pfn_of(index));
  return entries_[index];
}

template <FrameAllocator Design>
std::optional<PageInFrame> Paged<Design>::page_at(Pfn frame) const {
  if (!holds_page(frame)) return std::nullopt;
  const CoremapEntry& held = entry(index_of(frame));
  const bool fixed = !is_evictable(held);
  const FrameState state = fixed ? static_cast<FrameState>(held.previous) : held.state;
  return PageInFrame{
      .page = page_in(index_of(frame)), .is_dirty = state == FrameState::dirty, .is_fixed = fixed};
}

template <FrameAllocator Design>
const char* Paged<Design>::validate() const {
  if (const char* broken = design_.validate()) return broken;
  if (const char* broken = validate_queue()) return broken;
  if (const char* broken = validate_pages()) return broken;
  return kSharesEntries ? nullptr : validate_table();
}

template <FrameAllocator Design>
const char* Paged<Design>::validate_queue() const {
  std::uint32_t previous = kNil;
  std::uint32_t left = evictable_;
  for (std::uint32_t i = head_; i != kNil; i = entry(i).next) {
    if (i >= frames_ || left == 0) return "paged I2: the queue goes astray";
    if (!is_page(i) || !is_evictable(entry(i))) return "paged I2: a queued page may not be evicted";
    if (entry(i).previous != previous) return "paged I2: next and previous disagree";
    previous = i;
    --left;
  }
  return left == 0 && previous == tail_ ? nullptr : "paged I2: the queue's end or length is wrong";
}

template <FrameAllocator Design>
const char* Paged<Design>::validate_pages() const {
  std::uint32_t evictable = 0;
  for (std::uint32_t i = 0; i < frames_; ++i) {
    if (!is_page(i)) continue;
    const CoremapEntry& held = entry(i);
    if (design_.block_at(pfn_of(i)) != Run{pfn_of(i), FrameCount{1}}) {
      return "paged I1: a page is not in a block of one frame";
    }
    if (is_evictable(held)) {
      ++evictable;
    } else if (held.state != FrameState::fixed || !is_kept_state(held.previous)) {
      return "paged I3: a fixed page does not say what it will be";
    }
  }
  return evictable == evictable_ ? nullptr : "paged I2: a page is missing from the queue";
}

template <FrameAllocator Design>
const char* Paged<Design>::validate_table() const {
  FrameCount free;
  for (std::uint32_t i = 0; i < frames_;) {
    const std::optional<Run> block = design_.block_at(pfn_of(i));
    const std::uint32_t end = block ? index_of(block->end()) : i + 1;
    for (; i < end; ++i) {
      const bool is_free = entries_[i].state == FrameState::free;
      if (is_free && block) return "paged I4: the entry of a frame in use says free";
      if (!block && !is_page(i) && is_evictable(entries_[i])) return "paged I1: evictable, no page";
      if (is_free) free += FrameCount{1};
    }
  }
  return free == free_frames() ? nullptr : "paged I4: free entries and free frames differ";
}

}  // namespace assay

#include "impls/paged/eviction.h"
