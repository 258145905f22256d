/// The families of workloads: each turns parameters, read from a file of workloads, into what
/// writes the operations.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "bench/fields.h"
#include "bench/workloads.h"

namespace assay {

/// Writes the operations of a workload whose name, seed and arena are set; decides how its time is
/// divided and whether it follows the performer. Returns: empty, or why a file cannot be read.
using Generator =
    std::function<InputError(Workload& workload, const Scale& scale, const Performer& performer)>;

struct Family {
  std::string name;
  /// Reads the parameters; files among them lie where `folder` says. Throws a FieldError.
  Generator (*read)(Fields& parameters, const std::filesystem::path& folder);
};

[[nodiscard]] std::vector<std::string> family_names();
/// Requires: it is one of family_names().
[[nodiscard]] const Family& find_family(const std::string& name);

/// All of a sequence, as it stands, is measured.
[[nodiscard]] Generator whole_sequence(const std::string& path);

}  // namespace assay
