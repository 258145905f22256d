// Four threads at once, under ThreadSanitizer: no frame has two owners, nothing is lost, and a
// broken lock is noticed. Compiled together with the designs, so that their accesses are seen.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "impls/designs.h"
#include "impls/locked/locked.h"
#include "impls/locked/spin_lock.h"
#include "impls/locked/ticket_lock.h"
#include "impls/test_arena.h"

namespace assay {

/// What ThreadSanitizer asks for by this name: the first race ends the process.
const char* thread_sanitizer_options() __asm__("__tsan_default_options");
const char* thread_sanitizer_options() { return "halt_on_error=1:exitcode=66"; }

namespace {

constexpr std::uint32_t kBase = 3;
constexpr std::uint32_t kFrames = 512;
constexpr unsigned kThreads = 4;
constexpr std::uint32_t kOperations = 1'000'000;  ///< of each thread
constexpr std::size_t kMostHeld = 48;  ///< blocks of a thread, so that all of them run out

/// A thread that waits lets the others run: there may be more threads than CPUs.
struct Yield {
  static void pause() { std::this_thread::yield(); }
};

/// Of each thread: a million, or so few where that takes minutes, unless asked for by ASSAY_FULL.
std::uint32_t operations_or(std::uint32_t few) {
  return std::getenv("ASSAY_FULL") != nullptr ? kOperations : few;
}

/// Who owns each frame, kept outside of the allocator: 0 nobody, else a thread's number + 1.
class Owners {
 public:
  void take(Run block, std::uint32_t owner) { change(block, 0, owner); }
  void give_back(Run block, std::uint32_t owner) { change(block, owner, 0); }
  [[nodiscard]] bool all_nobody() const {
    for (const auto& owner : owners_) {
      if (owner != 0) return false;
    }
    return true;
  }

 private:
  void change(Run block, std::uint32_t from, std::uint32_t to) {
    for (std::uint32_t i = 0; i < block.count.value(); ++i) {
      std::uint32_t found = from;
      const std::uint32_t index = block.first.value() - kBase + i;
      if (index < kFrames && owners_[index].compare_exchange_strong(found, to)) continue;
      std::fprintf(stderr, "frame %u has owner %u, not %u\n", index + kBase, found, from);
      std::_Exit(EXIT_FAILURE);
    }
  }

  std::array<std::atomic<std::uint32_t>, kFrames> owners_{};
};

/// What one thread does: it takes and frees, and asks for what must fail.
template <class Allocator>
class Customer {
 public:
  Customer(Allocator& allocator, Owners& owners, unsigned number)
      : allocator_(allocator), owners_(owners), random_(number), me_(number + 1) {}

  void run(std::uint32_t operations) {
    for (std::uint32_t i = 0; i < operations; ++i) step();
    while (!held_.empty()) free_one();
  }

 private:
  void step() {
    const std::uint32_t what = random_() % 64;
    if (what == 0) return look();
    if (what == 1) return misuse();
    if (held_.size() == kMostHeld || (what % 2 == 0 && !held_.empty())) return free_one();
    const FrameCount count{1U + static_cast<std::uint32_t>(random_() % 6)};
    const FrameCount alignment{what < 8 ? 8U : 1U};
    const Pfn first = allocator_.allocate(count, alignment);
    if (first.is_none()) return;
    held_.push_back({first, Allocator::contract.granted(count)});
    owners_.take(held_.back(), me_);
  }

  void free_one() {
    std::swap(held_[random_() % held_.size()], held_.back());
    const Run block = held_.back();
    held_.pop_back();
    owners_.give_back(block, me_);
    expect(allocator_.free(block.first) == FreeResult{block.count}, "a free that must succeed");
  }

  void misuse() {
    expect(!allocator_.free(Pfn{kBase - 1}), "a free outside of the arena");
    expect(allocator_.allocate(FrameCount{kFrames + 1}).is_none(), "a request for too much");
    if (held_.empty() || held_.back().count == FrameCount{1}) return;
    expect(allocator_.free(held_.back().first + FrameCount{1}) ==
               FreeResult{std::unexpected(Misuse::inside_block)},
           "a free inside a block");
  }

  /// Each count is of a moment of its own.
  void look() {
    expect(allocator_.free_frames() <= FrameCount{kFrames}, "free_frames");
    expect(allocator_.used_frames() <= FrameCount{kFrames}, "used_frames");
    expect(allocator_.managed_frames() == FrameCount{kFrames}, "managed_frames");
    if (held_.empty()) return;
    expect(allocator_.block_at(held_.back().first) == held_.back(), "block_at");
  }

  static void expect(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "wrong answer: %s\n", what);
    std::_Exit(EXIT_FAILURE);
  }

  Allocator& allocator_;
  Owners& owners_;
  std::minstd_rand random_;
  std::uint32_t me_;
  std::vector<Run> held_;
};

template <class Design, class Lock>
void run_threads(std::uint32_t operations) {
  TestArena<Locked<Design, Lock>> arena(kBase, kFrames);
  Owners owners;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (unsigned number = 0; number < kThreads; ++number) {
    threads.emplace_back([&, number] {
      Customer customer(arena.design, owners, number);
      customer.run(operations);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(owners.all_nobody());
  EXPECT_EQ(arena.design.free_frames(), FrameCount{kFrames});
  EXPECT_EQ(arena.design.largest_free_run(), FrameCount{kFrames});
  EXPECT_STREQ(arena.design.validate(), nullptr);
}

template <class Design>
class LockedThreadsTest : public testing::Test {};

#define ASSAY_TYPE(name, type) , type
template <class First, class... Others>
using TypesBehind = testing::Types<Others...>;
using Designs = TypesBehind<void ASSAY_DESIGNS(ASSAY_TYPE)>;
#undef ASSAY_TYPE
TYPED_TEST_SUITE(LockedThreadsTest, Designs);

TYPED_TEST(LockedThreadsTest, nothing_is_lost_under_a_spin_lock) {
  run_threads<TypeParam, SpinLock<Yield>>(kOperations);
}

TYPED_TEST(LockedThreadsTest, nothing_is_lost_under_a_ticket_lock) {
  // Each operation may be a switch of threads.
  run_threads<TypeParam, TicketLock<Yield>>(operations_or(1'000));
}

TYPED_TEST(LockedThreadsTest, nothing_is_lost_under_a_mutex) {
  run_threads<TypeParam, std::mutex>(operations_or(100'000));
}

struct NoLock {
  void lock() {}
  void unlock() {}
};

/// Two may pass at once: the flag is read and written in two steps.
class LeakyLock {
 public:
  void lock() {
    while (taken_.load() != 0) Yield::pause();
    taken_.store(1);
  }
  void unlock() { taken_.store(0); }

 private:
  std::atomic<std::uint32_t> taken_ = 0;
};

bool has_failed(int status) { return status != 0; }

TYPED_TEST(LockedThreadsTest, a_broken_lock_is_noticed) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto run = [](auto run_it) {
    run_it();
    std::_Exit(testing::Test::HasFailure() ? EXIT_FAILURE : EXIT_SUCCESS);
  };
  EXPECT_EXIT((run([] { run_threads<TypeParam, std::mutex>(100); })), testing::ExitedWithCode(0),
              "");
  EXPECT_EXIT((run([] { run_threads<TypeParam, NoLock>(kOperations); })), has_failed, "");
  EXPECT_EXIT((run([] { run_threads<TypeParam, LeakyLock>(kOperations); })), has_failed, "");
}

}  // namespace
}  // namespace assay
