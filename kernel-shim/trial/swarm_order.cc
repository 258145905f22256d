#include "kernel-shim/trial/swarm_order.h"

#include <limits>

namespace assay::kernel {

namespace {

/// Takes a decimal number of at most `most` from the front of `text`.
std::optional<std::uint64_t> take_number(std::string_view& text, std::uint64_t most) {
  std::uint64_t number = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    const auto digit = static_cast<std::uint64_t>(text[digits] - '0');
    std::uint64_t next = 0;
    if (__builtin_mul_overflow(number, 10U, &next) || __builtin_add_overflow(next, digit, &next) ||
        next > most) {
      return std::nullopt;
    }
    number = next;
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return number;
}

bool take_comma(std::string_view& text) {
  if (!text.starts_with(',')) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<SwarmOrder> parse_swarm_order(std::string_view text) {
  constexpr std::uint64_t kMostFrames = 1U << 16;  // as assay-swarm
  const auto seed = take_number(text, std::numeric_limits<std::uint64_t>::max());
  if (!seed || !take_comma(text)) return std::nullopt;
  const auto operations = take_number(text, std::numeric_limits<std::uint32_t>::max());
  if (!operations || *operations == 0 || !take_comma(text)) return std::nullopt;
  const auto frames = take_number(text, kMostFrames);
  if (!frames || *frames == 0 || !text.empty()) return std::nullopt;
  return SwarmOrder{*seed, static_cast<std::uint32_t>(*operations),
                    static_cast<std::uint32_t>(*frames)};
}

}  // namespace assay::kernel
