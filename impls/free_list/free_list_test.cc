// free_list's policy: last in, first out; links in free frames only; two window pointers suffice.
#include "impls/free_list/free_list.h"

#include <gtest/gtest.h>

#include <cstring>

#include "impls/test_arena.h"
#include "impls/test_every_design.h"
#include "impls/test_steps.h"

namespace assay {
namespace {

using Arena = TestArena<FreeList>;

TEST(FreeListTest, the_frame_freed_last_comes_first) {
  Arena arena(1, 8);
  EXPECT_EQ(arena.alloc(1), 1U);
  EXPECT_EQ(arena.alloc(1), 2U);
  EXPECT_EQ(arena.alloc(1), 3U);
  EXPECT_EQ(arena.free(1), 1U);
  EXPECT_EQ(arena.free(3), 1U);
  EXPECT_EQ(arena.alloc(1), 3U);
  EXPECT_EQ(arena.alloc(1), 1U);
  EXPECT_EQ(arena.alloc(1), 4U);
}

TEST(FreeListTest, does_what_every_design_does) { expect_what_every_design_does<FreeList>(); }

TEST(FreeListTest, a_freed_block_gives_its_lowest_frame_first) {
  Arena arena(0, 8);
  EXPECT_EQ(arena.alloc(3), 0U);
  EXPECT_EQ(arena.free(0), 3U);
  EXPECT_EQ(arena.alloc(1), 0U);
  EXPECT_EQ(arena.alloc(1), 1U);
}

TEST(FreeListTest, a_run_is_taken_out_of_the_middle_of_the_list) {
  Arena arena(0, 8);
  EXPECT_EQ(arena.alloc(2, 4), 0U);
  EXPECT_EQ(arena.alloc(2, 4), 4U);
  EXPECT_EQ(arena.design.validate(), nullptr);
  for (const std::uint32_t expected : {2U, 3U, 6U, 7U}) EXPECT_EQ(arena.alloc(1), expected);
  EXPECT_EQ(arena.alloc(1), kNone);
}

TEST(FreeListTest, links_live_in_free_frames) {
  Arena arena(0, 4);
  std::uint32_t links[2];
  std::memcpy(links, arena.frame(2), sizeof links);
  EXPECT_EQ(links[0], 1U) << "previous";
  EXPECT_EQ(links[1], 3U) << "next";
}

TEST(FreeListTest, validate_sees_a_link_that_somebody_overwrote) {
  Arena arena(0, 4);
  std::memset(arena.frame(2), 0, 8);
  EXPECT_NE(arena.design.validate(), nullptr);
}

/// The head's own links are in the object: it gets them when it ceases to be the head.
TEST(FreeListTest, a_frame_that_comes_and_goes_is_not_touched) {
  Arena arena(0, 4);
  EXPECT_EQ(arena.alloc(1), 0U);
  std::memset(arena.frame(0), 0x77, 8);
  EXPECT_EQ(arena.free(0), 1U);
  EXPECT_EQ(arena.frame(0)[0], std::byte{0x77});
  EXPECT_EQ(arena.alloc(1), 0U);
  EXPECT_EQ(arena.free(0), 1U);
  EXPECT_EQ(arena.alloc(2), 0U) << "and leaves the list as any other frame does";
  EXPECT_EQ(arena.design.validate(), nullptr);
}

TEST(FreeListTest, a_refresh_writes_the_links_of_the_head) {
  Arena arena(0, 4);
  std::memset(arena.frame(0), 0x77, 8);
  arena.design.refresh();
  std::uint32_t links[2];
  std::memcpy(links, arena.frame(0), sizeof links);
  EXPECT_EQ(links[0], kNone) << "previous";
  EXPECT_EQ(links[1], 1U) << "next";
}

TEST(FreeListTest, single_frames_take_as_many_steps_in_every_arena) {
  if (!kStepsAreCounted) GTEST_SKIP() << "only the fuzz build counts steps";
  for (const std::uint32_t frames : {64U, 4096U}) {
    Arena arena(0, frames);
    for (std::uint32_t i = 0; i < frames; ++i) {
      EXPECT_LT(steps_of([&] { EXPECT_EQ(arena.alloc(1), i); }), 20U);
    }
    EXPECT_LT(steps_of([&] { EXPECT_EQ(arena.alloc(1), kNone); }), 20U);
    for (std::uint32_t i = 0; i < frames; ++i) {
      EXPECT_LT(steps_of([&] { EXPECT_EQ(arena.free(i), 1U); }), 45U);
    }
  }
}

/// Two frames at a time: a pointer dies with the second following call, and its bytes with it.
class TwoSlots {
 public:
  explicit TwoSlots(std::uint32_t frames) : ram_(frames * std::size_t{kFrameBytes}) {}

  [[nodiscard]] FrameWindow window() {
    return {[](void* self, Pfn pfn) { return static_cast<TwoSlots*>(self)->map(pfn); }, this};
  }

 private:
  struct Slot {
    Pfn pfn;
    std::array<std::byte, kFrameBytes> bytes;
  };

  std::byte* map(Pfn pfn) {
    if (slots_[1 - next_].pfn == pfn) return slots_[1 - next_].bytes.data();
    Slot& slot = slots_[next_];
    write_back(slot);
    slot.pfn = pfn;
    std::memcpy(slot.bytes.data(), at(pfn), kFrameBytes);
    next_ = 1 - next_;
    return slot.bytes.data();
  }

  void write_back(const Slot& slot) {
    if (!slot.pfn.is_none()) std::memcpy(at(slot.pfn), slot.bytes.data(), kFrameBytes);
  }

  std::byte* at(Pfn pfn) { return ram_.data() + bytes_of(pfn - Pfn{0}); }

  std::vector<std::byte> ram_;
  std::array<Slot, 2> slots_{};
  unsigned next_ = 0;
};

TEST(FreeListTest, works_where_only_two_frames_are_mapped_at_a_time) {
  TwoSlots slots(16);
  const std::array usable = {run_of(0, 16)};
  const MemoryMap map{Pfn{0}, FrameCount{16}, usable};
  std::vector<std::uint64_t> metadata(8);
  FreeList list;
  list.init(map, slots.window(), std::as_writable_bytes(std::span(metadata)));
  const Pfn run = list.allocate(FrameCount{5});
  const Pfn single = list.allocate(FrameCount{1});
  EXPECT_EQ(list.free(run), FrameCount{5});
  EXPECT_EQ(list.allocate(FrameCount{3}, FrameCount{2}), Pfn{0});
  EXPECT_EQ(list.free(single), FrameCount{1});
  EXPECT_EQ(list.validate(), nullptr);
}

}  // namespace
}  // namespace assay
