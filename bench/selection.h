/// What is measured: who was asked for, on which workloads, and the cells that follow from it.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <string>
#include <vector>

#include "bench/catalogue.h"
#include "bench/cell.h"
#include "bench/contestant.h"
#include "bench/workloads.h"
#include "oracle/host/host_trial.h"

namespace assay {

/// At addresses that stay.
using Workloads = std::deque<PreparedWorkload>;

struct Options {
  std::string catalogue_folder = "bench/workloads";
  std::vector<std::string> designs;
  std::vector<std::string> workloads;
  std::string set;
  std::uint32_t frames = 0;
  std::uint32_t repetitions = 9;
  std::uint32_t repetition_ms = 40;
  bool smoke = false;
  bool times_only = false;
  std::string output;
  std::string gbench_output;
  std::string latency_output;
  std::string timeline_output;
  std::string contiguous_output;
  std::string workload_folder;
  bool list = false;
  Catalogue* catalogue = nullptr;
};

[[nodiscard]] Scale scale_of(const Options& options);

/// The workloads that were asked for, as everybody has them. The error names what is not known, or
/// the file that cannot be read.
[[nodiscard]] std::expected<Workloads, std::string> prepare_all(const Options& options);

/// Who was asked for, by default every design, and behind them the yardsticks. Plug-ins are loaded;
/// who cannot be measured at this size is left out with a warning. The error names what is not
/// known.
[[nodiscard]] std::expected<std::vector<const Contestant*>, std::string> choose_contestants(
    const Options& options);

/// The cells of the table, row by row. What only some of them need goes to `others`: workloads that
/// follow a design, and the pair of the stack of frame numbers.
[[nodiscard]] std::expected<std::vector<Cell>, std::string> make_cells(
    const std::vector<const Contestant*>& contestants, const Workloads& workloads,
    Workloads& others, HostMemory& memory, const Options& options);

}  // namespace assay
