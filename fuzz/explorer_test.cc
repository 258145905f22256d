// The explorer reaches exactly what is known to be there; a fault comes out in its shortest form.
#include "fuzz/explorer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "fuzz/holding.h"
#include "fuzz/small_arena.h"
#include "fuzz/state_store.h"
#include "impls/wrapped_designs.h"
#include "oracle/zoo/zoo.h"

namespace assay {
namespace {

template <FrameAllocator Design>
Exploration explore(const Arena& arena) {
  return explore(AnyDesign::of<Design>(), arena);
}

template <FrameAllocator Design>
Exploration explore_without_refresh(const Arena& arena) {
  return explore(AnyDesign::of<Design>(), arena, {.leave_stale = true, .progress = {}});
}

template <FrameAllocator Design>
Exploration explore_with_both(const Arena& arena) {
  return explore(AnyDesign::of<Design>(), arena, {.both_oracles = true, .progress = {}});
}

Arena arena_of(std::uint32_t frames) { return small_arena(Pfn{1}, FrameCount{frames}); }

TEST(StateStoreTest, knows_every_key_by_its_bytes_and_its_first_parent) {
  StateStore store;
  const auto key_of = [](const std::uint32_t& number) {
    return std::as_bytes(std::span(&number, 1));
  };
  constexpr std::uint32_t kKeys = 100'000;  // fills several pools and grows the slots
  for (std::uint32_t i = 0; i < kKeys; ++i) {
    const StateStore::Added added = store.add(key_of(i), i / 2, static_cast<std::uint16_t>(i % 7));
    ASSERT_TRUE(added.is_new);
    ASSERT_EQ(added.id, i);
  }
  for (std::uint32_t i = 0; i < kKeys; ++i) {
    const StateStore::Added again = store.add(key_of(i), 9, 9);
    ASSERT_FALSE(again.is_new);
    ASSERT_EQ(again.id, i);
    ASSERT_EQ(store.parent(i), i / 2);
    ASSERT_EQ(store.call(i), i % 7);
    ASSERT_EQ(std::memcmp(store.key(i).data(), &i, sizeof i), 0);
  }
  const std::uint32_t zero = 0;
  EXPECT_TRUE(store.add(key_of(zero).first(3), 0, 0).is_new) << "a shorter key is another one";
  EXPECT_GT(store.bytes(), kKeys * sizeof(std::uint32_t));
}

TEST(ExplorerTest, makes_every_call) {
  const auto calls = all_calls(arena_of(5));
  std::vector<std::uint32_t> alignments;
  std::vector<std::uint32_t> counts;
  std::vector<std::uint32_t> frees;
  for (const Operation& call : calls) {
    const bool is_free = call.kind == OperationKind::free_at;
    if (is_free) frees.push_back(call.pfn.value());
    if (!is_free && call.count == FrameCount{6}) alignments.push_back(call.alignment.value());
    if (!is_free && call.alignment == FrameCount{4}) counts.push_back(call.count.value());
  }
  EXPECT_EQ(alignments, (std::vector<std::uint32_t>{1, 0, 3, 2, 4, 8}));
  EXPECT_EQ(counts, (std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5, 6, 0xFFFF'FFFF}));
  EXPECT_EQ(frees, (std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(calls.size(), 6 * 8 + 7U);
}

TEST(ExplorerTest, adds_every_part_of_every_hole) {
  const Arena arena = small_arena(Pfn{1}, FrameCount{5}, 0b10110);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> growth;
  for (const Operation& call : all_calls(arena)) {
    if (call.kind == OperationKind::grow) {
      growth.emplace_back(call.pfn.value(), call.count.value());
    }
  }
  EXPECT_EQ(growth, (decltype(growth){{2, 1}, {2, 2}, {3, 1}, {5, 1}}));
  EXPECT_EQ(all_calls(arena, false).size(), all_calls(arena_of(5)).size());
}

TEST(ExplorerTest, counts_how_frames_can_be_held) {
  EXPECT_EQ(possible_states(arena_of(8)), 1'597U);
  EXPECT_EQ(possible_states(arena_of(10)), 10'946U);
  EXPECT_EQ(possible_states(arena_of(12)), 75'025U);
  const Arena hole_in_the_middle = small_arena(Pfn{1}, FrameCount{3}, 0b010);
  EXPECT_EQ(possible_states(hole_in_the_middle, {.can_grow = false}), 2U * 2);
  EXPECT_EQ(possible_states(hole_in_the_middle), 2U * 2 + 13);
  const Arena all_reserved = small_arena(Pfn{1}, FrameCount{3}, 0b111);
  EXPECT_EQ(possible_states(all_reserved, {.can_grow = false}), 1U);
  EXPECT_EQ(possible_states(all_reserved), 1U + 3 * 2 + 5 + 5 + 2 * 2 + 13);
  EXPECT_EQ(possible_states(arena_of(8), {.max_block = FrameCount{1}}), 1U << 8);
  // Blocks of 1, 2 and 4 frames at their multiples: ((2² + 1)² + 1) ways for four frames in a row.
  const Contract halves{.rounding = Rounding::power_of_two, .naturally_aligned = true};
  EXPECT_EQ(possible_states(small_arena(Pfn{0}, FrameCount{4}, 0), halves), 26U);
  EXPECT_EQ(possible_states(small_arena(Pfn{1}, FrameCount{4}, 0), halves), 2U * 5 * 2);
}

TEST(ExplorerTest, tells_reserved_frames_from_free_and_used_ones) {
  const Holding holding{.used = 0b00110, .last = 0b00100, .reserved = 0b10001};
  EXPECT_EQ(Holding::unpack(holding.packed()), holding);
}

TEST(ExplorerTest, bitmap_reaches_every_holding_of_8_frames_at_every_word_width) {
  const Exploration native = explore<Bitmap<>>(arena_of(8));
  EXPECT_TRUE(native.closed());
  EXPECT_EQ(native.abstract_states, 1'597U);
  for (const Exploration& other :
       {explore<Bitmap<2>>(arena_of(8)), explore<Bitmap<4>>(arena_of(8)),
        explore<Bitmap<8>>(arena_of(8)), explore<Bitmap<64>>(arena_of(8))}) {
    EXPECT_TRUE(other.closed());
    EXPECT_EQ(other.states, native.states);
    EXPECT_EQ(other.abstract_states, native.abstract_states);
    EXPECT_EQ(other.behaviour, native.behaviour);
  }
}

/// Bitmap that cannot take memory later.
class NeverGrows : public Bitmap<> {
 public:
  static constexpr Contract contract{.can_grow = false};
};

TEST(ExplorerTest, a_design_that_cannot_grow_is_not_asked_to) {
  const Arena arena = small_arena(Pfn{1}, FrameCount{4}, 0b0110);
  const Exploration done = explore<NeverGrows>(arena);
  EXPECT_TRUE(done.closed());
  EXPECT_EQ(done.abstract_states, 2U * 2);
  EXPECT_EQ(done.outcomes.grown + done.outcomes.skipped, 0U);
  EXPECT_GT(explore<Bitmap<>>(arena).outcomes.grown, 0U);
}

/// Both oracles judge: the second one ends the process where it differs.
TEST(ExplorerTest, two_oracles_see_what_one_sees) {
  const Arena arena = small_arena(Pfn{1}, FrameCount{5}, 0b00110);
  const Exploration one = explore<FreeList>(arena);
  const Exploration both = explore_with_both<FreeList>(arena);
  EXPECT_TRUE(both.closed());
  EXPECT_EQ(both.states, one.states);
  EXPECT_EQ(both.transitions, one.transitions);
  EXPECT_EQ(both.behaviour, one.behaviour);
}

/// The list's order is state: each of the f free frames may stand anywhere in it, and each of these
/// orders can be reached. So there are Σ over all holdings of f! states, 2,412 at 6 frames.
TEST(ExplorerTest, free_list_reaches_every_order_of_its_list) {
  const Exploration done = explore<FreeList>(arena_of(6));
  EXPECT_TRUE(done.closed());
  EXPECT_EQ(done.abstract_states, 233U);
  EXPECT_EQ(done.states, 2'412U);
}

template <class Design>
class EveryDesign : public testing::Test {};
#define ASSAY_TYPE(name, type) type,
using Designs = testing::Types<ASSAY_DESIGNS(ASSAY_TYPE) Bitmap<2>, Filled<FreeList>>;
#undef ASSAY_TYPE
TYPED_TEST_SUITE(EveryDesign, Designs);

TYPED_TEST(EveryDesign, closes_every_hole_map_of_up_to_4_frames_at_odd_even_and_high_bases) {
  for (const std::uint32_t base : {0U, 1U, 6U, 0xFFFF'FFF0U}) {
    for (std::uint32_t frames = 1; frames <= 4; ++frames) {
      for (std::uint32_t reserved = 0; reserved < 1U << frames; ++reserved) {
        const Arena arena = small_arena(Pfn{base}, FrameCount{frames}, reserved);
        ASSERT_EQ(arena.problem(), nullptr);
        const Exploration done = explore_with_both<TypeParam>(arena);
        ASSERT_TRUE(done.closed())
            << (done.broken ? done.broken->verdict.text.c_str() : "it did not end");
        ASSERT_EQ(done.abstract_states, possible_states(arena, TypeParam::contract)) << reserved;
        ASSERT_EQ(done.outcomes.calls(), done.transitions);
        if (reserved != 0) continue;
        ASSERT_EQ(done.transitions, done.states * all_calls(arena).size());
      }
    }
  }
}

TYPED_TEST(EveryDesign, closes_every_hole_map_of_up_to_3_frames_of_zero) {
  for (std::uint32_t frames = 1; frames <= 3; ++frames) {
    for (std::uint32_t reserved = 0; reserved < 1U << frames; ++reserved) {
      const Arena arena = small_arena(Pfn{1}, FrameCount{frames}, reserved, RamContent::zero);
      ASSERT_EQ(arena.problem(), nullptr);
      const Exploration done = explore_with_both<TypeParam>(arena);
      ASSERT_TRUE(done.closed()) << (done.broken ? done.broken->verdict.text.c_str()
                                                 : "it did not end");
      ASSERT_EQ(done.abstract_states, possible_states(arena, TypeParam::contract)) << reserved;
    }
  }
}

/// Where nothing is refreshed, every mixture of what is stale and what is not is a state.
TYPED_TEST(EveryDesign, closes_small_arenas_with_whatever_is_stale) {
  for (std::uint32_t frames = 1; frames <= 5; ++frames) {
    for (const std::uint32_t reserved : {0U, 0b01010U & ((1U << frames) - 1)}) {
      const Arena arena = small_arena(Pfn{1}, FrameCount{frames}, reserved);
      const Exploration done = explore_without_refresh<TypeParam>(arena);
      ASSERT_TRUE(done.closed()) << (done.broken ? done.broken->verdict.text.c_str()
                                                 : "it did not end");
      ASSERT_EQ(done.abstract_states, possible_states(arena, TypeParam::contract)) << reserved;
      ASSERT_GE(done.states, explore<TypeParam>(arena).states);
    }
  }
}

TEST(ExplorerTest, what_is_stale_makes_more_states) {
  EXPECT_GT(explore_without_refresh<Bitmap<2>>(arena_of(5)).states,
            explore<Bitmap<2>>(arena_of(5)).states);
}

TYPED_TEST(EveryDesign, sees_every_outcome) {
  const Outcomes outcomes = explore<TypeParam>(arena_of(4)).outcomes;
  EXPECT_GT(outcomes.allocated, 0U);
  EXPECT_GT(outcomes.none, 0U);
  EXPECT_GT(outcomes.freed, 0U);
  EXPECT_GT(outcomes.refused, 0U);
}

TEST(ExplorerTest, the_canary_is_caught_in_two_operations) {
  const Exploration done = explore<Canary>(arena_of(8));
  ASSERT_TRUE(done.broken.has_value());
  EXPECT_FALSE(done.closed());
  EXPECT_EQ(to_text(done.broken->sequence),
            "assay-ops 1\nbase 1\nframes 8\nram junk 1\na = alloc 2\nfree a+1\n");
  EXPECT_EQ(done.broken->verdict.clause, Clause::misuse);
  EXPECT_EQ(done.broken->verdict.operation, 2U);
}

/// Writes into the frame of a refused free, as one does who links it in before looking.
class Scribbler : public Bitmap<> {
 public:
  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    window_ = window;
    Bitmap<>::init(map, window, metadata);
  }
  FreeResult free(Pfn pfn) {
    const std::optional<Run> block = block_at(pfn);
    if (block && block->first != pfn) *window_(pfn) ^= std::byte{1};
    return Bitmap<>::free(pfn);
  }

 private:
  FrameWindow window_;
};

TEST(ExplorerTest, a_write_into_a_frame_in_use_is_caught_where_it_happens) {
  const Exploration done = explore<Scribbler>(arena_of(4));
  ASSERT_TRUE(done.broken.has_value());
  EXPECT_EQ(done.broken->sequence.operations.size(), 2U) << to_text(done.broken->sequence);
  EXPECT_EQ(done.broken->verdict.clause, Clause::memory) << done.broken->verdict.text.c_str();
}

/// Forgets that a frame is free once three blocks were freed while another one was alive: a fault
/// whose condition is kept in the object alone.
class Forgetful : public Bitmap<> {
 public:
  FreeResult free(Pfn pfn) {
    const FreeResult result = Bitmap<>::free(pfn);
    if (result) freed_ = used_frames() == FrameCount{0} ? 0 : freed_ + 1;
    return result;
  }
  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    return freed_ >= 3 ? Pfn::none() : Bitmap<>::allocate(count, alignment);
  }

 private:
  std::uint32_t freed_ = 0;
};

TEST(ExplorerTest, a_deep_fault_comes_with_a_shortest_sequence) {
  const Exploration done = explore<Forgetful>(arena_of(4));
  ASSERT_TRUE(done.broken.has_value());
  // Four blocks, three frees, and the request that is missed.
  EXPECT_EQ(done.broken->sequence.operations.size(), 8U) << to_text(done.broken->sequence);
  EXPECT_EQ(done.broken->verdict.clause, Clause::completeness);
  EXPECT_EQ(done.broken->verdict.operation, 8U);
}

/// Claims one frame too many from the start.
class Boaster : public Bitmap<> {
 public:
  [[nodiscard]] FrameCount managed_frames() const {
    return Bitmap<>::managed_frames() + FrameCount{1};
  }
};

TEST(ExplorerTest, a_fault_in_init_needs_no_operation) {
  const Exploration done = explore<Boaster>(arena_of(2));
  ASSERT_TRUE(done.broken.has_value());
  EXPECT_TRUE(done.broken->sequence.operations.empty());
  EXPECT_EQ(done.broken->verdict.clause, Clause::capacity);
}

TEST(ExplorerTest, stops_at_its_memory_limit) {
  std::uint32_t shown = 0;
  const ExploreOptions options{.memory_bytes = 1 << 20, .progress = [&](const auto&) { ++shown; }};
  const Exploration done = explore(AnyDesign::of<FreeList>(), arena_of(7), options);
  EXPECT_FALSE(done.closed());
  EXPECT_FALSE(done.broken.has_value());
  EXPECT_GT(done.states, done.expanded);
  EXPECT_GT(done.expanded, 0U);
  EXPECT_GT(shown, 0U);
}

}  // namespace
}  // namespace assay
