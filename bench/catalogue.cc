#include "bench/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>
#include <system_error>
#include <utility>

#include "oracle/host/file.h"

namespace assay {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kFormat = "assay_workloads";
constexpr std::uint32_t kFormatVersion = 1;
constexpr std::uint32_t kMostVersions = 1'000'000;
constexpr std::size_t kLongestName = 64;

/// It becomes part of a file's name, and of a list that is separated by commas.
bool is_name(const std::string& text) {
  const auto is_fine = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  return !text.empty() && text.size() <= kLongestName && text.front() != '.' &&
         text.front() != '-' && std::ranges::all_of(text, is_fine) && !is_workload_file(text);
}

Json parse(const std::string& path) {
  const auto content = read_file(path);
  if (!content) throw FieldError(content.error());
  try {
    return Json::parse(*content);
  } catch (const Json::parse_error& error) {
    std::string why = error.what();  // "[json.exception.…] parse error at line 3, column 5: …"
    why.erase(0, std::min(why.find("] ") + 2, why.size()));
    std::ranges::replace(why, '\n', ' ');
    throw FieldError(fmt::format("{}: {}", path, why));
  }
}

CatalogueEntry entry_of(Fields fields, const std::string& path) {
  CatalogueEntry entry;
  entry.name = fields.text("name");
  if (!is_name(entry.name)) {
    fields.fail("name", "up to 64 letters, digits and '_-.', without the ending of a file");
  }
  fields.call_it(fmt::format("{}: workload '{}': ", path, entry.name));
  entry.version = fields.whole("version", 1, kMostVersions);
  entry.seed = fields.whole_or("seed", 0, 0xFFFF'FFFF, 0);
  entry.title = fields.text("title");
  entry.question = fields.text("question");
  entry.sets = fields.texts("sets");
  const Family& family = find_family(fields.one_of("family", family_names()));
  Fields parameters = fields.object_or_empty("parameters");
  fields.end();
  entry.generate = family.read(parameters, fs::path(path).parent_path());
  parameters.end();
  return entry;
}

}  // namespace

std::expected<Catalogue, InputError> Catalogue::load(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> files;
  for (const auto& file : fs::directory_iterator(folder, error)) {
    if (file.path().extension() == ".json") files.push_back(file.path());
  }
  if (error) return std::unexpected(fmt::format("{}: {}", folder, error.message()));
  if (files.empty()) {
    return std::unexpected(fmt::format("{}: expected files of workloads, NAME.json", folder));
  }
  std::ranges::sort(files);
  Catalogue catalogue;
  for (const std::string& file : files) {
    const auto added = catalogue.add(file);
    if (!added) return std::unexpected(added.error());
  }
  return catalogue;
}

std::expected<std::vector<std::string>, InputError> Catalogue::add(const std::string& path) {
  const auto before = static_cast<std::ptrdiff_t>(entries_.size());
  try {
    path.ends_with(".json") ? add_file(path) : add_sequence(path);
  } catch (const FieldError& error) {
    entries_.erase(entries_.begin() + before, entries_.end());
    return std::unexpected(error.what());
  }
  std::vector<std::string> names;
  std::transform(entries_.begin() + before, entries_.end(), std::back_inserter(names),
                 [](const CatalogueEntry& entry) { return entry.name; });
  return names;
}

void Catalogue::add_file(const std::string& path) {
  const Json json = parse(path);
  Fields file(json, path + ": ");
  static_cast<void>(file.whole(kFormat, kFormatVersion, kFormatVersion));
  if (file.has("about")) static_cast<void>(file.text("about"));
  for (const Fields& each : file.objects("workloads")) append(entry_of(each, path));
  file.end();
}

void Catalogue::add_sequence(const std::string& path) {
  const std::string name = fs::path(path).stem();
  if (!is_name(name)) {
    throw FieldError(
        fmt::format("{}: is no name for a workload; call the file by letters, digits "
                    "and '_-.' only",
                    path));
  }
  append({.name = name,
          .title = "The operations of " + fs::path(path).filename().string(),
          .question = "What does an operation of this sequence cost, from the first to the last?",
          .generate = whole_sequence(path)});
}

void Catalogue::append(CatalogueEntry entry) {
  if (find(entry.name) != nullptr) {
    throw FieldError(
        fmt::format("there are two workloads '{}'; give one of them another name", entry.name));
  }
  entries_.push_back(std::move(entry));
}

const CatalogueEntry* Catalogue::find(const std::string& name) const {
  const auto found = std::ranges::find(entries_, name, &CatalogueEntry::name);
  return found == entries_.end() ? nullptr : &*found;
}

std::vector<std::string> Catalogue::names() const {
  std::vector<std::string> all;
  std::ranges::transform(entries_, std::back_inserter(all), &CatalogueEntry::name);
  return all;
}

std::expected<std::vector<std::string>, InputError> Catalogue::names_in(
    const std::string& set) const {
  std::vector<std::string> names;
  std::set<std::string> sets;
  for (const CatalogueEntry& entry : entries_) {
    sets.insert(entry.sets.begin(), entry.sets.end());
    if (std::ranges::find(entry.sets, set) != entry.sets.end()) names.push_back(entry.name);
  }
  if (!names.empty()) return names;
  return std::unexpected(
      fmt::format("there is no set '{}' of workloads; known: {}", set, fmt::join(sets, ", ")));
}

std::expected<Workload, InputError> Catalogue::make(const std::string& name, const Scale& scale,
                                                    const Performer& performer) const {
  const CatalogueEntry* entry = find(name);
  if (entry == nullptr) {
    return std::unexpected(
        fmt::format("there is no workload '{}'; known: {}", name, fmt::join(names(), ", ")));
  }
  Workload workload{.name = entry->name,
                    .version = entry->version,
                    .title = entry->title,
                    .question = entry->question,
                    .seed = entry->seed};
  workload.sequence.arena = scale.arena();
  const InputError error = entry->generate(workload, scale, performer);
  if (!error.empty()) return std::unexpected(error);
  return workload;
}

bool is_workload_file(const std::string& name) {
  return name.ends_with(".json") || name.ends_with(".ops") || name.ends_with(".opsb");
}

}  // namespace assay
