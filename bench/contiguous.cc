#include "bench/contiguous.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "bench/cell.h"
#include "bench/plugin_contestant.h"
#include "bench/progress.h"
#include "oracle/model.h"
#include "oracle/operations/random.h"
#include "oracle/promises.h"

namespace assay {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint32_t kOccupancies[] = {50, 60, 70, 80, 90, 95, 98, 99};  // percent
constexpr std::uint32_t kMoments = 64;                                      ///< at each of them
constexpr std::uint32_t kStepsPerMoment = 64;  ///< blocks that come between two
constexpr std::uint32_t kLongestProbe = 512;
constexpr std::uint32_t kLongestBlock = 64;
constexpr std::uint32_t kFramesPerLongest = 64;  ///< a smaller arena has shorter blocks
constexpr std::uint32_t kOneInLongLived = 4;
constexpr std::uint32_t kLifetimeRatio = 16;  ///< long-lived blocks live so much longer

/// Blocks that come and go while the occupancy is held, and the probes in between.
///
/// Half of the blocks have one frame, a quarter 2 or 3, an eighth 4 to 7, and so on up to 64, so
/// that each doubling takes about the same memory. Where a request fails, a single frame is taken
/// in its place. One block in four is long-lived. Which block goes is random, but a short-lived one
/// is 16 times as likely to go as a long-lived one.
class Prober {
 public:
  Prober(ContiguousResult& result, const Performer& performer, const Contract& asked)
      : result_(result),
        contract_(performer.design->contract),
        asked_(asked),
        arena_(result.workload.sequence.arena),
        recorder_(result.workload, performer),
        books_(Model::bytes_for(arena_.frames)),
        random_(kContiguousSeed) {
    model_.init(arena_, books_);
    for (const Run& run : recorder_.kept()) model_.reserve(run);
    const std::uint32_t fitting = std::max(arena_.frames.value() / kFramesPerLongest, 1U);
    longest_ = std::min({kLongestBlock, std::bit_floor(fitting), asked_.max_block.value()});
  }

  void run() {
    for (const std::uint32_t percent : kOccupancies) {
      const std::uint64_t usable = model_.managed_frames().value();
      target_ = static_cast<std::uint32_t>(usable * percent / 100);
      fill();
      churn(static_cast<std::uint32_t>(short_.size() + long_.size()));
      const std::size_t first_cell = result_.cells.size();
      for (std::uint32_t frames = 1; frames <= kLongestProbe; frames *= 2) {
        if (!asked_.covers(FrameCount{frames}, FrameCount{1})) break;
        result_.cells.push_back({.occupancy_percent = percent, .frames = frames});
      }
      for (std::uint32_t moment = 0; moment < kMoments && is_sound_; ++moment) {
        churn(kStepsPerMoment);
        for (std::size_t i = first_cell; i < result_.cells.size(); ++i) probe(result_.cells[i]);
      }
    }
    if (!is_sound_) result_.cells.clear();
  }

 private:
  using Blocks = std::vector<Recorder::Block>;

  [[nodiscard]] std::uint32_t draw_length() {
    std::uint32_t least = 1;
    while (2 * least <= longest_ && random_.one_in(2)) least *= 2;
    return std::min(random_.between(least, 2 * least - 1), longest_);
  }

  [[nodiscard]] bool fits(std::uint32_t length) const {
    const FrameCount granted = contract_.granted(FrameCount{length});
    return (model_.used_frames() + granted).value() <= target_;
  }

  void fill() {
    std::uint32_t length = draw_length();
    for (; fits(length) && is_sound_; length = draw_length()) {
      if (!allocate(length)) return;
    }
  }

  void churn(std::uint32_t steps) {
    for (std::uint32_t step = 0; step < steps && is_sound_; ++step) {
      const std::uint32_t length = draw_length();
      while (!fits(length) && short_.size() + long_.size() > 0) free_any();
      if (fits(length)) static_cast<void>(allocate(length));
    }
  }

  /// Returns: whether there was a frame.
  bool allocate(std::uint32_t length) {
    std::optional<Recorder::Block> block = request(length);
    if (!block && length > 1) block = request(1);
    if (!block) return false;
    if (is_sound_) (random_.one_in(kOneInLongLived) ? long_ : short_).push_back(*block);
    return true;
  }

  void free_any() {
    const std::uint64_t weight = std::uint64_t{kLifetimeRatio} * short_.size();
    const auto all = static_cast<std::uint32_t>(weight + long_.size());
    Blocks& blocks = random_.below(all) < weight ? short_ : long_;
    std::swap(blocks[random_.below(static_cast<std::uint32_t>(blocks.size()))], blocks.back());
    give_back(blocks.back());
    blocks.pop_back();
  }

  void probe(ContiguousCell& cell) {
    if (!is_sound_) return;
    ++cell.requests;
    if (const std::optional<Recorder::Block> block = request(cell.frames)) {
      ++cell.served;
      if (is_sound_) give_back(*block);
    } else if (model_.find_fit(FrameCount{cell.frames}, FrameCount{1}).is_none()) {
      ++cell.none_existed;
    } else {
      ++cell.missed;
    }
  }

  std::optional<Recorder::Block> request(std::uint32_t length) {
    const std::optional<Recorder::Block> block = recorder_.allocate(length);
    if (!block) return std::nullopt;
    const Run granted{block->run.first, contract_.granted(block->run.count)};
    is_sound_ = !model_.first_not_free(granted);
    if (is_sound_) model_.take(granted, block->name);
    return block;
  }

  void give_back(const Recorder::Block& block) {
    recorder_.free(block);
    model_.release(block.run.first);
  }

  ContiguousResult& result_;
  Contract contract_;  ///< of the performer
  Contract asked_;     ///< what may be asked for
  Arena arena_;
  Recorder recorder_;
  std::vector<std::byte> books_;
  Model model_;
  Random random_;
  std::uint32_t longest_ = 1;
  std::uint32_t target_ = 0;  ///< frames in use, at most
  bool is_sound_ = true;      ///< every block lay where all was free
  Blocks short_;
  Blocks long_;
};

/// The limit that a contract states on which runs are found, or nothing.
std::string stated_limit(const Contract& contract) {
  const Skips skips = skips_of(contract);
  for (const Skip& skip : skips.all()) {
    if (skip.clause == Clause::completeness) return skip.reason;
  }
  return "";
}

/// `pass`, or what is wrong.
std::string judge_sequence(const Contestant& contestant, const ContiguousResult& result,
                           HostMemory& memory) {
  const Sequence& sequence = result.workload.sequence;
  if (contestant.plugin != nullptr) {
    const std::string verdict = judge_apart(contestant, memory, sequence);
    if (verdict != "pass") return verdict;
  }
  const TrialResult trial = contestant.judge(memory, sequence, {});
  if (!trial.verdict.passed()) return trial.verdict.text.c_str();
  if (result.cells.empty()) return "it gave out what was not free, but not on trial";
  return "pass";
}

Json describe(const ContiguousEntry& entry) {
  const ContiguousResult& result = entry.result;
  const bool is_limited = !result.reason_for_missing.empty();
  Json cells = Json::array();
  for (const ContiguousCell& cell : result.cells) {
    cells.push_back({{"occupancy", cell.occupancy_percent / 100.0},
                     {"frames", cell.frames},
                     {"requests", cell.requests},
                     {"served", cell.served},
                     {"none_existed", cell.none_existed},
                     {"missed", cell.missed}});
  }
  return {{"design", entry.contestant->name},
          {"sequence", entry.file()},
          {"oracle", result.oracle},
          {"reason_for_missing", is_limited ? Json(result.reason_for_missing) : Json(nullptr)},
          {"cells", std::move(cells)}};
}

}  // namespace

ContiguousResult write_contiguous(const Arena& arena, const Performer& performer,
                                  const Contract& asked) {
  ContiguousResult result;
  result.workload = {.name = "contiguous",
                     .title = "Runs of 1 to 512 frames at 50 to 99 % occupancy",
                     .question =
                         "Which lengths can still be had in a row after blocks of mixed lengths "
                         "and lifetimes came and went?",
                     .seed = kContiguousSeed,
                     .follows_performer = true};
  result.workload.sequence.arena = arena;
  result.reason_for_missing = stated_limit(performer.design->contract);
  Prober(result, performer, asked).run();
  return result;
}

ContiguousResult measure_contiguous(const Contestant& contestant, const Arena& arena,
                                    HostMemory& memory) {
  const AnyDesign design = contestant.any();
  if (contestant.plugin != nullptr) {
    const AnyDesign other = designs().front().any();
    ContiguousResult first = write_contiguous(arena, {&other, &memory}, design.contract);
    first.oracle = judge_apart(contestant, memory, first.workload.sequence);
    first.cells.clear();
    if (first.oracle != "pass") return first;
  }
  ContiguousResult result = write_contiguous(arena, {&design, &memory}, design.contract);
  result.oracle = judge_sequence(contestant, result, memory);
  if (result.oracle != "pass") result.cells.clear();
  return result;
}

Scale contiguous_scale(Scale scale) {
  scale.frames = std::min(scale.frames, kMostJudgedWhole);
  return scale;
}

std::string ContiguousEntry::file() const {
  return fmt::format("{}.{}.opsb", result.workload.name, contestant->name);
}

std::vector<ContiguousEntry> measure_contiguous(std::span<const Contestant* const> contestants,
                                                Scale scale) {
  HostMemory memory;
  memory.set_depth(kCallsOnly);
  std::vector<ContiguousEntry> entries;
  std::size_t number = 0;
  for (const Contestant* contestant : contestants) {
    ++number;
    if (contestant->is_reference) continue;
    ContiguousEntry entry{.contestant = contestant, .left_out = {}, .result = {}};
    Workload empty{.name = "contiguous", .title = "", .question = "", .follows_performer = true};
    empty.sequence.arena = scale.arena();
    const Contract contract = contestant->any().contract;
    if (contestant->plugin != nullptr) entry.left_out = why_left_out(empty, contract);
    if (entry.left_out.empty()) {
      report_progress(fmt::format("measuring contiguous {}/{}: {}", number, contestants.size(),
                                  contestant->name));
      const Arena arena = arena_for(empty.sequence.arena, contract);
      entry.result = measure_contiguous(*contestant, arena, memory);
      if (entry.result.oracle != "pass") {
        warn(
            fmt::format("{} has no contiguous success: {}", contestant->name, entry.result.oracle));
      }
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::string to_json(Scale scale, std::span<const ContiguousEntry> entries) {
  Json json = {{"seed", kContiguousSeed},
               {"frames", scale.frames},
               {"entries", Json::array()},
               {"left_out", Json::array()}};
  for (const ContiguousEntry& entry : entries) {
    if (entry.left_out.empty()) {
      json["entries"].push_back(describe(entry));
    } else {
      json["left_out"].push_back({{"design", entry.contestant->name}, {"reason", entry.left_out}});
    }
  }
  return json.dump() + "\n";
}

}  // namespace assay
