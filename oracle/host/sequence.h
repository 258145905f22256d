/// A sequence in memory, and its two files: `.ops` (text) and `.opsb` (bytes).
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "oracle/operations/bytes.h"
#include "oracle/operations/operation.h"

namespace assay {

struct Sequence {
  Arena arena;
  std::vector<Operation> operations;

  bool operator==(const Sequence& other) const;
};

[[nodiscard]] Survey survey(const Sequence& sequence);

[[nodiscard]] std::vector<std::uint8_t> to_bytes(const Sequence& sequence);
/// The canonical text: every line of the arena, canonical names, no comments.
[[nodiscard]] std::string to_text(const Sequence& sequence);

/// What is wrong with an input, where, and what was expected, without the file's name:
/// `3:8: expected a number of frames, found 'x'` or `byte 17: is cut short`.
using InputError = std::string;

[[nodiscard]] std::expected<Sequence, InputError> parse_bytes(std::span<const std::uint8_t> bytes);
/// The same into a sequence that was used before and whose memory is used again, for those who read
/// many. Returns: empty, or the error; then the sequence holds what could be read.
[[nodiscard]] InputError parse_bytes(std::span<const std::uint8_t> bytes, Sequence& sequence);
/// Any names, comments and blank lines are allowed.
[[nodiscard]] std::expected<Sequence, InputError> parse_text(std::string_view text);

/// Reads a file; text or bytes, by its first byte: text starts with 'a' or '#', bytes with 'A'.
/// The error names the file.
[[nodiscard]] std::expected<Sequence, InputError> load(const std::string& path);

/// Writes a file, text if `path` ends in `.ops`, bytes otherwise. It appears whole or not at all.
/// Returns: empty, or an error that names the file.
[[nodiscard]] std::string save(const Sequence& sequence, const std::string& path);

}  // namespace assay
