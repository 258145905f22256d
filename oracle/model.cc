#include "oracle/model.h"

namespace assay {

void Model::init(const Arena& arena, std::span<std::byte> memory) {
  frames_ = {reinterpret_cast<Frame*>(memory.data()), arena.frames.value()};
  arena_ = arena.run();
  free_ = FrameCount{0};
  used_ = FrameCount{0};
  for (Frame& frame : frames_) frame = {State::reserved, 0, 0, kNobody};
  for (const Run& run : UsableRuns(arena).runs()) make_usable(run);
}

bool Model::is_inside(Run run) const {
  return run.first >= arena_.first && run.first < arena_.end() &&
         run.count <= arena_.end() - run.first;
}

std::optional<Pfn> Model::first_not_free(Run run) const {
  for (std::uint32_t i = 0; i < run.count.value(); ++i) {
    const Pfn pfn = run.first + FrameCount{i};
    if (!arena_.contains(pfn) || frames_[index_of(pfn)].state != State::free) return pfn;
  }
  return std::nullopt;
}

Pfn Model::find_fit(FrameCount count, FrameCount alignment) const {
  std::uint32_t free_in_a_row = 0;
  for (std::uint32_t i = frames_.size(); i > 0; --i) {
    const std::uint32_t index = i - 1;
    free_in_a_row = frames_[index].state == State::free ? free_in_a_row + 1 : 0;
    const Pfn pfn = arena_.first + FrameCount{index};
    if (free_in_a_row >= count.value() && pfn.value() % alignment.value() == 0) return pfn;
  }
  return Pfn::none();
}

FrameCount Model::largest_free_run() const {
  std::uint32_t largest = 0;
  std::uint32_t free_in_a_row = 0;
  for (const Frame& frame : frames_) {
    free_in_a_row = frame.state == State::free ? free_in_a_row + 1 : 0;
    if (free_in_a_row > largest) largest = free_in_a_row;
  }
  return FrameCount{largest};
}

std::optional<Run> Model::block_at(Pfn pfn) const {
  if (!arena_.contains(pfn)) return std::nullopt;
  const Frame& frame = frames_[index_of(pfn)];
  if (frame.state != State::used) return std::nullopt;
  const Pfn first = arena_.first + FrameCount{frame.block_first};
  return Run{first, FrameCount{frames_[frame.block_first].block_count}};
}

std::uint32_t Model::owner_of_block(Pfn pfn) const {
  const std::optional<Run> block = block_at(pfn);
  return block && block->first == pfn ? frames_[index_of(pfn)].owner : kNobody;
}

FreeResult Model::expected_free(Pfn pfn) const {
  if (!arena_.contains(pfn)) return std::unexpected(Misuse::outside_arena);
  const Frame& frame = frames_[index_of(pfn)];
  if (frame.state == State::reserved) return std::unexpected(Misuse::reserved);
  if (frame.state == State::free) return std::unexpected(Misuse::already_free);
  if (frame.block_first != index_of(pfn)) return std::unexpected(Misuse::inside_block);
  return FrameCount{frame.block_count};
}

bool Model::is_reserved(Run run) const {
  if (run.count == FrameCount{0} || !is_inside(run)) return false;
  for (std::uint32_t i = 0; i < run.count.value(); ++i) {
    if (frames_[index_of(run.first) + i].state != State::reserved) return false;
  }
  return true;
}

Pfn Model::next_block(Pfn pfn) const {
  for (std::uint32_t i = index_of(pfn); i < frames_.size(); ++i) {
    if (frames_[i].state == State::used && frames_[i].block_first == i) {
      return arena_.first + FrameCount{i};
    }
  }
  return Pfn::none();
}

void Model::take(Run run, std::uint32_t owner) {
  const std::uint32_t first = index_of(run.first);
  for (std::uint32_t i = 0; i < run.count.value(); ++i) {
    frames_[first + i] = {State::used, first, 0, kNobody};
  }
  frames_[first].block_count = run.count.value();
  frames_[first].owner = owner;
  free_ -= run.count;
  used_ += run.count;
}

void Model::release(Pfn pfn) {
  const std::uint32_t index = index_of(pfn);
  const std::uint32_t first = frames_[index].block_first;
  const FrameCount count{frames_[first].block_count - (index - first)};
  frames_[first].block_count = index - first;
  for (std::uint32_t i = 0; i < count.value(); ++i) {
    frames_[index + i] = {State::free, 0, 0, kNobody};
  }
  free_ += count;
  used_ -= count;
}

void Model::make_usable(Run run) {
  for (std::uint32_t i = 0; i < run.count.value(); ++i) {
    frames_[index_of(run.first) + i].state = State::free;
  }
  free_ += run.count;
}

}  // namespace assay
