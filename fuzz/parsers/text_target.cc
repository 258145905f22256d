/// The libFuzzer target of the text parser. What can be read is written and read again, in both
/// forms; an error says where in the text it is, in one line that can be shown.
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/parsers/broken.h"
#include "oracle/host/sequence.h"

namespace assay {

namespace {

/// The line of that number, from 1; empty behind the last one.
std::string_view line_of(std::string_view text, std::size_t number) {
  for (; number > 1; --number) {
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
    if (text.empty()) return text;
  }
  return text.substr(0, text.find('\n'));
}

std::size_t count_lines(std::string_view text) {
  const auto ends = static_cast<std::size_t>(std::ranges::count(text, '\n'));
  return text.empty() || text.ends_with('\n') ? ends : ends + 1;
}

/// A number at the start of `text`, which it and the colon behind it leave.
std::size_t take_number(std::string_view& text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
  const bool whole = error == std::errc{} && end != text.end() && *end == ':';
  demand(whole && number > 0, "text-no-place", text);
  text.remove_prefix(static_cast<std::size_t>(end - text.begin()) + 1);
  return number;
}

/// ASCII that can be shown, and the ellipsis behind what was cut off.
bool is_printable(std::string_view message) {
  constexpr std::string_view kEllipsis = "…";
  const std::size_t cut = message.find(kEllipsis);
  std::string plain(message.substr(0, cut));
  if (cut != std::string_view::npos) plain += message.substr(cut + kEllipsis.size());
  return std::ranges::all_of(plain, [](char c) { return c >= ' ' && c <= '~'; });
}

void judge_error(std::string_view text, const InputError& message) {
  std::string_view rest = message;
  const std::size_t line = take_number(rest);
  const std::size_t column = take_number(rest);
  demand(rest.starts_with(' ') && rest.size() > 1, "text-says-nothing", message);
  demand(is_printable(message), "text-unprintable", "an error is no line that can be shown");
  demand(line <= count_lines(text) + 1, "text-line-outside", message);
  demand(column <= line_of(text, line).size() + 1, "text-column-outside", message);
}

void judge_sequence(const Sequence& sequence) {
  const std::string canonical = to_text(sequence);
  const auto from_text = parse_text(canonical);
  demand(from_text.has_value(), "text-unreadable", from_text ? "" : from_text.error());
  demand(*from_text == sequence, "text-changed", "text, written and read, is another sequence");
  demand(to_text(*from_text) == canonical, "text-no-fixed-point", "canonical text changes");
  const auto from_bytes = parse_bytes(to_bytes(sequence));
  demand(from_bytes.has_value(), "text-bytes-unreadable", from_bytes ? "" : from_bytes.error());
  demand(*from_bytes == sequence, "text-bytes-changed", "as bytes, text is another sequence");
}

}  // namespace

}  // namespace assay

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto sequence = assay::parse_text(text)) {
    assay::judge_sequence(*sequence);
  } else {
    assay::judge_error(text, sequence.error());
  }
  return 0;
}
