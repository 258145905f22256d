#include "kernel-shim/shell/arguments.h"

#include <algorithm>
#include <optional>

#include "kernel-shim/memory/kernel_memory.h"

namespace assay::kernel {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// What a digit is worth; 16 if it is none.
std::uint32_t value_of(char c) {
  if (is_digit(c)) return static_cast<std::uint32_t>(c - '0');
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? static_cast<std::uint32_t>(lower - 'a' + 10) : 16;
}

std::optional<std::uint32_t> parse(std::string_view text) {
  const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
  const std::uint32_t base = is_hex ? 16 : 10;
  if (is_hex) text.remove_prefix(2);
  if (text.empty()) return std::nullopt;
  std::uint32_t number = 0;
  for (const char c : text) {
    const std::uint32_t digit = value_of(c);
    if (digit >= base || __builtin_mul_overflow(number, base, &number) ||
        __builtin_add_overflow(number, digit, &number)) {
      return std::nullopt;
    }
  }
  return number;
}

}  // namespace

TextBuffer& operator<<(TextBuffer& out, std::string_view text) {
  for (const char c : text) out.append(c);
  return out;
}

std::string_view Arguments::peek() {
  rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
  return rest_.substr(0, rest_.find(' '));
}

std::string_view Arguments::word() {
  const std::string_view found = peek();
  rest_.remove_prefix(found.size());
  return found;
}

bool Arguments::take(std::string_view word) {
  if (peek() != word) return false;
  static_cast<void>(this->word());
  return true;
}

std::uint32_t Arguments::number(const char* name, std::uint32_t least, std::uint32_t most) {
  const std::string_view text = word();
  const std::optional<std::uint32_t> number = parse(text);
  if (number && *number >= least && *number <= most) return *number;
  if (problem_.empty()) {
    if (text.empty()) {
      problem_ << name << " is missing";
    } else {
      problem_ << "'" << text << "' is no number of " << least << " to " << most;
    }
  }
  return least;
}

std::uint32_t Arguments::number_or(std::uint32_t otherwise, const char* name) {
  const std::string_view text = peek();
  return text.empty() || !is_digit(text.front()) ? otherwise : number(name);
}

Zone* Arguments::zone() {
  if (take("low")) return &low_zone();
  if (!take("high")) return nullptr;
  if (!high_zone().is_up() && problem_.empty()) problem_ << "no high memory is managed here";
  return &high_zone();
}

bool Arguments::are_fine() {
  if (problem_.empty() && !peek().empty()) problem_ << "'" << peek() << "' was not understood";
  return problem_.empty();
}

}  // namespace assay::kernel
