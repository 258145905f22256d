#include "oracle/host/booted_coremap.h"

#include <cstring>

#include "oracle/operations/random.h"

namespace assay {

namespace {

/// What the owner of a frame that never comes back wrote there.
std::uint64_t mark_of(Pfn at) { return 0x5354'4F4C'454E'0000U ^ at.value(); }

}  // namespace

BootedCoremap::Low BootedCoremap::low_of(const MemoryMap& map) {
  Random random(std::uint64_t{map.base.value()} << 32 | map.frames.value());
  Low low;
  low.kernel = random.between(1, 3);
  low.steal_count = random.below(kMaxSteals + 1);
  for (std::uint32_t i = 0; i < low.steal_count; ++i) {
    low.steals[i] = random.between(1, 3);
    low.stolen += low.steals[i];
  }
  const auto needed = [&] {
    const FrameCount all{low.frames() + map.frames.value()};
    return Coremap::metadata_bytes({Pfn{0}, all, {}});
  };
  while (needed() > bytes_of(FrameCount{low.table})) ++low.table;
  return low;
}

std::uint64_t BootedCoremap::metadata_bytes(const MemoryMap& map) {
  return bytes_of(FrameCount{low_of(map).frames()});
}

void BootedCoremap::init(const MemoryMap& map, FrameWindow /*window*/,
                         std::span<std::byte> metadata) {
  *this = BootedCoremap{};
  const Low low = low_of(map);
  if (map.base.value() < low.frames()) shift_ = FrameCount{kShift};
  low_end_ = machine(map.base);
  bottom_ = low_end_ - FrameCount{low.frames()};
  stolen_end_ = bottom_ + FrameCount{low.kernel + low.stolen};
  direct_map_ = FrameWindow(metadata.data(), bottom_);
  // What is free from the arena's first frame on is known at once, all else later.
  const bool at_once = !map.usable.empty() && map.usable.front().first == map.base;
  const FrameCount first = at_once ? map.usable.front().count : FrameCount{0};
  BootRam ram(bottom_ + FrameCount{low.kernel}, low_end_ + first);
  steal_all(ram, low);
  come_up(ram, map);
  for (const Run& run : map.usable.subspan(at_once ? 1 : 0)) add_usable(run);
  refuse_frees_below();
}

/// Steals step by step, and too much and nothing in between; each frame gets its owner's mark.
void BootedCoremap::steal_all(BootRam& ram, const Low& low) {
  Pfn next = bottom_ + FrameCount{low.kernel};
  for (std::uint32_t i = 0; i < low.steal_count; ++i) {
    if (!ram.steal(FrameCount{0}).is_none()) complain("a steal of nothing succeeded");
    if (!ram.steal(FrameCount{0xFFFF'FFFF}).is_none()) complain("a steal of all and more did");
    const FrameCount count{low.steals[i]};
    if (ram.steal(count) != next) return complain("a steal did not return the next frames");
    next = next + count;
  }
  for (Pfn at = bottom_; at < stolen_end_; at = at + FrameCount{1}) {
    const std::uint64_t mark = mark_of(at);
    std::memcpy(direct_map_(at), &mark, sizeof mark);
  }
}

void BootedCoremap::come_up(BootRam& ram, const MemoryMap& map) {
  const Run all{bottom_, (low_end_ - bottom_) + map.frames};
  const std::optional<Run> free = bootstrap(coremap_, ram, all, direct_map_);
  if (!free) return complain("the table did not fit");
  if (free->first != low_end_) complain("the table does not end where the arena begins");
  if (!ram.steal(FrameCount{1}).is_none()) complain("a steal succeeded after the size was asked");
  if (coremap_.free_frames() != free->count) complain("the coremap has other frames than are left");
}

/// The kernel, what was stolen and the table are nobody's to free.
void BootedCoremap::refuse_frees_below() {
  const CoremapTotals before = coremap_.totals();
  for (Pfn at = bottom_; at < low_end_; at = at + FrameCount{1}) {
    const FreeResult freed = coremap_.free(at);
    if (freed || freed.error() != Misuse::reserved) complain("a fixed frame was not refused");
  }
  if (coremap_.totals() != before) complain("a refused free changed the totals");
}

Pfn BootedCoremap::allocate(FrameCount count, FrameCount alignment) {
  // Of the multiples of more than the shift only frame 0 can lie in an arena that is shifted.
  const bool beyond = shift_ != FrameCount{0} && alignment > shift_;
  const bool is_power = (alignment.value() & (alignment.value() - 1)) == 0;
  const Pfn first = coremap_.allocate(count, beyond && is_power ? shift_ : alignment);
  return first.is_none() ? first : first - shift_;
}

FreeResult BootedCoremap::free(Pfn first) {
  const FreeResult freed = coremap_.free(machine(first));
  // The trial does not know of the frames below its arena.
  if (!is_low(machine(first)) || freed || freed.error() != Misuse::reserved) return freed;
  return std::unexpected(Misuse::outside_arena);
}

std::optional<Run> BootedCoremap::block_at(Pfn pfn) const {
  const std::optional<Run> block = coremap_.block_at(machine(pfn));
  if (!block) return block;
  return Run{block->first - shift_, block->count};
}

std::uint64_t BootedCoremap::mark_in(Pfn at) const {
  std::uint64_t mark = 0;
  std::memcpy(&mark, direct_map_(at), sizeof mark);
  return mark;
}

const char* BootedCoremap::validate() const {
  if (broken_ != nullptr) return broken_;
  for (Pfn at = bottom_; at < stolen_end_; at = at + FrameCount{1}) {
    if (mark_in(at) != mark_of(at)) return "a stolen frame was written to";
  }
  return coremap_.validate();
}

}  // namespace assay
