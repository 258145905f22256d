// Every design pages as the oracle says, and nothing that can happen goes untested.
#include "oracle/paging/paging_trial.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

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

}  // namespace
}  // namespace assay
