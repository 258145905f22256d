// tag_bitmap's policy is the lowest fit; its tags are the source's, and holes have room among them.
#include "impls/tag_bitmap/tag_bitmap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "impls/test_arena.h"
#include "impls/test_every_design.h"
#include "impls/test_steps.h"

namespace assay {
namespace {

template <class Tags>
class TagBitmapWidthTest : public testing::Test {
 protected:
  using Arena = TestArena<TagBitmap<Tags::value>>;
};

template <unsigned kTags>
using Tags = std::integral_constant<unsigned, kTags>;
using Widths = testing::Types<Tags<1>, Tags<2>, Tags<4>, Tags<16>>;
TYPED_TEST_SUITE(TagBitmapWidthTest, Widths);

TYPED_TEST(TagBitmapWidthTest, single_frames_are_the_lowest) {
  typename TestFixture::Arena arena(1, 40);
  for (std::uint32_t pfn = 1; pfn <= 40; ++pfn) EXPECT_EQ(arena.alloc(1), pfn);
  EXPECT_EQ(arena.alloc(1), kNone);
  EXPECT_EQ(arena.free(33), 1U);
  EXPECT_EQ(arena.free(5), 1U);
  EXPECT_EQ(arena.alloc(1), 5U);
  EXPECT_EQ(arena.alloc(1), 33U);
}

TYPED_TEST(TagBitmapWidthTest, runs_take_the_lowest_fit) {
  typename TestFixture::Arena arena(0, 40);
  EXPECT_EQ(arena.alloc(3), 0U);
  EXPECT_EQ(arena.alloc(20), 3U);
  EXPECT_EQ(arena.alloc(1), 23U);
  EXPECT_EQ(arena.free(0), 3U);
  EXPECT_EQ(arena.alloc(4), 24U) << "three frames at 0 are too few";
  EXPECT_EQ(arena.alloc(2), 0U);
  EXPECT_EQ(arena.alloc(1, 8), 32U) << "alignment means the absolute frame number";
  EXPECT_EQ(arena.alloc(1), 2U);
}

TYPED_TEST(TagBitmapWidthTest, a_free_releases_what_was_allocated) {
  typename TestFixture::Arena arena(0, 64);
  const std::uint32_t counts[] = {1, 2, 3, 1, 1, 17, 33, 6};
  std::uint32_t first = 0;
  for (const std::uint32_t count : counts) {
    EXPECT_EQ(arena.alloc(count), first);
    first += count;
  }
  first = 0;
  for (const std::uint32_t count : counts) {
    for (std::uint32_t pfn = first; pfn < first + count; ++pfn) {
      EXPECT_EQ(arena.design.block_at(Pfn{pfn}), run_of(first, count));
    }
    for (std::uint32_t pfn = first + 1; pfn < first + count; ++pfn) {
      EXPECT_EQ(arena.design.free(Pfn{pfn}).error(), Misuse::inside_block);
    }
    EXPECT_EQ(arena.free(first), count);
    EXPECT_EQ(arena.design.free(Pfn{first}).error(), Misuse::already_free);
    first += count;
  }
  EXPECT_EQ(arena.design.largest_free_run(), FrameCount{64});
}

/// Holes are tagged as the inside of a block is; what starts the row tells them apart.
TYPED_TEST(TagBitmapWidthTest, a_hole_is_not_a_block_and_ends_none) {
  // Reserved: 0..19, 24, 27..46.
  typename TestFixture::Arena arena(0, 50, {run_of(20, 4), run_of(25, 2), run_of(47, 3)});
  EXPECT_EQ(arena.alloc(1), 20U) << "a block of one behind a hole";
  EXPECT_EQ(arena.alloc(3), 21U) << "up to the next hole";
  EXPECT_EQ(arena.alloc(2), 25U) << "between two holes";
  EXPECT_EQ(arena.alloc(1), 47U) << "behind a hole behind a block";
  EXPECT_EQ(arena.design.validate(), nullptr);
  for (const std::uint32_t reserved : {0U, 19U, 24U, 27U, 40U, 46U}) {
    EXPECT_EQ(arena.design.free(Pfn{reserved}).error(), Misuse::reserved) << reserved;
    EXPECT_EQ(arena.design.block_at(Pfn{reserved}), std::nullopt) << reserved;
  }
  EXPECT_EQ(arena.design.free(Pfn{23}).error(), Misuse::inside_block);
  EXPECT_EQ(arena.free(47), 1U);
  EXPECT_EQ(arena.free(25), 2U);
  EXPECT_EQ(arena.free(21), 3U);
  EXPECT_EQ(arena.free(20), 1U);
}

TYPED_TEST(TagBitmapWidthTest, growth_opens_the_middle_of_a_hole) {
  typename TestFixture::Arena arena(0, 48, {run_of(0, 8)});
  EXPECT_EQ(arena.alloc(8), 0U);
  EXPECT_EQ(arena.alloc(1), kNone);
  arena.design.add_usable(run_of(20, 20));
  EXPECT_EQ(arena.design.managed_frames(), FrameCount{28});
  EXPECT_EQ(arena.alloc(20), 20U);
  EXPECT_EQ(arena.design.free(Pfn{19}).error(), Misuse::reserved);
  EXPECT_EQ(arena.design.free(Pfn{40}).error(), Misuse::reserved);
  EXPECT_EQ(arena.free(20), 20U);
  EXPECT_EQ(arena.design.validate(), nullptr);
}

TYPED_TEST(TagBitmapWidthTest, does_what_every_design_does) {
  expect_what_every_design_does<TagBitmap<TypeParam::value>>();
}

TEST(TagBitmapTest, takes_two_bits_per_frame_and_little_more) {
  const auto bytes = [](std::uint32_t frames) {
    return TagBitmap<>::metadata_bytes({Pfn{0}, FrameCount{frames}, {}});
  };
  EXPECT_EQ(bytes(16), 8U + 8) << "one word of tags, padded, and one of the summary";
  EXPECT_EQ(bytes(17), 8U + 8) << "two words of tags";
  EXPECT_EQ(bytes(32 * 64), 32U * 64 / 4 + 8 * 3);
  EXPECT_LT(bytes(1U << 28), (1U << 28) * 0.26);
}

/// The steps of the slowest of some calls that a scan would make expensive.
std::uint64_t most_steps(std::uint32_t frames) {
  TestArena<TagBitmap<>> arena(0, frames);
  std::uint64_t most = 0;
  for (std::uint32_t i = 0; i < frames; ++i) {
    most = std::max(most, steps_of([&] { EXPECT_EQ(arena.alloc(1), i); }));
  }
  most = std::max(most, steps_of([&] { EXPECT_EQ(arena.alloc(1), kNone); }));
  EXPECT_EQ(arena.free(frames - 1), 1U);
  EXPECT_EQ(arena.free(0), 1U);
  EXPECT_EQ(arena.alloc(1), 0U);
  most = std::max(most, steps_of([&] { EXPECT_EQ(arena.alloc(1), frames - 1); }));
  for (std::uint32_t i = 1; i < frames; i += 2) {
    most = std::max(most, steps_of([&] { EXPECT_EQ(arena.free(i), 1U); }));
  }
  return most;
}

TEST(TagBitmapTest, single_frames_are_found_without_a_scan) {
  if (!kStepsAreCounted) GTEST_SKIP() << "only the fuzz build counts steps";
  const std::uint64_t in_few_frames = most_steps(1U << 8);
  EXPECT_GT(in_few_frames, 5U);
  EXPECT_LT(in_few_frames, 100U);
  EXPECT_LT(most_steps(1U << 14), in_few_frames + 60) << "two levels more";
}

TYPED_TEST(TagBitmapWidthTest, nothing_is_around_the_arena) {
  typename TestFixture::Arena arena(16, 256);  // its metadata fill whole words and end at a wall
  EXPECT_EQ(arena.design.block_at(Pfn{272}), std::nullopt);
  EXPECT_EQ(arena.design.free(Pfn{272}).error(), Misuse::outside_arena);
  EXPECT_EQ(arena.design.free(Pfn{15}).error(), Misuse::outside_arena);
  EXPECT_EQ(arena.alloc(256), 16U);
  EXPECT_EQ(arena.design.free(Pfn{271}).error(), Misuse::inside_block);
  EXPECT_EQ(arena.free(16), 256U);
}

/// One word of sixteen frames, of which the last four are a hole.
class TagsTest : public testing::Test {
 protected:
  TagsTest() { design_.init({Pfn{0}, FrameCount{16}, usable_}, FrameWindow(), metadata_); }

  [[nodiscard]] std::uint32_t word() const {
    std::uint32_t tags = 0;
    std::memcpy(&tags, metadata_, sizeof tags);
    return tags;
  }
  void set_word(std::uint32_t tags) { std::memcpy(metadata_, &tags, sizeof tags); }

  TagBitmap<16> design_;

 private:
  assay::Run usable_[1] = {run_of(0, 12)};
  alignas(kMetadataAlignment) std::byte metadata_[16]{};
};

TEST_F(TagsTest, are_those_of_the_source) {
  EXPECT_EQ(word(), 0xAA00'0000U);
  EXPECT_EQ(design_.allocate(FrameCount{4}), Pfn{0});
  EXPECT_EQ(design_.allocate(FrameCount{1}), Pfn{4});
  EXPECT_EQ(design_.allocate(FrameCount{2}), Pfn{5});
  // From frame 6 down: 11 01, then 11, then 11 10 10 01.
  EXPECT_EQ(word(), 0xAA00'0000U | 0b11'01'11'11'10'10'01U);
  EXPECT_EQ(design_.free(Pfn{0}), FreeResult{FrameCount{4}});
  EXPECT_EQ(word(), 0xAA00'0000U | 0b11'01'11'00'00'00'00U);
}

TEST_F(TagsTest, that_make_no_sense_are_seen) {
  ASSERT_EQ(design_.allocate(FrameCount{4}), Pfn{0});
  const std::uint32_t good = word();
  const auto validate = [&](std::uint32_t tags) -> std::string {
    set_word(tags);
    const char* broken = design_.validate();
    return broken != nullptr ? std::string(broken).substr(0, 2) : "";
  };
  EXPECT_EQ(validate(good), "");
  EXPECT_EQ(validate(good & ~0xC0U), "I1") << "a block without a last frame";
  EXPECT_EQ(validate(good | 0xC000U), "I3") << "a frame more in use";
  EXPECT_EQ(validate(good ^ 0x8000U), "I3") << "a frame more reserved";
}

}  // namespace
}  // namespace assay
