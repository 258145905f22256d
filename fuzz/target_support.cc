#include "fuzz/target_support.h"

#include <fmt/format.h>

#include <bit>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <nlohmann/json.hpp>

#include "fuzz/memory_errors.h"

namespace assay {

namespace {

constexpr std::uint64_t kLeaveEvery = 1U << 12;

void (*leave_totals)() = nullptr;

}  // namespace

void start_target(const char* name, void (*leave)()) {
  static_cast<void>(known_bugs());  // it must outlive what is called at the exit
  leave_totals = leave;
  std::atexit(leave);
  watch_memory_errors(name, [](std::string_view key) { return known_bugs().knows(key); });
}

KnownBugs& known_bugs() {
  static KnownBugs known = KnownBugs::from_environment();
  return known;
}

void leave_counts(const Totals& totals, const Contract& contract) {
  nlohmann::json counted = to_json(totals, contract);
  counted["masked"] = known_bugs().hits();
  leave_statistics(counted);
}

Random draws_of(std::span<const std::uint8_t> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return Random(std::hash<std::string_view>()(text));
}

Depth draw_depth(Random& draws, FrameCount frames) {
  constexpr FrameCount kMostEachFrame{1U << 12};
  const bool each_frame = draws.one_in(128) && frames <= kMostEachFrame;
  const bool whole = draws.one_in(512);
  return {.content = whole ? ContentDepth::whole : ContentDepth::edges, .each_frame = each_frame};
}

void leave_now_and_then(std::uint64_t executions) {
  if (executions % kLeaveEvery == 0 || std::has_single_bit(executions)) leave_totals();
}

bool met_memory_error(std::span<const std::uint8_t> bytes) {
  const std::string_view key = take_memory_error();
  return !key.empty() && known_bugs().masks(key, bytes);
}

int end_broken(std::string_view key, std::string_view text, std::span<const std::uint8_t> bytes) {
  constexpr int kTurnedAway = -1;
  if (known_bugs().masks(key, bytes)) return kTurnedAway;
  fmt::print(stderr, "ASSAY-VERDICT {} {}\n", key, text);
  leave_totals();
  std::abort();
}

}  // namespace assay
