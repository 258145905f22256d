// The rules of the paging side, one by one, on memory of six frames: who leaves, in which order,
// what the kernel is called for, and what a failure leaves behind.
#include "impls/paged/paged.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "impls/bitmap/bitmap.h"
#include "impls/paged/test_entries.h"
#include "impls/tag_bitmap/tag_bitmap.h"
#include "impls/test_arena.h"
#include "impls/test_every_design.h"

namespace assay {
namespace {

constexpr std::uint32_t kSpace = 7;

Page page(std::uint32_t number) { return {.space = kSpace, .number = number}; }

/// A kernel that notes what it is called for: `unmap 3`, `write 3`, `read 3`, `remap 3`.
struct Kernel {
  std::vector<std::string> log;
  std::uint32_t fails_at = kNone;  ///< the page whose write or read fails
  std::function<void(Pfn)> inside = [](Pfn) {};

  bool note(const char* what, Page told, Pfn frame) {
    log.push_back(what + std::to_string(told.number));
    inside(frame);
    return told.number != fails_at;
  }
  static bool note(void* kernel, const char* what, Page told, Pfn frame) {
    return static_cast<Kernel*>(kernel)->note(what, told, frame);
  }

  PagingCalls calls{
      .context = this,
      .unmap = [](void* k, Page told, Pfn at) { note(k, "unmap ", told, at); },
      .remap = [](void* k, Page told, Pfn at) { note(k, "remap ", told, at); },
      .write_back = [](void* k, Page told, Pfn at) { return note(k, "write ", told, at); },
      .read_in = [](void* k, Page told, Pfn at) { return note(k, "read ", told, at); }};
};

using Log = std::vector<std::string>;

/// Frames 0 … 5. tag_bitmap hands out the lowest frame that fits.
template <class Design = TagBitmap<>>
struct Memory : TestArena<Paged<Design>> {
  Memory() : TestArena<Paged<Design>>(0, 6) { this->design.attach(kernel.calls); }

  /// Pages 0 … count − 1 in as many frames, in this order.
  void fill(std::uint32_t count = 6) {
    for (std::uint32_t i = 0; i < count; ++i) {
      ASSERT_EQ(this->design.allocate_page(page(i)), Pfn{i});
    }
  }
  Log take_log() { return std::exchange(kernel.log, {}); }

  Kernel kernel;
};

class PagedTest : public testing::Test {
 protected:
  Memory<> memory;
  Paged<TagBitmap<>>& pager = memory.design;
};

TEST_F(PagedTest, a_new_page_is_dirty_and_zeroed) {
  const Pfn frame = pager.allocate_page(page(4));
  EXPECT_EQ(pager.page_at(frame), (PageInFrame{page(4), true, false}));
  EXPECT_TRUE(std::all_of(memory.frame(0), memory.frame(1),
                          [](std::byte byte) { return byte == std::byte{0}; }));
  EXPECT_EQ(memory.take_log(), Log{});
}

TEST_F(PagedTest, who_came_first_leaves_first_and_only_dirty_ones_are_written) {
  memory.fill();
  EXPECT_EQ(pager.load_page(page(6)), Pfn{0});
  EXPECT_EQ(memory.take_log(), (Log{"unmap 0", "write 0", "read 6"}));
  for (std::uint32_t i = 1; i < 6; ++i) EXPECT_EQ(pager.allocate_page(page(i + 6)), Pfn{i});
  memory.take_log();
  EXPECT_EQ(pager.allocate_page(page(20)), Pfn{0});
  EXPECT_EQ(memory.take_log(), Log{"unmap 6"}) << "it was clean";
}

TEST_F(PagedTest, a_write_makes_a_clean_page_dirty) {
  const Pfn frame = pager.load_page(page(1));
  EXPECT_EQ(pager.page_at(frame), (PageInFrame{page(1), false, false}));
  EXPECT_TRUE(pager.page_written(frame));
  EXPECT_EQ(pager.page_at(frame), (PageInFrame{page(1), true, false}));
  EXPECT_FALSE(pager.page_written(Pfn{3})) << "no page is there";
}

TEST_F(PagedTest, fixed_pages_and_blocks_stay) {
  EXPECT_EQ(pager.allocate_page(page(0), true), Pfn{0});
  EXPECT_EQ(memory.alloc(4), 1U);
  EXPECT_EQ(pager.allocate_page(page(1)), Pfn{5});
  EXPECT_EQ(pager.allocate_page(page(2)), Pfn{5});
  EXPECT_TRUE(pager.pin(Pfn{5}));
  EXPECT_EQ(pager.allocate_page(page(3)), Pfn::none());
  EXPECT_EQ(memory.take_log(), (Log{"unmap 1", "write 1"}));
}

TEST_F(PagedTest, unpinned_is_last_in_the_queue_as_dirty_as_it_was) {
  memory.fill();
  EXPECT_TRUE(pager.pin(Pfn{0}));
  EXPECT_FALSE(pager.pin(Pfn{0}));
  EXPECT_TRUE(pager.unpin(Pfn{0}));
  EXPECT_FALSE(pager.unpin(Pfn{0}));
  for (std::uint32_t i = 0; i < 6; ++i)
    EXPECT_TRUE(pager.make_page_available() && memory.alloc(1) < 6);
  EXPECT_EQ(memory.kernel.log[0], "unmap 1");
  EXPECT_EQ(memory.kernel.log[10], "unmap 0");
  EXPECT_EQ(memory.kernel.log[11], "write 0");
}

/// The queue is 2 3 0 4 5 1: once page 4 has left, 2..4 are the first three free frames in a row.
/// Page 0, which is older, is not in their way.
TEST_F(PagedTest, the_window_that_the_queue_would_empty_first_leaves) {
  memory.fill();
  for (const std::uint32_t last : {0U, 4U, 5U}) {
    EXPECT_TRUE(pager.pin(Pfn{last}) && pager.unpin(Pfn{last}));
  }
  EXPECT_TRUE(pager.pin(Pfn{1}) && pager.unpin(Pfn{1}));
  EXPECT_EQ(pager.page_nalloc(FrameCount{3}), Pfn{2});
  EXPECT_EQ(memory.take_log(),
            (Log{"unmap 2", "write 2", "unmap 3", "write 3", "unmap 4", "write 4"}));
  EXPECT_EQ(pager.evictable_pages(), FrameCount{3});
}

TEST_F(PagedTest, of_windows_that_are_free_at_once_the_lowest_leaves) {
  memory.fill();
  EXPECT_TRUE(pager.pin(Pfn{0}));
  EXPECT_TRUE(pager.page_free(Pfn{1}) && pager.page_free(Pfn{3}));
  memory.take_log();
  EXPECT_EQ(pager.page_nalloc(FrameCount{2}), Pfn{1}) << "1..2 and 2..3 wait for page 2";
  EXPECT_EQ(memory.take_log(), (Log{"unmap 2", "write 2"}));
}

TEST_F(PagedTest, a_window_is_aligned) {
  memory.fill();
  EXPECT_TRUE(pager.pin(Pfn{0}));
  EXPECT_EQ(pager.page_nalloc(FrameCount{2}, FrameCount{2}), Pfn{2});
}

TEST_F(PagedTest, a_failed_write_leaves_all_as_it_was) {
  memory.fill();
  memory.kernel.fails_at = 1;
  EXPECT_EQ(pager.page_nalloc(FrameCount{3}), Pfn::none());
  EXPECT_EQ(memory.take_log(),
            (Log{"unmap 0", "write 0", "unmap 1", "write 1", "remap 0", "remap 1"}));
  EXPECT_EQ(pager.page_at(Pfn{0}), (PageInFrame{page(0), true, false}));
  EXPECT_EQ(pager.evictable_pages(), FrameCount{6});
  EXPECT_EQ(pager.validate(), nullptr);
  memory.kernel.fails_at = kNone;
  EXPECT_EQ(pager.allocate_page(page(9)), Pfn{0}) << "it is still the first";
}

TEST_F(PagedTest, a_page_that_cannot_be_read_leaves_its_frame_free) {
  memory.kernel.fails_at = 3;
  EXPECT_EQ(pager.load_page(page(3)), Pfn::none());
  EXPECT_EQ(pager.free_frames(), FrameCount{6});
  EXPECT_EQ(pager.validate(), nullptr);
}

TEST_F(PagedTest, inside_of_a_call_pages_are_refused_and_blocks_are_not) {
  memory.fill(5);
  memory.kernel.inside = [&](Pfn frame) {
    EXPECT_FALSE(pager.page_free(frame));
    EXPECT_FALSE(pager.pin(frame));
    EXPECT_FALSE(pager.page_written(frame));
    EXPECT_EQ(pager.teardown(kSpace), FrameCount{0});
    EXPECT_EQ(pager.allocate_page(page(9)), Pfn::none());
    EXPECT_EQ(pager.load_page(page(9)), Pfn::none());
    EXPECT_EQ(pager.page_nalloc(FrameCount{1}), Pfn::none());
    EXPECT_FALSE(pager.make_page_available());
    EXPECT_EQ(memory.free(memory.alloc(1)), 1U);
  };
  EXPECT_EQ(pager.page_nalloc(FrameCount{2}), Pfn{0});
}

TEST_F(PagedTest, a_window_is_given_up_if_a_block_was_made_in_it_meanwhile) {
  memory.fill(5);
  EXPECT_TRUE(pager.pin(Pfn{0}) && pager.pin(Pfn{1}) && pager.pin(Pfn{2}) && pager.pin(Pfn{3}));
  memory.kernel.inside = [&](Pfn) { (void)memory.alloc(1); };
  EXPECT_EQ(pager.page_nalloc(FrameCount{2}), Pfn::none());
  EXPECT_EQ(memory.take_log(), (Log{"unmap 4", "write 4", "remap 4"}));
  EXPECT_EQ(pager.validate(), nullptr);
}

TEST_F(PagedTest, teardown_frees_pinned_ones_too_and_nobody_elses) {
  memory.fill(3);
  EXPECT_TRUE(pager.pin(Pfn{1}));
  const Pfn others = pager.allocate_page({.space = 8, .number = 0});
  EXPECT_EQ(pager.teardown(kSpace), FrameCount{3});
  EXPECT_EQ(memory.take_log(), (Log{"unmap 0", "unmap 1", "unmap 2"}));
  EXPECT_TRUE(pager.page_at(others).has_value());
  EXPECT_EQ(pager.teardown(kKernelSpace), FrameCount{0});
}

TEST_F(PagedTest, pages_and_blocks_are_not_freed_as_each_other) {
  const Pfn held = pager.allocate_page(page(0));
  EXPECT_EQ(pager.free(held).error(), Misuse::reserved);
  EXPECT_FALSE(pager.page_free(pager.allocate(FrameCount{1})));
  EXPECT_FALSE(pager.page_free(Pfn{100}));
  EXPECT_TRUE(pager.page_free(held));
  EXPECT_EQ(pager.free(held).error(), Misuse::already_free);
}

TEST_F(PagedTest, who_is_no_user_has_no_pages) {
  EXPECT_EQ(pager.allocate_page({.space = kKernelSpace, .number = 0}), Pfn::none());
  EXPECT_EQ(pager.load_page({.space = kNobody, .number = 0}), Pfn::none());
}

TEST(PagedDesignTest, does_what_every_design_does) {
  expect_what_every_design_does<Paged<Bitmap<>>>();
}

TEST(PagedDesignTest, without_a_kernel_there_are_no_pages) {
  TestArena<Paged<Bitmap<>>> arena(0, 4);
  EXPECT_EQ(arena.design.allocate_page(page(0)), Pfn::none());
  EXPECT_EQ(arena.design.load_page(page(0)), Pfn::none());
  EXPECT_EQ(arena.design.page_nalloc(FrameCount{4}), Pfn{0});
  EXPECT_EQ(arena.design.page_nalloc(FrameCount{1}), Pfn::none());
}

/// The table of eight frames ends where nothing is mapped.
TEST(PagedDesignTest, nobody_looks_behind_the_table) {
  Kernel kernel;
  TestArena<Paged<TagBitmap<>>> arena(0, 8);
  arena.design.attach(kernel.calls);
  for (std::uint32_t i = 0; i < 8; ++i) EXPECT_EQ(arena.design.allocate_page(page(i)), Pfn{i});
  EXPECT_TRUE(arena.design.pin(Pfn{0}));
  EXPECT_EQ(arena.design.page_nalloc(FrameCount{8}), Pfn::none());
  EXPECT_EQ(arena.design.page_nalloc(FrameCount{7}), Pfn{1});
  EXPECT_EQ(arena.design.page_at(Pfn{8}), std::nullopt);
  EXPECT_FALSE(arena.design.page_free(Pfn{8}));
  EXPECT_EQ(arena.design.teardown(kSpace), FrameCount{1});
}

TEST(PagedDesignTest, a_design_with_entries_gets_no_second_table) {
  using Design = WithEntries<Bitmap<>>;
  const std::vector<assay::Run> usable{run_of(0, 100)};
  const MemoryMap map{Pfn{0}, FrameCount{100}, usable};
  EXPECT_EQ(Paged<Design>::metadata_bytes(map), (Design::metadata_bytes(map) + 63) / 64 * 64);
  EXPECT_EQ(Paged<Bitmap<>>::metadata_bytes(map), 64 + 100 * sizeof(CoremapEntry));
}

}  // namespace
}  // namespace assay
