// The judge is silent on the correct designs, and each of its checks can fail: an allocator with
// one fault is caught, by the clause it breaks.
#include "oracle/trial.h"

#include <gtest/gtest.h>

#include <string>

#include "impls/designs.h"
#include "oracle/host/registry.h"
#include "oracle/host/sanitizer.h"
#include "oracle/test_sequence.h"
#include "oracle/zoo/zoo.h"

namespace assay {
namespace {

enum class Fault {
  none,
  overlap,
  misaligned,
  outside,
  shifted,
  missed_tail,
  grants_nothing,
  failed_call_takes,
  refuses_valid,
  wrong_size,
  accepts_double,
  misnames,
  refusal_changes,
  drifting_count,
  loses_capacity,
  writes_owned,
  writes_hole,
  wrong_block,
  wrong_largest,
  leaks_at_free,
  last_single_missed,
  worn_by_one,
  worn_by_three,
};

/// bitmap with one fault.
template <Fault kFault>
class Faulty : public Bitmap<> {
 public:
  using Base = Bitmap<>;
  static constexpr Contract contract{.link_bytes = 8};

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    window_ = window;
    map_base_ = map.base;
    Run runs[Arena::kMaxHoles + 1];
    std::copy(map.usable.begin(), map.usable.end(), runs);
    if (kFault == Fault::loses_capacity) runs[map.usable.size() - 1].count -= FrameCount{1};
    Base::init({map.base, map.frames, {runs, map.usable.size()}}, window, metadata);
  }

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    if (kFault == Fault::grants_nothing && count == FrameCount{0}) return last_;
    if (kFault == Fault::overlap && ++calls_ % 4 == 0 && Base::block_at(last_)) return last_;
    if (kFault == Fault::misaligned && alignment == FrameCount{4}) alignment = FrameCount{2};
    if (kFault == Fault::missed_tail && count > FrameCount{1} && count == largest_free_run()) {
      return Pfn::none();
    }
    if (kFault == Fault::last_single_missed && free_frames() == FrameCount{1}) return Pfn::none();
    const Pfn got = Base::allocate(count, alignment);
    if (kFault == Fault::failed_call_takes && got.is_none() && count > FrameCount{1}) {
      static_cast<void>(Base::allocate(FrameCount{1}));
    }
    if (kFault == Fault::outside && !got.is_none() && count > FrameCount{2})
      return got + count + count;
    if (kFault == Fault::writes_hole && !got.is_none()) *window_(map_base_ + FrameCount{10}) = {};
    if (kFault == Fault::shifted && !got.is_none()) return got + FrameCount{1};
    if (!got.is_none()) last_ = got;
    return got;
  }

  FreeResult free(Pfn pfn) {
    const std::optional<Run> block = Base::block_at(pfn);
    if (kFault == Fault::leaks_at_free && block) ++leaked_;
    if (kFault == Fault::refuses_valid && block && block->count == FrameCount{2}) {
      return std::unexpected(Misuse::already_free);
    }
    const FreeResult freed = Base::free(pfn);
    if (freed) {
      freed_last_ = *freed;
      if (kFault == Fault::wrong_size && *freed > FrameCount{1}) return FrameCount{1};
      return freed;
    }
    if (kFault == Fault::writes_owned && freed.error() == Misuse::inside_block) {
      *reinterpret_cast<std::uint32_t*>(window_(pfn)) = 0xBAD;
    }
    if (kFault == Fault::accepts_double && freed.error() == Misuse::already_free)
      return FrameCount{1};
    if (kFault == Fault::misnames && freed.error() == Misuse::reserved) {
      return std::unexpected(Misuse::outside_arena);
    }
    if (kFault == Fault::refusal_changes) static_cast<void>(Base::allocate(FrameCount{1}));
    return freed;
  }

  [[nodiscard]] FrameCount free_frames() const {
    const bool lies = kFault == Fault::drifting_count && used_frames() > FrameCount{8};
    return lies ? Base::free_frames() + FrameCount{1} : Base::free_frames();
  }
  [[nodiscard]] FrameCount largest_free_run() const {
    const FrameCount wears{kFault == Fault::worn_by_one     ? 1U
                           : kFault == Fault::worn_by_three ? 3U
                                                            : ~0U};
    const bool worn = used_frames() == FrameCount{0} && freed_last_ == wears;
    const bool lies = worn || (kFault == Fault::wrong_largest && used_frames() > FrameCount{2});
    return lies ? Base::largest_free_run() + FrameCount{1} : Base::largest_free_run();
  }
  [[nodiscard]] std::optional<Run> block_at(Pfn pfn) const {
    const std::optional<Run> block = Base::block_at(pfn);
    if (kFault != Fault::wrong_block || !block || block->first == pfn) return block;
    return Run{block->first, FrameCount{1}};
  }
  [[nodiscard]] const char* validate() const {
    return leaked_ > 3 ? "I0: it has leaked" : Base::validate();
  }

 private:
  FrameWindow window_;
  Pfn map_base_;
  Pfn last_;
  std::uint32_t calls_ = 0;
  std::uint32_t leaked_ = 0;
  FrameCount freed_last_;
};

/// 40 frames from 3 on, of which 10..15 (counted from the base) are a hole. No `exhaust`: its last
/// call fails and would be blamed for what those before it did.
Sequence sequence_for(std::uint64_t seed) {
  Sequence sequence = random_sequence(seed, 40, 60);
  for (Operation& operation : sequence.operations) {
    if (operation.kind == OperationKind::exhaust) operation.kind = OperationKind::alloc;
  }
  sequence.arena = Arena{};
  sequence.arena.base = Pfn{3};
  sequence.arena.frames = FrameCount{40};
  sequence.arena.holes[sequence.arena.hole_count++] = {Pfn{13}, FrameCount{6}};
  sequence.arena.ram = RamContent::junk;
  sequence.arena.seed = 5;
  return sequence;
}

/// The clause and outcome by which a fault is first caught, over many random sequences.
template <Fault kFault>
std::string caught_by() {
  HostMemory memory;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Verdict verdict =
        run_trial(AnyDesign::of<Faulty<kFault>>(), memory, sequence_for(seed)).verdict;
    if (!verdict.passed()) {
      return "C" + std::to_string(number_of(verdict.clause)) + " " + verdict.outcome;
    }
  }
  return "not at all";
}

TEST(TrialTest, a_faultless_one_passes) { EXPECT_EQ(caught_by<Fault::none>(), "not at all"); }

TEST(TrialTest, placement_is_judged) {
  EXPECT_EQ(caught_by<Fault::overlap>(), "C1 overlaps");
  EXPECT_EQ(caught_by<Fault::outside>(), "C1 overlaps");
  EXPECT_EQ(caught_by<Fault::misaligned>(), "C1 misaligned");
}

TEST(TrialTest, completeness_is_judged) { EXPECT_EQ(caught_by<Fault::missed_tail>(), "C2 missed"); }

TEST(TrialTest, a_failed_call_may_not_change_anything) {
  EXPECT_EQ(caught_by<Fault::failed_call_takes>(), "C3 free_frames");
}

TEST(TrialTest, a_free_must_release_exactly_its_block) {
  EXPECT_EQ(caught_by<Fault::refuses_valid>(), "C4 refused");
  EXPECT_EQ(caught_by<Fault::wrong_size>(), "C4 wrong_size");
}

TEST(TrialTest, misuse_must_be_refused_by_name_and_change_nothing) {
  EXPECT_EQ(caught_by<Fault::accepts_double>(), "C5 released");
  EXPECT_EQ(caught_by<Fault::misnames>(), "C5 misnamed");
  EXPECT_EQ(caught_by<Fault::refusal_changes>(), "C5 free_frames");
}

TEST(TrialTest, requests_for_nothing_must_fail) {
  EXPECT_EQ(caught_by<Fault::grants_nothing>(), "C6 granted");
}

TEST(TrialTest, the_books_must_be_right) {
  EXPECT_EQ(caught_by<Fault::drifting_count>(), "C7 free_frames");
  EXPECT_EQ(caught_by<Fault::wrong_block>(), "C7 block_at");
  EXPECT_EQ(caught_by<Fault::wrong_largest>(), "C7 largest_free_run");
  EXPECT_EQ(caught_by<Fault::leaks_at_free>(), "C7 invalid");
}

TEST(TrialTest, every_usable_frame_must_be_there) {
  EXPECT_EQ(caught_by<Fault::loses_capacity>(), "C8 free_frames");
}

TEST(TrialTest, reserved_frames_may_not_be_written) {
  EXPECT_EQ(caught_by<Fault::writes_hole>(), "C9 hole");
}

TEST(TrialTest, owned_frames_may_not_be_written) {
#ifdef ASSAY_ASAN
  EXPECT_DEATH(caught_by<Fault::writes_owned>(), "use-after-poison");
#else
  EXPECT_EQ(caught_by<Fault::writes_owned>(), "C9 content");
#endif
}

/// A block of four frames, and then frees that are refused: `length` operations.
Sequence quiet_sequence(std::uint32_t frames, std::uint32_t length) {
  Sequence sequence;
  sequence.arena.frames = FrameCount{frames};
  sequence.operations.push_back({.kind = OperationKind::alloc, .count = FrameCount{4}});
  while (sequence.operations.size() < length) {
    sequence.operations.push_back({.kind = OperationKind::free_at, .pfn = Pfn{frames}});
  }
  return sequence;
}

TEST(TrialTest, small_arenas_are_judged_at_depth_always_and_large_ones_every_1024_operations) {
  const auto verdict_on = [](const Sequence& sequence, Depth depth = {}) {
    HostMemory memory;
    memory.set_depth(depth);
    return run_trial(AnyDesign::of<Faulty<Fault::wrong_largest>>(), memory, sequence).verdict;
  };
  EXPECT_EQ(verdict_on(quiet_sequence(64, 1)).operation, 1U);
  EXPECT_STREQ(verdict_on(quiet_sequence(64, 1)).call, "allocate");
  Sequence large = quiet_sequence(65, 1024);
  EXPECT_EQ(verdict_on(large).operation, 1024U);
  EXPECT_STREQ(verdict_on(large).call, "free");
  large.operations[1022] = {.kind = OperationKind::free_all};
  EXPECT_TRUE(verdict_on(large).passed()) << "between two times nobody looks";
  EXPECT_EQ(verdict_on(quiet_sequence(1 << 17, 1 << 11)).operation, 1U << 11) << "frames / 64";
  const Verdict late = verdict_on(quiet_sequence(65, 1024), {.at_intervals = false});
  EXPECT_STREQ(late.call, "end") << "nobody looks before";
}

/// Clause, call and outcome of the verdict on a sequence, without poison.
template <Fault kFault>
std::string verdict_on(std::string_view text) {
  HostMemory memory;
  const auto no_poison = [](FrameWindow /*ram*/, FrameAccess /*access*/) { return WatchGuard{}; };
  const Verdict verdict =
      run_guarded(AnyDesign::of<Faulty<kFault>>(), memory, *parse_text(text), no_poison).verdict;
  return key_of("x", verdict);
}

/// Each step of the end is the only one that could have seen it.
TEST(TrialTest, every_step_of_the_end_is_judged) {
  constexpr std::string_view kNothing = "assay-ops 1\nframes 65\n";
  EXPECT_EQ(verdict_on<Fault::wrong_largest>("assay-ops 1\nframes 65\na = alloc 4\n"),
            "x-C7-end-largest_free_run")
      << "while blocks are in use";
  EXPECT_EQ(verdict_on<Fault::writes_hole>(
                "assay-ops 1\nframes 12\nhole 10 2\nram junk 7\na = alloc 1\n"),
            "x-C9-end-hole");
  EXPECT_EQ(verdict_on<Fault::writes_owned>("assay-ops 1\nframes 4\na = alloc 2\nfree a+1\n"),
            "x-C9-end-content")
      << "of blocks that nobody freed";
  EXPECT_EQ(verdict_on<Fault::worn_by_three>("assay-ops 1\nframes 65\na = alloc 3\n"),
            "x-C13-end-largest_free_run")
      << "when all is freed";
  EXPECT_EQ(verdict_on<Fault::missed_tail>(kNothing), "x-C2-end-missed") << "all in one piece";
  EXPECT_EQ(verdict_on<Fault::last_single_missed>(kNothing), "x-C2-end-missed") << "one by one";
  EXPECT_EQ(verdict_on<Fault::worn_by_one>(kNothing), "x-C13-end-largest_free_run")
      << "when that is freed, too";
}

enum class Gap { none, at_init, at_growth, at_free, elsewhere, in_middle };

/// Fills free frames but for one byte.
template <Gap kGap>
class Gappy : public FillingBitmap {
 public:
  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    FillingBitmap::init(map, window, metadata);
    base_ = map.base;
    if (kGap == Gap::at_init) spoil(base_, contract.link_bytes);
    if (kGap == Gap::in_middle) spoil(base_ + FrameCount{9}, kFrameBytes / 2);
  }
  void add_usable(Run run) {
    FillingBitmap::add_usable(run);
    if (kGap == Gap::at_growth) spoil(run.end() - FrameCount{1}, kFrameBytes - 1);
  }
  FreeResult free(Pfn pfn) {
    const FreeResult freed = free_filled(pfn);
    if (freed && kGap == Gap::at_free) spoil(pfn, kFrameBytes - 1);
    if (freed && kGap == Gap::elsewhere) spoil(base_ + FrameCount{9}, contract.link_bytes);
    return freed;
  }

 private:
  void spoil(Pfn pfn, std::uint32_t offset) { window_(pfn)[offset] = std::byte{0x77}; }

  Pfn base_;
};

template <Gap kGap>
std::string verdict_on_gap(std::uint32_t frames, Depth depth = {}) {
  HostMemory memory;
  memory.set_depth(depth);
  const auto sequence = parse_text("assay-ops 1\nframes " + std::to_string(frames) +
                                   "\nhole 4 2\nram junk 7\ngrow 4 2\na = alloc 1\nfree a\n");
  return key_of("x", run_trial(AnyDesign::of<Gappy<kGap>>(), memory, *sequence).verdict);
}

TEST(TrialTest, the_fill_is_judged_where_frames_become_free_and_at_depth) {
  constexpr Depth kShallow{.each_frame = false, .at_intervals = false};
  EXPECT_EQ(verdict_on_gap<Gap::at_init>(65, kShallow), "x-C11-init-fill");
  EXPECT_EQ(verdict_on_gap<Gap::at_growth>(65, kShallow), "x-C11-grow-fill");
  EXPECT_EQ(verdict_on_gap<Gap::at_free>(65, kShallow), "x-C11-free-fill");
  EXPECT_EQ(verdict_on_gap<Gap::elsewhere>(64), "x-C11-free-fill");
  EXPECT_EQ(verdict_on_gap<Gap::elsewhere>(65), "x-C11-end-fill");
  EXPECT_EQ(verdict_on_gap<Gap::in_middle>(65), "x-C11-end-fill") << "whole frames";
}

TEST(TrialTest, the_fill_is_not_looked_for_where_frames_are_not_looked_into) {
  constexpr Depth kNowhere{.content = ContentDepth::none};
  const std::string passed = verdict_on_gap<Gap::none>(65);
  EXPECT_EQ(passed, "x-C0--");
  EXPECT_EQ(verdict_on_gap<Gap::at_init>(65, kNowhere), passed);
  EXPECT_EQ(verdict_on_gap<Gap::at_growth>(65, kNowhere), passed);
}

TEST(TrialTest, a_verdict_says_what_was_expected_and_what_came) {
  HostMemory memory;
  const auto sequence = parse_text("assay-ops 1\nbase 40\nframes 4\na = alloc 4\n");
  const Verdict verdict =
      run_trial(AnyDesign::of<Faulty<Fault::missed_tail>>(), memory, *sequence).verdict;
  EXPECT_STREQ(verdict.text.c_str(),
               "C2: op 1 'alloc 4': returned none, but frames 40..43 are free");
  EXPECT_EQ(key_of("faulty", verdict), "faulty-C2-allocate-missed");
}

/// Every design of the list, over random sequences in random arenas.
TEST(TrialTest, all_designs_pass) {
  HostMemory memory;
  Outcomes seen;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    const Sequence sequence = random_sequence(seed, seed % 8 == 0 ? 3000 : 80, 120);
    for (const DesignEntry& design : all_designs()) {
      if (design.in_zoo()) continue;
      const TrialResult result = design.run(memory, sequence);
      ASSERT_TRUE(result.verdict.passed())
          << design.name << ", seed " << seed << ": " << result.verdict.text.c_str();
      seen.allocated += result.outcomes.allocated;
      seen.none += result.outcomes.none;
      seen.freed += result.outcomes.freed;
      seen.refused += result.outcomes.refused;
      seen.grown += result.outcomes.grown;
      seen.aliased += result.outcomes.aliased;
      seen.skipped += result.outcomes.skipped;
    }
  }
  for (const std::uint32_t outcome : {seen.allocated, seen.none, seen.freed, seen.refused,
                                      seen.grown, seen.aliased, seen.skipped}) {
    EXPECT_GT(outcome, 100U) << "an outcome that never occurred was not tested";
  }
}

TEST(TrialTest, placements_do_not_depend_on_the_word_width) {
  HostMemory memory;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Sequence sequence = random_sequence(seed, 200, 100);
    const std::uint64_t hash = run_trial(AnyDesign::of<Bitmap<64>>(), memory, sequence).hash;
    EXPECT_EQ(run_trial(AnyDesign::of<Bitmap<2>>(), memory, sequence).hash, hash)
        << "seed " << seed;
    EXPECT_EQ(run_trial(AnyDesign::of<Bitmap<4>>(), memory, sequence).hash, hash)
        << "seed " << seed;
    EXPECT_EQ(run_trial(AnyDesign::of<Bitmap<8>>(), memory, sequence).hash, hash)
        << "seed " << seed;
    EXPECT_EQ(run_trial(AnyDesign::of<Bitmap<32>>(), memory, sequence).hash, hash)
        << "seed " << seed;
  }
}

/// The frame behind the last one has the number that means none; it is no frame all the same.
TEST(TrialTest, a_run_beyond_the_last_frame_number_is_no_run) {
  HostMemory memory;
  const auto sequence = parse_text("assay-ops 1\nbase 4294967291\nframes 4\na = alloc 4\n");
  const Verdict verdict =
      run_trial(AnyDesign::of<Faulty<Fault::shifted>>(), memory, *sequence).verdict;
  EXPECT_STREQ(verdict.text.c_str(),
               "C1: op 1 'alloc 4': returned frames 4294967292..4294967295, but frame 4294967295 "
               "is outside the arena");
}

TEST(TrialTest, single_calls_are_judged_as_well) {
  HostMemory memory;
  const auto sequence = parse_text("assay-ops 1\nbase 7\nframes 4\n");
  const Survey needs = survey(*sequence);
  Trial<Canary> trial(memory.prepare_for(Canary(), needs));
  EXPECT_TRUE(trial.begin(needs));
  EXPECT_TRUE(trial.step_allocate(FrameCount{2}, FrameCount{1}));
  EXPECT_TRUE(trial.step_free(Pfn{7})) << "who made the block does not matter";
  EXPECT_TRUE(trial.step_free(Pfn{7})) << "refused";
  EXPECT_TRUE(trial.step_allocate(FrameCount{3}, FrameCount{1}));
  EXPECT_FALSE(trial.step_free(Pfn{9}));
  EXPECT_STREQ(trial.verdict().text.c_str(),
               "C5: op 5 'free @9': released 3 frames, but frame 9 is inside the block 7..9");
}

TEST(TrialTest, the_canary_is_caught) {
  HostMemory memory;
  const auto sequence = parse_text("assay-ops 1\nframes 4\na = alloc 2\nfree a+1\n");
  const Verdict verdict = find_design("canary")->run(memory, *sequence).verdict;
  EXPECT_EQ(verdict.clause, Clause::misuse) << verdict.text.c_str();
}

}  // namespace
}  // namespace assay
