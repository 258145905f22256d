/// The workloads: sequences of operations, each made to answer one question.
///
/// A workload is data: an arena, operations, and where the measured ones begin. Those before are
/// set-up, performed but not timed. The generated ones depend on nothing but their scale and seed.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "oracle/host/sequence.h"

namespace assay {

struct Workload {
  std::string name;
  std::string title;
  std::string question;
  std::uint32_t seed = 0;  ///< 0 where nothing is random
  Sequence sequence{};
  std::uint32_t first_measured = 0;  ///< index of an operation
};

/// How large the workloads are.
struct Scale {
  std::uint32_t frames;            ///< of generated arenas
  std::uint32_t operations;        ///< measured ones of generated workloads, about
  std::uint32_t trace_operations;  ///< at most so many of a trace, from its start
};

/// A quick run: an arena of 256 MiB, traces whole.
inline constexpr Scale kQuickScale{65'536, 100'000, 0xFFFF'FFFF};
/// Everything once, in a second or two.
inline constexpr Scale kSmokeScale{1'024, 2'000, 4'000};

/// The names of all workloads, in the order of the report.
[[nodiscard]] const std::vector<std::string>& workload_names();

/// Makes the workload `name`, one of workload_names(). Traces are read from `trace_folder`.
/// The error names the file.
[[nodiscard]] std::expected<Workload, InputError> make_workload(const std::string& name,
                                                                Scale scale,
                                                                const std::string& trace_folder);

}  // namespace assay
