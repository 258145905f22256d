/// `parse_text`: the `.ops` form, line by line.
#include <fmt/format.h>

#include <charconv>
#include <map>
#include <set>

#include "oracle/host/sequence.h"

namespace assay {

namespace {

/// Thrown inside this file only: the first error ends the parsing.
struct ParseFailure {
  InputError message;
};

/// The words of one line, read from left to right.
class Line {
  static constexpr std::size_t kMaxShown = 40;

 public:
  Line(std::string_view text, std::size_t number)
      : text_(text.substr(0, text.find('#'))), number_(number) {
    skip_blanks();
  }

  [[nodiscard]] bool at_end() const { return position_ == text_.size(); }

  /// The next word; words end at blanks. Empty at the end of the line.
  std::string_view word() {
    start_ = position_;
    while (position_ < text_.size() && !is_blank(text_[position_])) ++position_;
    const std::string_view word = text_.substr(start_, position_ - start_);
    skip_blanks();
    return word;
  }

  std::uint32_t number(const char* what) {
    const std::string_view digits = word();
    return number_in(digits, what);
  }

  /// All of `digits`, part of the word read last, as a number.
  std::uint32_t number_in(std::string_view digits, const char* what) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), value);
    if (error == std::errc::result_out_of_range) fail(fmt::format("{} of at most 32 bits", what));
    if (error != std::errc{} || end != digits.end()) fail(what);
    return value;
  }

  void expect_end() {
    if (at_end()) return;
    static_cast<void>(word());
    fail("the end of the line");
  }

  /// The word read last is not what was expected.
  [[noreturn]] void fail(std::string_view expected) {
    std::size_t end = start_;
    while (end < text_.size() && !is_blank(text_[end])) ++end;
    const std::string_view found = text_.substr(start_, end - start_);
    fail_with(fmt::format("expected {}, found {}", expected,
                          found.empty() ? "the end of the line" : quoted(found)));
  }

  [[noreturn]] void fail_with(std::string_view message) {
    throw ParseFailure{fmt::format("{}:{}: {}", number_, start_ + 1, message)};
  }

 private:
  /// Fit to be shown: the file may hold anything.
  static std::string quoted(std::string_view word) {
    std::string shown = "'";
    for (const char c : word.substr(0, kMaxShown)) shown += c >= ' ' && c <= '~' ? c : '?';
    return shown + (word.size() > kMaxShown ? "…'" : "'");
  }

  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
  void skip_blanks() {
    while (position_ < text_.size() && is_blank(text_[position_])) ++position_;
  }

  std::string_view text_;
  std::size_t number_;
  std::size_t position_ = 0;
  std::size_t start_ = 0;
};

class TextParser {
 public:
  Sequence parse(std::string_view text) {
    std::size_t number = 0;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      Line line(text.substr(0, end), ++number);
      if (!line.at_end()) parse_line(line);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    Line end({}, number + 1);
    if (!has_header_) end.fail("the header 'assay-ops 1'");
    if (sequence_.operations.empty()) check_arena(end);
    return std::move(sequence_);
  }

 private:
  void parse_line(Line& line) {
    const std::string_view first = line.word();
    if (!has_header_) {
      parse_header(line, first);
    } else if (first == "base" || first == "frames" || first == "hole" || first == "ram") {
      parse_arena(line, first);
    } else {
      parse_operation(line, first);
    }
    line.expect_end();
  }

  void parse_header(Line& line, std::string_view first) {
    if (first != "assay-ops") line.fail("the header 'assay-ops 1'");
    if (line.number("a version") != 1) line.fail("version 1");
    has_header_ = true;
  }

  void parse_arena(Line& line, std::string_view first) {
    if (!sequence_.operations.empty()) line.fail("an operation: the arena stands in front of them");
    if (first != "hole" && !settings_.insert(first).second) {
      line.fail_with(fmt::format("'{}' is said a second time", first));
    }
    Arena& arena = sequence_.arena;
    if (first == "base") {
      arena.base = Pfn{line.number("a frame number")};
    } else if (first == "frames") {
      arena.frames = FrameCount{line.number("a number of frames")};
    } else if (first == "hole") {
      if (arena.hole_count == Arena::kMaxHoles) line.fail("at most 16 holes");
      const Pfn pfn{line.number("a frame number")};
      arena.holes[arena.hole_count++] = {pfn, FrameCount{line.number("a number of frames")}};
    } else {
      parse_ram(line);
    }
  }

  void parse_ram(Line& line) {
    const std::string_view content = line.word();
    if (content != "zero" && content != "junk") line.fail("'zero' or 'junk SEED'");
    sequence_.arena.ram = content == "zero" ? RamContent::zero : RamContent::junk;
    if (content == "junk") sequence_.arena.seed = line.number("a seed");
  }

  void parse_operation(Line& line, std::string_view first) {
    if (sequence_.operations.empty()) check_arena(line);
    Operation operation;
    if (first == "free") {
      operation = parse_free(line);
    } else if (first == "grow") {
      operation.kind = OperationKind::grow;
      operation.pfn = Pfn{line.number("a frame number")};
      operation.count = FrameCount{line.number("a number of frames")};
    } else {
      operation = parse_naming(line, first);
    }
    sequence_.operations.push_back(operation);
  }

  void check_arena(Line& line) {
    if (!settings_.contains("frames")) line.fail("'frames COUNT' in front of the operations");
    if (const char* problem = sequence_.arena.problem()) line.fail_with(problem);
  }

  Operation parse_naming(Line& line, std::string_view name) {
    if (!is_name(name)) line.fail("an operation or the name of a block");
    if (name == "all") line.fail("another name: 'free all' frees every block");
    if (names_.contains(name)) line.fail("a name that no other block has");
    if (line.word() != "=") line.fail("'='");
    const std::string_view action = line.word();
    Operation operation;
    if (action == "alloc") {
      operation.kind = OperationKind::alloc;
      operation.count = FrameCount{line.number("a number of frames")};
      if (!line.at_end()) {
        if (line.word() != "align") line.fail("'align' or the end of the line");
        operation.alignment = FrameCount{line.number("an alignment in frames")};
      }
    } else if (action == "exhaust") {
      operation.kind = OperationKind::exhaust;
      operation.count = FrameCount{line.number("a number of frames")};
    } else {
      line.fail("'alloc' or 'exhaust'");
    }
    names_.emplace(name, static_cast<std::uint32_t>(names_.size()));
    return operation;
  }

  Operation parse_free(Line& line) {
    const std::string_view target = line.word();
    Operation operation;
    if (target == "all") {
      operation.kind = OperationKind::free_all;
    } else if (target.starts_with('@')) {
      operation.kind = OperationKind::free_at;
      operation.pfn = Pfn{line.number_in(target.substr(1), "a frame number behind '@'")};
    } else {
      parse_block(line, target, operation);
    }
    return operation;
  }

  /// `name`, `name.ELEMENT` or `name+OFFSET`.
  void parse_block(Line& line, std::string_view target, Operation& operation) {
    const std::size_t mark = std::min(target.find_first_of(".+"), target.size());
    const auto known = names_.find(target.substr(0, mark));
    if (known == names_.end()) line.fail("'all', '@FRAME' or the name of a block made before");
    operation.kind = OperationKind::free_block;
    operation.block = known->second;
    if (mark == target.size()) return;
    const std::string_view digits = target.substr(mark + 1);
    if (target[mark] == '.') {
      operation.element = line.number_in(digits, "the number of an element");
      return;
    }
    operation.kind = OperationKind::free_inner;
    operation.offset = line.number_in(digits, "an offset in frames");
    if (operation.offset == 0) line.fail("an offset of at least 1");
  }

  static bool is_name(std::string_view word) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (word.empty() || !is_letter(word[0])) return false;
    for (const char c : word) {
      if (!is_letter(c) && !is_digit(c) && c != '_') return false;
    }
    return true;
  }

  Sequence sequence_;
  std::map<std::string_view, std::uint32_t> names_;
  bool has_header_ = false;
  std::set<std::string_view> settings_;  ///< of the arena, seen so far
};

}  // namespace

std::expected<Sequence, InputError> parse_text(std::string_view text) {
  try {
    return TextParser().parse(text);
  } catch (const ParseFailure& failure) {
    return std::unexpected(failure.message);
  }
}

}  // namespace assay
