#include "bench/workloads.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "bench/runs_of_frames.h"
#include "bench/single_frames.h"

namespace assay {

namespace {

using Made = std::expected<Workload, InputError>;

/// What a trace allocates before its first free is set-up: first comes what was live at its start.
std::expected<Workload, InputError> trace_pgbench(Scale scale, const std::string& trace_folder) {
  auto sequence = load(trace_folder + "/pgbench.opsb");
  if (!sequence) return std::unexpected(sequence.error());
  Workload workload{.name = "trace_pgbench",
                    .title = "Linux under PostgreSQL's pgbench, replayed",
                    .question =
                        "What does an operation cost in the order in which a real kernel, "
                        "busy with a database, asked for it?",
                    .sequence = std::move(*sequence)};
  std::vector<Operation>& operations = workload.sequence.operations;
  if (operations.size() > scale.trace_operations) operations.resize(scale.trace_operations);
  const auto first_free = std::ranges::find_if(
      operations, [](const Operation& operation) { return !operation.names_block(); });
  workload.first_measured = static_cast<std::uint32_t>(first_free - operations.begin());
  return workload;
}

/// All that a workload may be made of.
struct Ingredients {
  Scale scale;
  const std::string& trace_folder;
  const Performer& performer;
};

struct Entry {
  const char* name;
  Made (*make)(const Ingredients& from);
};

constexpr Entry kEntries[] = {
    {"single_pair", [](const Ingredients& from) -> Made { return single_pair(from.scale); }},
    {"fill_drain", [](const Ingredients& from) -> Made { return fill_drain(from.scale); }},
    {"mixed_50", [](const Ingredients& from) -> Made { return mixed(from.scale, 50); }},
    {"mixed_90", [](const Ingredients& from) -> Made { return mixed(from.scale, 90); }},
    {"trace_pgbench",
     [](const Ingredients& from) { return trace_pgbench(from.scale, from.trace_folder); }},
    {"fill", [](const Ingredients& from) -> Made { return fill(from.scale); }},
    {"free_random", [](const Ingredients& from) -> Made { return free_random(from.scale); }},
    {"churn_50", [](const Ingredients& from) -> Made { return churn(from.scale, 50); }},
    {"churn_90", [](const Ingredients& from) -> Made { return churn(from.scale, 90); }},
    {"churn_99", [](const Ingredients& from) -> Made { return churn(from.scale, 99); }},
    {"allocate_one", [](const Ingredients& from) -> Made { return allocate_one(from.scale); }},
    {"free_one", [](const Ingredients& from) -> Made { return free_one(from.scale); }},
    {"orders_90",
     [](const Ingredients& from) -> Made { return orders_90(from.scale, from.performer); }},
    {"fail_full", [](const Ingredients& from) -> Made { return fail_full(from.scale); }},
    {"fail_checkerboard",
     [](const Ingredients& from) -> Made { return fail_checkerboard(from.scale, from.performer); }},
    {"fail_512",
     [](const Ingredients& from) -> Made { return fail_512(from.scale, from.performer); }},
};

}  // namespace

const std::vector<std::string>& workload_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    std::ranges::transform(kEntries, std::back_inserter(all), &Entry::name);
    return all;
  }();
  return names;
}

const std::vector<std::string>& default_workload_names() {
  static const std::vector<std::string> names{"single_pair", "fill_drain", "mixed_50", "mixed_90",
                                              "trace_pgbench"};
  return names;
}

std::expected<Workload, InputError> make_workload(const std::string& name, Scale scale,
                                                  const std::string& trace_folder,
                                                  const Performer& performer) {
  const auto* entry = std::ranges::find(kEntries, name, &Entry::name);
  if (entry != std::end(kEntries)) return entry->make({scale, trace_folder, performer});
  return std::unexpected(
      fmt::format("there is no workload '{}'; known: {}", name, fmt::join(workload_names(), ", ")));
}

}  // namespace assay
