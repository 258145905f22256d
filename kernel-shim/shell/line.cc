#include "kernel-shim/shell/line.h"

#include <algorithm>

#include "kernel-shim/machine/console.h"

namespace assay::kernel {

namespace {

constexpr char control(char letter) { return static_cast<char>(letter - '@'); }
constexpr char kEscape = 0x1B;
constexpr char kDelete = 0x7F;
constexpr char kBell = '\a';

}  // namespace

std::optional<std::string_view> LineReader::read(const char* prompt) {
  line_.size = 0;
  is_too_long_ = false;
  back_ = 0;
  console << prompt;
  while (true) {
    const char c = Console::read();
    const bool is_rest_of_return = c == '\n' && had_return_;
    had_return_ = c == '\r';
    if (is_rest_of_return || belongs_to_escape(c)) continue;
    if (c == '\r' || c == '\n') break;
    if (c == control('D') && line_.size == 0) return std::nullopt;
    if (c == control('C')) {
      console << "^C\n";
      return std::string_view{};
    }
    switch (c) {
      case '\b':
      case kDelete: erase(); break;
      case control('U'): replace({}); break;
      default: insert(c); break;
    }
  }
  console << '\n';
  if (is_too_long_) {
    console << "a line has at most " << static_cast<std::uint32_t>(kMostCharacters)
            << " characters; this one was longer, and is dropped\n";
    return std::string_view{};
  }
  remember();
  return line_.view();
}

/// What is no character of a command shows as a question mark, which is in none either.
void LineReader::insert(char c) {
  if (line_.size == kMostCharacters) {
    is_too_long_ = true;
    console << kBell;
    return;
  }
  const char shown = c == '\t' ? ' ' : c >= ' ' && c < kDelete ? c : '?';
  line_.text[line_.size++] = shown;
  console << shown;
}

void LineReader::erase() {
  if (line_.size == 0) return;
  --line_.size;
  is_too_long_ = false;
  console << "\b \b";
}

void LineReader::replace(std::string_view text) {
  while (line_.size > 0) erase();
  for (const char c : text) insert(c);
}

/// Whether it is part of a key that is no character; the arrows are two of these. A control
/// character is none: it ends one that lacks its end.
bool LineReader::belongs_to_escape(char c) {
  const Escape before = escape_;
  escape_ = Escape::none;
  if (c == kEscape) {
    escape_ = Escape::begun;
    return true;
  }
  if (before == Escape::none || (c >= 0 && c < ' ')) return false;
  if (before == Escape::begun) {
    if (c == '[' || c == 'O') escape_ = Escape::inside;
  } else if (c < '@') {
    escape_ = Escape::inside;  // a number of the key's
  } else if (c == 'A') {
    go_back();
  } else if (c == 'B') {
    go_forward();
  }
  return true;
}

void LineReader::go_back() {
  if (back_ < std::min(remembered_, kMostLines)) ++back_;
  if (back_ > 0) replace(lines_[(remembered_ - back_) % kMostLines].view());
}

void LineReader::go_forward() {
  if (back_ > 0) --back_;
  replace(back_ > 0 ? lines_[(remembered_ - back_) % kMostLines].view() : std::string_view{});
}

void LineReader::remember() {
  if (line_.size > 0) lines_[remembered_++ % kMostLines] = line_;
}

}  // namespace assay::kernel
