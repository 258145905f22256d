// Free frames hold the fill in every byte but the links; a refused free fills nothing.
#include "impls/filled/filled.h"

#include <gtest/gtest.h>

#include <cstring>

#include "impls/designs.h"
#include "impls/test_arena.h"

namespace assay {
namespace {

template <class Design>
class FilledTest : public testing::Test {
 protected:
  using Arena = TestArena<Filled<Design, kXv6Fill>>;
  static constexpr std::uint32_t kLinks = Design::contract.link_bytes;

  static void write(Arena& arena, std::uint32_t index, std::uint32_t offset) {
    arena.frame(index)[offset] = std::byte{0x77};
  }
};

#define ASSAY_TYPE(name, type) , type
template <class First, class... Others>
using TypesBehind = testing::Types<Others...>;
using Designs = TypesBehind<void ASSAY_DESIGNS(ASSAY_TYPE)>;
#undef ASSAY_TYPE
TYPED_TEST_SUITE(FilledTest, Designs);

TYPED_TEST(FilledTest, every_free_frame_is_filled_and_no_other) {
  typename TestFixture::Arena arena(1, 9, {run_of(1, 4), run_of(7, 3)});
  EXPECT_EQ(arena.design.check_free_list(), std::nullopt);
  for (const std::uint32_t reserved : {4U, 5U}) {
    EXPECT_EQ(arena.frame(reserved)[2048], std::byte{0xA5}) << "a reserved frame is left alone";
  }
  arena.design.add_usable(run_of(5, 1));
  EXPECT_EQ(arena.design.check_free_list(), std::nullopt);
  EXPECT_EQ(arena.frame(4)[4095], kXv6Fill);
  EXPECT_EQ(arena.frame(5)[4095], std::byte{0xA5});
}

TYPED_TEST(FilledTest, check_names_each_byte_that_is_not_the_fill) {
  typename TestFixture::Arena arena(1, 4);
  for (std::uint32_t index = 0; index < 4; ++index) {
    for (const std::uint32_t offset : {this->kLinks, 64U, 2048U, 4095U}) {
      this->write(arena, index, offset);
      EXPECT_EQ(arena.design.check_free_list(), (SpoiledByte{Pfn{1 + index}, offset}));
      arena.frame(index)[offset] = kXv6Fill;
    }
  }
  EXPECT_EQ(arena.design.check_free_list(), std::nullopt);
}

TYPED_TEST(FilledTest, a_free_fills_all_frames_of_the_block) {
  typename TestFixture::Arena arena(0, 8);
  const std::uint32_t block = arena.alloc(4);
  for (std::uint32_t i = block; i < block + 4; ++i) std::memset(arena.frame(i), 0x33, kFrameBytes);
  EXPECT_EQ(arena.design.check_free_list(), std::nullopt) << "owners write what they like";
  EXPECT_EQ(arena.free(block), 4U);
  EXPECT_EQ(arena.design.check_free_list(), std::nullopt);
  EXPECT_EQ(arena.frame(block + 3)[4095], kXv6Fill);
}

TYPED_TEST(FilledTest, a_refused_free_fills_nothing) {
  typename TestFixture::Arena arena(0, 8);
  const std::uint32_t block = arena.alloc(4);
  for (std::uint32_t i = block; i < block + 4; ++i) std::memset(arena.frame(i), 0x33, kFrameBytes);
  EXPECT_EQ(arena.free(block + 1), 0U);
  for (std::uint32_t i = block; i < block + 4; ++i) {
    for (std::uint32_t at = 0; at < kFrameBytes; ++at) {
      ASSERT_EQ(arena.frame(i)[at], std::byte{0x33}) << "frame " << i << ", byte " << at;
    }
  }
  EXPECT_EQ(arena.free(block), 4U);
  this->write(arena, block, 100);
  EXPECT_EQ(arena.free(block), 0U);
  EXPECT_EQ(arena.design.check_free_list(), (SpoiledByte{Pfn{block}, 100}));
}

TYPED_TEST(FilledTest, the_last_frame_of_all_is_looked_at) {
  const std::uint32_t base = 0xFFFF'FFFF - 4;
  typename TestFixture::Arena arena(base, 4);
  EXPECT_EQ(arena.design.check_free_list(), std::nullopt);
  this->write(arena, 3, 4095);
  EXPECT_EQ(arena.design.check_free_list(), (SpoiledByte{Pfn{base + 3}, 4095}));
}

TYPED_TEST(FilledTest, the_fill_may_be_any_byte) {
  TestArena<Filled<TypeParam>> arena(1, 2);
  EXPECT_EQ(arena.frame(1)[4095], std::byte{0xFF}) << "as in JOS, unless said otherwise";
}

}  // namespace
}  // namespace assay
