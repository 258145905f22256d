#include "bench/results.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "bench/noise.h"
#include "bench/statistics.h"

namespace assay {

namespace {

using Json = nlohmann::ordered_json;

Json describe(const PreparedWorkload& prepared, const std::map<std::string, Noise>& noise) {
  const Workload& workload = prepared.workload;
  Json json = {{"name", workload.name},
               {"version", workload.version},
               {"title", workload.title},
               {"question", workload.question},
               {"seed", workload.seed},
               {"frames", workload.sequence.arena.frames.value()},
               {"operations", prepared.plan.measured.size()},
               {"set_up_operations", prepared.plan.set_up.size()},
               {"follows_design", workload.follows_performer}};
  const auto found = noise.find(workload.name);
  if (found != noise.end()) {
    json["noise_of"] = found->second.contestant;
    json["noise_floor"] = found->second.floor;
    json["noise_floor_ratio"] = found->second.ratio_floor;
    json["noise_spread"] = found->second.spread;
  }
  return json;
}

Json describe(const std::optional<Touched>& touched) {
  if (!touched) return nullptr;
  return {{"metadata_bytes", touched->metadata_bytes}, {"frame_bytes", touched->frame_bytes}};
}

/// The requests of each length that occurs.
Json describe(const std::map<std::uint32_t, Requests>& by_frames) {
  Json list = Json::array();
  for (const auto& [frames, requests] : by_frames) {
    list.push_back({{"frames", frames}, {"requests", requests.all}, {"failed", requests.failed}});
  }
  return list;
}

Json describe(const Cell& cell) {
  const Arena& arena = cell.prepared->workload.sequence.arena;
  const bool is_timed = cell.passed() && !cell.repetitions_ns.empty();
  const auto statistic = [&](double (*function)(std::vector<double>),
                             const std::vector<double>& values) {
    return is_timed ? Json(function(values)) : Json(nullptr);
  };
  const bool per_request = cell.prepared->workload.per == Per::request;
  Json json = {{"design", cell.contestant->name},
               {"workload", cell.prepared->workload.name},
               {"sequence", file_of(cell)},
               {"oracle", cell.contestant->is_reference ? "not judged: a yardstick" : cell.oracle},
               {"unit", per_request ? "ns/request" : "ns/operation"},
               {"repetitions_ns", cell.repetitions_ns},
               {"median_ns", statistic(&median, cell.repetitions_ns)},
               {"mad_ns", statistic(&median_absolute_deviation, cell.repetitions_ns)},
               {"fastest_ns", is_timed ? Json(cell.fastest_ns) : Json(nullptr)},
               {"yardstick", cell.yardstick->workload.name},
               {"repetitions_ratio", cell.repetitions_ratio},
               {"ratio", statistic(&median, cell.repetitions_ratio)},
               {"ratio_mad", statistic(&median_absolute_deviation, cell.repetitions_ratio)},
               {"operations", cell.prepared->plan.measured.size()},
               {"served", cell.tally.served()},
               {"allocated", cell.tally.allocated},
               {"failed", cell.tally.failed},
               {"requests", describe(cell.requests)},
               {"used_frames_at_end", cell.used_at_end.value()},
               {"passes", cell.passes},
               {"rounds", cell.rounds},
               {"placement_hash", fmt::format("{:016x}", cell.placement_hash)},
               {"metadata_bytes", cell.metadata_bytes},
               {"instructions", cell.instructions ? Json(*cell.instructions) : Json(nullptr)},
               {"touched", describe(cell.touched)},
               {"frames", arena.frames.value()}};
  if (cell.contestant->plugin != nullptr) json["foreign"] = true;
  if (cell.contestant->is_reference) {
    json["reference"] = true;
    json.erase("placement_hash");
  }
  return json;
}

}  // namespace

std::string to_json(const RunFacts& facts, const std::deque<PreparedWorkload>& workloads,
                    std::span<const Cell> cells, std::span<const Cell> seconds) {
  const std::map<std::string, Noise> noise = noise_of(cells, seconds);
  const bool has_note = !facts.instructions_note.empty();
  Json json = {{"repetitions", facts.repetitions},
               {"pinned_cpu", facts.pinned_cpu < 0 ? Json(nullptr) : Json(facts.pinned_cpu)},
               {"smoke", facts.smoke},
               {"judged", facts.judged_whole ? "whole" : "calls"},
               {"instructions_note", has_note ? Json(facts.instructions_note) : Json(nullptr)},
               {"workloads", Json::array()},
               {"cells", Json::array()},
               {"references", Json::array()},
               {"left_out", Json::array()}};
  for (const PreparedWorkload& workload : workloads)
    json["workloads"].push_back(describe(workload, noise));
  for (const Cell& cell : cells) {
    if (!cell.left_out.empty()) {
      json["left_out"].push_back({{"design", cell.contestant->name},
                                  {"workload", cell.prepared->workload.name},
                                  {"frames", cell.prepared->workload.sequence.arena.frames.value()},
                                  {"reason", cell.left_out}});
      continue;
    }
    json[cell.contestant->is_reference ? "references" : "cells"].push_back(describe(cell));
  }
  return json.dump(1) + "\n";
}

}  // namespace assay
