// Every query of the block map against a plain vector, at every word width, over random changes.
#include "impls/block_map/block_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "impls/test_guarded_bytes.h"

namespace assay {
namespace {

/// '.' free, '#' reserved, 'B' first frame of a block, 'b' its other ones.
using Picture = std::string;

template <unsigned WordBits>
void expect_same(const BlockMap<WordBits>& map, const Picture& picture) {
  const auto frames = static_cast<std::uint32_t>(picture.size());
  for (std::uint32_t i = 0; i < frames; ++i) {
    ASSERT_EQ(map.is_free(i), picture[i] == '.') << picture << " at " << i;
    ASSERT_EQ(map.is_used(i), picture[i] == 'B' || picture[i] == 'b') << picture << " at " << i;
    ASSERT_EQ(map.starts_block(i), picture[i] == 'B') << picture << " at " << i;
    const std::size_t free = std::min<std::size_t>(picture.find('.', i), frames);
    ASSERT_EQ(map.next_free(i, frames), free) << picture << " from " << i;
    ASSERT_EQ(map.next_run(i, 2), free == frames ? kNotFound : free) << picture << " from " << i;
    const std::size_t taken = std::min<std::size_t>(picture.find_first_not_of('.', i), frames);
    ASSERT_EQ(map.next_taken(i, frames), taken) << picture << " from " << i;
  }
  ASSERT_EQ(map.next_free(frames, frames), frames);
  ASSERT_EQ(map.next_run(frames, 1), kNotFound);
  ASSERT_EQ(map.next_taken(frames, frames), frames);
  ASSERT_EQ(map.count_free(), std::ranges::count(picture, '.'));
  ASSERT_EQ(map.validate(), nullptr);
}

template <unsigned WordBits>
void run_random_changes(std::uint32_t frames, unsigned seed) {
  SCOPED_TRACE("WordBits " + std::to_string(WordBits) + ", seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const GuardedBytes metadata(BlockMap<WordBits>::bytes_for(FrameCount{frames}));
  BlockMap<WordBits> map;
  map.init(FrameCount{frames}, metadata.bytes());
  Picture picture(frames, '#');
  for (int step = 0; step < 40; ++step) {
    const std::uint32_t first = random() % frames;
    const std::uint32_t count = 1 + random() % std::min(frames - first, 90U);
    const std::string here = picture.substr(first, count);
    if (here == std::string(count, '#')) {
      map.make_free({.first = first, .count = count});
      picture.replace(first, count, count, '.');
    } else if (here == std::string(count, '.') && random() % 2 == 0) {
      map.mark_block({.first = first, .count = count});
      picture.replace(first, count, "B" + std::string(count - 1, 'b'));
    } else if (picture[first] == '.') {
      map.mark_single(first);
      picture[first] = 'B';
    } else if (random() % 2 == 0) {
      const bool is_single =
          picture[first] == 'B' && (first + 1 == frames || picture[first + 1] != 'b');
      const bool is_inner = is_single && first % WordBits != 0;
      ASSERT_EQ(map.clear_if_inner_single(first), is_inner) << picture << " at " << first;
      if (is_inner) picture[first] = '.';
    } else if (const auto block = map.freeable_block(first)) {
      const std::size_t end =
          std::min<std::size_t>(picture.find_first_not_of('b', first + 1), frames);
      ASSERT_EQ(block->count, end - first) << picture << " at " << first;
      map.clear_block(*block);
      picture.replace(first, block->count, block->count, '.');
    }
    expect_same(map, picture);
    ASSERT_FALSE(map.clear_if_inner_single(frames)) << "behind the arena";
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(BlockMapTest, agrees_with_a_picture_at_every_width) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    // Every other arena ends with a word: what is read behind that is behind the metadata.
    const std::uint32_t frames = seed % 2 == 0 ? 64 * (1 + seed % 3) : 1 + seed * 31 % 150;
    run_random_changes<2>(frames, seed);
    run_random_changes<4>(frames, seed);
    run_random_changes<8>(frames, seed);
    run_random_changes<32>(frames, seed);
    run_random_changes<64>(frames, seed);
    if (HasFatalFailure()) return;
  }
}

TEST(BlockMapTest, needs_two_bits_per_frame_in_whole_words) {
  EXPECT_EQ(BlockMap<64>::bytes_for(FrameCount{64}), 16U);
  EXPECT_EQ(BlockMap<64>::bytes_for(FrameCount{65}), 32U);
  EXPECT_EQ(BlockMap<8>::bytes_for(FrameCount{64}), 16U);
  EXPECT_EQ(BlockMap<8>::bytes_for(FrameCount{63}), 16U);
}

TEST(BlockMapTest, refuses_by_name) {
  std::vector<std::byte> metadata(64);
  BlockMap<8> map;
  map.init(FrameCount{10}, metadata);
  map.make_free({.first = 0, .count = 6});
  map.mark_block({.first = 1, .count = 3});
  EXPECT_EQ(map.freeable_block(0).error(), Misuse::already_free);
  EXPECT_EQ(map.freeable_block(2).error(), Misuse::inside_block);
  EXPECT_EQ(map.freeable_block(9).error(), Misuse::reserved);
  EXPECT_EQ(map.freeable_block(10).error(), Misuse::outside_arena);
  EXPECT_EQ(map.freeable_block(1)->count, 3U);
}

TEST(BlockMapTest, validate_sees_a_block_without_an_end) {
  std::vector<std::byte> metadata(64);
  BlockMap<8> map;
  map.init(FrameCount{4}, metadata);
  map.make_free({.first = 0, .count = 4});
  map.mark_block({.first = 1, .count = 2});
  metadata[1] &= std::byte{0xF0};  // the end bits of frames 0 … 3
  EXPECT_STREQ(map.validate(), "I1: a block has no last frame");
}

}  // namespace
}  // namespace assay
