// A design is judged by what it promises: weak ones pass by their own contract, are caught by a
// full one, and are still caught where they break what they do promise.
#include "oracle/promises.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>

#include "impls/designs.h"
#include "oracle/host/host_trial.h"
#include "oracle/test_sequence.h"

namespace assay {
namespace {

constexpr std::uint32_t kMaxFrames = 64;
constexpr std::uint32_t kSequences = 400;

/// The dullest allocator there is, of which the weak ones are made: a state per frame, first fit.
class Naive {
 public:
  static constexpr Contract contract{.max_frames = FrameCount{kMaxFrames}};

  [[nodiscard]] static std::uint64_t metadata_bytes(const MemoryMap& /*map*/) { return 0; }

  void init(const MemoryMap& map, FrameWindow /*window*/, std::span<std::byte> /*metadata*/) {
    *this = Naive{};
    arena_ = map.arena();
    for (const Run& run : map.usable) add_usable(run);
  }
  void add_usable(Run run) {
    for (std::uint32_t i = 0; i < run.count.value(); ++i) state(run.first + FrameCount{i}) = kFree;
    managed_ += run.count;
    free_ += run.count;
  }
  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    if (!is_satisfiable(count, alignment) || count > arena_.count) return Pfn::none();
    for (std::uint32_t i = 0; i <= (arena_.count - count).value(); ++i) {
      const Run run{arena_.first + FrameCount{i}, count};
      if (run.first.value() % alignment.value() != 0 || !is_free(run)) continue;
      fill(run, kInside);
      state(run.first) = kFirst;
      free_ -= count;
      return run.first;
    }
    return Pfn::none();
  }
  FreeResult free(Pfn first) {
    if (!arena_.contains(first)) return std::unexpected(Misuse::outside_arena);
    if (state(first) == kReserved) return std::unexpected(Misuse::reserved);
    if (state(first) == kFree) return std::unexpected(Misuse::already_free);
    if (state(first) == kInside) return std::unexpected(Misuse::inside_block);
    return release(*block_at(first));
  }
  [[nodiscard]] FrameCount free_frames() const { return free_; }
  [[nodiscard]] FrameCount used_frames() const { return managed_ - free_; }
  [[nodiscard]] FrameCount managed_frames() const { return managed_; }
  [[nodiscard]] FrameCount largest_free_run() const {
    FrameCount largest;
    FrameCount now;
    for (std::uint32_t i = 0; i < arena_.count.value(); ++i) {
      now = states_[i] == kFree ? now + FrameCount{1} : FrameCount{0};
      if (now > largest) largest = now;
    }
    return largest;
  }
  [[nodiscard]] std::optional<Run> block_at(Pfn pfn) const {
    if (!arena_.contains(pfn)) return std::nullopt;
    std::uint32_t first = (pfn - arena_.first).value();
    if (states_[first] < kFirst) return std::nullopt;
    while (states_[first] == kInside) --first;
    std::uint32_t end = first + 1;
    while (end < arena_.count.value() && states_[end] == kInside) ++end;
    return Run{arena_.first + FrameCount{first}, FrameCount{end - first}};
  }
  [[nodiscard]] const char* validate() const { return nullptr; }

 protected:
  /// Of a whole block or its tail.
  FrameCount release(Run run) {
    fill(run, kFree);
    free_ += run.count;
    return run.count;
  }

 private:
  enum State : std::uint8_t { kReserved, kFree, kFirst, kInside };

  [[nodiscard]] State& state(Pfn pfn) { return states_[(pfn - arena_.first).value()]; }
  [[nodiscard]] bool is_free(Run run) {
    for (std::uint32_t i = 0; i < run.count.value(); ++i) {
      if (state(run.first + FrameCount{i}) != kFree) return false;
    }
    return true;
  }
  void fill(Run run, State with) {
    for (std::uint32_t i = 0; i < run.count.value(); ++i) state(run.first + FrameCount{i}) = with;
  }

  std::array<State, kMaxFrames> states_{};
  Run arena_;
  FrameCount managed_;
  FrameCount free_;
};

constexpr Contract with(auto change) {
  Contract contract = Naive::contract;
  change(contract);
  return contract;
}

/// The same behaviour under a full contract, or with a fault that no contract allows.
enum class As { promised, full, faulty };

template <As kAs>
class SingleFrames : public Naive {
 public:
  static constexpr Contract contract =
      with([](Contract& c) { c.max_block = FrameCount{kAs == As::full ? 1U << 31 : 1}; });
  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    if (count > FrameCount{1}) return Pfn::none();
    if (kAs == As::faulty && free_frames() == FrameCount{1}) return Pfn::none();
    return Naive::allocate(count, alignment);
  }
};

template <As kAs>
class RoundsUp : public Naive {
 public:
  static constexpr Contract contract = with([](Contract& c) {
    if (kAs == As::full) return;
    c.rounding = Rounding::power_of_two;
    c.naturally_aligned = true;
  });
  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    if (!is_satisfiable(count, alignment) || count > FrameCount{kMaxFrames}) return Pfn::none();
    const FrameCount granted{std::bit_ceil(count.value())};
    const bool forgets = kAs == As::faulty && count == FrameCount{3};
    return Naive::allocate(forgets ? count : granted, std::max(alignment, granted));
  }
};

template <As kAs>
class TakesSize : public Naive {
 public:
  static constexpr Contract contract = with([](Contract& c) {
    c.free_takes_size = true;
    if (kAs != As::full) c.on_misuse = OnMisuse::undefined;
  });
  FreeResult free(Pfn first, FrameCount count) {
    if (kAs == As::faulty && count == FrameCount{5}) count = FrameCount{4};
    return block_at(first) ? release({first, count}) : count;
  }
};

template <As kAs>
class FreesParts : public Naive {
 public:
  static constexpr Contract contract = with([](Contract& c) { c.frees_parts = kAs != As::full; });
  FreeResult free(Pfn pfn) {
    const std::optional<Run> block = block_at(pfn);
    if (!block || block->first == pfn) return Naive::free(pfn);
    const bool all = kAs == As::faulty && block->end() - pfn == FrameCount{2};
    return release(all ? *block : Run{pfn, block->end() - pfn});
  }
};

template <As kAs>
class RefusesWithoutName : public Naive {
 public:
  static constexpr Contract contract = with([](Contract& c) {
    if (kAs != As::full) c.on_misuse = OnMisuse::refused;
  });
  FreeResult free(Pfn first) {
    if (kAs == As::faulty && !block_at(first)) return FrameCount{1};
    const FreeResult freed = Naive::free(first);
    return freed ? freed : std::unexpected(Misuse::outside_arena);
  }
};

/// Stops the machine where nothing fits: here it hands out what nobody may have.
template <As kAs>
class Panics : public Naive {
 public:
  static constexpr Contract contract = with([](Contract& c) {
    if (kAs != As::full) c.on_exhaustion = OnExhaustion::undefined;
  });
  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Pfn got = Naive::allocate(count, alignment);
    const bool early = kAs == As::faulty && free_frames() < FrameCount{2};
    return got.is_none() || early ? Pfn{0xFFFF'FFFE} : got;
  }
};

/// Finds no run of three frames or more.
template <As kAs>
class FindsSingles : public Naive {
 public:
  static constexpr Contract contract =
      with([](Contract& c) { c.finds_longer_runs = kAs == As::full; });
  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const bool gives_up =
        count > FrameCount{2} || (kAs == As::faulty && free_frames() == FrameCount{1});
    return gives_up ? Pfn::none() : Naive::allocate(count, alignment);
  }
};

template <As kAs>
class IgnoresAlignment : public Naive {
 public:
  static constexpr Contract contract = with([](Contract& c) {
    if (kAs != As::full) c.alignments = Alignments::ignored;
  });
  Pfn allocate(FrameCount count, FrameCount /*alignment*/ = FrameCount{1}) {
    return Naive::allocate(kAs == As::faulty && count == FrameCount{2} ? FrameCount{1} : count);
  }
};

template <As kAs>
class TrustsAlignment : public Naive {
 public:
  static constexpr Contract contract = with([](Contract& c) {
    if (kAs != As::full) c.alignments = Alignments::trusted;
  });
  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    return Naive::allocate(count, FrameCount{std::bit_floor(alignment.value())} +
                                      FrameCount{kAs == As::faulty ? 1U : 0U});
  }
};

template <As kAs>
class ZeroIsOne : public Naive {
 public:
  static constexpr Contract contract = with([](Contract& c) {
    if (kAs != As::full) c.on_zero = OnZero::one;
  });
  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const FrameCount for_zero{kAs == As::faulty ? 2U : 1U};
    return Naive::allocate(count == FrameCount{0} ? for_zero : count, alignment);
  }
};

/// Another's code, that may stop the machine.
class Foreign : public Naive {
 public:
  [[nodiscard]] Mishap mishap() const { return std::exchange(mishap_, {}); }
  void expect_panic() {}
  [[nodiscard]] std::span<const Run> kept() const { return {&kept_, kept_.count.value() != 0}; }

 protected:
  void panic_if(bool condition) {
    mishap_ = {condition ? Mishap::Kind::panicked : Mishap::Kind::none, "in a test"};
  }

  mutable Mishap mishap_;
  Run kept_{};
};

template <As kAs>
class PanicsWithNothingLeft : public Foreign {
 public:
  static constexpr Contract contract = with([](Contract& c) {
    c.foreign = true;
    if (kAs != As::full) c.on_exhaustion = OnExhaustion::panics;
  });
  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Pfn got = Naive::allocate(count, alignment);
    const bool is_full = got.is_none() && count != FrameCount{0};
    panic_if(is_full || (kAs == As::faulty && free_frames() == FrameCount{0}));
    return got;
  }
};

template <As kAs>
class PanicsForNothing : public Foreign {
 public:
  static constexpr Contract contract = with([](Contract& c) {
    c.foreign = true;
    if (kAs != As::full) c.on_zero = OnZero::panics;
  });
  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    panic_if(count == FrameCount{0} || (kAs == As::faulty && count == FrameCount{3}));
    return Naive::allocate(count, alignment);
  }
};

/// Its free returns nothing.
template <As kAs>
class PanicsOnMisuse : public Foreign {
 public:
  static constexpr Contract contract = with([](Contract& c) {
    c.foreign = true;
    if (kAs != As::full) c.on_misuse = OnMisuse::panics;
  });
  FreeResult free(Pfn first) {
    const FreeResult freed = Naive::free(first);
    const bool panics = !freed && (kAs != As::faulty || freed.error() != Misuse::inside_block);
    panic_if(panics);
    return panics ? freed : kNotSaid;
  }
};

/// Keeps the first usable frame.
template <As kAs>
class KeepsFrames : public Foreign {
 public:
  static constexpr Contract contract = with([](Contract& c) {
    c.foreign = true;
    c.counts_used = c.counts_managed = c.knows_blocks = false;
    if (kAs != As::full) c.kept_bytes_per_frame = 1;
  });
  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    Foreign::init(map, window, metadata);
    kept_ = {};
    const Pfn first = allocate(FrameCount{1});
    if (!first.is_none()) kept_ = {first, FrameCount{1}};
    if (kAs == As::faulty && !Naive::free(first)) kept_ = {};  // it is handed out, too
  }
  FreeResult free(Pfn first) {
    return kept_.contains(first) ? std::unexpected(Misuse::reserved) : Foreign::free(first);
  }
};

/// The first broken verdict of many random sequences under both oracles, or one that passed.
template <FrameAllocator Design>
TrialResult judge() {
  HostMemory memory;
  TrialResult sum;
  for (std::uint64_t seed = 1; seed <= kSequences; ++seed) {
    const Sequence sequence = random_sequence(seed, kMaxFrames, 80);
    const TrialResult result = run_paired_trial(AnyDesign::of<Design>(), memory, sequence);
    if (!result.verdict.passed()) return result;
    sum.outcomes.unpromised += result.outcomes.unpromised;
    sum.outcomes.unsaid += result.outcomes.unsaid;
  }
  return sum;
}

template <template <As> class Weak>
void expect_judged_by_its_promise(std::size_t skips) {
  const TrialResult promised = judge<Weak<As::promised>>();
  EXPECT_TRUE(promised.verdict.passed()) << promised.verdict.text.c_str();
  EXPECT_FALSE(judge<Weak<As::full>>().verdict.passed()) << "a full contract must not excuse it";
  EXPECT_FALSE(judge<Weak<As::faulty>>().verdict.passed()) << "a weak contract excuses too much";
  EXPECT_EQ(skips_of(Weak<As::promised>::contract).all().size(), skips);
}

TEST(PromisesTest, the_dullest_allocator_keeps_the_whole_contract) {
  EXPECT_TRUE(judge<Naive>().verdict.passed());
}

TEST(PromisesTest, single_frames_only) { expect_judged_by_its_promise<SingleFrames>(1); }
TEST(PromisesTest, rounding) { expect_judged_by_its_promise<RoundsUp>(1); }
TEST(PromisesTest, sized_free_and_undefined_misuse) { expect_judged_by_its_promise<TakesSize>(2); }
TEST(PromisesTest, partial_free) { expect_judged_by_its_promise<FreesParts>(1); }
TEST(PromisesTest, refusal_without_a_name) { expect_judged_by_its_promise<RefusesWithoutName>(1); }
TEST(PromisesTest, no_word_on_exhaustion) { expect_judged_by_its_promise<Panics>(1); }
TEST(PromisesTest, single_frames_are_found) { expect_judged_by_its_promise<FindsSingles>(1); }
TEST(PromisesTest, no_alignment) { expect_judged_by_its_promise<IgnoresAlignment>(2); }
TEST(PromisesTest, powers_of_two) { expect_judged_by_its_promise<TrustsAlignment>(1); }
TEST(PromisesTest, zero_is_one) { expect_judged_by_its_promise<ZeroIsOne>(0); }
TEST(PromisesTest, panic_when_full) { expect_judged_by_its_promise<PanicsWithNothingLeft>(0); }
TEST(PromisesTest, panic_for_zero) { expect_judged_by_its_promise<PanicsForNothing>(0); }
TEST(PromisesTest, panic_on_misuse) { expect_judged_by_its_promise<PanicsOnMisuse>(1); }
TEST(PromisesTest, frames_kept) { expect_judged_by_its_promise<KeepsFrames>(4); }

/// Knows nothing about itself, and says so.
class Tacit : public Foreign {
 public:
  static constexpr Contract contract = with([](Contract& c) {
    c.foreign = true;
    c.counts_free = c.counts_used = c.counts_managed = false;
    c.knows_longest_run = c.knows_blocks = false;
  });
  [[nodiscard]] FrameCount free_frames() const { return FrameCount{77}; }
  [[nodiscard]] FrameCount used_frames() const { return FrameCount{77}; }
  [[nodiscard]] FrameCount managed_frames() const { return FrameCount{77}; }
  [[nodiscard]] FrameCount largest_free_run() const { return FrameCount{77}; }
  [[nodiscard]] std::optional<Run> block_at(Pfn pfn) const { return Run{pfn, FrameCount{77}}; }
};

TEST(PromisesTest, what_a_design_does_not_know_is_not_asked) {
  EXPECT_TRUE(judge<Tacit>().verdict.passed());
  EXPECT_EQ(skips_of(Tacit::contract).all().size(), 5U);
}

/// Says how its last call went until the next one, and is asked nothing in between.
class PanicsAndCountsNothing : public Tacit {
 public:
  static constexpr Contract contract = with([](Contract& c) {
    c = Tacit::contract;
    c.on_exhaustion = OnExhaustion::panics;
  });
  [[nodiscard]] Mishap mishap() const { return mishap_; }
  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Pfn got = Naive::allocate(count, alignment);
    panic_if(got.is_none() && count != FrameCount{0});
    return got;
  }
  FreeResult free(Pfn first) {
    mishap_ = {};
    return Naive::free(first);
  }
  [[nodiscard]] const char* validate() const {
    mishap_ = {};
    return Naive::validate();
  }
};

TEST(PromisesTest, a_panic_that_was_promised_is_judged_once) {
  EXPECT_TRUE(judge<PanicsAndCountsNothing>().verdict.passed());
}

TEST(PromisesTest, frees_that_say_nothing_are_counted) {
  EXPECT_GT(judge<PanicsOnMisuse<As::promised>>().outcomes.unsaid, 0U);
  EXPECT_EQ(judge<Naive>().outcomes.unsaid, 0U);
}

TEST(PromisesTest, calls_that_are_not_promised_are_counted) {
  EXPECT_GT(judge<TakesSize<As::promised>>().outcomes.unpromised, 0U);
  EXPECT_GT(judge<Panics<As::promised>>().outcomes.unpromised, 0U);
  EXPECT_EQ(judge<Naive>().outcomes.unpromised, 0U);
}

/// A design that rounds says so, and then looks at multiples of what it grants; all else is judged.
void expect_judged_in_full(const char* name, const Contract& contract) {
  const Skips skips = skips_of(contract);
  const bool rounds = contract.rounding != Rounding::exact;
  EXPECT_EQ(skips.all().size(), rounds ? 1U : 0U) << name;
  EXPECT_EQ(contract.naturally_aligned, rounds) << name;
}

TEST(PromisesTest, every_design_is_judged_in_full){
#define ASSAY_FULL(name, type) expect_judged_in_full(#name, type::contract);
    ASSAY_DESIGNS(ASSAY_FULL)
#undef ASSAY_FULL
}

TEST(PromisesTest, a_power_of_two_is_granted_without_overflow) {
  constexpr Contract kContract{.rounding = Rounding::power_of_two};
  EXPECT_EQ(kContract.granted(FrameCount{0}), FrameCount{0});
  EXPECT_EQ(kContract.granted(FrameCount{3}), FrameCount{4});
  EXPECT_EQ(kContract.granted(FrameCount{1U << 31}), FrameCount{1U << 31});
  EXPECT_EQ(kContract.granted(FrameCount{0xFFFF'FFFF}), FrameCount{0xFFFF'FFFF});
}

}  // namespace
}  // namespace assay
