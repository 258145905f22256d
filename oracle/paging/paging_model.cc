#include "oracle/paging/paging_model.h"

namespace assay {

void PagingModel::init(const Arena& arena, const Contract& contract) {
  *this = PagingModel{};
  contract_ = contract;
  arena_ = arena.run();
  for (const Run& run : UsableRuns(arena).runs()) make_usable(run);
}

FrameCount PagingModel::count(Use use) const {
  std::uint32_t frames = 0;
  for (std::uint32_t i = 0; i < arena_.count.value(); ++i) frames += frames_[i].use == use ? 1 : 0;
  return FrameCount{frames};
}

bool PagingModel::is_all(Run run, Use use) const {
  for (std::uint32_t i = 0; i < run.count.value(); ++i) {
    const Pfn pfn = run.first + FrameCount{i};
    if (!arena_.contains(pfn) || frames_[index_of(pfn)].use != use) return false;
  }
  return true;
}

std::optional<Run> PagingModel::block_at(Pfn pfn) const {
  if (!arena_.contains(pfn)) return std::nullopt;
  const Frame& frame = frames_[index_of(pfn)];
  if (frame.use == Use::page) return Run{pfn, FrameCount{1}};
  if (frame.use != Use::block) return std::nullopt;
  return Run{pfn_of(frame.block_first), FrameCount{frame.block_count}};
}

Pfn PagingModel::pick_block(std::uint32_t pick) const {
  std::array<std::uint32_t, PagingArena::kMaxFrames> blocks{};
  std::uint32_t found = 0;
  for (std::uint32_t i = 0; i < arena_.count.value(); ++i) {
    if (frames_[i].use == Use::block && frames_[i].block_first == i) blocks[found++] = i;
  }
  return found == 0 ? Pfn::none() : pfn_of(blocks[pick % found]);
}

FreeResult PagingModel::expected_free(Pfn pfn) const {
  if (!arena_.contains(pfn)) return std::unexpected(Misuse::outside_arena);
  const Frame& frame = frames_[index_of(pfn)];
  switch (frame.use) {
    case Use::reserved:
    case Use::page: return std::unexpected(Misuse::reserved);
    case Use::free: return std::unexpected(Misuse::already_free);
    case Use::block: break;
  }
  if (frame.block_first != index_of(pfn)) return std::unexpected(Misuse::inside_block);
  return FrameCount{frame.block_count};
}

std::optional<PageInFrame> PagingModel::page_at(Pfn pfn) const {
  if (!arena_.contains(pfn) || frames_[index_of(pfn)].use != Use::page) return std::nullopt;
  const std::uint32_t id = frames_[index_of(pfn)].page;
  return PageInFrame{
      .page = page_of(id), .is_dirty = pages_[id].is_dirty, .is_fixed = pages_[id].is_fixed};
}

bool PagingModel::fits(FrameCount count, FrameCount alignment) const {
  return first_window(count, alignment, 0).has_value();
}

/// Pages leave one by one, from the head of the queue, until a window is free.
std::optional<PagingModel::Victims> PagingModel::victims_for(FrameCount count,
                                                             FrameCount alignment) const {
  for (std::uint32_t leaving = 0; leaving <= queued_; ++leaving) {
    const std::optional<Run> window = first_window(count, alignment, leaving);
    if (!window) continue;
    Victims victims{.window = *window};
    for (std::uint32_t i = 0; i < leaving; ++i) {
      if (!window->contains(pfn_of(pages_[queue_[i]].frame))) continue;
      victims.pages[victims.count++] = queue_[i];
    }
    return victims;
  }
  return std::nullopt;
}

/// The lowest window in which all is free once the first `leaving` pages of the queue have left.
std::optional<Run> PagingModel::first_window(FrameCount count, FrameCount alignment,
                                             std::uint32_t leaving) const {
  if (!is_satisfiable(count, alignment) || count > contract_.max_block) return std::nullopt;
  const std::uint32_t length = contract_.granted(count).value();
  const bool natural = contract_.naturally_aligned && length > alignment.value();
  const std::uint32_t step = natural ? length : alignment.value();
  for (std::uint32_t first = 0; first < arena_.count.value(); ++first) {
    if (length > arena_.count.value() - first) return std::nullopt;
    if (pfn_of(first).value() % step != 0) continue;
    bool is_free = true;
    for (std::uint32_t i = first; i < first + length; ++i) {
      const bool leaves = frames_[i].use == Use::page && is_among(frames_[i].page, leaving);
      is_free = is_free && (frames_[i].use == Use::free || leaves);
    }
    if (is_free) return Run{pfn_of(first), FrameCount{length}};
  }
  return std::nullopt;
}

bool PagingModel::is_among(std::uint32_t id, std::uint32_t leaving) const {
  for (std::uint32_t i = 0; i < leaving; ++i) {
    if (queue_[i] == id) return true;
  }
  return false;
}

bool PagingModel::is_vacant(Run window) const {
  for (std::uint32_t i = 0; i < window.count.value(); ++i) {
    if (!may_leave(index_of(window.first) + i)) return false;
  }
  return true;
}

bool PagingModel::may_leave(std::uint32_t index) const {
  const Frame& frame = frames_[index];
  return frame.use == Use::free || (frame.use == Use::page && !pages_[frame.page].is_fixed);
}

void PagingModel::take_block(Run block, std::uint32_t stamp) {
  const std::uint32_t first = index_of(block.first);
  for (std::uint32_t i = 0; i < block.count.value(); ++i) {
    frames_[first + i] = {.use = Use::block,
                          .block_first = first,
                          .block_count = block.count.value(),
                          .stamp = stamp};
  }
}

void PagingModel::release_block(Pfn first) {
  const std::uint32_t index = index_of(first);
  const std::uint32_t count = frames_[index].block_count;
  for (std::uint32_t i = 0; i < count; ++i) frames_[index + i] = {.use = Use::free};
}

void PagingModel::make_usable(Run run) {
  for (std::uint32_t i = 0; i < run.count.value(); ++i) {
    frames_[index_of(run.first) + i] = {.use = Use::free};
  }
}

void PagingModel::enter(std::uint32_t id, Pfn frame, bool dirty, bool fixed) {
  frames_[index_of(frame)] = {.use = Use::page, .page = id};
  PageBook& page = pages_[id];
  page.place = Place::frame;
  page.frame = index_of(frame);
  page.is_dirty = dirty;
  page.is_fixed = fixed;
  if (!fixed) queue_[queued_++] = id;
}

void PagingModel::leave(std::uint32_t id, Place place) {
  PageBook& page = pages_[id];
  if (!page.is_fixed) drop_from_queue(id);
  frames_[page.frame] = {.use = Use::free};
  page.place = place;
  page.is_fixed = false;
}

void PagingModel::pin(std::uint32_t id) {
  drop_from_queue(id);
  pages_[id].is_fixed = true;
}

void PagingModel::unpin(std::uint32_t id) {
  pages_[id].is_fixed = false;
  queue_[queued_++] = id;
}

void PagingModel::drop_from_queue(std::uint32_t id) {
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < queued_; ++i) {
    if (queue_[i] != id) queue_[kept++] = queue_[i];
  }
  queued_ = kept;
}

}  // namespace assay
