/// Bugs that are known already, so that an input that only shows one of them again does not end the
/// process: a bug that is hit a million times costs a million trials and nothing else.
///
/// A second bug can hide behind the key of the first. So the 1st, 2nd, 4th, 8th, … hit of each key,
/// counted over all processes that were told of it, is kept as a file for the shrinker.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

namespace assay {

class KnownBugs {
 public:
  /// `text`: a JSON object of keys, each with how often it was hit before. `folder` takes the kept
  /// inputs. Returns: them, or one line that says what is wrong with the text.
  [[nodiscard]] static std::expected<KnownBugs, std::string> parse(std::string_view text,
                                                                   std::string folder);

  /// Reads the file that ASSAY_KNOWN names in the environment; ASSAY_MASKED names the folder. None
  /// are known without. A file that cannot be used ends the program with one line.
  [[nodiscard]] static KnownBugs from_environment();

  [[nodiscard]] bool knows(std::string_view key) const { return bugs_.contains(key); }

  /// Whether the key is known; counts the hit, and keeps the input if it is its turn. An input that
  /// cannot be written is named on stderr.
  [[nodiscard]] bool masks(std::string_view key, std::span<const std::uint8_t> input);

  /// {key: hits of this process}, for those that were hit.
  [[nodiscard]] nlohmann::json hits() const;

 private:
  struct Bug {
    std::uint64_t before = 0;
    std::uint64_t hits = 0;
  };

  std::map<std::string, Bug, std::less<>> bugs_;
  std::string folder_;
};

}  // namespace assay
