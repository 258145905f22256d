/// The words of a command, taken from the front one by one. What is wrong with one is noted, not
/// printed: the shell says it with what the command takes.
#pragma once

#include <cstdint>
#include <string_view>

#include "oracle/operations/text.h"

namespace assay::kernel {

class Zone;

class Arguments {
 public:
  explicit Arguments(std::string_view line) : rest_(line) {}

  [[nodiscard]] bool is_empty() { return peek().empty(); }
  /// The next word, or nothing.
  std::string_view word();
  /// Takes the next word if it is this one.
  [[nodiscard]] bool take(std::string_view word);
  /// A number, decimal or 0x…, of `least` to `most`. Returns: `least` where there is none, which is
  /// a problem then. `name` says what is missing.
  [[nodiscard]] std::uint32_t number(const char* name, std::uint32_t least = 0,
                                     std::uint32_t most = 0xFFFF'FFFF);
  /// The same where it may be left out: not if the next word begins with a digit.
  [[nodiscard]] std::uint32_t number_or(std::uint32_t otherwise, const char* name);
  /// `low` or `high`, or nullptr if the next word is neither. That there is no high memory here is
  /// a problem.
  [[nodiscard]] Zone* zone();

  /// Whether each word was understood, and none is left. Else nothing may be done.
  [[nodiscard]] bool are_fine();
  /// What is wrong, or an empty text.
  [[nodiscard]] const TextBuffer& problem() const { return problem_; }

 private:
  [[nodiscard]] std::string_view peek();

  std::string_view rest_;
  TextBuffer problem_;
};

/// Adds a text that need not end in NUL.
TextBuffer& operator<<(TextBuffer& out, std::string_view text);

}  // namespace assay::kernel
