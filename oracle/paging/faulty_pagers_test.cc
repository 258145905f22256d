// Each wrong pager is caught by its own check, within few operations, and each check catches one.
#include "oracle/paging/faulty_pagers.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "oracle/host/paging_run.h"

namespace assay {
namespace {

constexpr std::uint32_t kOperations = 100;
constexpr std::uint64_t kMostSequences = 50;
constexpr std::uint64_t kMostOperations = 1'500;  // until a fault is caught

struct Faulty {
  const char* name;
  PagingCheck check;
  PagingVerdict (*run)(PagingHost& host, std::span<const std::uint8_t> bytes,
                       PagingOutcomes& totals);
};

template <class Pager>
PagingVerdict run_pager(PagingHost& host, std::span<const std::uint8_t> bytes,
                        PagingOutcomes& totals) {
  return host.run<Pager>(bytes, totals);
}

constexpr Faulty kFaulty[] = {
#define ASSAY_ENTRY(type) {#type, type::kCheck, &run_pager<type>},
    ASSAY_FAULTY_PAGERS(ASSAY_ENTRY)
#undef ASSAY_ENTRY
};

TEST(FaultyPagersTest, each_is_caught_by_its_own_check) {
  for (const Faulty& faulty : kFaulty) {
    PagingHost host;
    PagingOutcomes outcomes{};
    PagingVerdict verdict;
    std::uint64_t seed = 0;
    while (verdict.passed() && seed < kMostSequences) {
      verdict = faulty.run(host, random_paging_bytes(++seed, kOperations), outcomes);
    }
    const std::uint64_t operations = (seed - 1) * kOperations + verdict.operation;
    EXPECT_STREQ(info_of(verdict.check).name, info_of(faulty.check).name)
        << faulty.name << ", seed " << seed << ": " << verdict.text.c_str() << "\n"
        << describe_paging(random_paging_bytes(seed, kOperations), verdict.operation);
    EXPECT_LE(operations, kMostOperations) << faulty.name;
    RecordProperty(faulty.name, std::to_string(operations));
  }
}

TEST(FaultyPagersTest, each_check_has_somebody_to_catch) {
  std::set<PagingCheck> caught;
  for (const Faulty& faulty : kFaulty) caught.insert(faulty.check);
  for (std::size_t i = 1; i < kPagingChecks.size(); ++i) {
    EXPECT_TRUE(caught.contains(static_cast<PagingCheck>(i))) << kPagingChecks[i].name;
  }
}

}  // namespace
}  // namespace assay
