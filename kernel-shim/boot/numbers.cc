#include "kernel-shim/boot/numbers.h"

namespace assay::kernel {

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

}  // namespace assay::kernel
