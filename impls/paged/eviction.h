/// The half of `Paged` that makes room: which pages must leave, and how they do. Part of paged.h,
/// which has the rules.
#pragma once

#include "impls/paged/paged.h"

namespace assay {

template <FrameAllocator Design>
bool Paged<Design>::make_page_available(FrameCount count, FrameCount alignment) {
  constexpr FrameCount kOne{1};
  if (in_call_ || !is_satisfiable(count, alignment) || count > contract.max_block) return false;
  const FrameCount length = contract.granted(count);
  if (length > free_frames() + FrameCount{evictable_}) return false;
  if (length == kOne && alignment == kOne) {  // what a page fault asks for: no search
    return free_frames() > FrameCount{0} || evict({.first = head_, .length = 1});
  }
  const bool natural = contract.naturally_aligned && length > alignment;
  const std::uint32_t first = find_window(length, natural ? length : alignment);
  return first != kNil && evict({.first = first, .length = length.value()});
}

/// The window that the queue would empty first, by its first frame's index, or kNil.
template <FrameAllocator Design>
std::uint32_t Paged<Design>::find_window(FrameCount length, FrameCount step) {
  write_ranks();
  std::uint32_t found = lowest_window(length, step, evictable_);
  std::uint32_t too_few = 0;  // fewer pages than this have to leave for no window
  std::uint32_t enough = found == kNil ? 0 : evictable_;
  while (too_few < enough) {
    const std::uint32_t middle = too_few + (enough - too_few) / 2;
    const std::uint32_t window = lowest_window(length, step, middle);
    if (window == kNil) {
      too_few = middle + 1;
    } else {
      found = window;
      enough = middle;
    }
  }
  write_links();
  return found;
}

/// The lowest window in which there are only free frames and the first `leaving` pages of the
/// queue, or kNil. Requires: write_ranks.
template <FrameAllocator Design>
std::uint32_t Paged<Design>::lowest_window(FrameCount length, FrameCount step,
                                           std::uint32_t leaving) const {
  std::uint64_t first = align_up(base_, step) - base_.value();
  for (std::uint32_t i = 0; i < frames_;) {
    const Row row = row_at(i);
    const bool is_free = row.use == FrameState::free;
    if (is_free || (row.use != FrameState::fixed && entry(i).previous < leaving)) {
      if (first + length.value() <= row.end) return static_cast<std::uint32_t>(first);
    } else {
      first = align_up(pfn_of(row.end), step) - base_.value();
    }
    i = row.end;
  }
  return kNil;
}

/// What is at a frame, and as much behind it as is known to be alike. Requires: a row starts there.
template <FrameAllocator Design>
auto Paged<Design>::row_at(std::uint32_t index) const -> Row {
  if constexpr (kSharesEntries) {
    const Pfn pfn = pfn_of(index);
    if (is_page(index)) return {.use = entry(index).state, .end = index + 1};
    // As with `entry`: asked of a constant object, too.
    const Run free = const_cast<Design&>(design_).free_run_at(pfn);
    if (free.count > FrameCount{0}) return {.use = FrameState::free, .end = index_of(free.end())};
    const Run fixed = design_.block_at(pfn).value_or(Run{pfn, FrameCount{1}});
    return {.use = FrameState::fixed, .end = index_of(fixed.end())};
  } else {
    return {.use = entries_[index].state, .end = index + 1};
  }
}

/// Lends `previous`, which can be made again, to say how many pages leave before each.
template <FrameAllocator Design>
void Paged<Design>::write_ranks() {
  std::uint32_t rank = 0;
  for (std::uint32_t i = head_; i != kNil; i = entry(i).next) entry(i).previous = rank++;
}

template <FrameAllocator Design>
void Paged<Design>::write_links() {
  std::uint32_t previous = kNil;
  for (std::uint32_t i = head_; i != kNil; i = entry(i).next) {
    entry(i).previous = previous;
    previous = i;
  }
}

/// Makes a window free, or changes nothing. First all its pages are saved, then all leave.
template <FrameAllocator Design>
bool Paged<Design>::evict(Window window) {
  const std::uint32_t pages = pages_in(window);
  std::uint32_t unmapped = 0;
  bool saved = true;
  visit_in_order(window, pages, [&](std::uint32_t index) {
    ++unmapped;
    saved = save(index);
    return saved;
  });
  const bool leave = saved && (pages == window.length || is_vacant(window));
  visit_in_order(window, unmapped, [&](std::uint32_t index) {
    leave ? release_page(index) : remap(index);
    return true;
  });
  return leave;
}

template <FrameAllocator Design>
std::uint32_t Paged<Design>::pages_in(Window window) const {
  std::uint32_t pages = 0;
  for (std::uint32_t i = 0; i < window.length; ++i) pages += is_page(window.first + i) ? 1 : 0;
  return pages;
}

/// Whether only pages of the queue are still in the way. Rows start at the arena's first frame.
template <FrameAllocator Design>
bool Paged<Design>::is_vacant(Window window) const {
  const std::uint32_t end = window.first + window.length;
  for (std::uint32_t i = kSharesEntries ? 0 : window.first; i < end;) {
    const Row row = row_at(i);
    if (row.use == FrameState::fixed && row.end > window.first) return false;
    i = row.end;
  }
  return true;
}

/// Calls `visit` with the first `pages` pages of a window in the order of the queue, until it
/// returns false. It may take the page out of the queue.
template <FrameAllocator Design>
template <class Visit>
void Paged<Design>::visit_in_order(Window window, std::uint32_t pages, Visit visit) {
  for (std::uint32_t i = head_; pages > 0;) {
    const std::uint32_t next = entry(i).next;
    if (window.contains(i)) {
      if (!visit(i)) return;
      --pages;
    }
    i = next;
  }
}

/// Unmapped first: else somebody might write to the page while it is copied, and nobody would know.
template <FrameAllocator Design>
bool Paged<Design>::save(std::uint32_t index) {
  unmap(index);
  return entry(index).state == FrameState::clean || write_back(index);
}

template <FrameAllocator Design>
void Paged<Design>::unmap(std::uint32_t index) {
  in_call_ = true;
  calls_->unmap(calls_->context, page_in(index), pfn_of(index));
  in_call_ = false;
}

template <FrameAllocator Design>
void Paged<Design>::remap(std::uint32_t index) {
  in_call_ = true;
  calls_->remap(calls_->context, page_in(index), pfn_of(index));
  in_call_ = false;
}

template <FrameAllocator Design>
bool Paged<Design>::write_back(std::uint32_t index) {
  in_call_ = true;
  const bool is_saved = calls_->write_back(calls_->context, page_in(index), pfn_of(index));
  in_call_ = false;
  return is_saved;
}

}  // namespace assay
