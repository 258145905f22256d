/// How often each duration occurred, in buckets that are narrow beside what they hold: log-linear,
/// as HdrHistogram has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace assay {

class Histogram {
 public:
  struct Bucket {
    std::uint64_t upper;  ///< the largest value that it takes
    std::uint64_t count;
  };

  void add(std::uint64_t value);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// The largest value, exactly; 0 if there is none.
  [[nodiscard]] std::uint64_t max() const { return max_; }
  /// A value that `share` (0 … 1) of all values do not exceed: the upper border of the bucket in
  /// which the last of them lies, so at most 1/128 too much, and never above max().
  /// Requires: count() > 0.
  [[nodiscard]] std::uint64_t percentile(double share) const;
  /// Those that hold something, ascending.
  [[nodiscard]] std::vector<Bucket> buckets() const;

 private:
  /// Values below 2^kBits have a bucket each. Above, each doubling has 2^(kBits − 1) buckets, so
  /// that none is wider than 1/128 of the least value in it.
  static constexpr unsigned kBits = 8;

  [[nodiscard]] static std::size_t index_of(std::uint64_t value);
  [[nodiscard]] static std::uint64_t upper_of(std::size_t index);

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace assay
