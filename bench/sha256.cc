#include "bench/sha256.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstddef>
#include <vector>

namespace assay {

namespace {

constexpr std::size_t kBlockBytes = 64;
constexpr std::size_t kRounds = 64;

/// The first 32 bits behind the point of a prime's square or cube root, in integers only: the
/// largest r with r^power ≤ prime · 2^(32·power), without its whole part.
constexpr std::uint32_t root_fraction(std::uint32_t prime, unsigned power) {
  using Wide = unsigned __int128;
  Wide root = 0;
  for (int bit = 35; bit >= 0; --bit) {  // roots of primes up to 311 are below 2^(32+4+1)
    const Wide candidate = root | Wide{1} << bit;
    const Wide square = candidate * candidate;
    const Wide value = power == 2 ? square : square * candidate;
    if (value <= Wide{prime} << (32 * power)) root = candidate;
  }
  return static_cast<std::uint32_t>(root);
}

/// The root fractions of the first `Count` primes: all of SHA-256's constants.
template <std::size_t Count>
constexpr std::array<std::uint32_t, Count> root_fractions(unsigned power) {
  std::array<std::uint32_t, Count> fractions{};
  std::size_t found = 0;
  for (std::uint32_t number = 2; found < Count; ++number) {
    bool is_prime = true;
    for (std::uint32_t divisor = 2; divisor * divisor <= number; ++divisor) {
      if (number % divisor == 0) is_prime = false;
    }
    if (is_prime) fractions[found++] = root_fraction(number, power);
  }
  return fractions;
}

constexpr auto kInitial = root_fractions<8>(2);
constexpr auto kRoundConstants = root_fractions<kRounds>(3);
static_assert(kInitial[0] == 0x6A09'E667 && kRoundConstants[63] == 0xC671'78F2);

using State = std::array<std::uint32_t, 8>;

std::array<std::uint32_t, kRounds> schedule_of(std::span<const std::uint8_t> block) {
  std::array<std::uint32_t, kRounds> w{};
  for (std::size_t i = 0; i < kBlockBytes; ++i) w[i / 4] = w[i / 4] << 8 | block[i];
  for (std::size_t i = 16; i < kRounds; ++i) {
    const std::uint32_t near = w[i - 2];
    const std::uint32_t far = w[i - 15];
    w[i] = w[i - 16] + (std::rotr(far, 7) ^ std::rotr(far, 18) ^ far >> 3) + w[i - 7] +
           (std::rotr(near, 17) ^ std::rotr(near, 19) ^ near >> 10);
  }
  return w;
}

void compress(State& state, std::span<const std::uint8_t> block) {
  const auto w = schedule_of(block);
  auto [a, b, c, d, e, f, g, h] = state;
  for (std::size_t i = 0; i < kRounds; ++i) {
    const std::uint32_t choice = (e & f) ^ (~e & g);
    const std::uint32_t majority = (a & b) ^ (a & c) ^ (b & c);
    const std::uint32_t one = h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + choice +
                              kRoundConstants[i] + w[i];
    const std::uint32_t two = (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + majority;
    h = g;
    g = f;
    f = e;
    e = d + one;
    d = c;
    c = b;
    b = a;
    a = one + two;
  }
  const State change{a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < state.size(); ++i) state[i] += change[i];
}

}  // namespace

std::string sha256_of(std::span<const std::uint8_t> bytes) {
  State state = kInitial;
  const std::size_t whole = bytes.size() / kBlockBytes * kBlockBytes;
  for (std::size_t at = 0; at < whole; at += kBlockBytes) {
    compress(state, bytes.subspan(at, kBlockBytes));
  }
  // The rest, a one bit, zeros, and the length in bits fill the last block or two.
  std::vector<std::uint8_t> tail(bytes.begin() + static_cast<std::ptrdiff_t>(whole), bytes.end());
  tail.push_back(0x80);
  while (tail.size() % kBlockBytes != kBlockBytes - 8) tail.push_back(0);
  const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
  for (int shift = 56; shift >= 0; shift -= 8)
    tail.push_back(static_cast<std::uint8_t>(bits >> shift));
  for (std::size_t at = 0; at < tail.size(); at += kBlockBytes) {
    compress(state, std::span(tail).subspan(at, kBlockBytes));
  }
  std::string hex;
  for (const std::uint32_t word : state) hex += fmt::format("{:08x}", word);
  return hex;
}

}  // namespace assay
