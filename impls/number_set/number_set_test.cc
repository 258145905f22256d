// The set against std::set over random changes, at every word width and wherever it begins.
#include "impls/number_set/number_set.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

#include "impls/test_guarded_bytes.h"

namespace assay {
namespace {

template <unsigned WordBits>
struct Bounded {
  Bounded(std::uint32_t lowest, std::uint32_t highest)
      : low(lowest),
        high(highest),
        memory(NumberSet<WordBits>::words_for(low, high) * sizeof(Word), sizeof(Word)) {
    set.init(reinterpret_cast<Word*>(memory.bytes().data()), low, high);
  }

  using Word = NumberSet<WordBits>::Word;

  std::uint32_t low;
  std::uint32_t high;
  GuardedBytes memory;
  NumberSet<WordBits> set;
};

template <unsigned WordBits>
void expect_same(const Bounded<WordBits>& bounded, const std::set<std::uint32_t>& members) {
  const NumberSet<WordBits>& set = bounded.set;
  ASSERT_EQ(set.validate(bounded.low, bounded.high), nullptr);
  ASSERT_EQ(set.count_members(bounded.low, bounded.high), members.size());
  ASSERT_EQ(set.is_empty(), members.empty());
  if (!members.empty()) {
    ASSERT_EQ(set.lowest(), *members.begin());
  }
  for (std::uint32_t number = bounded.low; number <= bounded.high; ++number) {
    ASSERT_EQ(set.contains(number), members.contains(number)) << number;
    const auto next = members.upper_bound(number);
    const std::uint32_t expected = next == members.end() ? set.kNone : *next;
    ASSERT_EQ(set.next_behind(number), expected) << number;
  }
}

template <unsigned WordBits>
void run_random_changes(std::uint32_t low, std::uint32_t count, unsigned seed) {
  SCOPED_TRACE("WordBits " + std::to_string(WordBits) + ", seed " + std::to_string(seed));
  std::mt19937 random(seed);
  Bounded<WordBits> bounded(low, low + count - 1);
  std::set<std::uint32_t> members;
  for (int change = 0; change < 10; ++change) {
    const std::uint32_t first = low + random() % count;
    const std::uint32_t last = first + random() % (low + count - first);
    if (random() % 2 == 0) {
      bounded.set.insert_all(first, last);
      for (std::uint32_t number = first; number <= last; ++number) members.insert(number);
    } else {
      bounded.set.erase_all(first, last);
      members.erase(members.lower_bound(first), members.upper_bound(last));
    }
    expect_same(bounded, members);
    if (testing::Test::HasFatalFailure()) return;
  }
  bounded.set.erase_all(low, low + count - 1);
  members.clear();
  for (int change = 0; change < 60; ++change) {
    const std::uint32_t number = low + random() % count;
    if (members.insert(number).second) {
      bounded.set.insert(number);
    } else {
      bounded.set.erase(number);
      members.erase(number);
    }
    expect_same(bounded, members);
    if (testing::Test::HasFatalFailure()) return;
  }
  while (!members.empty()) {
    bounded.set.erase(bounded.set.lowest());
    members.erase(members.begin());
    expect_same(bounded, members);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(NumberSetTest, agrees_with_a_plain_set_at_every_width) {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    // Some end with a word: what is read behind that is behind the metadata.
    const std::uint32_t count = seed % 3 == 0 ? 64 * (seed / 3) : 1 + seed * 37 % 300;
    const std::uint32_t low = seed % 2 == 0 ? 64 * seed : seed * 1'000'003 % 1000;
    run_random_changes<2>(low, count, seed);
    run_random_changes<4>(low, count, seed);
    run_random_changes<8>(low, count, seed);
    run_random_changes<32>(low, count, seed);
    run_random_changes<64>(low, count, seed);
    if (HasFatalFailure()) return;
  }
}

TEST(NumberSetTest, the_last_numbers_of_all_are_members_like_others) {
  const std::uint32_t high = 0xFFFF'FFFF;
  Bounded<4> bounded(high - 20, high);
  bounded.set.insert(high);
  EXPECT_EQ(bounded.set.lowest(), high);
  bounded.set.insert(high - 20);
  EXPECT_EQ(bounded.set.next_behind(high - 20), high);
  bounded.set.erase(high);
  EXPECT_EQ(bounded.set.next_behind(high - 20), NumberSet<4>::kNone);
  EXPECT_EQ(bounded.set.validate(high - 20, high), nullptr);
}

TEST(NumberSetTest, takes_one_bit_per_number_and_a_tree) {
  EXPECT_EQ(NumberSet<64>::words_for(0, 63), 1U);
  EXPECT_EQ(NumberSet<64>::words_for(0, 64), 1U + 2U);
  EXPECT_EQ(NumberSet<64>::words_for(63, 64), 1U + 2U);
  EXPECT_EQ(NumberSet<64>::words_for(0, (1U << 18) - 1), 1U + 64U + 4096U);
  EXPECT_EQ(NumberSet<2>::words_for(4, 11), 1U + 2U + 4U);
}

TEST(NumberSetTest, validate_sees_a_wrong_summary_and_a_member_out_of_bounds) {
  Bounded<8> bounded(1, 30);
  bounded.set.insert(20);
  std::span<std::byte> words = bounded.memory.bytes();
  const std::byte root = words[0];
  words[0] = std::byte{0};
  EXPECT_EQ(std::string(bounded.set.validate(1, 30)).substr(0, 2), "S1");
  words[0] = root | std::byte{1};
  EXPECT_EQ(std::string(bounded.set.validate(1, 30)).substr(0, 2), "S1");
  words[1] = std::byte{1};
  EXPECT_EQ(std::string(bounded.set.validate(1, 30)).substr(0, 2), "S2") << "0, below the lowest";
  words[1] = std::byte{2};
  EXPECT_EQ(bounded.set.validate(1, 30), nullptr);
  words[4] = std::byte{0x80};
  words[0] |= std::byte{8};
  EXPECT_EQ(std::string(bounded.set.validate(1, 30)).substr(0, 2), "S2") << "31";
}

}  // namespace
}  // namespace assay
