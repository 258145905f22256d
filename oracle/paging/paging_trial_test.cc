// Every design pages as the oracle says, and nothing that can happen goes untested.
#include "oracle/paging/paging_trial.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>

#include "impls/bitmap/bitmap.h"
#include "impls/free_list/free_list.h"
#include "impls/paged/test_entries.h"
#include "impls/tag_bitmap/tag_bitmap.h"
#include "oracle/host/paging_run.h"

namespace assay {
namespace {

constexpr std::uint32_t kOperations = 250;
constexpr std::uint64_t kSeeds = 400;

void expect_to_pass(const PagedDesign& design) {
  PagingHost host;
  PagingOutcomes outcomes{};
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const auto bytes = random_paging_bytes(seed, kOperations);
    const PagingVerdict verdict = design.run(host, bytes, outcomes);
    ASSERT_TRUE(verdict.passed()) << design.name << ", seed " << seed << ": "
                                  << verdict.text.c_str() << "\n"
                                  << describe_paging(bytes, verdict.operation);
  }
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    EXPECT_GE(outcomes[i], 10U) << design.name << ": " << kPagingOutcomeNames[i];
  }
}

TEST(PagingTrialTest, every_design_pages) {
  for (const PagedDesign& design : paged_designs()) expect_to_pass(design);
}

template <class Pager>
PagedDesign design_of(const char* name) {
  return {name, [](PagingHost& host, std::span<const std::uint8_t> bytes,
                   PagingOutcomes& outcomes) { return host.run<Pager>(bytes, outcomes); }};
}

/// Theirs are lent to the paging side, and hold anything where nobody is promised something.
TEST(PagingTrialTest, designs_with_entries_page_without_a_second_table) {
  expect_to_pass(design_of<Paged<WithEntries<Bitmap<>>>>("bitmap with entries"));
  expect_to_pass(design_of<Paged<WithEntries<FreeList>>>("free_list with entries"));
}

/// Hands out powers of two at multiples of themselves, as a buddy allocator does.
class InPowers : public TagBitmap<> {
 public:
  static constexpr Contract contract{.rounding = Rounding::power_of_two, .naturally_aligned = true};

  [[nodiscard]] Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    if (!is_satisfiable(count, alignment)) return Pfn::none();
    const FrameCount granted = contract.granted(count);
    return TagBitmap<>::allocate(granted, std::max(granted, alignment));
  }
};

/// Wants to be told what it granted, and knows of no run longer than five frames.
class ToldSizes : public Bitmap<> {
 public:
  static constexpr Contract contract{.max_block = FrameCount{5}, .free_takes_size = true};

  [[nodiscard]] Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    if (count > contract.max_block) return Pfn::none();
    return Bitmap<>::allocate(count, alignment);
  }
  FreeResult free(Pfn first, FrameCount count) {
    const std::optional<assay::Run> block = block_at(first);
    if (block && block->first == first && block->count != count) std::abort();
    return Bitmap<>::free(first);
  }
};

TEST(PagingTrialTest, windows_are_what_a_design_with_weaker_promises_can_serve) {
  expect_to_pass(design_of<Paged<InPowers>>("in powers of two"));
  expect_to_pass(design_of<Paged<ToldSizes>>("told the sizes"));
}

TEST(PagingTrialTest, any_bytes_are_a_sequence) {
  PagingHost host;
  PagingOutcomes outcomes{};
  for (std::uint32_t size = 0; size < 40; ++size) {
    auto bytes = random_paging_bytes(size, 10);
    bytes.resize(size);
    EXPECT_TRUE(paged_designs().front().run(host, bytes, outcomes).passed());
  }
}

std::string name_at(std::uint8_t byte) {
  const PagedDesign* const design = paged_design_at(byte);
  return design != nullptr ? design->name : "";
}

/// People's corpora hold such bytes: one more design must not change who pages under them.
TEST(PagingTrialTest, each_design_keeps_its_place) {
  EXPECT_EQ(name_at(0), "bitmap");
  EXPECT_EQ(name_at(1), "buddy");
  EXPECT_EQ(name_at(2), "coremap");
  EXPECT_EQ(name_at(3), "free_list");
  EXPECT_EQ(name_at(4), "tag_bitmap");
  EXPECT_EQ(name_at(16 + 4), "tag_bitmap");
}

TEST(PagingTrialTest, each_design_has_a_place) {
  std::set<std::string> names;
  for (std::uint8_t byte = 0; byte < 16; ++byte) names.insert(name_at(byte));
  for (const PagedDesign& design : paged_designs()) {
    EXPECT_TRUE(names.contains(design.name)) << design.name;
  }
}

/// Written by the first release, with each kind of operation. It must never be read as anything
/// else, either.
TEST(PagingTrialTest, bytes_are_what_they_were) {
  std::vector<std::uint8_t> bytes{3, 19, 5, 2, 0, 0, 40, 9};
  constexpr std::uint8_t kKinds[]{0, 6, 14, 15, 17, 18, 19, 21, 22, 24, 26, 27, 28, 29, 30, 31, 32};
  for (const std::uint8_t kind : kKinds) {
    bytes.insert(bytes.end(), {kind, std::uint8_t{21}, kind, static_cast<std::uint8_t>(kind * 3)});
  }
  EXPECT_EQ(describe_paging(bytes, sizeof kKinds),
            "base 3, 20 frames, room for 40 pages\n"
            "hole 8 2\n"
            "   1 read 2:1\n"
            "   2 write 2:1 (inside, at call 2: free block)\n"
            "   3 new fixed 2:1 (inside, at call 1: free block)\n"
            "   4 page_nalloc 7 align 1 (inside, at call 1: make page)\n"
            "   5 make available 9 align 1 (inside, at call 2: free frame)\n"
            "   6 allocate 1 align 1 (inside, at call 2: make room)\n"
            "   7 free block number 19 (inside, at call 3: allocate)\n"
            "   8 free frame number 21 (inside, at call 3: tear down)\n"
            "   9 pin frame number 22 (inside, at call 0: free block)\n"
            "  10 unpin frame number 24\n"
            "  11 written frame number 26 (inside, at call 1: make room)\n"
            "  12 page_free frame number 27 (inside, at call 2: allocate)\n"
            "  13 teardown 2:1 (inside, at call 2: change page)\n"
            "  14 discard 2:1 (inside, at call 2: tear down)\n"
            "  15 break store 30 (inside, at call 3: free block)\n"
            "  16 grow 2:1 (inside, at call 3: make page)\n"
            "  17 pages of no user's 2:1\n");
}

}  // namespace
}  // namespace assay
