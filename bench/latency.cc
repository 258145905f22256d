#include "bench/latency.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "bench/progress.h"
#include "oracle/operations/random.h"

namespace assay {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint32_t kLeastPasses = 3;
constexpr double kCellNs = 10e9;                ///< a cell whose passes take longer has fewer,
                                                ///< and one if a single one takes longer
constexpr std::size_t kRepeatedCalls = 10'000;  ///< of a pass whose steps can be repeated
constexpr std::uint32_t kSeed = 1;

std::uint32_t passes_of(const Cell& cell, std::uint32_t asked) {
  const double pass_ns = std::max(cell.repetition_ns / std::max(cell.passes, 1U), 1.0);
  if (pass_ns > kCellNs) return 1;
  const double affordable = std::min(kCellNs / pass_ns, static_cast<double>(asked));
  return std::max(static_cast<std::uint32_t>(affordable), kLeastPasses);
}

std::uint32_t rounds_of(const Cell& cell) {
  const std::size_t fitting = kRepeatedCalls / cell.prepared->plan.measured.size();
  return std::clamp(static_cast<std::uint32_t>(fitting), 1U, cell.rounds);
}

/// Each entry as often as it has passes, in random order.
std::vector<std::size_t> shuffled(const std::vector<LatencyEntry>& entries, std::uint32_t seed) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < entries.size(); ++i) order.insert(order.end(), entries[i].passes, i);
  Random random(seed);
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[random.below(static_cast<std::uint32_t>(i))]);
  }
  return order;
}

bool is_slower(const WorstCall& one, const WorstCall& other) {
  return std::pair(other.ticks, one.step) < std::pair(one.ticks, other.step);
}

double rounded(double nanoseconds) { return std::round(nanoseconds * 100) / 100; }

Json describe_worst(const LatencyEntry& entry, Call call, double ns_per_tick) {
  Json list = Json::array();
  const std::uint32_t first = entry.cell->prepared->workload.first_measured + 1;
  for (const WorstCall& worst : entry.times.worst(call)) {
    const auto again = static_cast<double>(entry.times.fastest(worst.step));
    list.push_back({{"ns", rounded(static_cast<double>(worst.ticks) * ns_per_tick)},
                    {"again_ns", rounded(again * ns_per_tick)},
                    {"operation", first + worst.step},
                    {"disturbed", worst.is_disturbed}});
  }
  return list;
}

Json describe_costliest(const LatencyEntry& entry, Call call, double ns_per_tick) {
  Json list = Json::array();
  const std::uint32_t first = entry.cell->prepared->workload.first_measured + 1;
  for (const WorstCall& call_again : entry.times.costliest(call)) {
    list.push_back({{"again_ns", rounded(static_cast<double>(call_again.ticks) * ns_per_tick)},
                    {"operation", first + call_again.step}});
  }
  return list;
}

Json summarize(const Histogram& histogram, double ns_per_tick) {
  const auto ns = [&](std::uint64_t ticks) {
    return rounded(static_cast<double>(ticks) * ns_per_tick);
  };
  Json buckets = Json::array();
  for (const Histogram::Bucket& bucket : histogram.buckets()) {
    buckets.push_back(Json::array({ns(bucket.upper), bucket.count}));
  }
  return {{"count", histogram.count()},
          {"buckets", std::move(buckets)},
          {"p50_ns", ns(histogram.percentile(0.5))},
          {"p90_ns", ns(histogram.percentile(0.9))},
          {"p99_ns", ns(histogram.percentile(0.99))},
          {"p999_ns", ns(histogram.percentile(0.999))},
          {"max_ns", ns(histogram.max())}};
}

Json describe(const LatencyEntry& entry, Call call, double ns_per_tick) {
  Json json = {{"call", name_of(call)}};
  json.update(summarize(entry.times.histogram(call), ns_per_tick));
  json["worst"] = describe_worst(entry, call, ns_per_tick);
  json["steady"] = summarize(entry.times.steady(call), ns_per_tick);
  json["costliest"] = describe_costliest(entry, call, ns_per_tick);
  return json;
}

Json describe(const LatencyEntry& entry, double ns_per_tick) {
  Json calls = Json::array();
  for (std::size_t i = 0; i < kCalls; ++i) {
    const auto call = static_cast<Call>(i);
    if (entry.times.histogram(call).count() == 0) continue;
    calls.push_back(describe(entry, call, ns_per_tick));
  }
  const Workload& workload = entry.cell->prepared->workload;
  return {{"design", entry.cell->contestant->name},
          {"workload", workload.name},
          {"sequence", file_of(*entry.cell)},
          {"frames", workload.sequence.arena.frames.value()},
          {"passes", entry.passes},
          {"calls", std::move(calls)}};
}

}  // namespace

CallTimes::CallTimes(std::size_t steps)
    : fastest_(steps, std::numeric_limits<std::uint32_t>::max()), calls_(steps, kCalls) {}

void CallTimes::add(std::span<const TimedCall> times) {
  for (std::size_t i = 0; i < times.size(); ++i) {
    const TimedCall& time = times[i];
    if (time.is_call == 0) continue;
    const auto step = static_cast<std::uint32_t>(i % fastest_.size());
    histograms_[time.call].add(time.ticks);
    fastest_[step] =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(fastest_[step], time.ticks));
    calls_[step] = time.call;
    note_worst(worst_[time.call], {time.ticks, step, time.is_disturbed == 1});
  }
}

/// Keeps the slowest of each step only, so that one that is always slow takes one place.
void CallTimes::note_worst(std::vector<WorstCall>& worst, const WorstCall& call) {
  const auto least = std::ranges::min_element(worst, {}, &WorstCall::ticks);
  if (worst.size() == kWorstCalls && call.ticks <= least->ticks) return;
  const auto same = std::ranges::find(worst, call.step, &WorstCall::step);
  if (same != worst.end()) {
    if (call.ticks > same->ticks) *same = call;
  } else if (worst.size() < kWorstCalls) {
    worst.push_back(call);
  } else {
    *least = call;
  }
}

std::vector<WorstCall> CallTimes::worst(Call call) const {
  std::vector<WorstCall> sorted = worst_[static_cast<std::size_t>(call)];
  std::ranges::sort(sorted, is_slower);
  return sorted;
}

Histogram CallTimes::steady(Call call) const {
  Histogram histogram;
  for (std::uint32_t step = 0; step < fastest_.size(); ++step) {
    if (calls_[step] == static_cast<std::uint8_t>(call)) histogram.add(fastest_[step]);
  }
  return histogram;
}

std::vector<WorstCall> CallTimes::costliest(Call call) const {
  std::vector<WorstCall> all;
  for (std::uint32_t step = 0; step < fastest_.size(); ++step) {
    if (calls_[step] == static_cast<std::uint8_t>(call))
      all.push_back({fastest_[step], step, false});
  }
  const auto kept = static_cast<std::ptrdiff_t>(std::min(all.size(), kWorstCalls));
  std::ranges::partial_sort(all, all.begin() + kept, is_slower);
  all.resize(static_cast<std::size_t>(kept));
  return all;
}

std::vector<LatencyEntry> record_latencies(std::span<const Cell> cells, HostMemory& memory,
                                           std::uint32_t passes, std::uint32_t seed,
                                           const Progress& progress) {
  std::vector<LatencyEntry> entries;
  for (const Cell& cell : cells) {
    if (!cell.passed() || cell.contestant->is_reference) continue;
    entries.push_back(
        {&cell, passes_of(cell, passes), CallTimes(cell.prepared->plan.measured.size())});
  }
  const std::vector<std::size_t> order = shuffled(entries, seed);
  std::vector<TimedCall> times;
  std::set<const Cell*> void_cells;
  std::size_t number = 0;
  for (const std::size_t index : order) {
    LatencyEntry& entry = entries[index];
    const Cell& cell = *entry.cell;
    progress(++number, order.size(), cell);
    const PreparedWorkload& prepared = *cell.prepared;
    const std::uint32_t rounds = rounds_of(cell);
    times.assign(prepared.plan.measured.size() * rounds, {});
    const Pass pass = cell.contestant->time_calls(memory, prepared.workload.sequence.arena,
                                                  prepared.plan, rounds, times);
    if (pass.measured != cell.tally * rounds && void_cells.insert(&cell).second) {
      warn(fmt::format("{} on {} has no latencies: a pass came to other results than the others",
                       cell.contestant->name, prepared.workload.name));
    }
    entry.times.add(times);
  }
  std::erase_if(entries,
                [&](const LatencyEntry& entry) { return void_cells.contains(entry.cell); });
  return entries;
}

std::string to_json(const TimerFacts& timer, std::uint32_t passes, std::uint32_t seed,
                    std::span<const LatencyEntry> entries) {
  const double ns_per_tick = timer.nanoseconds_per_tick;
  Json json = {
      {"timer",
       {{"clock", timer.clock},
        {"floor_ns", rounded(static_cast<double>(timer.cost.floor) * ns_per_tick)},
        {"resolution_ns", rounded(static_cast<double>(timer.cost.resolution) * ns_per_tick)}}},
      {"passes", std::max(passes, kLeastPasses)},
      {"seed", seed},
      {"entries", Json::array()}};
  for (const LatencyEntry& entry : entries) json["entries"].push_back(describe(entry, ns_per_tick));
  return json.dump() + "\n";
}

std::string latencies_json(std::span<const Cell> cells, HostMemory& memory, std::uint32_t passes,
                           const Progress& progress) {
  const TickLength tick;
  const TimerCost cost = measure_timer();
  const std::vector<LatencyEntry> entries =
      record_latencies(cells, memory, passes, kSeed, progress);
  return to_json({MachineTimer::name(), tick.nanoseconds(), cost}, passes, kSeed, entries);
}

}  // namespace assay
