// The search against trying every place, and what of the tree is brought up to date when.
#include "impls/run_tree/run_tree.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "impls/test_guarded_bytes.h"

namespace assay {
namespace {

/// A character per frame; '.' is free.
template <unsigned WordBits>
struct PictureMap {
  using Word = BitWord<WordBits>::Word;

  std::string picture;
  mutable unsigned words_read = 0;

  [[nodiscard]] Word free_word(std::uint32_t word) const {
    ++words_read;
    Word free = 0;
    for (std::uint32_t i = word * WordBits; i < (word + 1) * WordBits; ++i) {
      if (i < picture.size() && picture[i] == '.') free |= BitWord<WordBits>::bit(i);
    }
    return free;
  }
};

/// A tree over a picture.
template <unsigned WordBits, unsigned FanOut>
class PictureArena {
 public:
  explicit PictureArena(std::uint32_t frames)
      : memory_(RunTree<WordBits, FanOut>::bytes_for(FrameCount{frames}), 4) {
    init(frames);
  }

  void init(std::uint32_t frames) {
    map = {std::string(frames, 'x')};
    tree.init(FrameCount{frames}, memory_.bytes());
  }

  void draw(std::uint32_t first, std::uint32_t count, char what) {
    map.picture.replace(first, count, count, what);
    tree.touch_all({.first = first, .count = count});
  }

  void free(std::uint32_t first, std::uint32_t count) {
    map.picture.replace(first, count, count, '.');
    tree.note_freed(map, {.first = first, .count = count});
  }

  PictureMap<WordBits> map;
  RunTree<WordBits, FanOut> tree;

 private:
  GuardedBytes memory_;
};

template <unsigned WordBits, unsigned FanOut>
struct Shape {
  using Arena = PictureArena<WordBits, FanOut>;
};

template <class Shape>
class RunTreeTest : public testing::Test {};

using Shapes = testing::Types<Shape<2, 2>, Shape<4, 2>, Shape<8, 4>, Shape<32, 8>, Shape<64, 8>>;
TYPED_TEST_SUITE(RunTreeTest, Shapes);

TYPED_TEST(RunTreeTest, finds_what_trying_every_place_finds) {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const std::uint32_t frames = seed % 2 == 0 ? 512 * (1 + seed % 5) : 1 + seed * 97 % 1500;
    typename TypeParam::Arena arena(frames);
    for (int step = 0; step < 60; ++step) {
      for (std::uint32_t changes = random() % 4; changes > 0; --changes) {
        const std::uint32_t first = random() % frames;
        const std::uint32_t longest = random() % 3 == 0 ? frames : 9;
        const std::uint32_t count = 1 + random() % std::min(frames - first, longest);
        switch (random() % 4) {
          case 0: arena.draw(first, count, '.'); break;
          case 1: arena.free(first, count); break;
          default: arena.draw(first, count, 'x');
        }
      }
      ASSERT_EQ(arena.tree.validate(arena.map), nullptr) << "with stale groups";
      arena.tree.refresh(arena.map);
      ASSERT_EQ(arena.tree.validate(arena.map), nullptr);
      for (const std::uint32_t count : {1U, 2U, 3U, 7U, 64U, 65U, 130U, frames, frames + 1}) {
        const std::uint32_t from = random() % frames;
        const std::size_t expected = arena.map.picture.find(std::string(count, '.'), from);
        ASSERT_EQ(arena.tree.next_run(arena.map, from, count),
                  expected == std::string::npos ? kNotFound : expected)
            << arena.map.picture << " from " << from << ", " << count << " frames";
      }
    }
  }
}

TYPED_TEST(RunTreeTest, the_largest_arena_has_a_place_in_every_level) {
  using Tree = decltype(TypeParam::Arena::tree);
  EXPECT_LT(Tree::bytes_for(FrameCount{1U << 28}), std::uint64_t{32} << 28);
}

using WideArena = PictureArena<64, 8>;

/// The words of a group, and the first one again: how many frames are free at the start?
constexpr unsigned kReadsOfGroup = 8 + 1;

TEST(RunTreeTest, a_search_does_not_read_the_words_that_cannot_help) {
  WideArena arena(1U << 18);
  for (std::uint32_t i = 0; i < 1U << 18; i += 2) arena.draw(i, 1, '.');
  arena.tree.refresh(arena.map);
  arena.map.words_read = 0;
  EXPECT_EQ(arena.tree.next_run(arena.map, 0, 2), kNotFound) << "a checkerboard";
  EXPECT_EQ(arena.map.words_read, 0U);
  arena.draw(200'000, 2, '.');
  arena.tree.refresh(arena.map);
  EXPECT_EQ(arena.map.words_read, kReadsOfGroup) << "one group was stale";
  EXPECT_EQ(arena.tree.next_run(arena.map, 0, 2), 200'000U);
  EXPECT_LE(arena.map.words_read, kReadsOfGroup + 8U) << "and one was looked into";
}

TEST(RunTreeTest, a_full_arena_is_known_to_be_full_at_the_root) {
  WideArena arena(1U << 15);
  arena.draw(0, 1U << 15, 'x');
  arena.tree.refresh(arena.map);
  arena.map.words_read = 0;
  EXPECT_EQ(arena.tree.next_run(arena.map, 0, 1), kNotFound);
  EXPECT_EQ(arena.map.words_read, 0U);
}

TEST(RunTreeTest, starts_anew_in_a_smaller_arena) {
  WideArena arena(1U << 15);
  arena.draw(0, 1U << 15, '.');
  arena.init(100);
  EXPECT_EQ(arena.tree.validate(arena.map), nullptr);
  EXPECT_EQ(arena.tree.next_run(arena.map, 0, 1), kNotFound);
  arena.draw(98, 2, '.');
  arena.tree.refresh(arena.map);
  EXPECT_EQ(arena.tree.validate(arena.map), nullptr);
  EXPECT_EQ(arena.tree.next_run(arena.map, 0, 2), 98U);
}

TEST(RunTreeTest, a_group_is_read_once_however_often_it_was_touched) {
  WideArena arena(4096);
  arena.draw(0, 4096, '.');
  arena.tree.refresh(arena.map);
  arena.map.words_read = 0;
  for (std::uint32_t i = 0; i < 512; ++i) arena.draw(i, 1, 'x');
  arena.tree.refresh(arena.map);
  EXPECT_EQ(arena.map.words_read, kReadsOfGroup);
  arena.tree.refresh(arena.map);
  EXPECT_EQ(arena.map.words_read, kReadsOfGroup) << "now nothing is stale";
}

TEST(RunTreeTest, a_freed_run_is_known_at_once_from_the_words_around_it) {
  WideArena arena(1U << 15);
  arena.draw(600, 100, '.');
  arena.tree.refresh(arena.map);
  for (const auto [first, count] : {IndexRun{700, 10}, {512, 88}, {2000, 100}, {1024, 3}}) {
    arena.map.words_read = 0;
    arena.free(first, count);
    arena.tree.refresh(arena.map);
    EXPECT_LE(arena.map.words_read, 5U) << "frame " << first << ": its group is not read anew";
    EXPECT_EQ(arena.tree.validate(arena.map), nullptr);
  }
  EXPECT_EQ(arena.tree.next_run(arena.map, 0, 198), 512U) << "three runs have become one";
  EXPECT_EQ(arena.tree.next_run(arena.map, 0, 199), kNotFound);
}

TEST(RunTreeTest, a_long_freed_run_is_not_read_before_somebody_asks) {
  WideArena arena(1U << 15);
  arena.map.words_read = 0;
  arena.free(100, 30'000);
  EXPECT_LE(arena.map.words_read, 20U);
  EXPECT_EQ(arena.tree.validate(arena.map), nullptr);
  arena.tree.refresh(arena.map);
  EXPECT_EQ(arena.tree.validate(arena.map), nullptr);
  EXPECT_EQ(arena.tree.next_run(arena.map, 0, 30'000), 100U);
}

TEST(RunTreeTest, validate_sees_a_change_that_was_not_noted) {
  PictureArena<4, 2> arena(64);
  arena.draw(0, 20, '.');
  arena.tree.refresh(arena.map);
  arena.map.picture[3] = 'x';
  EXPECT_STREQ(arena.tree.validate(arena.map), "T2: a group is not the summary of its words");
}

}  // namespace
}  // namespace assay
