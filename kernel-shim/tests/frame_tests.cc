/// The design at work under real page tables: whole frames are written, and must hold.
#include <array>

#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/tests/tests.h"

namespace assay::kernel {

namespace {

constexpr FrameCount kOne{1};
constexpr const Contract& kContract = KernelDesign::contract;
constexpr std::uint32_t kWords = kFrameBytes / sizeof(std::uint32_t);

std::uint32_t* words_of(Pfn pfn) { return reinterpret_cast<std::uint32_t*>(direct_map(pfn)); }

// The two loops over whole frames take most of the time. QEMU runs one that crosses a page of code
// several times slower: in 256 bytes of their own they cannot.

/// Word 0 is the owner's, all others say which frame this is.
[[gnu::noinline, gnu::aligned(256)]] void fill(Pfn pfn, std::uint32_t first_word) {
  std::uint32_t* words = words_of(pfn);
  words[0] = first_word;
  for (std::uint32_t i = 1; i < kWords; ++i) words[i] = pfn.value() * 0x9E37'79B1 + i;
}

[[gnu::noinline, gnu::aligned(256)]] bool holds(Pfn pfn) {
  const std::uint32_t* words = words_of(pfn);
  for (std::uint32_t i = 1; i < kWords; ++i) {
    if (words[i] != pfn.value() * 0x9E37'79B1 + i) return false;
  }
  return true;
}

/// Nothing is written before this: a wrong Pfn may be the kernel itself.
bool is_usable(Test& test, Run run) {
  if (memory().layout.usable.contains(run)) return true;
  TextBuffer why;
  test.fail(why << "the design handed out frames " << run << ", which are not all usable");
  return false;
}

/// Whether there is a free run that the design promises to find, looked for frame by frame. Where
/// it does not say which frames are free, nobody knows.
bool is_there(FrameCount asked, FrameCount asked_alignment) {
  if (!kContract.knows_blocks) return false;
  if (asked > kOne && !kContract.finds_longer_runs) return false;
  const FrameCount count = kContract.granted(asked);
  const bool is_natural = kContract.naturally_aligned && count > asked_alignment;
  const FrameCount alignment = is_natural ? count : asked_alignment;
  const Layout& layout = memory().layout;
  FrameCount free_in_a_row;
  for (Pfn pfn = layout.arena.end(); pfn > layout.arena.first;) {
    pfn = pfn - kOne;
    const bool is_free = layout.usable.contains(pfn) && !frames().block_at(pfn);
    free_in_a_row = is_free ? free_in_a_row + kOne : FrameCount{0};
    if (free_in_a_row >= count && pfn.value() % alignment.value() == 0) return true;
  }
  return false;
}

/// A block whose frames are filled, or none, which is right only if there is no such run, or if
/// nobody may ask for it.
Run allocate_filled(Test& test, FrameCount count, FrameCount alignment) {
  if (!kContract.covers(count, alignment)) return {Pfn::none(), count};
  const Run block{frames().allocate(count, alignment), kContract.granted(count)};
  if (block.first.is_none()) {
    if (!is_there(count, alignment)) return block;
    TextBuffer why;
    test.fail(why << "no run of " << count << " frames at a multiple of " << alignment
                  << ", though there is one");
    return block;
  }
  if (!is_usable(test, block)) return {Pfn::none(), count};
  test.equal("frames off the alignment", block.first.value() % alignment.value(), 0);
  if (kContract.knows_blocks) {
    test.check(frames().block_at(block.end() - kOne) == block, "block_at knows the block");
  }
  for (Pfn pfn = block.first; pfn < block.end(); pfn = pfn + kOne) fill(pfn, 0);
  return block;
}

void free_filled(Test& test, Run block) {
  if (block.first.is_none()) return;
  for (Pfn pfn = block.first; pfn < block.end(); pfn = pfn + kOne) {
    if (!holds(pfn)) {
      TextBuffer why;
      test.fail(why << "the content of frame " << pfn << " of block " << block << " has changed");
    }
  }
  const FreeResult freed = free_block(block);
  test.equal("frames freed", freed ? *freed : FrameCount{0}, block.count);
}

void expect_refused(Test& test, const char* what, Pfn pfn, Misuse expected) {
  const FrameCounts before = count_frames();
  const FreeResult freed = free_wrongly(pfn);
  const bool is_named = kContract.on_misuse == OnMisuse::named;
  if (freed || (is_named && freed.error() != expected)) {
    TextBuffer why;
    test.fail(why << what << " (frame " << pfn << ") gave "
                  << (freed ? "a free" : name_of(freed.error())) << ", expected "
                  << name_of(expected));
  }
  test.check(count_frames() == before, "a refused free changes no count");
}

void expect_none(Test& test, const char* what, FrameCount count, FrameCount alignment) {
  if (!kContract.covers(count, alignment) || kContract.asked(count) != count) return;
  const FrameCounts before = count_frames();
  test.check(frames().allocate(count, alignment).is_none(), what);
  test.check(count_frames() == before, "a failed allocation changes no count");
}

/// Takes every single frame, each holding the number of the one before. Returns: the last, or none.
Pfn take_all(Test& test) {
  const FrameCount free = frames().free_frames();
  Pfn last = Pfn::none();
  FrameCount taken;
  for (Pfn pfn = frames().allocate(kOne); !pfn.is_none(); pfn = frames().allocate(kOne)) {
    if (taken == free || !is_usable(test, {pfn, kOne})) {
      test.fail("the design hands out more frames than were free");
      return Pfn::none();
    }
    fill(pfn, last.value());
    last = pfn;
    taken += kOne;
  }
  test.equal("frames taken", taken, free);
  test.equal("free frames when none is left", frames().free_frames(), FrameCount{0});
  return last;
}

void give_all_back(Test& test, Pfn last) {
  while (!last.is_none()) {
    if (!holds(last)) {
      TextBuffer why;
      return test.fail(why << "the content of frame " << last
                           << " has changed while it was in use");
    }
    const Pfn before{words_of(last)[0]};
    test.check(free_block({last, kOne}) == kOne, "a frame taken can be freed");
    last = before;
  }
}

}  // namespace

void single_frames_keep_their_content(Test& test) {
  std::array<Run, 64> blocks;
  for (Run& block : blocks) block = allocate_filled(test, kOne, kOne);
  for (std::size_t i = 0; i < blocks.size(); i += 2) {
    free_filled(test, blocks[i]);
    blocks[i] = allocate_filled(test, kOne, kOne);
  }
  for (const Run& block : blocks) free_filled(test, block);
}

void runs_keep_their_content(Test& test) {
  std::array<Run, 32> blocks;
  std::size_t made = 0;
  for (const std::uint32_t alignment : {1U, 2U, 8U, 64U}) {
    for (const std::uint32_t count : {1U, 2U, 3U, 5U, 8U, 13U, 33U, 64U}) {
      blocks[made++] = allocate_filled(test, FrameCount{count}, FrameCount{alignment});
    }
  }
  for (std::size_t i = 1; i < made; i += 2) free_filled(test, blocks[i]);
  for (std::size_t i = 0; i < made; i += 2) free_filled(test, blocks[i]);
  const char* broken = frames().validate();
  if (broken != nullptr) test.fail(broken);
}

void misuse_is_refused(Test& test) {
  if (kContract.on_misuse == OnMisuse::undefined) {
    return test.skip("its contract does not say what misuse leads to");
  }
  const bool singles_only = kContract.max_block < FrameCount{4};
  const Run block = allocate_filled(test, singles_only ? kOne : FrameCount{4}, kOne);
  if (block.first.is_none()) return test.fail("there is no block to misuse");
  const Layout& layout = memory().layout;
  if (!kContract.frees_parts && !singles_only) {
    expect_refused(test, "a free inside a block", block.first + kOne, Misuse::inside_block);
    expect_refused(test, "a free of a block's last frame", block.end() - kOne,
                   Misuse::inside_block);
  }
  expect_refused(test, "a free of frame 0", Pfn{0}, Misuse::reserved);
  expect_refused(test, "a free of the image", layout.image.first, Misuse::reserved);
  expect_refused(test, "a free behind the arena", layout.arena.end(), Misuse::outside_arena);
  expect_refused(test, "a free of none", Pfn::none(), Misuse::outside_arena);
  free_filled(test, block);
  expect_refused(test, "a double free", block.first, Misuse::already_free);
}

void requests_that_cannot_be_served_fail(Test& test) {
  const FrameCount too_many = frames().managed_frames() + kOne;
  expect_none(test, "a run of no frames", FrameCount{0}, kOne);
  expect_none(test, "more frames than there are", too_many, kOne);
  expect_none(test, "as many frames as can be written", FrameCount{0xFFFF'FFFF}, kOne);
  expect_none(test, "an alignment of 3", kOne, FrameCount{3});
  expect_none(test, "an alignment of 0", kOne, FrameCount{0});
}

void every_frame_can_be_had_and_given_back(Test& test) {
  const FrameCounts before = count_frames();
  const bool knows_longest = kContract.knows_longest_run;
  const FrameCount longest = knows_longest ? frames().largest_free_run() : FrameCount{0};
  const Pfn last = take_all(test);
  if (last.is_none()) return;
  expect_none(test, "a frame when none is left", kOne, kOne);
  expect_none(test, "a run when none is left", FrameCount{2}, kOne);
  test.check(hash_foreign_frames() == memory().foreign_content,
             "modules and the loader's tables are as the loader left them");
  give_all_back(test, last);
  test.check(count_frames() == before, "the counts are as before");
  if (knows_longest) {
    test.equal("longest free run", frames().largest_free_run(), longest);
    free_filled(test, allocate_filled(test, longest, kOne));
  }
  const char* broken = frames().validate();
  if (broken != nullptr) test.fail(broken);
}

}  // namespace assay::kernel
