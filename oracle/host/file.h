/// Whole files in and out, with errors that say what, where and why.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace assay {

/// The content of a file, or one line that names it and says why it cannot be read.
[[nodiscard]] std::expected<std::string, std::string> read_file(const std::string& path);

/// Writes beside `path` and renames, so that it appears whole or not at all.
/// Returns: empty, or one line that names the file and says why.
[[nodiscard]] std::string write_file(const std::string& path, std::string_view content);

}  // namespace assay
