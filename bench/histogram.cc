#include "bench/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace assay {

void Histogram::add(std::uint64_t value) {
  const std::size_t index = index_of(value);
  if (index >= counts_.size()) counts_.resize(index + 1);
  ++counts_[index];
  ++count_;
  max_ = std::max(max_, value);
}

std::uint64_t Histogram::percentile(double share) const {
  const auto rank = std::max(1.0, std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t index = 0; index < counts_.size(); ++index) {
    seen += counts_[index];
    if (static_cast<double>(seen) >= rank) return std::min(upper_of(index), max_);
  }
  return max_;
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
  std::vector<Bucket> filled;
  for (std::size_t index = 0; index < counts_.size(); ++index) {
    if (counts_[index] != 0) filled.push_back({upper_of(index), counts_[index]});
  }
  return filled;
}

/// A value is shifted right until it has kBits bits; each shift has the upper half of these.
std::size_t Histogram::index_of(std::uint64_t value) {
  const unsigned width = static_cast<unsigned>(std::bit_width(value));
  const unsigned shift = width > kBits ? width - kBits : 0;
  return (std::size_t{shift} << (kBits - 1)) + static_cast<std::size_t>(value >> shift);
}

std::uint64_t Histogram::upper_of(std::size_t index) {
  constexpr std::size_t kHalf = std::size_t{1} << (kBits - 1);
  const std::size_t shift = index < 2 * kHalf ? 0 : index / kHalf - 1;
  const std::uint64_t shifted = index - shift * kHalf;
  return ((shifted + 1) << shift) - 1;
}

}  // namespace assay
