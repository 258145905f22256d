/// Lines that a person types on the serial line.
///
///     backspace   takes back a character      up, down   earlier lines, and later ones
///     Ctrl-U      empties the line            Ctrl-C     drops it
///     Ctrl-D      on an empty line: the end
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace assay::kernel {

class LineReader {
 public:
  /// With the prompt it stays within 80 columns, where a terminal knows no way back to.
  static constexpr std::size_t kMostCharacters = 72;

  /// Prints `prompt`, and each character as it comes. Returns: the line, valid until the next call;
  /// nothing at the end. A longer line is said to be one, dropped, and empty.
  /// Requires: Console::listen was called.
  [[nodiscard]] std::optional<std::string_view> read(const char* prompt);

 private:
  using Text = std::array<char, kMostCharacters>;
  struct Line {
    Text text{};
    std::size_t size = 0;
    [[nodiscard]] std::string_view view() const { return {text.data(), size}; }
  };

  void insert(char c);
  void erase();
  void replace(std::string_view text);
  [[nodiscard]] bool belongs_to_escape(char c);
  void go_back();
  void go_forward();
  void remember();

  /// Terminals send `ESC [ A` or `ESC O A` for the arrow up, and more of the kind.
  enum class Escape : std::uint8_t { none, begun, inside };

  static constexpr std::size_t kMostLines = 16;

  Line line_;
  bool is_too_long_ = false;
  Escape escape_ = Escape::none;
  bool had_return_ = false;  ///< the character before was one: a line feed belongs to it
  std::array<Line, kMostLines> lines_{};
  std::size_t remembered_ = 0;  ///< lines ever
  std::size_t back_ = 0;        ///< which of them is shown: 1 is the last one, 0 none
};

}  // namespace assay::kernel
