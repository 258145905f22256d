// Every call of a locked design takes the lock once and has released it when it returns, above all
// those that fail.
#include "impls/locked/locked.h"

#include <gtest/gtest.h>

#include <mutex>

#include "impls/designs.h"
#include "impls/locked/spin_lock.h"
#include "impls/locked/ticket_lock.h"
#include "impls/test_arena.h"

namespace assay {
namespace {

/// Counts, and notes who takes it twice or releases what nobody has. The lock itself is out of
/// reach, so that its counts are everybody's.
class CountingLock {
 public:
  void lock() {
    EXPECT_EQ(held, 0) << "taken by who has it";
    ++held;
    ++taken;
  }
  void unlock() {
    EXPECT_EQ(held, 1) << "released by who does not have it";
    --held;
  }

  static inline int held = 0;
  static inline int taken = 0;
};

/// Each of these calls takes the lock exactly once and leaves it free.
template <class Call>
void expect_locked_once(const char* what, Call call) {
  CountingLock::taken = 0;
  call();
  EXPECT_EQ(CountingLock::held, 0) << what << " left the lock held";
  EXPECT_EQ(CountingLock::taken, 1) << what;
}

template <class Design>
class LockedTest : public testing::Test {
 protected:
  using Arena = TestArena<Locked<Design, CountingLock>>;
};

#define ASSAY_TYPE(name, type) , type
template <class First, class... Others>
using TypesBehind = testing::Types<Others...>;
using Designs = TypesBehind<void ASSAY_DESIGNS(ASSAY_TYPE)>;
#undef ASSAY_TYPE
TYPED_TEST_SUITE(LockedTest, Designs);

TYPED_TEST(LockedTest, a_request_that_fails_releases_the_lock) {
  typename TestFixture::Arena arena(1, 8);
  auto& design = arena.design;
  expect_locked_once("0 frames", [&] { EXPECT_EQ(arena.alloc(0), kNone); });
  expect_locked_once("an odd alignment", [&] { EXPECT_EQ(arena.alloc(1, 3), kNone); });
  expect_locked_once("no alignment", [&] { EXPECT_EQ(arena.alloc(1, 0), kNone); });
  expect_locked_once("more than there is", [&] { EXPECT_EQ(arena.alloc(9), kNone); });
  expect_locked_once("2^32 - 1 frames", [&] { EXPECT_EQ(arena.alloc(0xFFFF'FFFF), kNone); });
  expect_locked_once("nothing that is aligned so", [&] { EXPECT_EQ(arena.alloc(1, 16), kNone); });
  while (!design.allocate(FrameCount{1}).is_none()) {
  }
  expect_locked_once("nothing left", [&] { EXPECT_EQ(arena.alloc(1), kNone); });
}

TYPED_TEST(LockedTest, a_refused_free_releases_the_lock) {
  typename TestFixture::Arena arena(1, 8, {run_of(1, 6)});
  auto& design = arena.design;
  const std::uint32_t block = arena.alloc(2);
  ASSERT_NE(block, kNone);
  const auto expect_refused = [&](std::uint32_t pfn, Misuse why) {
    expect_locked_once(name_of(why), [&] { EXPECT_EQ(design.free(Pfn{pfn}).error(), why); });
  };
  expect_refused(0, Misuse::outside_arena);
  expect_refused(kNone, Misuse::outside_arena);
  expect_refused(8, Misuse::reserved);
  expect_refused(block + 1, Misuse::inside_block);
  expect_locked_once("a free", [&] { EXPECT_EQ(arena.free(block), 2U); });
  expect_refused(block, Misuse::already_free);
}

TYPED_TEST(LockedTest, every_other_call_takes_the_lock_once) {
  typename TestFixture::Arena arena(1, 8, {run_of(1, 6)});
  auto& design = arena.design;
  expect_locked_once("allocate", [&] { EXPECT_NE(arena.alloc(1), kNone); });
  expect_locked_once("allocate aligned", [&] { EXPECT_EQ(arena.alloc(1, 4), 4U); });
  expect_locked_once("add_usable", [&] { design.add_usable(run_of(7, 2)); });
  expect_locked_once("free_frames", [&] { EXPECT_EQ(design.free_frames(), FrameCount{6}); });
  expect_locked_once("used_frames", [&] { EXPECT_EQ(design.used_frames(), FrameCount{2}); });
  expect_locked_once("managed_frames", [&] { EXPECT_EQ(design.managed_frames(), FrameCount{8}); });
  expect_locked_once("largest_free_run",
                     [&] { EXPECT_GT(design.largest_free_run(), FrameCount{0}); });
  expect_locked_once("block_at", [&] { EXPECT_EQ(design.block_at(Pfn{4}), run_of(4, 1)); });
  expect_locked_once("block_at nothing", [&] { EXPECT_FALSE(design.block_at(Pfn{9})); });
  expect_locked_once("validate", [&] { EXPECT_STREQ(design.validate(), nullptr); });
}

TYPED_TEST(LockedTest, the_lock_has_a_cache_line_of_its_own) {
  const MemoryMap map{Pfn{0}, FrameCount{64}, {}};
  const std::uint64_t bytes = TypeParam::metadata_bytes(map);
  EXPECT_EQ((Locked<TypeParam, SpinLock<>>::metadata_bytes(map)), bytes + 64);
  EXPECT_EQ((Locked<TypeParam, TicketLock<>>::metadata_bytes(map)), bytes + 64);
  EXPECT_EQ((Locked<TypeParam, std::mutex>::metadata_bytes(map)), bytes + 64);
}

TYPED_TEST(LockedTest, is_an_allocator_with_any_lock) {
  static_assert(FrameAllocator<Locked<TypeParam, SpinLock<>>>);
  static_assert(FrameAllocator<Locked<TypeParam, TicketLock<>>>);
  static_assert(FrameAllocator<Locked<Locked<TypeParam, SpinLock<>>, std::mutex>>);
  TestArena<Locked<TypeParam, TicketLock<>>> arena(1, 6);
  EXPECT_EQ(arena.alloc(1), 1U);
  EXPECT_EQ(arena.alloc(7), kNone);
  EXPECT_EQ(arena.free(1), 1U);
  arena.init();
  EXPECT_EQ(arena.alloc(1), 1U) << "init makes the lock again";
}

}  // namespace
}  // namespace assay
