#include "impls/free_list/free_list.h"

namespace assay {

void FreeList::init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
  *this = FreeList{};
  window_ = window;
  base_ = map.base;
  frames_ = map.frames;
  blocks_.init(map.frames, metadata);
  // Backwards, so that the lowest frame ends up at the head.
  for (std::size_t i = map.usable.size(); i > 0; --i) add_usable(map.usable[i - 1]);
}

void FreeList::add_usable(Run run) {
  const IndexRun added{.first = index_of(run.first), .count = run.count.value()};
  blocks_.make_free(added);
  push_all(added);
  managed_ += run.count;
  free_ += run.count;
}

Pfn FreeList::allocate(FrameCount count, FrameCount alignment) {
  if (count == FrameCount{1} && alignment == FrameCount{1}) return pop();
  if (!is_satisfiable(count, alignment) || count > free_) return Pfn::none();
  const std::uint32_t first = find_run(blocks_, 0, frames_.value(), base_, count, alignment);
  if (first == kNotFound) return Pfn::none();
  for (std::uint32_t i = first; i < first + count.value(); ++i) unlink(i);
  blocks_.mark_block({.first = first, .count = count.value()});
  free_ -= count;
  return base_ + FrameCount{first};
}

FreeResult FreeList::free(Pfn first) {
  // A Pfn below the base wraps to an index beyond the arena: one comparison refuses both.
  const std::uint32_t index = index_of(first);
  if (!blocks_.clear_if_inner_single(index)) return free_block(index);
  push(index);
  free_ += FrameCount{1};
  return FrameCount{1};
}

FreeResult FreeList::free_block(std::uint32_t index) {
  const auto block = blocks_.freeable_block(index);
  if (!block) return std::unexpected(block.error());
  blocks_.clear_block(*block);
  push_all(*block);
  free_ += FrameCount{block->count};
  return FrameCount{block->count};
}

/// Backwards, so that the run's lowest frame is handed out first.
void FreeList::push_all(IndexRun run) {
  for (std::uint32_t i = run.end(); i > run.first; --i) push(i - 1);
}

void FreeList::push(std::uint32_t index) {
  if (head_ != kNil) links_in(head_) = {.previous = index, .next = second_};
  second_ = head_;
  head_ = index;
}

Pfn FreeList::pop() {
  if (head_ == kNil) return Pfn::none();
  const std::uint32_t index = head_;
  unlink_head();
  blocks_.mark_single(index);
  free_ -= FrameCount{1};
  return base_ + FrameCount{index};
}

void FreeList::unlink_head() {
  head_ = second_;
  if (head_ != kNil) second_ = links_in(head_).next;
}

void FreeList::unlink(std::uint32_t index) {
  if (index == head_) return unlink_head();
  // Copied: a window pointer does not outlive two further window calls.
  const Links links = links_in(index);
  if (links.previous == head_) {
    second_ = links.next;
  } else {
    links_in(links.previous).next = links.next;
  }
  if (links.next != kNil) links_in(links.next).previous = links.previous;
}

void FreeList::refresh() {
  if (head_ != kNil) links_in(head_) = {.previous = kNil, .next = second_};
}

FreeList::Links& FreeList::links_in(std::uint32_t index) const {
  return *reinterpret_cast<Links*>(window_(base_ + FrameCount{index}));
}

FrameCount FreeList::largest_free_run() const {
  return FrameCount{longest_free_run(blocks_, frames_.value())};
}

std::optional<Run> FreeList::block_at(Pfn pfn) const {
  const std::uint32_t index = index_of(pfn);
  if (index >= frames_.value() || !blocks_.is_used(index)) return std::nullopt;
  const IndexRun block = blocks_.block_around(index);
  return Run{base_ + FrameCount{block.first}, FrameCount{block.count}};
}

const char* FreeList::validate() const {
  if (const char* broken = blocks_.validate()) return broken;
  std::uint32_t previous = kNil;
  std::uint32_t listed = 0;
  for (std::uint32_t i = head_; i != kNil; ++listed) {
    if (i >= frames_.value() || !blocks_.is_free(i)) return "I3: the list holds a taken frame";
    if (listed == free_.value()) return "I3: the list holds more frames than are free";
    const Links links = i == head_ ? Links{.previous = kNil, .next = second_} : links_in(i);
    if (links.previous != previous) return "I4: a link back is wrong";
    previous = i;
    i = links.next;
  }
  if (listed != free_.value()) return "I3: the list lacks a free frame";
  if (blocks_.count_free() != free_.value()) return "I5: the free count is wrong";
  if (blocks_.count_used() != used_frames().value()) return "I5: the managed count is wrong";
  return nullptr;
}

}  // namespace assay
