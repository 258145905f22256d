// What only AddressSanitizer sees: a write to a frame in use that leaves it as it was, and one
// behind the metadata. Without the poison both pass.
#include "oracle/host/host_trial.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>

#include "impls/bitmap/bitmap.h"
#include "oracle/host/isolated.h"
#include "oracle/host/sanitizer.h"

namespace assay {
namespace {

#ifdef ASSAY_ASAN
constexpr bool kPoisons = true;
#else
constexpr bool kPoisons = false;
#endif

/// Borrows a word of a frame in use during a refused free, and puts it back as it was.
class WordBorrowed : public Bitmap<> {
 public:
  static constexpr Contract contract{.link_bytes = 8};

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    window_ = window;
    Bitmap<>::init(map, window, metadata);
  }
  FreeResult free(Pfn pfn) {
    const FreeResult freed = Bitmap<>::free(pfn);
    if (freed || freed.error() != Misuse::inside_block) return freed;
    auto* word = reinterpret_cast<volatile std::uint32_t*>(window_(pfn));
    const std::uint32_t owners = *word;
    *word = 0;
    *word = owners;
    return freed;
  }

 private:
  FrameWindow window_;
};

/// Looks into a free frame, although it says that it keeps nothing there.
class FrameRead : public Bitmap<> {
 public:
  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    window_ = window;
    Bitmap<>::init(map, window, metadata);
  }
  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Pfn got = Bitmap<>::allocate(count, alignment);
    if (!got.is_none()) static_cast<void>(*static_cast<volatile std::byte*>(window_(got)));
    return got;
  }

 private:
  FrameWindow window_;
};

/// The same by one that says it does.
class FrameReadAsPromised : public FrameRead {
 public:
  static constexpr Contract contract{.link_bytes = 8};
};

/// Looks behind the links that it says it keeps.
class BehindLinksRead : public Bitmap<> {
 public:
  static constexpr Contract contract{.link_bytes = 8};

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    window_ = window;
    Bitmap<>::init(map, window, metadata);
  }
  FreeResult free(Pfn pfn) {
    const FreeResult freed = Bitmap<>::free(pfn);
    if (freed) static_cast<void>(static_cast<volatile std::byte*>(window_(pfn))[8]);
    return freed;
  }

 private:
  FrameWindow window_;
};

/// Poison ends where a piece of eight bytes does, so links must.
class LinksEndInAPiece : public Bitmap<> {
 public:
  static constexpr Contract contract{.link_bytes = 12};
};
static_assert(FrameAllocator<BehindLinksRead> && !FrameAllocator<LinksEndInAPiece>);

/// Writes one byte more of its metadata than it asked for.
class MetadataOverrun : public Bitmap<> {
 public:
  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    Bitmap<>::init(map, window, metadata);
    *const_cast<volatile std::byte*>(metadata.data() + metadata.size()) = std::byte{1};
  }
};

/// Whole frames are checked, so that nothing but the poison can be what tells.
template <FrameAllocator Design, class MakeGuard>
Judgement judge(MakeGuard make_guard) {
  return judge_isolated("design", [&] {
    HostMemory memory;
    memory.set_depth({.content = ContentDepth::whole});
    const auto sequence = parse_text("assay-ops 1\nframes 4\na = alloc 2\nfree a+1\nfree a\n");
    return run_guarded(AnyDesign::of<Design>(), memory, *sequence, make_guard).verdict;
  });
}

constexpr auto kNoPoison = [](FrameWindow /*ram*/, FrameAccess /*access*/) { return WatchGuard{}; };

TEST(HostTrialTest, a_frame_in_use_is_poisoned) {
  const Judgement judgement = judge<WordBorrowed>(kPoison);
  EXPECT_EQ(judgement.key.starts_with("design-C9-use-after-poison"), kPoisons) << judgement.text;
  EXPECT_EQ(judgement.passed(), !kPoisons) << judgement.text;
}

TEST(HostTrialTest, all_frames_are_poisoned_for_who_keeps_nothing_there) {
  const Judgement judgement = judge<FrameRead>(kPoison);
  EXPECT_EQ(judgement.key.starts_with("design-C9-use-after-poison"), kPoisons) << judgement.text;
  EXPECT_EQ(judgement.passed(), !kPoisons) << judgement.text;
  EXPECT_TRUE(judge<FrameReadAsPromised>(kPoison).passed());
}

TEST(HostTrialTest, what_is_behind_the_links_is_poisoned_in_free_frames) {
  const Judgement judgement = judge<BehindLinksRead>(kPoison);
  EXPECT_EQ(judgement.key.starts_with("design-C9-use-after-poison"), kPoisons) << judgement.text;
  EXPECT_EQ(judgement.passed(), !kPoisons) << judgement.text;
}

/// One memory serves both in turn.
TEST(HostTrialTest, the_poison_of_all_frames_ends_with_its_trials) {
  HostMemory memory;
  const auto sequence = parse_text("assay-ops 1\nframes 4\na = alloc 2\n");
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(run_trial(AnyDesign::of<Bitmap<>>(), memory, *sequence).verdict.passed());
    EXPECT_TRUE(
        run_trial(AnyDesign::of<FrameReadAsPromised>(), memory, *sequence).verdict.passed());
  }
}

TEST(HostTrialTest, without_the_poison_nobody_sees_a_word_borrowed) {
  const Judgement judgement = judge<WordBorrowed>(kNoPoison);
  EXPECT_TRUE(judgement.passed()) << judgement.text;
}

TEST(HostTrialTest, what_is_behind_the_metadata_is_poisoned) {
  const Judgement judgement = judge<MetadataOverrun>(kNoPoison);
  EXPECT_EQ(judgement.key.starts_with("design-C9-use-after-poison"), kPoisons) << judgement.text;
  EXPECT_EQ(judgement.passed(), !kPoisons) << judgement.text;
}

/// Takes a frame that is in use.
class HandedOutTwice : public Bitmap<> {
 public:
  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Pfn first = Bitmap<>::allocate(count, alignment);
    return first.is_none() ? first : Pfn{0};
  }
};

TEST(HostTrialTest, memory_is_low_where_that_is_asked_for) {
  constexpr std::uintptr_t kEnd = std::uintptr_t{1} << 31;
  const auto sequence = parse_text("assay-ops 1\nbase 5\nframes 300\na = alloc 1\n");
  const Survey needs = survey(*sequence);
  const auto end_of = [&](const TrialMemory& memory) {
    const std::byte* const ram_end = memory.ram(Pfn{5}) + 300 * std::size_t{kFrameBytes};
    const std::byte* const end = memory.metadata.data() + memory.metadata.size();
    return reinterpret_cast<std::uintptr_t>(std::max(ram_end, end));
  };
  HostMemory memory;
  EXPECT_GT(end_of(memory.prepare(needs, 64)), kEnd);
  const TrialMemory low = memory.prepare(needs, 64, kFrameBytes, HostMemory::Place::low);
  EXPECT_LT(end_of(low), kEnd);
  HostMemory another;
  const TrialMemory beside = another.prepare(needs, 64, kFrameBytes, HostMemory::Place::low);
  EXPECT_LT(end_of(beside), kEnd);
  EXPECT_NE(beside.ram(Pfn{5}), low.ram(Pfn{5}));
}

#ifndef ASSAY_ASAN  // its shadow of so many frames would be real memory
TEST(HostTrialTest, frames_that_nobody_looks_into_may_be_more_than_the_machine_has) {
  const auto sequence = parse_text("assay-ops 1\nframes 1000000000\na = alloc 1\nb = alloc 2\n");
  HostMemory memory;
  EXPECT_THROW(static_cast<void>(memory.prepare(survey(*sequence), 64)), std::bad_alloc);
  memory.set_depth({.content = ContentDepth::none});
  EXPECT_EQ(memory.prepare(survey(*sequence), 64).metadata.size(), 64U);
}

TEST(HostTrialTest, frames_that_nobody_looks_into_cost_no_memory) {
  const auto sequence =
      parse_text("assay-ops 1\nframes 262144\na = alloc 9\nfree a\nb = exhaust 8\n");
  const Judgement judgement = judge_isolated("design", [&] {
    HostMemory memory;
    memory.set_depth({.content = ContentDepth::none});
    TrialResult result = run_trial(AnyDesign::of<Bitmap<>>(), memory, *sequence);
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    constexpr long kMostKiB = 256 << 10;  // the frames are 1 GiB, of which a page each would show
    if (usage.ru_maxrss > kMostKiB) result.verdict.clause = Clause::memory;
    return result.verdict;
  });
  EXPECT_TRUE(judgement.passed()) << judgement.text;
}
#endif

TEST(HostTrialTest, calls_are_judged_where_frames_are_not_looked_into) {
  const auto sequence = parse_text("assay-ops 1\nframes 4\na = alloc 1\nb = alloc 1\nfree a\n");
  HostMemory memory;
  memory.set_depth({.content = ContentDepth::none, .each_frame = false, .at_intervals = false});
  EXPECT_TRUE(run_trial(AnyDesign::of<Bitmap<>>(), memory, *sequence).verdict.passed());
  const TrialResult wrong = run_trial(AnyDesign::of<HandedOutTwice>(), memory, *sequence);
  EXPECT_EQ(wrong.verdict.clause, Clause::placement) << wrong.verdict.text.c_str();
}

/// The poison of one trial does not outlive it.
TEST(HostTrialTest, a_frame_may_be_written_again_once_it_is_to_be_freed) {
  HostMemory memory;
  const auto sequence = parse_text("assay-ops 1\nframes 4\na = alloc 2\n");
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(run_trial(AnyDesign::of<Bitmap<>>(), memory, *sequence, 1).verdict.passed());
  }
}

}  // namespace
}  // namespace assay
