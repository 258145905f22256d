#include "impls/coremap/coremap.h"

namespace assay {

void Coremap::init(const MemoryMap& map, FrameWindow /*window*/, std::span<std::byte> metadata) {
  *this = Coremap{};
  entries_ = reinterpret_cast<CoremapEntry*>(metadata.data());
  base_ = map.base;
  frames_ = map.frames.value();
  for (std::uint32_t& head : heads_) head = kNil;
  for (std::uint32_t i = 0; i < frames_; ++i) {
    entries_[i] = kInside;
    entries_[i].state = FrameState::fixed;
    entries_[i].space = kNobody;
  }
  for (const Run& run : map.usable) add_usable(run);
  if (!map.usable.empty()) first_free_ = map.usable.front().first;
}

void Coremap::add_usable(Run run) {
  const Extent added{.first = index_of(run.first), .length = run.count.value()};
  for (std::uint32_t i = added.first; i < added.end(); ++i) entries_[i] = kInside;
  release(added);
  managed_ += run.count;
  free_ += run.count;
}

Pfn Coremap::allocate(FrameCount count, FrameCount alignment) {
  if (count.value() != 1 || alignment.value() != 1) return allocate_run(count, alignment);
  if (stacked_ != 0) return take(pop(), 1);
  if (!has_next_free() && !open_next_free()) return Pfn::none();
  return take(take_next_free(), 1);
}

/// Makes free frames that are in no extent any more a block of the kernel.
Pfn Coremap::take(std::uint32_t index, std::uint32_t count) {
  CoremapEntry entry = kInside;
  entry.state = FrameState::fixed;
  entry.length = count;
  entries_[index] = entry;
  free_ -= FrameCount{count};
  return base_ + FrameCount{index};
}

std::uint32_t Coremap::pop() {
  const std::uint32_t index = stack_;
  stack_ = entries_[index].next;
  --stacked_;
  return index;
}

std::uint32_t Coremap::take_next_free() {
  const std::uint32_t index = next_free_++;
  if (!has_next_free()) close_next_free();
  return index;
}

/// Always at the same place where nothing is left, so that states which behave alike are equal.
void Coremap::close_next_free() {
  next_free_ = 0;
  next_free_end_ = 0;
}

/// Takes a shortest extent out of its bin for single frames. Returns: false if there is none.
bool Coremap::open_next_free() {
  if (bins_ == 0 && loose_ != 0) settle_by_pass();
  if (bins_ == 0) return false;
  const Extent extent = extent_at(heads_[std::countr_zero(bins_)]);
  remove(extent);
  next_free_ = extent.first;
  next_free_end_ = extent.end();
  return true;
}

Pfn Coremap::allocate_run(FrameCount count, FrameCount alignment) {
  if (!is_satisfiable(count, alignment) || count > free_) return Pfn::none();
  settle();
  const std::uint32_t found = find_extent(count, alignment);
  if (found == kNil) return Pfn::none();
  const Extent extent = extent_at(found);
  const Extent block{.first = place_in(extent, count, alignment), .length = count.value()};
  remove(extent);
  if (block.first != extent.first) {
    insert({.first = extent.first, .length = block.first - extent.first});
  }
  if (block.end() != extent.end()) {
    insert({.first = block.end(), .length = extent.end() - block.end()});
  }
  return take(block.first, block.length);
}

/// The first frame of an extent in which a run fits, or nil.
std::uint32_t Coremap::find_extent(FrameCount count, FrameCount alignment) const {
  // However an extent of so many frames lies, the run fits.
  const std::uint64_t enough = std::uint64_t{count.value()} + alignment.value() - 1;
  if (enough <= frames_) {
    // Bins above that of a shorter extent hold none that is shorter than enough.
    const std::uint64_t above = ~std::uint64_t{1} << bin_of(static_cast<std::uint32_t>(enough) - 1);
    if ((bins_ & above) != 0) return heads_[std::countr_zero(bins_ & above)];
  }
  std::uint64_t bins = bins_ & ~std::uint64_t{0} << bin_of(count.value());
  for (; bins != 0; bins &= bins - 1) {
    std::uint32_t index = heads_[std::countr_zero(bins)];
    for (; index != kNil; index = entries_[index].next) {
      if (place_in(extent_at(index), count, alignment) != kNil) return index;
    }
  }
  return kNil;
}

/// The lowest aligned place for a run in a free extent, or nil.
std::uint32_t Coremap::place_in(Extent extent, FrameCount count, FrameCount alignment) const {
  const std::uint64_t first = align_up(base_ + FrameCount{extent.first}, alignment) - base_.value();
  return first + count.value() <= extent.end() ? static_cast<std::uint32_t>(first) : kNil;
}

/// Lengths below 16 have bins of their own, then each power of two has two. The last one is for
/// 2^28 frames alone, the largest arena.
unsigned Coremap::bin_of(std::uint32_t length) {
  if (length < 16) return length - 1;
  const auto order = static_cast<unsigned>(std::bit_width(length)) - 1;
  return 2 * order + 7 + (length >> (order - 1) & 1);
}

FreeResult Coremap::free(Pfn first) {
  const std::uint32_t index = index_of(first);
  // A Pfn below the base wraps to an index beyond the table: one comparison refuses both.
  if (index >= frames_) return std::unexpected(Misuse::outside_arena);
  CoremapEntry& entry = entries_[index];
  if (entry.length != 1 || entry.state == FrameState::free) return free_run(index);
  entry = kInside;
  entry.previous = kUnmerged;
  push(index);
  free_ += FrameCount{1};
  return FrameCount{1};
}

/// Onto the stack with an unmerged frame; loose is who finds it full.
void Coremap::push(std::uint32_t index) {
  if (stacked_ == stack_limit()) {
    ++loose_;
    return;
  }
  entries_[index].next = stack_;
  stack_ = index;
  ++stacked_;
}

FreeResult Coremap::free_run(std::uint32_t index) {
  const Extent block = extent_at(index);
  if (block.length == 0 || entries_[index].state == FrameState::free) {
    return std::unexpected(misuse_at(index));
  }
  entries_[index] = kInside;
  release(block);
  free_ += FrameCount{block.length};
  return FrameCount{block.length};
}

/// Why no block can be freed at a frame.
Misuse Coremap::misuse_at(std::uint32_t index) const {
  const CoremapEntry& entry = entries_[index];
  if (entry.space == kNobody) return Misuse::reserved;
  if (entry.previous == kUnmerged) return Misuse::already_free;
  if (index >= next_free_ && index < next_free_end_) return Misuse::already_free;
  const bool in_block = entries_[start_of(index)].state != FrameState::free;
  return in_block ? Misuse::inside_block : Misuse::already_free;
}

/// The first frame of the block, or of the settled free extent, around a frame.
std::uint32_t Coremap::start_of(std::uint32_t index) const {
  while (entries_[index].length == 0) --index;
  return index;
}

/// Puts every free frame into the bins.
void Coremap::settle() {
  if (loose_ != 0) return settle_by_pass();
  if (has_next_free()) {
    const Extent rest{.first = next_free_, .length = next_free_end_ - next_free_};
    close_next_free();
    release(rest);
  }
  while (stacked_ != 0) {
    const std::uint32_t index = pop();
    entries_[index] = kInside;
    release({.first = index, .length = 1});
  }
}

/// Merges all free frames at once, and fills the bins anew.
void Coremap::settle_by_pass() {
  bins_ = 0;
  for (std::uint32_t& head : heads_) head = kNil;
  Extent free{.first = 0, .length = 0};
  for (std::uint32_t i = 0; i < frames_;) {
    const Tile tile = tile_at(i);
    const Extent extent{.first = i, .length = tile.length};
    i = extent.end();
    if (tile.is_free()) {
      erase_borders(extent);
      free.length += extent.length;
      if (i < frames_) continue;
    }
    if (free.length != 0) insert(free);
    free = {.first = i, .length = 0};
  }
  close_next_free();
  stack_ = kNil;
  stacked_ = 0;
  loose_ = 0;
}

/// Puts a free extent that is in no bin into one, together with its settled neighbours.
void Coremap::release(Extent extent) {
  if (extent.first > 0 && is_settled(extent.first - 1)) {
    const std::uint32_t length = entries_[extent.first - 1].length;
    remove({.first = extent.first - length, .length = length});
    extent = {.first = extent.first - length, .length = extent.length + length};
  }
  if (extent.end() < frames_ && is_settled(extent.end())) {
    const Extent right = extent_at(extent.end());
    remove(right);
    extent.length += right.length;
  }
  insert(extent);
}

void Coremap::insert(Extent extent) {
  const unsigned bin = bin_of(extent.length);
  const std::uint32_t next = heads_[bin];
  CoremapEntry& last = entries_[extent.end() - 1];
  last = kInside;
  last.length = extent.length;
  CoremapEntry& entry = entries_[extent.first];
  entry = last;
  entry.previous = kHeads + bin;
  entry.next = next;
  if (next != kNil) entries_[next].previous = extent.first;
  heads_[bin] = extent.first;
  bins_ |= std::uint64_t{1} << bin;
}

void Coremap::remove(Extent extent) {
  const CoremapEntry entry = entries_[extent.first];
  erase_borders(extent);
  if (entry.next != kNil) entries_[entry.next].previous = entry.previous;
  if (entry.previous < kHeads) {
    entries_[entry.previous].next = entry.next;
    return;
  }
  const unsigned bin = entry.previous - kHeads;
  heads_[bin] = entry.next;
  if (entry.next == kNil) bins_ &= ~(std::uint64_t{1} << bin);
}

void Coremap::erase_borders(Extent extent) {
  entries_[extent.first] = kInside;
  entries_[extent.end() - 1] = kInside;
}

/// Whether a settled free extent begins or ends at a frame. Requires: it lies at a border.
bool Coremap::is_settled(std::uint32_t index) const {
  return entries_[index].state == FrameState::free && entries_[index].length != 0;
}

/// The block or the settled free extent that starts at a frame; of length 0 if none does.
Coremap::Extent Coremap::extent_at(std::uint32_t index) const {
  return {.first = index, .length = entries_[index].length};
}

/// What starts at a frame. Requires: something does.
Coremap::Tile Coremap::tile_at(std::uint32_t index) const {
  const CoremapEntry& entry = entries_[index];
  if (entry.length != 0) {
    return {.kind = entry.state == FrameState::free ? Kind::settled : Kind::block,
            .length = entry.length};
  }
  if (entry.space == kNobody) return {.kind = Kind::reserved, .length = 1};
  if (entry.previous == kUnmerged) return {.kind = Kind::unmerged, .length = 1};
  return {.kind = Kind::next_free, .length = next_free_end_ - next_free_};
}

FrameCount Coremap::largest_free_run() const {
  std::uint32_t largest = 0;
  std::uint32_t run = 0;
  for (std::uint32_t i = 0; i < frames_;) {
    const Tile tile = tile_at(i);
    run = tile.is_free() ? run + tile.length : 0;
    if (run > largest) largest = run;
    i += tile.length;
  }
  return FrameCount{largest};
}

std::optional<Run> Coremap::block_at(Pfn pfn) const {
  const std::uint32_t index = index_of(pfn);
  if (index >= frames_) return std::nullopt;
  const CoremapEntry& entry = entries_[index];
  const bool used = entry.length != 0 ? entry.state != FrameState::free
                                      : misuse_at(index) == Misuse::inside_block;
  if (!used) return std::nullopt;
  const Extent block = extent_at(start_of(index));
  return Run{base_ + FrameCount{block.first}, FrameCount{block.length}};
}

Run Coremap::free_run_at(Pfn pfn) const {
  const Tile tile = tile_at(index_of(pfn));
  return {pfn, FrameCount{tile.is_free() ? tile.length : 0}};
}

CoremapTotals Coremap::totals() const {
  return {.ram_size = FrameCount{base_.value() + frames_},
          .managed = managed_,
          .first_free = first_free_,
          .frames = FrameCount{frames_},
          .free = free_};
}

const char* Coremap::validate() const {
  std::uint32_t free = 0;
  std::uint32_t reserved = 0;
  std::uint32_t settled = 0;
  std::uint32_t unmerged = 0;
  bool after_settled = false;
  for (std::uint32_t i = 0; i < frames_;) {
    const Tile tile = tile_at(i);
    if (const char* broken = validate_tile(i, tile)) return broken;
    if (tile.kind == Kind::settled && after_settled) return "I2: two settled free extents touch";
    after_settled = tile.kind == Kind::settled;
    if (tile.is_free()) free += tile.length;
    if (tile.kind == Kind::reserved) ++reserved;
    if (tile.kind == Kind::settled) ++settled;
    if (tile.kind == Kind::unmerged) ++unmerged;
    i += tile.length;
  }
  if (FrameCount{free} != free_) return "I5: the free count is wrong";
  if (FrameCount{frames_ - reserved} != managed_) return "I5: the managed count is wrong";
  if (const char* broken = validate_bins(settled)) return broken;
  return validate_stack(unmerged);
}

const char* Coremap::validate_tile(std::uint32_t index, Tile tile) const {
  if (tile.length == 0 || tile.length > frames_ - index) return "I1: an extent's length is wrong";
  if (tile.kind == Kind::next_free && index != next_free_) return "I1: a frame is in no extent";
  const std::uint32_t end = index + tile.length;
  for (std::uint32_t i = index + 1; i < end; ++i) {
    const std::uint32_t border = tile.kind == Kind::settled && i + 1 == end ? tile.length : 0;
    if (entries_[i].length != border) return "I1: a length inside an extent is wrong";
    if (entries_[i].space == kNobody) return "I1: a reserved frame lies in an extent";
  }
  return nullptr;
}

/// Checks I3. `settled` is the number of settled free extents in the table.
const char* Coremap::validate_bins(std::uint32_t settled) const {
  for (unsigned bin = 0; bin < kBins; ++bin) {
    if ((heads_[bin] != kNil) != ((bins_ >> bin & 1) != 0)) return "I3: a bin's bit is wrong";
    std::uint32_t previous = kHeads + bin;
    for (std::uint32_t i = heads_[bin]; i != kNil; i = entries_[i].next) {
      if (i >= frames_ || !is_settled(i) || bin_of(entries_[i].length) != bin) {
        return "I3: a bin holds what does not belong there";
      }
      if (entries_[i].previous != previous) return "I3: a link is wrong";
      if (settled-- == 0) return "I3: bins hold more than the free extents";
      previous = i;
    }
  }
  return settled == 0 ? nullptr : "I3: a free extent is in no bin";
}

/// Checks I4. `unmerged` is the number of unmerged frames in the table.
const char* Coremap::validate_stack(std::uint32_t unmerged) const {
  if (stacked_ > stack_limit()) return "I4: the stack is too high";
  if (unmerged != stacked_ + loose_) return "I4: the unmerged counts are wrong";
  std::uint32_t index = stack_;
  for (std::uint32_t left = stacked_; left > 0; --left) {
    if (index >= frames_ || entries_[index].length != 0 || entries_[index].previous != kUnmerged) {
      return "I4: the stack holds a frame that is not unmerged";
    }
    index = entries_[index].next;
  }
  return index == kNil ? nullptr : "I4: the stack goes on behind its end";
}

}  // namespace assay
