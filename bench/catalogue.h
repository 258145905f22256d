/// The workloads that there are, by name. They are data: files of JSON in bench/workloads/, or a
/// user's own, say which family of sequences each belongs to (bench/families.h), and with which
/// parameters and seed.
///
///     {"assay_workloads": 1,
///      "workloads": [
///        {"name": "churn_90", "version": 1, "seed": 90, "sets": ["quick", "full"],
///         "title": "Single frames at 90 % occupancy",
///         "question": "What does an operation cost when …?",
///         "family": "churn", "parameters": {"occupancy_percent": 90}}]}
///
/// What changes a workload's operations gives it another version: figures of two versions are not
/// comparable.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "bench/families.h"
#include "bench/fields.h"
#include "bench/workloads.h"

namespace assay {

struct CatalogueEntry {
  std::string name;
  std::uint32_t version = 1;
  std::uint32_t seed = 0;  ///< 0 where nothing is random
  std::string title;
  std::string question;
  std::vector<std::string> sets{};  ///< in which it is measured
  Generator generate{};
};

class Catalogue {
 public:
  /// Every file NAME.json of the folder, by name; so is the order of the report.
  /// The error names the file and the place in it.
  [[nodiscard]] static std::expected<Catalogue, InputError> load(const std::string& folder);

  /// Adds the workloads of one more file, or a sequence (.ops, .opsb) as a workload as it stands:
  /// all of it is measured. Returns: their names; after an error, none of them is there.
  [[nodiscard]] std::expected<std::vector<std::string>, InputError> add(const std::string& path);

  [[nodiscard]] const std::vector<CatalogueEntry>& entries() const { return entries_; }
  [[nodiscard]] std::vector<std::string> names() const;
  /// The error names the sets that there are.
  [[nodiscard]] std::expected<std::vector<std::string>, InputError> names_in(
      const std::string& set) const;

  /// Makes the workload. The error says that there is none of that name, or why a file that it
  /// needs cannot be read.
  [[nodiscard]] std::expected<Workload, InputError> make(const std::string& name,
                                                         const Scale& scale,
                                                         const Performer& performer = {}) const;

 private:
  [[nodiscard]] const CatalogueEntry* find(const std::string& name) const;
  void add_file(const std::string& path);
  void add_sequence(const std::string& path);
  void append(CatalogueEntry entry);

  std::vector<CatalogueEntry> entries_;
};

/// Whether --workloads names a file, not a workload.
[[nodiscard]] bool is_workload_file(const std::string& name);

}  // namespace assay
