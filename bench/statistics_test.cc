/// Fixtures with known answers.
#include "bench/statistics.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(Statistics, the_median_is_the_middle_of_the_sorted_values) {
  EXPECT_EQ(median({7}), 7);
  EXPECT_EQ(median({9, 1, 5}), 5);
  EXPECT_EQ(median({4, 1, 3, 100}), 3.5);
}

TEST(Statistics, the_deviation_is_the_median_distance_from_the_median) {
  EXPECT_EQ(median_absolute_deviation({7}), 0);
  // Median 2; distances 1 1 0 0 2 4 7; their median is 1: the outlier 9 does not move it.
  EXPECT_EQ(median_absolute_deviation({1, 1, 2, 2, 4, 6, 9}), 1);
}

}  // namespace
}  // namespace assay
