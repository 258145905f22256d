// The vocabulary: what compiles, what a map accepts, what a window returns.
#include "impls/frame.h"

#include <gtest/gtest.h>

#include <array>

#include "impls/test_arena.h"

namespace assay {
namespace {

template <class A, class B>
concept CanAdd = requires(A a, B b) { a + b; };
static_assert(CanAdd<Pfn, FrameCount>);
static_assert(!CanAdd<Pfn, Pfn>);
static_assert(!CanAdd<Pfn, int>);
static_assert(std::is_same_v<decltype(Pfn{5} - Pfn{2}), FrameCount>);

TEST(FrameTest, none_is_not_frame_zero) {
  EXPECT_TRUE(Pfn::none().is_none());
  EXPECT_FALSE(Pfn{0}.is_none());
  EXPECT_NE(Pfn{0}, Pfn::none());
}

TEST(FrameTest, four_gibibytes_do_not_overflow) {
  EXPECT_EQ(bytes_of(FrameCount{1U << 20}), 1ULL << 32);
}

MemoryMap map_of(std::uint32_t base, std::uint32_t frames, std::span<const Run> usable) {
  return {Pfn{base}, FrameCount{frames}, usable};
}

TEST(FrameTest, a_map_must_lie_below_the_last_frame_number) {
  EXPECT_TRUE(map_of(0xFFFF'FFF0, 15, {}).is_valid());
  EXPECT_FALSE(map_of(0xFFFF'FFF0, 16, {}).is_valid());
  EXPECT_FALSE(map_of(7, 0, {}).is_valid());
}

TEST(FrameTest, usable_runs_must_ascend_inside_the_arena) {
  const std::array good = {run_of(4, 2), run_of(6, 1)};
  EXPECT_TRUE(map_of(4, 3, good).is_valid());
  EXPECT_EQ(map_of(4, 3, good).usable_frames(), FrameCount{3});
  EXPECT_FALSE(map_of(5, 3, good).is_valid()) << "starts in front of the arena";
  EXPECT_FALSE(map_of(4, 2, good).is_valid()) << "ends behind the arena";
  const std::array overlapping = {run_of(4, 2), run_of(5, 1)};
  EXPECT_FALSE(map_of(4, 3, overlapping).is_valid());
  const std::array empty = {run_of(4, 0)};
  EXPECT_FALSE(map_of(4, 3, empty).is_valid());
}

TEST(FrameTest, a_linear_window_counts_from_its_first_frame) {
  std::array<std::byte, std::size_t{3} * kFrameBytes> memory{};
  const FrameWindow window(memory.data(), Pfn{7});
  EXPECT_EQ(window(Pfn{7}), memory.data());
  EXPECT_EQ(window(Pfn{9}), memory.data() + std::size_t{2} * kFrameBytes);
}

TEST(FrameTest, a_mapped_window_asks_its_function) {
  std::uint32_t asked = 0;
  const FrameWindow window(
      [](void* context, Pfn pfn) -> std::byte* {
        *static_cast<std::uint32_t*>(context) = pfn.value();
        return nullptr;
      },
      &asked);
  EXPECT_EQ(window(Pfn{42}), nullptr);
  EXPECT_EQ(asked, 42U);
}

}  // namespace
}  // namespace assay
