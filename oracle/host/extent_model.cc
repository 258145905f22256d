#include "oracle/host/extent_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>

namespace assay {

void ExtentModel::init(const Arena& arena) {
  arena_ = arena.run();
  free_.clear();
  reserved_.clear();
  blocks_.clear();
  free_frames_ = arena.frames;
  used_frames_ = FrameCount{0};
  add(free_, arena_);
  for (const Run& hole : arena.hole_runs()) {
    cut(free_, hole);
    add(reserved_, hole);
    free_frames_ -= hole.count;
  }
}

FrameCount ExtentModel::largest_free_run() const {
  FrameCount largest;
  for (const auto& [first, count] : free_) largest = std::max(largest, count);
  return largest;
}

/// The extent that holds `pfn`: the last one that starts at or before it, if it reaches that far.
std::optional<Run> ExtentModel::extent_around(const Extents& extents, Pfn pfn) {
  const auto behind = extents.upper_bound(pfn);
  if (behind == extents.begin()) return std::nullopt;
  const auto& [first, count] = *std::prev(behind);
  const Run extent{first, count};
  return extent.contains(pfn) ? std::optional(extent) : std::nullopt;
}

std::optional<Pfn> ExtentModel::first_not_free(Run run) const {
  const std::optional<Run> extent = extent_around(free_, run.first);
  if (!extent) return run.first;
  if (run.count <= extent->end() - run.first) return std::nullopt;
  return extent->end();
}

bool ExtentModel::fits_somewhere(FrameCount count, FrameCount alignment) const {
  return std::ranges::any_of(free_, [&](const auto& extent) {
    const std::uint64_t step = alignment.value();
    const std::uint64_t first = (extent.first.value() + step - 1) / step * step;
    return first + count.value() <= std::uint64_t{extent.first.value()} + extent.second.value();
  });
}

std::optional<Run> ExtentModel::block_at(Pfn pfn) const { return extent_around(blocks_, pfn); }

FreeResult ExtentModel::expected_free(Pfn pfn) const {
  if (!arena_.contains(pfn)) return std::unexpected(Misuse::outside_arena);
  if (extent_around(reserved_, pfn)) return std::unexpected(Misuse::reserved);
  const std::optional<Run> block = extent_around(blocks_, pfn);
  if (!block) return std::unexpected(Misuse::already_free);
  if (block->first != pfn) return std::unexpected(Misuse::inside_block);
  return block->count;
}

bool ExtentModel::is_reserved(Run run) const {
  if (run.count == FrameCount{0}) return false;
  const std::optional<Run> extent = extent_around(reserved_, run.first);
  return extent && run.count <= extent->end() - run.first;
}

Pfn ExtentModel::next_block(Pfn pfn) const {
  const auto found = blocks_.lower_bound(pfn);
  return found == blocks_.end() ? Pfn::none() : found->first;
}

void ExtentModel::take(Run run) {
  cut(free_, run);
  blocks_.emplace(run.first, run.count);
  free_frames_ -= run.count;
  used_frames_ += run.count;
}

void ExtentModel::release(Pfn pfn) {
  const auto holder = std::prev(blocks_.upper_bound(pfn));
  const Run freed{pfn, holder->first + holder->second - pfn};
  holder->second -= freed.count;
  if (holder->second == FrameCount{0}) blocks_.erase(holder);
  add(free_, freed);
  free_frames_ += freed.count;
  used_frames_ -= freed.count;
}

void ExtentModel::make_usable(Run run) {
  cut(reserved_, run);
  add(free_, run);
  free_frames_ += run.count;
}

void ExtentModel::reserve(Run run) {
  cut(free_, run);
  add(reserved_, run);
  free_frames_ -= run.count;
}

/// Adds a run and joins it with the extents that it touches.
void ExtentModel::add(Extents& extents, Run run) {
  Pfn first = run.first;
  Pfn end = run.end();
  const auto behind = extents.find(end);
  if (behind != extents.end()) {
    end = end + behind->second;
    extents.erase(behind);
  }
  const auto next = extents.lower_bound(first);
  if (next != extents.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second == first) {
      first = before->first;
      extents.erase(before);
    }
  }
  extents.emplace(first, end - first);
}

/// Cuts a run out of the extent that holds it. Requires: one does.
void ExtentModel::cut(Extents& extents, Run run) {
  const auto holder = std::prev(extents.upper_bound(run.first));
  const Run extent{holder->first, holder->second};
  extents.erase(holder);
  if (run.first > extent.first) extents.emplace(extent.first, run.first - extent.first);
  if (extent.end() > run.end()) extents.emplace(run.end(), extent.end() - run.end());
}

namespace {

/// The answer, if both oracles gave it.
template <class Answer>
Answer agreed(const char* question, const Answer& frames, const Answer& extents) {
  if (frames == extents) return frames;
  fmt::print(stderr, "ASSAY-ORACLES the two oracles disagree about {}\n", question);
  std::abort();
}

}  // namespace

void PairedModel::init(const Arena& arena, std::span<std::byte> memory) {
  Model::init(arena, memory);
  extents_.init(arena);
}

FrameCount PairedModel::free_frames() const {
  return agreed("free_frames", Model::free_frames(), extents_.free_frames());
}

FrameCount PairedModel::used_frames() const {
  return agreed("used_frames", Model::used_frames(), extents_.used_frames());
}

FrameCount PairedModel::largest_free_run() const {
  return agreed("largest_free_run", Model::largest_free_run(), extents_.largest_free_run());
}

std::optional<Pfn> PairedModel::first_not_free(Run run) const {
  return agreed("first_not_free", Model::first_not_free(run), extents_.first_not_free(run));
}

Pfn PairedModel::find_fit(FrameCount count, FrameCount alignment) const {
  const Pfn fit = Model::find_fit(count, alignment);
  agreed("find_fit", !fit.is_none(), extents_.fits_somewhere(count, alignment));
  return fit;
}

std::optional<Run> PairedModel::block_at(Pfn pfn) const {
  return agreed("block_at", Model::block_at(pfn), extents_.block_at(pfn));
}

FreeResult PairedModel::expected_free(Pfn pfn) const {
  return agreed("expected_free", Model::expected_free(pfn), extents_.expected_free(pfn));
}

bool PairedModel::is_reserved(Run run) const {
  return agreed("is_reserved", Model::is_reserved(run), extents_.is_reserved(run));
}

Pfn PairedModel::next_block(Pfn pfn) const {
  return agreed("next_block", Model::next_block(pfn), extents_.next_block(pfn));
}

void PairedModel::take(Run run, std::uint32_t owner) {
  Model::take(run, owner);
  extents_.take(run);
}

void PairedModel::release(Pfn pfn) {
  Model::release(pfn);
  extents_.release(pfn);
}

void PairedModel::make_usable(Run run) {
  Model::make_usable(run);
  extents_.make_usable(run);
}

void PairedModel::reserve(Run run) {
  Model::reserve(run);
  extents_.reserve(run);
}

}  // namespace assay
