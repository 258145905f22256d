/// The design at work under real page tables: whole frames are written, and must hold.
#include <array>
#include <cstring>

#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/memory/page_maps.h"
#include "kernel-shim/tests/tests.h"

namespace assay::kernel {

namespace {

constexpr FrameCount kOne{1};
constexpr const Contract& kContract = KernelDesign::contract;
constexpr std::uint32_t kWords = kFrameBytes / sizeof(std::uint32_t);

std::uint32_t* words_of(Pfn pfn) { return reinterpret_cast<std::uint32_t*>(frame_bytes(pfn)); }

// The two loops over whole frames take most of the time. QEMU runs one that crosses a page of code
// several times slower: in 256 bytes of their own they cannot.

/// Every frame, but where that would be gigabytes: then one in 64.
bool looks_into(const Zone& zone, Pfn pfn) {
  return zone.arena().count <= FrameCount{1U << 16} || pfn.value() % 64 == 0;
}

/// Every word says which frame this is.
[[gnu::noinline, gnu::aligned(256)]] void fill(Pfn pfn) {
  std::uint32_t* words = words_of(pfn);
  for (std::uint32_t i = 0; i < kWords; ++i) words[i] = pfn.value() * 0x9E37'79B1 + i;
}

[[gnu::noinline, gnu::aligned(256)]] bool holds(Pfn pfn) {
  const std::uint32_t* words = words_of(pfn);
  for (std::uint32_t i = 0; i < kWords; ++i) {
    if (words[i] != pfn.value() * 0x9E37'79B1 + i) return false;
  }
  return true;
}

/// Nothing is written before this: a wrong Pfn may be the kernel itself.
bool is_usable(Test& test, const Zone& zone, Run run) {
  if (zone.usable().contains(run)) return true;
  TextBuffer why;
  test.fail(why << "the design handed out frames " << run << ", which are not all usable");
  return false;
}

/// Whether there is a free run that the design promises to find, looked for frame by frame. Where
/// it does not say which frames are free, nobody knows.
bool is_there(const Zone& zone, FrameCount asked, FrameCount asked_alignment) {
  if (!kContract.knows_blocks) return false;
  if (asked > kOne && !kContract.finds_longer_runs) return false;
  const FrameCount count = kContract.granted(asked);
  const bool is_natural = kContract.naturally_aligned && count > asked_alignment;
  const FrameCount alignment = is_natural ? count : asked_alignment;
  FrameCount free_in_a_row;
  for (Pfn pfn = zone.arena().end(); pfn > zone.arena().first;) {
    pfn = pfn - kOne;
    const bool is_free = zone.usable().contains(pfn) && !zone.block_at(pfn);
    free_in_a_row = is_free ? free_in_a_row + kOne : FrameCount{0};
    if (free_in_a_row >= count && pfn.value() % alignment.value() == 0) return true;
  }
  return false;
}

/// A block whose frames are filled, or none, which is right only if there is no such run, or if
/// nobody may ask for it.
Run allocate_filled(Test& test, Zone& zone, FrameCount count, FrameCount alignment) {
  if (!kContract.covers(count, alignment)) return {Pfn::none(), count};
  const Run block{zone.allocate(count, alignment), kContract.granted(count)};
  if (block.first.is_none()) {
    if (!is_there(zone, count, alignment)) return block;
    TextBuffer why;
    test.fail(why << "no run of " << count << " frames at a multiple of " << alignment
                  << ", though there is one");
    return block;
  }
  if (!is_usable(test, zone, block)) return {Pfn::none(), count};
  test.equal("frames off the alignment", block.first.value() % alignment.value(), 0);
  if (kContract.knows_blocks) {
    test.check(zone.block_at(block.end() - kOne) == block, "block_at knows the block");
  }
  for (Pfn pfn = block.first; pfn < block.end(); pfn = pfn + kOne) {
    if (looks_into(zone, pfn)) fill(pfn);
  }
  return block;
}

void free_filled(Test& test, Zone& zone, Run block) {
  if (block.first.is_none()) return;
  for (Pfn pfn = block.first; pfn < block.end(); pfn = pfn + kOne) {
    if (looks_into(zone, pfn) && !holds(pfn)) {
      TextBuffer why;
      test.fail(why << "the content of frame " << pfn << " of block " << block << " has changed");
    }
  }
  const FreeResult freed = zone.free(block);
  test.equal("frames freed", freed ? *freed : FrameCount{0}, block.count);
}

void expect_refused(Test& test, Zone& zone, const char* what, Pfn pfn, Misuse expected) {
  const FrameCounts before = zone.counts();
  const FreeResult freed = zone.free_wrongly(pfn);
  const bool is_named = kContract.on_misuse == OnMisuse::named;
  if (freed || (is_named && freed.error() != expected)) {
    TextBuffer why;
    test.fail(why << what << " (frame " << pfn << ") gave "
                  << (freed ? "a free" : name_of(freed.error())) << ", expected "
                  << name_of(expected));
  }
  test.check(zone.counts() == before, "a refused free changes no count");
}

void expect_none(Test& test, Zone& zone, const char* what, FrameCount count, FrameCount alignment) {
  if (!kContract.covers(count, alignment) || kContract.asked(count) != count) return;
  const FrameCounts before = zone.counts();
  test.check(zone.allocate(count, alignment).is_none(), what);
  test.check(zone.counts() == before, "a failed allocation changes no count");
}

/// A bit for each frame of a zone, in pages of the kernel's heap.
class FrameSet {
 public:
  explicit FrameSet(const Zone& zone)
      : first_(zone.arena().first), address_(map_pages(zone.arena().count.value() / 8 + 1)) {
    if (exists()) std::memset(bytes(), 0, zone.arena().count.value() / 8 + 1);
  }
  FrameSet(const FrameSet&) = delete;
  FrameSet& operator=(const FrameSet&) = delete;
  ~FrameSet() { unmap_pages(address_); }

  [[nodiscard]] bool exists() const { return address_ != 0; }
  [[nodiscard]] bool contains(Pfn pfn) const {
    return (bytes()[index(pfn) / 8] >> index(pfn) % 8 & 1) != 0;
  }
  void add(Pfn pfn) { bytes()[index(pfn) / 8] |= static_cast<std::uint8_t>(1U << index(pfn) % 8); }

 private:
  [[nodiscard]] std::uint32_t index(Pfn pfn) const { return (pfn - first_).value(); }
  [[nodiscard]] std::uint8_t* bytes() const { return reinterpret_cast<std::uint8_t*>(address_); }

  Pfn first_;
  std::uint32_t address_;
};

/// Takes every single frame and writes into those that are looked into. Returns: false if frames
/// come that may not.
bool take_all(Test& test, Zone& zone, FrameSet& taken) {
  const FrameCount free = zone.counts().free;
  FrameCount count;
  for (Pfn pfn = zone.allocate(kOne); !pfn.is_none(); pfn = zone.allocate(kOne)) {
    if (count == free || !is_usable(test, zone, {pfn, kOne}) || taken.contains(pfn)) {
      test.fail("the design hands out more frames than were free");
      return false;
    }
    taken.add(pfn);
    count += kOne;
    if (looks_into(zone, pfn)) fill(pfn);
  }
  test.equal("frames taken", count, free);
  test.equal("free frames when none is left", zone.counts().free, FrameCount{0});
  return true;
}

void give_all_back(Test& test, Zone& zone, const FrameSet& taken) {
  for (Pfn pfn = zone.arena().first; pfn < zone.arena().end(); pfn = pfn + kOne) {
    if (!taken.contains(pfn)) continue;
    if (looks_into(zone, pfn) && !holds(pfn)) {
      TextBuffer why;
      return test.fail(why << "the content of frame " << pfn << " has changed while it was in use");
    }
    test.check(zone.free({pfn, kOne}) == kOne, "a frame taken can be freed");
  }
}

void keep_single_frames(Test& test, Zone& zone) {
  std::array<Run, 64> blocks;
  for (Run& block : blocks) block = allocate_filled(test, zone, kOne, kOne);
  for (std::size_t i = 0; i < blocks.size(); i += 2) {
    free_filled(test, zone, blocks[i]);
    blocks[i] = allocate_filled(test, zone, kOne, kOne);
  }
  for (const Run& block : blocks) free_filled(test, zone, block);
}

void keep_runs(Test& test, Zone& zone) {
  std::array<Run, 32> blocks;
  std::size_t made = 0;
  for (const std::uint32_t alignment : {1U, 2U, 8U, 64U}) {
    for (const std::uint32_t count : {1U, 2U, 3U, 5U, 8U, 13U, 33U, 64U}) {
      blocks[made++] = allocate_filled(test, zone, FrameCount{count}, FrameCount{alignment});
    }
  }
  for (std::size_t i = 1; i < made; i += 2) free_filled(test, zone, blocks[i]);
  for (std::size_t i = 0; i < made; i += 2) free_filled(test, zone, blocks[i]);
  const char* broken = zone.validate();
  if (broken != nullptr) test.fail(broken);
}

void misuse(Test& test, Zone& zone) {
  if (kContract.on_misuse == OnMisuse::undefined) {
    return test.skip("its contract does not say what misuse leads to");
  }
  const bool singles_only = kContract.max_block < FrameCount{4};
  const Run block = allocate_filled(test, zone, singles_only ? kOne : FrameCount{4}, kOne);
  if (block.first.is_none()) return test.fail("there is no block to misuse");
  if (!kContract.frees_parts && !singles_only) {
    expect_refused(test, zone, "a free inside a block", block.first + kOne, Misuse::inside_block);
    expect_refused(test, zone, "a free of a block's last frame", block.end() - kOne,
                   Misuse::inside_block);
  }
  const ZoneLayout& low = memory().layout.low;
  const ZoneLayout& layout = &zone == &low_zone() ? low : memory().layout.high;
  if (&zone == &low_zone()) {
    expect_refused(test, zone, "a free of frame 0", Pfn{0}, Misuse::reserved);
    expect_refused(test, zone, "a free of the image", memory().layout.image.first,
                   Misuse::reserved);
  }
  if (!kContract.foreign) {
    expect_refused(test, zone, "a free of the allocator's table", layout.metadata.first,
                   Misuse::reserved);
  }
  expect_refused(test, zone, "a free behind the arena", layout.arena.end(), Misuse::outside_arena);
  expect_refused(test, zone, "a free of none", Pfn::none(), Misuse::outside_arena);
  free_filled(test, zone, block);
  expect_refused(test, zone, "a double free", block.first, Misuse::already_free);
}

void ask_for_too_much(Test& test, Zone& zone) {
  const FrameCount too_many = zone.counts().managed + kOne;
  expect_none(test, zone, "a run of no frames", FrameCount{0}, kOne);
  expect_none(test, zone, "more frames than there are", too_many, kOne);
  expect_none(test, zone, "as many frames as can be written", FrameCount{0xFFFF'FFFF}, kOne);
  expect_none(test, zone, "an alignment of 3", kOne, FrameCount{3});
  expect_none(test, zone, "an alignment of 0", kOne, FrameCount{0});
}

void take_and_give_back(Test& test, Zone& zone) {
  FrameSet taken(zone);
  if (!taken.exists()) return test.fail("there are no frames for the test's own books");
  const FrameCounts before = zone.counts();
  const bool knows_longest = kContract.knows_longest_run;
  const FrameCount longest = knows_longest ? zone.largest_free_run() : FrameCount{0};
  if (!take_all(test, zone, taken)) return;
  expect_none(test, zone, "a frame when none is left", kOne, kOne);
  expect_none(test, zone, "a run when none is left", FrameCount{2}, kOne);
  test.check(hash_foreign_frames() == memory().foreign_content,
             "modules and the loader's tables are as the loader left them");
  give_all_back(test, zone, taken);
  test.check(zone.counts() == before, "the counts are as before");
  if (knows_longest) {
    test.equal("longest free run", zone.largest_free_run(), longest);
    free_filled(test, zone, allocate_filled(test, zone, longest, kOne));
  }
  const char* broken = zone.validate();
  if (broken != nullptr) test.fail(broken);
}

using ZoneTest = void (*)(Test& test, Zone& zone);

void in_each_zone(Test& test, ZoneTest run) {
  for (Zone& zone : zones()) {
    run(test, zone);
    if (!test.passed()) test.note() << "that was in " << zone.name() << " memory\n";
  }
}

}  // namespace

void single_frames_keep_their_content(Test& test) { in_each_zone(test, keep_single_frames); }
void runs_keep_their_content(Test& test) { in_each_zone(test, keep_runs); }
void misuse_is_refused(Test& test) { in_each_zone(test, misuse); }
void requests_that_cannot_be_served_fail(Test& test) { in_each_zone(test, ask_for_too_much); }
void every_frame_can_be_had_and_given_back(Test& test) { in_each_zone(test, take_and_give_back); }

}  // namespace assay::kernel
