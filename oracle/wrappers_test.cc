// Wrappers pass the trial of what they wrap, and place as it does.
#include <gtest/gtest.h>

#include <mutex>

#include "impls/counted/counted.h"
#include "impls/designs.h"
#include "impls/filled/filled.h"
#include "impls/locked/locked.h"
#include "impls/locked/spin_lock.h"
#include "impls/locked/ticket_lock.h"
#include "oracle/host/host_trial.h"
#include "oracle/test_sequence.h"

namespace assay {
namespace {

constexpr std::uint64_t kSequences = 50;

template <class Design>
class WrappersTest : public testing::Test {
 protected:
  template <FrameAllocator Wrapper>
  void expect_as_wrapped() {
    HostMemory memory;
    for (std::uint64_t seed = 1; seed <= kSequences; ++seed) {
      const Sequence sequence = random_sequence(seed, 200, 300);
      const TrialResult plain = run_trial(AnyDesign::of<Design>(), memory, sequence);
      const TrialResult wrapped = run_trial(AnyDesign::of<Wrapper>(), memory, sequence);
      ASSERT_TRUE(wrapped.verdict.passed()) << wrapped.verdict.text.c_str() << ", seed " << seed;
      ASSERT_EQ(wrapped.hash, plain.hash) << "seed " << seed;
      ASSERT_EQ(wrapped.outcomes, plain.outcomes) << "seed " << seed;
    }
  }
};

#define ASSAY_TYPE(name, type) , type
template <class First, class... Others>
using TypesBehind = testing::Types<Others...>;
using Designs = TypesBehind<void ASSAY_DESIGNS(ASSAY_TYPE)>;
#undef ASSAY_TYPE
TYPED_TEST_SUITE(WrappersTest, Designs);

TYPED_TEST(WrappersTest, locked_by_any_lock) {
  this->template expect_as_wrapped<Locked<TypeParam, SpinLock<>>>();
  this->template expect_as_wrapped<Locked<TypeParam, TicketLock<>>>();
  this->template expect_as_wrapped<Locked<TypeParam, std::mutex>>();
}

TYPED_TEST(WrappersTest, counted) { this->template expect_as_wrapped<Counted<TypeParam>>(); }

TYPED_TEST(WrappersTest, filled) { this->template expect_as_wrapped<Filled<TypeParam>>(); }

TYPED_TEST(WrappersTest, wrappers_of_wrappers) {
  this->template expect_as_wrapped<Locked<Counted<Filled<TypeParam, kXv6Fill>>, SpinLock<>>>();
}

}  // namespace
}  // namespace assay
