/// The workloads are what they say: valid, repeatable, at the occupancy they claim.
#include "bench/workloads.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "bench/catalogue.h"
#include "impls/designs.h"
#include "oracle/host/cpus.h"
#include "oracle/host/file.h"
#include "oracle/host/host_trial.h"

namespace assay {
namespace {

constexpr Scale kTestScale{4'096, 20'000, 20'000};

const Catalogue& catalogue() {
  static const auto loaded = Catalogue::load(ASSAY_WORKLOADS);
  if (!loaded) throw std::runtime_error(loaded.error());
  return *loaded;
}

Workload made(const std::string& name, Scale scale = kTestScale, const Performer& performer = {}) {
  auto workload = catalogue().make(name, scale, performer);
  if (!workload) throw std::runtime_error(workload.error());
  return std::move(*workload);
}

/// The workload as it is for a design.
template <class Design>
Workload made_for(const std::string& name, Scale scale = kTestScale) {
  const AnyDesign design = AnyDesign::of<Design>();
  HostMemory memory;
  return made(name, scale, {&design, &memory});
}

template <class Design>
TrialResult trial_of(const Sequence& sequence) {
  HostMemory memory;
  return run_trial(AnyDesign::of<Design>(), memory, sequence);
}

/// The lowest and the highest occupancy in percent after a measured operation.
struct Band {
  double low = 100;
  double high = 0;

  void add(double used_frames, const Workload& workload) {
    const double percent = 100 * used_frames / workload.sequence.arena.frames.value();
    low = std::min(low, percent);
    high = std::max(high, percent);
  }
};

/// If every request is served.
Band intended_occupancy(const Workload& workload) {
  Band band;
  std::vector<std::uint32_t> lengths;
  double used = 0;
  std::uint32_t position = 0;
  for (const Operation& operation : workload.sequence.operations) {
    const bool is_alloc = operation.kind == OperationKind::alloc;
    if (is_alloc) lengths.push_back(operation.count.value());
    used += is_alloc ? lengths.back() : -1.0 * lengths[operation.block];
    if (position++ >= workload.first_measured) band.add(used, workload);
  }
  return band;
}

TEST(Workloads, one_by_one_every_frame_is_taken_and_every_frame_is_given_back) {
  const Workload full = made("fill");
  EXPECT_EQ(full.first_measured, 0U);
  EXPECT_EQ(trial_of<Bitmap<>>(full.sequence).outcomes.allocated, kTestScale.frames);
  const Workload drained = made("free_random");
  EXPECT_EQ(drained.first_measured, kTestScale.frames);
  EXPECT_EQ(trial_of<Bitmap<>>(drained.sequence).outcomes.freed, kTestScale.frames);
}

template <class Design>
Band real_occupancy(const Workload& workload) {
  Band band;
  HostMemory memory;
  const auto observe = [&](const StepView& step) {
    if (step.position > workload.first_measured) {
      band.add(step.model.used_frames().value(), workload);
    }
  };
  const TrialResult result =
      run_trial(AnyDesign::of<Design>(), memory, workload.sequence, kToTheEnd, observe);
  EXPECT_TRUE(result.verdict.passed());
  return band;
}

template <class Design>
void expect_clean(const char* design, const std::string& name) {
  constexpr Scale kShort{4'096, 4'000, 20'000};  // `ageing` takes a hundred times as many
  const Workload workload = made_for<Design>(name, kShort);
  EXPECT_EQ(workload.name, name);
  EXPECT_LT(workload.first_measured, workload.sequence.operations.size()) << name;
  const TrialResult result = trial_of<Design>(workload.sequence);
  EXPECT_TRUE(result.verdict.passed()) << design << ' ' << name << result.verdict.text.c_str();
  EXPECT_EQ(result.outcomes.refused + result.outcomes.aliased, 0U) << design << ' ' << name;
  EXPECT_GT(result.outcomes.allocated, 0U) << design << ' ' << name;
}

TEST(Workloads, every_design_passes_every_workload_and_misuses_nothing) {
  for (const std::string& name : catalogue().names()) {
#define ASSAY_EXPECT_CLEAN(design, type) expect_clean<type>(#design, name);
    ASSAY_DESIGNS(ASSAY_EXPECT_CLEAN)
#undef ASSAY_EXPECT_CLEAN
  }
}

TEST(Workloads, only_what_says_so_follows_a_design) {
  for (const std::string& name : catalogue().names()) {
    const Workload workload = made(name);
    if (workload.follows_performer) continue;
    EXPECT_EQ(made_for<FreeList>(name).sequence, workload.sequence) << name;
  }
  // A list fails requests for runs early, and so gets another mix.
  EXPECT_NE(made_for<FreeList>("orders_90").sequence, made("orders_90").sequence);
}

TEST(Workloads, the_same_scale_gives_the_same_bytes_and_another_scale_others) {
  for (const std::string& name : catalogue().names()) {
    EXPECT_EQ(made(name).sequence, made(name).sequence) << name;
    EXPECT_NE(made(name).sequence, made(name, kSmokeScale).sequence) << name;
  }
}

template <class Design>
double most_used(double target) {
  return Design::contract.rounding == Rounding::exact ? target : 100;
}

TEST(Workloads, mixed_workloads_stay_near_their_occupancy) {
  for (const auto& [name, target] :
       std::map<std::string, double>{{"mixed_50", 50}, {"mixed_90", 90}}) {
    const Workload workload = made(name, {16'384, 10'000, 0});
    const Band intended = intended_occupancy(workload);
    EXPECT_GT(intended.low, target - 0.2) << name;  // while a few blocks make way for a long run
    EXPECT_LE(intended.high, target) << name;
    // Long runs that find no room leave a design with less, and one that rounds holds more; results
    // say how much is in use.
#define ASSAY_EXPECT_NEAR(design, type)                                          \
  EXPECT_GT(real_occupancy<type>(workload).low, target - 10) << #design << name; \
  EXPECT_LE(real_occupancy<type>(workload).high, most_used<type>(target)) << #design << name;
    ASSAY_DESIGNS(ASSAY_EXPECT_NEAR)
#undef ASSAY_EXPECT_NEAR
  }
}

TEST(Workloads, churn_replaces_frame_by_frame) {
  for (const double target : {10.0, 30.0, 50.0, 70.0, 90.0, 95.0, 98.0, 99.0, 99.9, 100.0}) {
    std::ostringstream name;
    name << "churn_" << target;
    const Band band = real_occupancy<Bitmap<>>(made(name.str()));
    EXPECT_NEAR(band.low, target, 0.05) << name.str();
    EXPECT_NEAR(band.high, target, 0.05) << name.str();
  }
}

TEST(Workloads, all_frames_are_taken_again_after_all_were_given_back) {
  const Workload workload = made("refill_random");
  EXPECT_EQ(workload.first_measured, 2 * kTestScale.frames);
  const TrialResult result = trial_of<FreeList>(workload.sequence);
  EXPECT_EQ(result.outcomes.allocated, 2 * kTestScale.frames);
  EXPECT_EQ(result.outcomes.freed, kTestScale.frames);
}

TEST(Workloads, most_of_a_kernels_blocks_are_single_and_short_lived_and_some_stay) {
  const Workload workload = made("lifetimes", {65'536, 100'000, 0});
  const Band band = intended_occupancy(workload);
  EXPECT_GT(band.low, 88);
  EXPECT_LE(band.high, 90);
  std::vector<std::size_t> births;
  double singles = 0;
  double short_lives = 0;  // at most 29 requests, which is a quarter of them and a bit less
  double ended = 0;
  std::size_t requests = 0;
  for (const Operation& operation : workload.sequence.operations) {
    if (operation.names_block()) {
      births.push_back(requests++);
      if (operation.count == FrameCount{1}) ++singles;
      continue;
    }
    ++ended;
    if (requests - births[operation.block] <= 29) ++short_lives;
  }
  EXPECT_NEAR(singles / static_cast<double>(requests), 0.97, 0.005);
  EXPECT_GT(short_lives / ended, 0.15);
  EXPECT_LT(short_lives / ended, 0.25);
  EXPECT_GT(births.size() - ended, 30'000);
}

TEST(Workloads, every_64th_operation_of_the_mix_is_followed_by_a_request_for_512_frames) {
  const Workload workload = made("fail_in_mix");
  std::uint32_t all = 0;
  std::uint32_t long_ones = 0;
  for (std::size_t i = workload.first_measured; i < workload.sequence.operations.size(); ++i) {
    ++all;
    if (workload.sequence.operations[i].count == FrameCount{512}) ++long_ones;
  }
  EXPECT_NEAR(all / (66.0 * long_ones), 1, 0.02);
  // Memory is in use as in mixed_90: what is served is given back at once.
  EXPECT_LE(intended_occupancy(workload).high, 90 + 100 * 512.0 / kTestScale.frames);
}

TEST(Workloads, one_operation_at_a_time_is_asked_of_memory_with_scattered_holes) {
  const Workload workload = made("free_one");
  EXPECT_EQ(made("allocate_one").sequence, workload.sequence);
  const Band band = real_occupancy<Bitmap<>>(workload);
  EXPECT_NEAR(band.high, 90, 0.1);
  EXPECT_NEAR(band.low, 90 - 100 * 64.0 / kTestScale.frames, 0.1);
}

TEST(Workloads, orders_hold_the_occupancy_though_requests_fail){
#define ASSAY_EXPECT_HELD(design, type)                                                       \
  {                                                                                           \
    const Band band = real_occupancy<type>(made_for<type>("orders_90", {16'384, 10'000, 0})); \
    /* While a few blocks make way for a long one, or when that one has failed. */            \
    EXPECT_GT(band.low, 80) << #design;                                                       \
    EXPECT_LE(band.high, 90) << #design;                                                      \
  }
    ASSAY_DESIGNS(ASSAY_EXPECT_HELD)
#undef ASSAY_EXPECT_HELD
}

TEST(Workloads, each_order_is_as_likely_as_any_other) {
  const Workload workload = made("orders_90", {65'536, 100'000, 0});
  std::map<std::uint32_t, double> requests;
  for (const Operation& operation : workload.sequence.operations) {
    if (operation.kind == OperationKind::alloc) ++requests[operation.count.value()];
  }
  ASSERT_EQ(requests.size(), 10U);
  double all = 0;
  for (const auto& [frames, count] : requests) all += count;
  for (std::uint32_t order = 0; order < 10; ++order) {
    EXPECT_NEAR(requests[1U << order] / all, 0.1, 0.01) << order;
  }
}

/// How many of the measured requests failed.
template <class Design>
std::uint32_t attempts_failed(const std::string& name) {
  // Large enough that runs of 512 frames are free before they are taken.
  const Workload workload = made_for<Design>(name, {32'768, 20'000, 0});
  HostMemory memory;
  std::uint32_t before = 0;
  const auto observe = [&](const StepView& step) {
    if (step.position == workload.first_measured) before = step.outcomes.none;
  };
  const TrialResult result =
      run_trial(AnyDesign::of<Design>(), memory, workload.sequence, kToTheEnd, observe);
  EXPECT_TRUE(result.verdict.passed()) << name << result.verdict.text.c_str();
  return result.outcomes.none - before;
}

TEST(Workloads, where_nothing_fits_every_request_fails) {
  for (const std::string name : {"fail_full", "fail_checkerboard", "fail_512", "worst_coremap"}) {
#define ASSAY_EXPECT_NONE(design, type) EXPECT_EQ(attempts_failed<type>(name), 64U) << #design;
    ASSAY_DESIGNS(ASSAY_EXPECT_NONE)
#undef ASSAY_EXPECT_NONE
  }
}

/// What became of the measured requests for `frames` frames, and of all of them.
struct Served {
  std::uint32_t asked = 0;
  std::uint32_t served = 0;
};

template <class Design>
Served measured_requests(const Workload& workload, std::uint32_t frames) {
  HostMemory memory;
  Served requests;
  std::uint64_t failed = 0;
  const auto observe = [&](const StepView& step) {
    const bool has_failed = step.outcomes.none != failed;
    failed = step.outcomes.none;
    if (step.position <= workload.first_measured || !step.operation.names_block()) return;
    if (step.operation.count != FrameCount{frames}) return;
    ++requests.asked;
    if (!has_failed) ++requests.served;
  };
  EXPECT_TRUE(run_trial(AnyDesign::of<Design>(), memory, workload.sequence, kToTheEnd, observe)
                  .verdict.passed());
  return requests;
}

template <class Design>
void expect_worst_cases(const char* design) {
  const std::uint32_t half = kTestScale.frames / 2;
  const Workload everywhere = made_for<Design>("worst_bitmap");
  const Served pairs = measured_requests<Design>(everywhere, 2);
  EXPECT_GT(pairs.asked, 100U) << design;
  EXPECT_EQ(pairs.served, 0U) << design;
  // Eight frames, one in each 512, come and go between two such requests.
  const Served singles = measured_requests<Design>(everywhere, 1);
  EXPECT_EQ(singles.asked, 8 * pairs.asked) << design;
  EXPECT_EQ(singles.served, singles.asked) << design;

  const Served halves = measured_requests<Design>(made_for<Design>("worst_buddy"), half);
  EXPECT_EQ(halves.asked, 64U) << design;
  EXPECT_EQ(halves.served, halves.asked) << design;
  const Served whole = measured_requests<Design>(made_for<Design>("worst_free_list"), half);
  EXPECT_EQ(whole.asked, 1U) << design;
  EXPECT_EQ(whole.served, 1U) << design;
  const Served behind = measured_requests<Design>(made_for<Design>("worst_tag_bitmap"), 2);
  EXPECT_EQ(behind.asked, 64U) << design;
  EXPECT_EQ(behind.served, behind.asked) << design;
}

TEST(Workloads, worst_cases_are_met_by_every_design){
#define ASSAY_EXPECT_WORST(design, type) expect_worst_cases<type>(#design);
    ASSAY_DESIGNS(ASSAY_EXPECT_WORST)
#undef ASSAY_EXPECT_WORST
}

TEST(Workloads, the_only_pair_lies_behind_every_gap) {
  const Workload workload = made_for<TagBitmap<>>("worst_tag_bitmap");
  HostMemory memory;
  std::uint32_t pairs = 0;
  const auto observe = [&](const StepView& step) {
    if (step.position != workload.first_measured) return;
    for (std::uint32_t frame = 0; frame + 1 < kTestScale.frames; ++frame) {
      if (!step.model.block_at(Pfn{frame}) && !step.model.block_at(Pfn{frame + 1})) ++pairs;
    }
    EXPECT_FALSE(step.model.block_at(Pfn{kTestScale.frames - 1}).has_value());
    EXPECT_FALSE(step.model.block_at(Pfn{0}).has_value());
  };
  EXPECT_TRUE(run_trial(AnyDesign::of<TagBitmap<>>(), memory, workload.sequence, kToTheEnd, observe)
                  .verdict.passed());
  EXPECT_EQ(pairs, 1U);
}

TEST(Workloads, who_serves_all_gets_a_checkerboard_too) {
  const Workload workload = made("fail_checkerboard");
  EXPECT_EQ(workload.first_measured, kTestScale.frames + kTestScale.frames / 2 + 1);
}

TEST(Workloads, every_second_frame_is_free_in_the_checkerboard_wherever_a_design_begins) {
  const Workload workload = made_for<FreeList>("fail_checkerboard");
  HostMemory memory;
  const auto observe = [&](const StepView& step) {
    if (step.position != workload.first_measured) return;
    for (std::uint32_t frame = 0; frame < kTestScale.frames; ++frame) {
      const bool is_free = !step.model.block_at(Pfn{frame}).has_value();
      ASSERT_EQ(is_free, frame % 2 == 1) << frame;
    }
  };
  const TrialResult result =
      run_trial(AnyDesign::of<FreeList>(), memory, workload.sequence, kToTheEnd, observe);
  EXPECT_TRUE(result.verdict.passed());
}

TEST(Workloads, repeated_measured_operations_leave_everything_as_it_was) {
  for (const std::string& name : catalogue().names()) {
    const Workload workload = made_for<Bitmap<>>(name);
    if (!workload.is_repeatable) continue;
    HostMemory memory;
    FrameCount before;
    const auto observe = [&](const StepView& step) {
      if (step.position == workload.first_measured) before = step.model.used_frames();
      if (step.position == workload.sequence.operations.size()) {
        EXPECT_EQ(step.model.used_frames(), before) << name;
      }
    };
    EXPECT_TRUE(run_trial(AnyDesign::of<Bitmap<>>(), memory, workload.sequence, kToTheEnd, observe)
                    .verdict.passed());
  }
}

TEST(Workloads, mixed_workloads_free_blocks_of_any_age) {
  const Workload workload = made("mixed_50");
  std::uint32_t names = 0;
  double frees = 0;
  double young = 0;  // of one of the 20 newest blocks, while some 430 are live
  for (const Operation& operation : workload.sequence.operations) {
    if (operation.names_block()) {
      ++names;
      continue;
    }
    ++frees;
    if (names - operation.block < 20) ++young;
  }
  EXPECT_LT(young / frees, 0.1);
  EXPECT_GT(young / frees, 0);
}

TEST(Workloads, lengths_are_mixed_with_a_share_of_frames_that_is_the_same_for_each) {
  const Workload workload = made("mixed_90", {65'536, 100'000, 0});
  std::map<std::uint32_t, double> frames;
  double total = 0;
  for (const Operation& operation : workload.sequence.operations) {
    if (operation.kind != OperationKind::alloc) continue;
    frames[operation.count.value()] += operation.count.value();
    total += operation.count.value();
  }
  ASSERT_EQ(frames.size(), 16U);
  EXPECT_EQ(frames.rbegin()->first, 16U);
  for (const auto& [length, count] : frames) EXPECT_NEAR(count / total, 1.0 / 16, 0.005) << length;
}

TEST(Workloads, fill_drain_takes_every_frame_and_gives_each_back_once_in_mixed_order) {
  const Workload workload = made("fill_drain");
  const TrialResult result = trial_of<Bitmap<>>(workload.sequence);
  EXPECT_EQ(result.outcomes.allocated, kTestScale.frames);
  EXPECT_EQ(result.outcomes.none, 0U);
  EXPECT_EQ(result.outcomes.freed, kTestScale.frames);
  unsigned neighbours = 0;
  const auto& operations = workload.sequence.operations;
  for (std::size_t i = kTestScale.frames + 1; i < operations.size(); ++i) {
    if (operations[i].block == operations[i - 1].block + 1) ++neighbours;
  }
  EXPECT_LT(neighbours, kTestScale.frames / 100);
}

TEST(Workloads, a_trace_begins_to_count_at_its_first_free) {
  for (const std::string name : {"trace_cxx_build", "trace_pgbench", "trace_archive"}) {
    const Workload workload = made(name);
    const auto& operations = workload.sequence.operations;
    ASSERT_GT(workload.first_measured, 0U);
    EXPECT_EQ(operations[workload.first_measured].kind, OperationKind::free_block);
    EXPECT_EQ(operations[workload.first_measured - 1].kind, OperationKind::alloc);
  }
}

TEST(Workloads, a_trace_is_whole_at_the_scale_that_is_measured_and_thinner_at_a_smaller_one) {
  const auto whole = load(std::string(ASSAY_TRACES) + "/archive.opsb");
  ASSERT_TRUE(whole) << whole.error();
  EXPECT_EQ(made("trace_archive", kQuickScale).sequence, *whole);
  const Workload thin = made("trace_archive");
  EXPECT_NEAR(thin.sequence.operations.size(), kTestScale.trace_operations, 2'000);
  EXPECT_NEAR(thin.sequence.arena.frames.value(), whole->arena.frames.value() / 21.0, 2);
  EXPECT_NEAR(real_occupancy<Bitmap<>>(thin).high, 90, 3);
}

TEST(Workloads, the_imported_traces_are_whole_and_small) {
  const std::map<std::string, std::uint32_t> operations{
      {"cxx-build", 299'991}, {"pgbench", 299'910}, {"archive", 432'912}};
  for (const auto& [name, count] : operations) {
    const std::string path = std::string(ASSAY_TRACES) + "/" + name + ".opsb";
    const auto sequence = load(path);
    ASSERT_TRUE(sequence) << sequence.error();
    EXPECT_EQ(sequence->operations.size(), count) << name;
    EXPECT_LE(to_bytes(*sequence).size(), 1'500'000U) << name;
    const auto text = read_file(cpus_path(path));
    ASSERT_TRUE(text) << text.error();
    const auto cpus = parse_cpus(*text, *sequence);
    ASSERT_TRUE(cpus) << cpus.error();
    EXPECT_EQ(*std::ranges::max_element(*cpus), 1) << name;
  }
}

/// FNV-1a of where the measured operations begin and of the byte form, 64 bits.
std::uint64_t hash_of(const Workload& workload) {
  constexpr std::uint64_t kPrime = 0x100'0000'01B3U;
  std::uint64_t hash = (0xCBF2'9CE4'8422'2325U ^ workload.first_measured) * kPrime;
  for (const std::uint8_t byte : to_bytes(workload.sequence)) hash = (hash ^ byte) * kPrime;
  return hash;
}

/// Figures of two versions of a workload are never compared, so none may change under the same one.
/// Each line of fingerprints.txt stays as it is for ever; a new version gets a line of its own.
TEST(Workloads, other_operations_have_another_version) {
  std::map<std::string, std::string> known;  // `NAME VERSION` to the hash
  std::ifstream file(std::string(ASSAY_WORKLOADS) + "/fingerprints.txt");
  for (std::string line; std::getline(file, line);) {
    const std::size_t blank = line.rfind(' ');
    if (!line.starts_with('#')) known[line.substr(0, blank)] = line.substr(blank + 1);
  }
  for (const CatalogueEntry& entry : catalogue().entries()) {
    std::ostringstream version;
    version << entry.name << ' ' << entry.version;
    std::ostringstream hash;
    hash << std::hex << hash_of(made(entry.name));
    EXPECT_EQ(known[version.str()], hash.str())
        << "the operations of '" << entry.name << "' are not those of version " << entry.version
        << ": give it a new one, and fingerprints.txt the line of that";
  }
}

TEST(Workloads, an_unknown_name_is_an_error_that_shows_the_known_ones) {
  const auto unknown = catalogue().make("mixed_51", kTestScale);
  ASSERT_FALSE(unknown);
  EXPECT_TRUE(unknown.error().starts_with("there is no workload 'mixed_51'; known: single_pair, "));
}

}  // namespace
}  // namespace assay
