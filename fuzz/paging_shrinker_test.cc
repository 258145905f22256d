// Whatever a wrong pager does shrinks to a few operations that still show it.
#include "fuzz/paging_shrinker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "oracle/host/paging_run.h"
#include "oracle/host/watchdog.h"
#include "oracle/paging/faulty_pagers.h"

namespace assay {
namespace {

constexpr std::uint32_t kOperations = 100;
constexpr std::uint64_t kMostSequences = 50;
constexpr std::size_t kLongest = 20;  // a read that fails while a window is made takes many pages

struct Faulty {
  const char* name;
  PagingCheck check;
  PagedDesign design;
};

template <class Pager>
PagingVerdict run_pager(PagingHost& host, std::span<const std::uint8_t> bytes,
                        PagingOutcomes& totals) {
  return host.run<Pager>(bytes, totals);
}

constexpr Faulty kFaulty[] = {
#define ASSAY_ENTRY(type) {#type, type::kCheck, {#type, &run_pager<type>}},
    ASSAY_FAULTY_PAGERS(ASSAY_ENTRY)
#undef ASSAY_ENTRY
};

/// With the byte in front that says who pages.
PagingInput random_input(std::uint64_t seed) {
  PagingInput input = random_paging_bytes(seed, kOperations);
  input.insert(input.begin(), 0);
  return input;
}

std::size_t operations_in(const PagingInput& input) {
  constexpr std::size_t kHead = 1 + kPagingArenaBytes;
  const std::size_t rest = input.size() > kHead ? input.size() - kHead : 0;
  return (rest + kPagingOperationBytes - 1) / kPagingOperationBytes;
}

TEST(PagingShrinkerTest, wrong_pagers_shrink_to_a_few_operations) {
  using namespace std::chrono_literals;
  set_call_limit(100ms);
  PagingHost host;
  PagingOutcomes outcomes{};
  std::vector<std::size_t> lengths;
  for (const Faulty& faulty : kFaulty) {
    const auto fails = [&](const PagingInput& input) {
      const auto bytes = std::span(input).subspan(1);
      return faulty.design.run(host, bytes, outcomes).check == faulty.check;
    };
    std::uint64_t seed = 1;
    while (seed < kMostSequences && !fails(random_input(seed))) ++seed;
    const PagingInput shortest = shrink_paging_input(random_input(seed), fails);
    EXPECT_TRUE(fails(shortest)) << faulty.name;
    lengths.push_back(operations_in(shortest));
    EXPECT_LE(lengths.back(), kLongest)
        << faulty.name << "\n"
        << describe_paging(std::span(shortest).subspan(1), kOperations);
  }
  set_call_limit(1s * kCallSeconds);
  std::ranges::sort(lengths);
  EXPECT_LE(lengths[lengths.size() / 2], 6U);
  RecordProperty("longest", std::to_string(lengths.back()));
}

TEST(PagingShrinkerTest, the_shortest_is_found) {
  PagingInput input = random_input(1);
  const auto fails = [](const PagingInput& candidate) {
    return std::ranges::count(candidate, std::uint8_t{0xAB}) >= 2;
  };
  constexpr std::size_t kFirst = 1 + kPagingArenaBytes + 10 * kPagingOperationBytes;
  std::ranges::replace(input, std::uint8_t{0xAB}, std::uint8_t{0});
  input[kFirst] = input[kFirst + 50 * kPagingOperationBytes] = 0xAB;
  const PagingInput shortest = shrink_paging_input(input, fails);
  PagingInput expected(1 + kPagingArenaBytes + 2 * kPagingOperationBytes);
  expected[1 + kPagingArenaBytes] = expected[1 + kPagingArenaBytes + kPagingOperationBytes] = 0xAB;
  EXPECT_EQ(shortest, expected);
}

TEST(PagingShrinkerTest, a_sound_design_has_no_key) {
  EXPECT_TRUE(judge_paging_input(random_input(1)).passed());
  EXPECT_TRUE(judge_paging_input({}).passed());
}

}  // namespace
}  // namespace assay
