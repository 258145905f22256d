/// Workloads that were recorded, not made: sequences in files.
#pragma once

#include <string>

#include "bench/workloads.h"

namespace assay {

/// What is performed but not timed. An imported trace begins with the allocation of what was live
/// when the recording began; who wants these to be set-up has all that stands in front of the first
/// free be it.
enum class SetUp : std::uint8_t { none, to_the_first_free };

/// The sequence of a file. Returns: empty, or an error that names the file.
[[nodiscard]] InputError recorded(Workload& workload, const Scale& scale, const std::string& path,
                                  SetUp set_up);

}  // namespace assay
