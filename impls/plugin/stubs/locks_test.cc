// Locks notice who waits for himself, and count what a call leaves held.
#include "impls/plugin/stubs/test_stubs.h"

namespace assay {
namespace {

class LocksTest : public StubsTest {
 protected:
  using OnLock = void(void *);
  using Ask = int(const void *);

  std::array<int, 40> locks{};
};

struct Pair {
  const char *take;
  const char *release;
};
constexpr std::array kPairs = {Pair{"acquire", "release"},
                               Pair{"acquiresleep", "releasesleep"},
                               Pair{"spinlock_acquire", "spinlock_release"},
                               Pair{"lock_acquire", "lock_release"},
                               Pair{"spin_lock", "spin_unlock"},
                               Pair{"_raw_spin_lock", "_raw_spin_unlock"},
                               Pair{"spin_lock_irq", "spin_unlock_irq"},
                               Pair{"spin_lock_bh", "spin_unlock_bh"},
                               Pair{"mutex_lock", "mutex_unlock"},
                               Pair{"spinlock_lock", "spinlock_unlock"},
                               Pair{"acquire_lock", "release_lock"},
                               Pair{"acquire_spinlock", "release_spinlock"},
                               Pair{"spin_irqlock", "spin_irqunlock"}};

TEST_F(LocksTest, every_kind_is_counted_and_untouched) {
  for (const Pair &names : kPairs) {
    const auto release = stub<OnLock>(names.release);
    stub<OnLock>(names.take)(&locks[0]);
    EXPECT_EQ(box->locks_held, 1U) << names.take;
    EXPECT_EQ(box->lock, &locks[0]) << names.take;
    EXPECT_STREQ(box->taken_by, names.take);
    release(&locks[0]);
    EXPECT_EQ(box->locks_held, 0U) << names.release;
    EXPECT_EQ(box->lock, nullptr) << names.release;
    EXPECT_EQ(box->taken_by, nullptr) << names.release;
    EXPECT_NE(stopped([&] { release(&locks[0]); }).find("the lock is not held"), std::string::npos)
        << names.release;
    EXPECT_EQ(locks, decltype(locks){}) << "a stub does not know what a lock looks like";
  }
}

TEST_F(LocksTest, flags_go_nowhere) {
  for (const Pair &names : {Pair{"spin_lock_irqsave", "spin_unlock_irqrestore"},
                            Pair{"_raw_spin_lock_irqsave", "_raw_spin_unlock_irqrestore"},
                            Pair{"spinlock_lock_irqsave", "spinlock_unlock_irqrestore"}}) {
    const auto flags = stub<unsigned long(void *)>(names.take)(&locks[0]);
    EXPECT_STREQ(box->taken_by, names.take);
    stub<void(void *, unsigned long)>(names.release)(&locks[0], flags);
    EXPECT_EQ(box->locks_held, 0U) << names.release;
  }
}

TEST_F(LocksTest, who_takes_a_lock_again_waits_for_himself) {
  for (const Pair &names : kPairs) {
    const auto take = stub<OnLock>(names.take);
    take(&locks[0]);
    const std::string message = stopped([&] { take(&locks[0]); });
    EXPECT_EQ(message.find("twice: " + std::string(names.take)), 0U) << message;
    EXPECT_NE(message.find("taken by " + std::string(names.take)), std::string::npos) << message;
    EXPECT_EQ(box->locks_held, 1U);
    stub<OnLock>(names.release)(&locks[0]);
  }
}

TEST_F(LocksTest, locks_are_released_in_any_order) {
  const auto take = stub<OnLock>("acquire");
  const auto release = stub<OnLock>("release");
  const auto is_held = stub<Ask>("holding");
  for (int i = 0; i < 3; ++i) take(&locks[i]);
  release(&locks[1]);
  EXPECT_TRUE(is_held(&locks[0]));
  EXPECT_FALSE(is_held(&locks[1]));
  EXPECT_TRUE(is_held(&locks[2]));
  EXPECT_EQ(box->lock, &locks[2]);
  release(&locks[2]);
  EXPECT_EQ(box->lock, &locks[0]);
  take(&locks[1]);
  release(&locks[0]);
  EXPECT_EQ(box->locks_held, 1U);
  EXPECT_EQ(box->lock, &locks[1]);
}

TEST_F(LocksTest, who_runs_it_can_forget_all_locks) {
  const auto take = stub<OnLock>("spin_lock");
  take(&locks[0]);
  stub<void()>("push_off")();
  box->locks_held = 0;
  EXPECT_FALSE(stub<Ask>("spin_is_locked")(&locks[0]));
  EXPECT_EQ(stub<int()>("intr_get_level")(), 1);
  EXPECT_EQ(stopped([&] { take(&locks[0]); }), "");
  EXPECT_EQ(box->locks_held, 1U);
}

// The explorer tells states apart by their bytes.
TEST_F(LocksTest, locks_that_were_released_leave_no_trace) {
  const auto before = data();
  for (int i = 0; i < 3; ++i) stub<OnLock>("acquire")(&locks[i]);
  stub<void()>("push_off")();
  EXPECT_NE(data(), before);
  for (int i = 0; i < 3; ++i) stub<OnLock>("release")(&locks[i]);
  stub<void()>("pop_off")();
  EXPECT_EQ(data(), before);
}

TEST_F(LocksTest, only_so_many_are_known) {
  const auto take = stub<OnLock>("acquire");
  for (int i = 0; i < 32; ++i) EXPECT_EQ(stopped([&] { take(&locks[i]); }), "");
  EXPECT_NE(stopped([&] { take(&locks[32]); }).find("32 locks are held"), std::string::npos);
  EXPECT_EQ(box->locks_held, 32U);
}

TEST_F(LocksTest, a_try_takes_what_is_free_and_nothing_else) {
  for (const char *name :
       {"lock_try_acquire", "spin_trylock", "mutex_trylock", "spinlock_try_lock"}) {
    const auto try_to_take = stub<int(void *)>(name);
    EXPECT_EQ(try_to_take(&locks[0]), 1) << name;
    EXPECT_EQ(try_to_take(&locks[0]), 0) << name;
    EXPECT_EQ(box->locks_held, 1U) << name;
    stub<OnLock>("release")(&locks[0]);
  }
}

TEST_F(LocksTest, who_asks_is_told) {
  for (const char *name : {"holding", "holdingsleep", "spinlock_do_i_hold", "lock_do_i_hold",
                           "lock_held_by_current_thread", "spin_is_locked", "mutex_is_locked"}) {
    EXPECT_FALSE(stub<Ask>(name)(&locks[0])) << name;
    stub<OnLock>("acquire")(&locks[0]);
    EXPECT_TRUE(stub<Ask>(name)(&locks[0])) << name;
    EXPECT_FALSE(stub<Ask>(name)(&locks[1])) << name;
    stub<OnLock>("release")(&locks[0]);
  }
}

TEST_F(LocksTest, making_a_lock_takes_nothing) {
  for (const char *name : {"initlock", "__spin_initlock", "initsleeplock", "spinlock_init",
                           "lock_init", "spin_lock_init", "mutex_init"}) {
    stub<void(void *, const char *)>(name)(&locks[0], "pages");
    EXPECT_EQ(box->locks_held, 0U) << name;
    EXPECT_EQ(locks, decltype(locks){}) << name;
  }
  const auto cleanup = stub<OnLock>("spinlock_cleanup");
  EXPECT_EQ(stopped([&] { cleanup(&locks[0]); }), "");
  stub<OnLock>("acquire")(&locks[0]);
  EXPECT_NE(stopped([&] { cleanup(&locks[0]); }), "");
}

TEST_F(LocksTest, interrupts_that_nest_are_on_when_all_are_done) {
  constexpr std::array kNesting = {Pair{"pushcli", "popcli"}, Pair{"push_off", "pop_off"}};
  for (const Pair &names : kNesting) {
    const auto off = stub<void()>(names.take);
    const auto on = stub<void()>(names.release);
    off();
    off();
    on();
    EXPECT_EQ(box->locks_held, 1U) << names.take;
    EXPECT_STREQ(box->taken_by, names.take);
    on();
    EXPECT_EQ(box->locks_held, 0U) << names.release;
    EXPECT_NE(stopped(on).find("interrupts are not off"), std::string::npos) << names.release;
  }
  stub<void(int, int)>("splraise")(0, 1);
  EXPECT_EQ(box->locks_held, 1U);
  stub<void(int, int)>("spllower")(1, 0);
  EXPECT_EQ(box->locks_held, 0U);
}

TEST_F(LocksTest, interrupt_levels_are_restored_by_what_they_were) {
  const auto high = stub<int()>("splhigh");
  const auto restore = stub<int(int)>("splx");
  const int outer = high();
  const int inner = high();
  EXPECT_EQ(box->locks_held, 1U);
  restore(inner);
  EXPECT_EQ(box->locks_held, 1U);
  restore(outer);
  EXPECT_EQ(box->locks_held, 0U);
  high();
  EXPECT_NE(stub<int()>("spl0")(), 0);
  EXPECT_EQ(box->locks_held, 0U);

  const int before = stub<int()>("intr_disable")();
  EXPECT_EQ(before, 1);
  EXPECT_EQ(stub<int()>("intr_get_level")(), 0);
  EXPECT_EQ(box->locks_held, 1U);
  EXPECT_EQ(stub<int(int)>("intr_set_level")(before), 0);
  EXPECT_EQ(box->locks_held, 0U);
  stub<int()>("intr_disable")();
  EXPECT_EQ(stub<int()>("intr_enable")(), 0);
  EXPECT_EQ(box->locks_held, 0U);
}

TEST_F(LocksTest, interrupts_that_do_not_nest_are_on_or_off) {
  constexpr std::array kAsked = {"intr_get", "intr_get_level", "interrupts_enabled"};
  constexpr std::array kSwitches = {Pair{"cli", "sti"}, Pair{"intr_off", "intr_on"},
                                    Pair{"local_irq_disable", "local_irq_enable"},
                                    Pair{"disable_interrupts", "enable_interrupts"},
                                    Pair{"interrupts_disable", "interrupts_enable"}};
  for (const Pair &names : kSwitches) {
    stub<void()>(names.take)();
    stub<void()>(names.take)();
    EXPECT_EQ(box->locks_held, 1U) << names.take;
    for (const char *name : kAsked) EXPECT_EQ(stub<int()>(name)(), 0) << name;
    stub<void()>(names.release)();
    stub<void()>(names.release)();
    EXPECT_EQ(box->locks_held, 0U) << names.release;
    for (const char *name : kAsked) EXPECT_EQ(stub<int()>(name)(), 1) << name;
  }
}

}  // namespace
}  // namespace assay
