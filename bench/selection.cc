#include "bench/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "bench/plugin_contestant.h"
#include "bench/progress.h"

namespace assay {

namespace {

constexpr const char* kPair = "single_pair";
constexpr const char* kDefaultSet = "quick";
constexpr std::uint32_t kMostTouchedFrames = 1U << 21;  ///< where links live in them: 8 GiB

/// `wanted`, each once. The error names what is not known.
std::expected<std::vector<std::string>, std::string> choose(const char* what,
                                                            const std::vector<std::string>& wanted,
                                                            const std::vector<std::string>& known) {
  std::vector<std::string> chosen;
  for (const std::string& name : wanted) {
    if (std::ranges::find(known, name) == known.end()) {
      return std::unexpected(
          fmt::format("there is no {} '{}'; known: {}", what, name, fmt::join(known, ", ")));
    }
    if (std::ranges::find(chosen, name) == chosen.end()) chosen.push_back(name);
  }
  return chosen;
}

/// Makes a workload that `performer` shall be measured on, or anybody, and appends it.
/// Returns: empty, or an error.
std::string append_prepared(Workloads& to, const std::string& name, const Options& options,
                            const Performer& performer, Pfn base = Pfn{0}) {
  Scale scale = scale_of(options);
  scale.base = base;
  auto workload = options.catalogue->make(name, scale, performer);
  if (!workload) return workload.error();
  auto ready = prepare(std::move(*workload));
  if (!ready) return ready.error();
  to.push_back(std::move(*ready));
  return {};
}

/// The names of the workloads to measure. Files among those asked for come into the catalogue.
std::expected<std::vector<std::string>, std::string> choose_workloads(Catalogue& catalogue,
                                                                      const Options& options) {
  if (options.workloads.empty()) {
    const bool all = options.smoke && options.set.empty();
    return all ? catalogue.names()
               : catalogue.names_in(options.set.empty() ? kDefaultSet : options.set);
  }
  std::vector<std::string> wanted;
  for (const std::string& name : options.workloads) {
    if (!is_workload_file(name)) {
      wanted.push_back(name);
      continue;
    }
    const auto added = catalogue.add(name);
    if (!added) return std::unexpected(added.error());
    wanted.insert(wanted.end(), added->begin(), added->end());
  }
  return choose("workload", wanted, catalogue.names());
}

/// Settles what a plug-in need not be asked: where its contract does not reach, and where what all
/// have is more than it can do. So a workload is written only with who does it.
void settle_plugin(Cell& cell, HostMemory& memory) {
  const Contract& contract = cell.contestant->plugin->contract;
  const Workload& workload = cell.prepared->workload;
  cell.left_out = why_left_out(workload, contract);
  if (!cell.left_out.empty() || !workload.follows_performer) return;
  Sequence sequence = workload.sequence;
  sequence.arena = arena_for(sequence.arena, contract);
  const std::string verdict = judge_apart(*cell.contestant, memory, sequence);
  if (verdict != "pass") cell.oracle = verdict;
}

/// Gives a cell the sequence that follows its contestant, or that lies where he takes it, if the
/// one that all have will not do. Returns: empty, or an error.
std::string give_own_sequence(Cell& cell, Workloads& others, HostMemory& memory,
                              const Options& options) {
  const Contestant& contestant = *cell.contestant;
  const Workload& shared = cell.prepared->workload;
  if (contestant.is_reference) return {};
  const AnyDesign design = contestant.any();
  const Arena arena = arena_for(shared.sequence.arena, design.contract);
  if (shared.follows_performer) {
    report_progress("writing " + shared.name + " for " + contestant.name);
    const std::string error =
        append_prepared(others, shared.name, options, {&design, &memory}, arena.base);
    if (!error.empty()) return error;
  } else if (arena.base != shared.sequence.arena.base) {
    others.push_back(*cell.prepared);
    others.back().workload.sequence.arena = arena;
  } else {
    return {};
  }
  cell.prepared = &others.back();
  cell.has_own_sequence = true;
  return {};
}

}  // namespace

Scale scale_of(const Options& options) {
  Scale scale = options.smoke ? kSmokeScale : kQuickScale;
  if (options.frames != 0) scale.frames = options.frames;
  return scale;
}

std::expected<Workloads, std::string> prepare_all(const Options& options) {
  const auto names = choose_workloads(*options.catalogue, options);
  if (!names) return std::unexpected(names.error());
  Workloads prepared;
  for (const std::string& name : *names) {
    const std::string error = append_prepared(prepared, name, options, {});
    if (!error.empty()) return std::unexpected(error);
  }
  return prepared;
}

std::expected<std::vector<const Contestant*>, std::string> choose_contestants(
    const Options& options) {
  std::vector<std::string> known;
  for (const Contestant& design : designs()) known.push_back(design.name);
  std::vector<std::string> wanted = options.designs.empty() ? known : options.designs;
  static std::deque<Contestant> everybody(designs().begin(), designs().end());
  for (std::string& name : wanted) {
    if (!name.ends_with(".so")) continue;
    auto plugin = load_contestant(name);
    if (!plugin) return std::unexpected(plugin.error());
    name = plugin->name;
    if (std::ranges::find(known, name) != known.end()) continue;
    known.push_back(name);
    everybody.push_back(std::move(*plugin));
  }
  const auto names = choose("design", wanted, known);
  if (!names) return std::unexpected(names.error());
  std::vector<const Contestant*> chosen;
  for (const std::string& name : *names) {
    const Contestant& design = *std::ranges::find(everybody, name, &Contestant::name);
    if (options.frames > kMostTouchedFrames && design.any().contract.touches_frames()) {
      fmt::print(stderr, "assay-bench: {} writes to free frames; it is left out above {} frames\n",
                 name, kMostTouchedFrames);
      continue;
    }
    chosen.push_back(&design);
  }
  chosen.push_back(&reference());
  chosen.push_back(&empty_call());
  return chosen;
}

std::expected<std::vector<Cell>, std::string> make_cells(
    const std::vector<const Contestant*>& contestants, const Workloads& workloads,
    Workloads& others, HostMemory& memory, const Options& options) {
  std::string error = append_prepared(others, kPair, options, {});
  if (!error.empty()) return std::unexpected(error);
  const PreparedWorkload& pair = others.front();
  std::vector<Cell> cells;
  for (const PreparedWorkload& workload : workloads) {
    const bool stack_can = workload.plan.single_frames;
    const bool is_alike = stack_can && workload.workload.per == Per::served;
    for (const Contestant* contestant : contestants) {
      if (contestant == &reference() && !stack_can) continue;
      Cell cell{.contestant = contestant,
                .prepared = &workload,
                .yardstick = is_alike ? &workload : &pair};
      if (contestant->plugin != nullptr) settle_plugin(cell, memory);
      if (!cell.is_settled()) error = give_own_sequence(cell, others, memory, options);
      if (!error.empty()) return std::unexpected(error);
      cells.push_back(std::move(cell));
    }
  }
  return cells;
}

}  // namespace assay
