// RAM as OS/161 asks for it: pages can be stolen until the allocator takes over.
#include "impls/plugin/stubs/test_stubs.h"

namespace assay {
namespace {

class RamTest : public StubsTest {
 protected:
  std::uintptr_t steal(unsigned long pages) {
    return stub<std::uintptr_t(unsigned long)>("ram_stealmem")(pages);
  }
  std::uintptr_t first_free() { return stub<std::uintptr_t()>("ram_getfirstfree")(); }
};

TEST_F(RamTest, addresses_are_frame_numbers_times_4096) {
  EXPECT_EQ(stub<std::uintptr_t()>("ram_getsize")(), 23U * 4096);
  EXPECT_EQ(stub<std::uintptr_t()>("mainbus_ramsize")(), 23U * 4096);
  EXPECT_EQ(first_free(), 17U * 4096);
}

TEST_F(RamTest, stolen_pages_follow_each_other_and_are_kept) {
  EXPECT_EQ(steal(1), 17U * 4096);
  EXPECT_EQ(steal(0), 18U * 4096);
  EXPECT_EQ(steal(2), 18U * 4096);
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].first, 17U);
  EXPECT_EQ(kept[0].count, 1U);
  EXPECT_EQ(kept[1].first, 18U);
  EXPECT_EQ(kept[1].count, 2U);
  EXPECT_EQ(first_free(), 20U * 4096);
}

TEST_F(RamTest, no_more_is_stolen_than_there_is) {
  EXPECT_EQ(steal(7), 0U);
  EXPECT_EQ(steal(~0UL), 0U);
  EXPECT_EQ(steal(6), 17U * 4096);
  EXPECT_EQ(steal(1), 0U);
  EXPECT_EQ(kept.size(), 1U);
}

TEST_F(RamTest, nothing_is_stolen_from_the_allocator) {
  EXPECT_EQ(first_free(), 17U * 4096);
  EXPECT_EQ(steal(1), 0U);
  EXPECT_TRUE(kept.empty());
}

}  // namespace
}  // namespace assay
