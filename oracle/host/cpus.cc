#include "oracle/host/cpus.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <iterator>

namespace assay {

namespace {

constexpr std::string_view kHead = "assay-cpus 1";

std::string hash_line(const Sequence& sequence) {
  std::uint64_t hash = 0xCBF2'9CE4'8422'2325U;
  for (const std::uint8_t byte : to_bytes(sequence)) hash = (hash ^ byte) * 0x100'0000'01B3U;
  return fmt::format("sequence {:016x}", hash);
}

/// `CPU COUNT`, both of them numbers and nothing else. Returns: whether it is.
bool parse_row(std::string_view line, std::uint16_t& cpu, std::uint32_t& count) {
  const auto [blank, error] = std::from_chars(line.begin(), line.end(), cpu);
  if (error != std::errc{} || blank == line.end() || *blank != ' ') return false;
  const auto [end, next_error] = std::from_chars(blank + 1, line.end(), count);
  return next_error == std::errc{} && end == line.end() && count > 0;
}

}  // namespace

std::string cpus_to_text(const Sequence& sequence, std::span<const std::uint16_t> cpus) {
  std::string text = fmt::format("{}\n{}\n", kHead, hash_line(sequence));
  for (std::size_t i = 0; i < cpus.size();) {
    std::size_t end = i + 1;
    while (end < cpus.size() && cpus[end] == cpus[i]) ++end;
    fmt::format_to(std::back_inserter(text), "{} {}\n", cpus[i], end - i);
    i = end;
  }
  return text;
}

std::expected<std::vector<std::uint16_t>, InputError> parse_cpus(std::string_view text,
                                                                 const Sequence& sequence) {
  const std::size_t operations = sequence.operations.size();
  std::vector<std::uint16_t> cpus;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    std::uint16_t cpu = 0;
    std::uint32_t count = 0;
    if (number == 1 && line != kHead)
      return std::unexpected(fmt::format("1: expected '{}'", kHead));
    if (number == 2 && line != hash_line(sequence)) {
      return std::unexpected("2: is about another sequence; import that one again");
    }
    if (number <= 2) continue;
    if (end == std::string_view::npos || !parse_row(line, cpu, count)) {
      return std::unexpected(fmt::format("{}: expected 'CPU COUNT'", number));
    }
    if (count > operations - cpus.size()) {
      return std::unexpected(
          fmt::format("{}: expected {} operations in all, found more", number, operations));
    }
    cpus.insert(cpus.end(), count, cpu);
  }
  if (number >= 2 && cpus.size() == operations) return cpus;
  return std::unexpected(
      fmt::format("{}: expected {} operations in all, found {}", number, operations, cpus.size()));
}

std::string cpus_path(const std::string& sequence_path) {
  return std::filesystem::path(sequence_path).replace_extension(".cpus");
}

}  // namespace assay
