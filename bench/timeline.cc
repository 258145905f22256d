#include "bench/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "bench/frame_map.h"
#include "bench/progress.h"

namespace assay {

namespace {

using Json = nlohmann::ordered_json;

/// Performs a sequence and knows of each block where it lies: from what calls returned alone.
class Follower {
 public:
  Follower(const Contestant& contestant, const Sequence& sequence, HostMemory& memory)
      : design_(contestant.any()), map_(sequence.arena) {
    Survey needs;
    needs.arena = sequence.arena;
    const TrialMemory space = memory.prepare_for(design_, needs);
    const UsableRuns usable(sequence.arena);
    design_.init(memory_map(sequence.arena, usable), space.ram, space.metadata);
    for (const Run& run : design_.kept()) map_.reserve(run);
  }

  void perform(const Operation& operation) {
    if (operation.kind == OperationKind::alloc) {
      const Pfn first = design_.allocate(operation.count);
      blocks_.push_back({first, design_.contract.granted(operation.count)});
      if (first.is_none()) {
        ++failed_;
      } else {
        map_.take(blocks_.back());
      }
      return;
    }
    const Run& block = blocks_[operation.block];  // no other operation has a plan
    if (block.first.is_none()) return;
    static_cast<void>(design_.free(block.first, block.count));
    map_.give_back(block);
  }

  [[nodiscard]] const FrameMap& map() const { return map_; }
  [[nodiscard]] std::uint32_t failed() const { return failed_; }
  /// Of the last call, or nothing.
  [[nodiscard]] std::string mishap() const {
    const Mishap mishap = design_.mishap();
    return mishap.kind == Mishap::Kind::none ? "" : mishap.message;
  }

 private:
  AnyDesign design_;
  FrameMap map_;
  std::vector<Run> blocks_;  ///< by name; of those that failed, none
  std::uint32_t failed_ = 0;
};

TimelineSample look(std::uint32_t operation, const Follower& follower) {
  const FrameMap& map = follower.map();
  return {.operation = operation,
          .used = map.used(),
          .free = map.free(),
          .largest_free_run = map.largest_free_run(),
          .unusable_4 = map.unusable_free(4),
          .unusable_9 = map.unusable_free(kHugeOrder),
          .free_huge_share = map.free_huge_share(),
          .moves = map.least_moves(),
          .failed = follower.failed()};
}

/// `count` positions from 1 to `last`, evenly; all, if there are no more.
class Positions {
 public:
  Positions(std::uint32_t count, std::size_t last)
      : count_(std::min<std::size_t>(count, last)), last_(last) {}

  /// Whether it is the next one. Call with 1, 2, 3 … in turn.
  [[nodiscard]] bool reached(std::uint32_t position) {
    if (passed_ == count_ || position < (passed_ + 1) * last_ / count_) return false;
    ++passed_;
    return true;
  }

 private:
  std::uint64_t count_;
  std::uint64_t last_;
  std::uint64_t passed_ = 0;
};

/// A share with three digits, or null.
Json rounded(std::optional<double> share) {
  return share ? Json(std::round(*share * 1000) / 1000) : Json(nullptr);
}

template <class Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json describe_samples(const std::vector<TimelineSample>& samples) {
  const auto column = [&](auto value_of) {
    Json values = Json::array();
    for (const TimelineSample& sample : samples) values.push_back(value_of(sample));
    return values;
  };
  using Sample = TimelineSample;
  return {{"operation", column([](const Sample& s) { return s.operation; })},
          {"used", column([](const Sample& s) { return s.used.value(); })},
          {"free", column([](const Sample& s) { return s.free.value(); })},
          {"largest_free_run", column([](const Sample& s) { return s.largest_free_run.value(); })},
          {"unusable",
           {{"4", column([](const Sample& s) { return rounded(s.unusable_4); })},
            {"9", column([](const Sample& s) { return rounded(s.unusable_9); })}}},
          {"free_huge_share", column([](const Sample& s) { return rounded(s.free_huge_share); })},
          {"moves", column([](const Sample& s) { return or_null(s.moves); })},
          {"failed", column([](const Sample& s) { return s.failed; })}};
}

Json describe_heatmap(const std::vector<HeatmapColumn>& heatmap) {
  Json positions = Json::array();
  Json columns = Json::array();
  for (const HeatmapColumn& column : heatmap) {
    positions.push_back(column.operation);
    Json shares = Json::array();
    for (const auto& share : column.used) shares.push_back(rounded(share));
    columns.push_back(std::move(shares));
  }
  return {{"rows", heatmap.empty() ? 0 : heatmap.front().used.size()},
          {"columns", heatmap.size()},
          {"operation", std::move(positions)},
          {"used", std::move(columns)}};
}

Json describe(const Cell& cell, const Timeline& timeline) {
  const Workload& workload = cell.prepared->workload;
  return {{"design", cell.contestant->name},
          {"workload", workload.name},
          {"sequence", file_of(cell)},
          {"frames", workload.sequence.arena.frames.value()},
          {"usable", timeline.usable.value()},
          {"operations", workload.sequence.operations.size()},
          {"first_measured", workload.first_measured + 1},
          {"samples", describe_samples(timeline.samples)},
          {"heatmap", describe_heatmap(timeline.heatmap)}};
}

}  // namespace

std::expected<Timeline, std::string> follow(const Contestant& contestant, const Sequence& sequence,
                                            HostMemory& memory, TimelineSize size) {
  Follower follower(contestant, sequence, memory);
  Timeline timeline{.usable = follower.map().usable(), .samples = {}, .heatmap = {}};
  const std::size_t operations = sequence.operations.size();
  const std::uint32_t rows = std::min(size.rows, sequence.arena.frames.value());
  Positions samples(size.samples, operations);
  Positions columns(size.columns, operations);
  std::uint32_t position = 0;
  for (const Operation& operation : sequence.operations) {
    ++position;
    follower.perform(operation);
    const std::string mishap = follower.mishap();
    if (!mishap.empty()) return std::unexpected(fmt::format("op {}: {}", position, mishap));
    if (samples.reached(position)) timeline.samples.push_back(look(position, follower));
    if (columns.reached(position)) {
      timeline.heatmap.push_back({position, follower.map().used_shares(rows)});
    }
  }
  return timeline;
}

std::string timelines_json(std::span<const Cell> cells, HostMemory& memory,
                           const Progress& progress) {
  const auto has_one = [](const Cell& cell) {
    return cell.passed() && !cell.contestant->is_reference;
  };
  const auto total = static_cast<std::size_t>(std::ranges::count_if(cells, has_one));
  Json entries = Json::array();
  std::size_t number = 0;
  for (const Cell& cell : cells) {
    if (!has_one(cell)) continue;
    progress(++number, total, cell);
    const auto timeline = follow(*cell.contestant, cell.prepared->workload.sequence, memory);
    if (timeline) {
      entries.push_back(describe(cell, *timeline));
    } else {
      warn(fmt::format("{} on {} has no timeline: it stopped, where the trial had not: {}",
                       cell.contestant->name, cell.prepared->workload.name, timeline.error()));
    }
  }
  return Json{{"entries", std::move(entries)}}.dump() + "\n";
}

}  // namespace assay
