// The set against std::set, at every word width, in sizes that end inside a word and with one.
#include "impls/bit_tree/bit_tree.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

#include "impls/test_guarded_bytes.h"

namespace assay {
namespace {

template <class WidthConstant>
class BitTreeTest : public testing::Test {};

template <unsigned kBits>
using Width = std::integral_constant<unsigned, kBits>;
using Widths = testing::Types<Width<2>, Width<4>, Width<8>, Width<32>, Width<64>>;
TYPED_TEST_SUITE(BitTreeTest, Widths);

TYPED_TEST(BitTreeTest, agrees_with_a_set) {
  using Tree = BitTree<TypeParam::value>;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    // Every other size fills its words: what is read behind that is behind a wall.
    const std::uint32_t size = seed % 2 == 0 ? 64 * (1 + seed % 5) : 1 + seed * 37 % 400;
    const GuardedBytes memory(Tree::bytes_for(size));
    Tree tree;
    tree.init(size, memory.bytes());
    std::set<std::uint32_t> expected;
    for (int step = 0; step < 300; ++step) {
      const std::uint32_t index = random() % size;
      ASSERT_EQ(tree.contains(index), expected.contains(index));
      if (expected.erase(index) != 0) {
        tree.erase(index);
      } else if (random() % 4 < step / 75 + 1U) {
        tree.insert(index);
        expected.insert(index);
      }
      ASSERT_EQ(tree.validate(), nullptr);
      const std::uint32_t from = random() % (size + 2);
      const auto next = expected.lower_bound(from);
      ASSERT_EQ(tree.next(from), next == expected.end() ? kNotFound : *next) << "from " << from;
    }
  }
}

TEST(BitTreeTest, a_summary_costs_one_word_in_so_many) {
  EXPECT_EQ(BitTree<64>::bytes_for(1), 8U);
  EXPECT_EQ(BitTree<64>::bytes_for(64), 8U);
  EXPECT_EQ(BitTree<64>::bytes_for(65), 8U * (2 + 1));
  EXPECT_EQ(BitTree<64>::bytes_for(64 * 64 + 1), 8U * (65 + 2 + 1));
  EXPECT_EQ(BitTree<4>::bytes_for(17), 5U + 2 + 1);
}

TEST(BitTreeTest, validate_sees_a_summary_that_is_wrong) {
  std::array<std::byte, 3> memory{};
  BitTree<4> tree;
  tree.init(8, memory);
  tree.insert(5);
  EXPECT_EQ(tree.validate(), nullptr);
  memory[1] = std::byte{0};
  EXPECT_STREQ(tree.validate(), "S1: a summary bit is not what it sums up");
}

}  // namespace
}  // namespace assay
