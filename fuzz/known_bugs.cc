#include "fuzz/known_bugs.h"

#include <fmt/format.h>

#include <bit>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "oracle/host/file.h"

namespace assay {

std::expected<KnownBugs, std::string> KnownBugs::parse(std::string_view text, std::string folder) {
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::unexpected("no JSON object of known bugs");
  KnownBugs known;
  known.folder_ = std::move(folder);
  for (const auto& [key, hits] : json.items()) {
    if (!hits.is_number_unsigned()) return std::unexpected(fmt::format("{}: no count", key));
    known.bugs_[key].before = hits.get<std::uint64_t>();
  }
  return known;
}

KnownBugs KnownBugs::from_environment() {
  const char* path = std::getenv("ASSAY_KNOWN");
  if (path == nullptr) return {};
  const char* folder = std::getenv("ASSAY_MASKED");
  const auto text = read_file(path);
  auto known = text ? parse(*text, folder != nullptr ? folder : ".")
                    : std::expected<KnownBugs, std::string>(std::unexpected(text.error()));
  if (known) return std::move(*known);
  fmt::print(stderr, "ASSAY_KNOWN: {}: {}\n", path, known.error());
  std::exit(2);
}

bool KnownBugs::masks(std::string_view key, std::span<const std::uint8_t> input) {
  const auto found = bugs_.find(key);
  if (found == bugs_.end()) return false;
  Bug& bug = found->second;
  const std::uint64_t number = bug.before + ++bug.hits;
  if (!std::has_single_bit(number)) return true;
  const std::string path = fmt::format("{}/{}@{}.opsb", folder_, key, number);
  const std::string error =
      write_file(path, {reinterpret_cast<const char*>(input.data()), input.size()});
  if (!error.empty()) fmt::print(stderr, "{}\n", error);
  return true;
}

nlohmann::json KnownBugs::hits() const {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [key, bug] : bugs_) {
    if (bug.hits > 0) json[key] = bug.hits;
  }
  return json;
}

}  // namespace assay
