/// Percentiles with known answers, and no bucket wider than 1 %.
#include "bench/histogram.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace assay {
namespace {

TEST(Histogram, small_values_are_exact) {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 100; ++value) histogram.add(value);
  EXPECT_EQ(histogram.count(), 100U);
  EXPECT_EQ(histogram.percentile(0.5), 50U);
  EXPECT_EQ(histogram.percentile(0.9), 90U);
  EXPECT_EQ(histogram.percentile(0.99), 99U);
  EXPECT_EQ(histogram.percentile(0.999), 100U);
  EXPECT_EQ(histogram.percentile(0), 1U);
  EXPECT_EQ(histogram.percentile(1), 100U);
}

TEST(Histogram, the_largest_value_is_exact_and_no_percentile_exceeds_it) {
  Histogram histogram;
  for (int i = 0; i < 999; ++i) histogram.add(10);
  histogram.add(1'000'001);
  EXPECT_EQ(histogram.max(), 1'000'001U);
  EXPECT_EQ(histogram.percentile(0.999), 10U);
  EXPECT_EQ(histogram.percentile(0.9991), 1'000'001U);
}

TEST(Histogram, no_value_is_lost_between_buckets_and_none_is_off_by_more_than_a_percent) {
  Histogram histogram;
  std::vector<std::uint64_t> values{0, 127, 128, 255, 256, 257, 511, 512, 513};
  for (std::uint64_t value = 1000; value < std::uint64_t{1} << 62; value += value / 3) {
    values.push_back(value);
  }
  values.push_back(std::numeric_limits<std::uint64_t>::max());
  for (const std::uint64_t value : values) {
    Histogram alone;
    alone.add(value);
    alone.add(std::numeric_limits<std::uint64_t>::max());
    const std::uint64_t shown = alone.percentile(0.5);
    EXPECT_GE(shown, value);
    EXPECT_LE(static_cast<double>(shown - value), static_cast<double>(value) / 100) << value;
    histogram.add(value);
  }
  std::uint64_t sum = 0;
  std::uint64_t last = 0;
  for (const Histogram::Bucket& bucket : histogram.buckets()) {
    EXPECT_TRUE(sum == 0 || bucket.upper > last);
    last = bucket.upper;
    sum += bucket.count;
    EXPECT_GT(bucket.count, 0U);
  }
  EXPECT_EQ(sum, values.size());
}

TEST(Histogram, neighbours_of_a_doubling_share_a_bucket_only_above_it) {
  Histogram histogram;
  for (const std::uint64_t value : {255, 256, 257, 258}) histogram.add(value);
  std::vector<std::uint64_t> uppers, counts;
  for (const Histogram::Bucket& bucket : histogram.buckets()) {
    uppers.push_back(bucket.upper);
    counts.push_back(bucket.count);
  }
  EXPECT_EQ(uppers, (std::vector<std::uint64_t>{255, 257, 259}));
  EXPECT_EQ(counts, (std::vector<std::uint64_t>{1, 2, 1}));
}

}  // namespace
}  // namespace assay
