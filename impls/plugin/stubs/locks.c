/* Locks, under the names that kernels give them.
 *
 * There is one CPU, and nobody to wait for: who takes a lock that is held already waits for himself
 * for ever. That is what these locks notice, besides a release of what is not held. Who runs the
 * plug-in sees in the box whether a call has left one held.
 *
 * What a lock looks like, only the kernel knows, so it goes by its address and is never written to.
 * Interrupts that are off count as a lock that is held, too.
 */
#include "stub.h"

enum { MOST_LOCKS = 32 };

struct held {
  const void *lock;
  const char *taken_by;
};

/* The first box.locks_held of them count, in the order in which they were taken: who runs the
 * plug-in forgets them all by setting that to 0. The others are empty, so that two states that hold
 * the same locks are the same bytes. */
static struct held held[MOST_LOCKS];

static const char interrupts;   /* its address stands for interrupts that are off */
static uint32_t interrupts_off; /* how often they were turned off, while it is held */

/* Its place in the table, or box.locks_held. */
ASSAY_UNCOUNTED static uint32_t place_of(const void *lock) {
  uint32_t place = 0;
  while (place < assay_box.locks_held && held[place].lock != lock) ++place;
  return place;
}

ASSAY_UNCOUNTED static int is_held(const void *lock) {
  return place_of(lock) < assay_box.locks_held;
}

ASSAY_UNCOUNTED static void show_last(void) {
  const uint32_t count = assay_box.locks_held;
  assay_box.lock = count != 0 ? held[count - 1].lock : NULL;
  assay_box.taken_by = count != 0 ? held[count - 1].taken_by : NULL;
}

ASSAY_UNCOUNTED static void say_locked_twice(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  assay_format(assay_box.message, sizeof assay_box.message, format, arguments);
  va_end(arguments);
  assay_box.services->locked_twice(assay_box.message);
}

ASSAY_UNCOUNTED static void take(const void *lock, const char *function) {
  const uint32_t place = place_of(lock);
  if (place < assay_box.locks_held) {
    say_locked_twice(
        "%s(%p): the lock is held already, taken by %s: on a real machine it waits "
        "for itself for ever",
        function, lock, held[place].taken_by);
    return;
  }
  if (assay_box.locks_held == MOST_LOCKS) {
    assay_panic("%s(%p): %d locks are held, and the stubs know no more", function, lock,
                (int)MOST_LOCKS);
  }
  held[assay_box.locks_held++] = (struct held){lock, function};
  show_last();
}

ASSAY_UNCOUNTED static void let_go(const void *lock, const char *function) {
  uint32_t place = place_of(lock);
  if (place == assay_box.locks_held) {
    assay_panic("%s(%p): the lock is not held", function, lock);
  }
  const uint32_t last = --assay_box.locks_held;
  for (; place < last; ++place) held[place] = held[place + 1];
  held[last] = (struct held){NULL, NULL};
  show_last();
}

/* Lays down whether interrupts are on; `function` turns them off. */
ASSAY_UNCOUNTED static void set_depth(uint32_t depth, const char *function) {
  if (depth != 0 && !is_held(&interrupts)) take(&interrupts, function);
  if (depth == 0 && is_held(&interrupts)) let_go(&interrupts, function);
  interrupts_off = depth;
}

ASSAY_UNCOUNTED static uint32_t depth_now(void) {
  return is_held(&interrupts) ? interrupts_off : 0;
}

ASSAY_UNCOUNTED static void turn_off(const char *function) { set_depth(depth_now() + 1, function); }

ASSAY_UNCOUNTED static void turn_on(const char *function) {
  if (depth_now() == 0) assay_panic("%s: interrupts are not off", function);
  set_depth(depth_now() - 1, function);
}

/* For those that do not nest. Returns whether they were off before. */
ASSAY_UNCOUNTED static int set_off(int off, const char *function) {
  const int before = depth_now() != 0;
  set_depth(off ? 1 : 0, function);
  return before;
}

/* Making a lock changes nothing: it is free unless somebody has taken it. */
#define MAKES(name) \
  ASSAY_STUB void name(void *lock, const char *text) { (void)lock, (void)text; }
#define TAKES(name) \
  ASSAY_STUB void name(void *lock) { take(lock, #name); }
#define RELEASES(name) \
  ASSAY_STUB void name(void *lock) { let_go(lock, #name); }
#define ASKS(name) \
  ASSAY_STUB int name(const void *lock) { return is_held(lock); }
#define TRIES(name)                 \
  ASSAY_STUB int name(void *lock) { \
    if (is_held(lock)) return 0;    \
    take(lock, #name);              \
    return 1;                       \
  }

/* xv6, and with __spin_initlock JOS. */
MAKES(initlock)
MAKES(__spin_initlock)
TAKES(acquire)
RELEASES(release)
ASKS(holding)
MAKES(initsleeplock)
TAKES(acquiresleep)
RELEASES(releasesleep)
ASKS(holdingsleep)

/* OS/161. A lock that sleeps comes from the heap there, but may be a static one elsewhere. */
MAKES(spinlock_init)
TAKES(spinlock_acquire)
RELEASES(spinlock_release)
ASKS(spinlock_do_i_hold)
TAKES(lock_acquire)
RELEASES(lock_release)
ASKS(lock_do_i_hold)

ASSAY_STUB void spinlock_cleanup(void *lock) {
  if (is_held(lock)) assay_panic("spinlock_cleanup(%p): the lock is held", lock);
}

/* Pintos. */
MAKES(lock_init)
TRIES(lock_try_acquire)
ASKS(lock_held_by_current_thread)

/* Linux, and those who name theirs after it. What becomes of the interrupts is left out of
 * …_irqsave and its kin: some return the flags, others are given their address. */
MAKES(spin_lock_init)
TAKES(spin_lock)
RELEASES(spin_unlock)
TRIES(spin_trylock)
ASKS(spin_is_locked)
TAKES(_raw_spin_lock)
RELEASES(_raw_spin_unlock)
TAKES(spin_lock_irq)
RELEASES(spin_unlock_irq)
TAKES(spin_lock_bh)
RELEASES(spin_unlock_bh)
MAKES(mutex_init)
TAKES(mutex_lock)
RELEASES(mutex_unlock)
TRIES(mutex_trylock)
ASKS(mutex_is_locked)
TAKES(spinlock_lock)
RELEASES(spinlock_unlock)
TRIES(spinlock_try_lock)
TAKES(acquire_lock)
RELEASES(release_lock)
TAKES(acquire_spinlock)
RELEASES(release_spinlock)
TAKES(spin_irqlock)
RELEASES(spin_irqunlock)

#define TAKES_WITH_FLAGS(name)                \
  ASSAY_STUB unsigned long name(void *lock) { \
    take(lock, #name);                        \
    return 0;                                 \
  }
#define RELEASES_WITH_FLAGS(name)                         \
  ASSAY_STUB void name(void *lock, unsigned long flags) { \
    (void)flags;                                          \
    let_go(lock, #name);                                  \
  }
TAKES_WITH_FLAGS(spin_lock_irqsave)
TAKES_WITH_FLAGS(_raw_spin_lock_irqsave)
TAKES_WITH_FLAGS(spinlock_lock_irqsave)
RELEASES_WITH_FLAGS(spin_unlock_irqrestore)
RELEASES_WITH_FLAGS(_raw_spin_unlock_irqrestore)
RELEASES_WITH_FLAGS(spinlock_unlock_irqrestore)

/* Interrupts. xv6: as often on as off. */
ASSAY_STUB void pushcli(void) { turn_off("pushcli"); }
ASSAY_STUB void popcli(void) { turn_on("popcli"); }
ASSAY_STUB void push_off(void) { turn_off("push_off"); }
ASSAY_STUB void pop_off(void) { turn_on("pop_off"); }

/* OS/161: levels, 0 is on and 1 is off. */
ASSAY_STUB int splhigh(void) { return set_off(1, "splhigh"); }
ASSAY_STUB int spl0(void) { return set_off(0, "spl0"); }
ASSAY_STUB int splx(int level) { return set_off(level != 0, "splx"); }
ASSAY_STUB void splraise(int from, int to) {
  (void)from, (void)to;
  turn_off("splraise");
}
ASSAY_STUB void spllower(int from, int to) {
  (void)from, (void)to;
  turn_on("spllower");
}

/* Pintos: levels, 0 is off and 1 is on. */
ASSAY_STUB int intr_disable(void) { return !set_off(1, "intr_disable"); }
ASSAY_STUB int intr_enable(void) { return !set_off(0, "intr_enable"); }
ASSAY_STUB int intr_set_level(int level) { return !set_off(level == 0, "intr_set_level"); }

#define TURNS_OFF(name) \
  ASSAY_STUB void name(void) { set_off(1, #name); }
#define TURNS_ON(name) \
  ASSAY_STUB void name(void) { set_off(0, #name); }
TURNS_OFF(cli)
TURNS_ON(sti)
TURNS_OFF(intr_off) /* xv6 for RISC-V */
TURNS_ON(intr_on)
TURNS_OFF(local_irq_disable)
TURNS_ON(local_irq_enable)
TURNS_OFF(disable_interrupts)
TURNS_ON(enable_interrupts)
TURNS_OFF(interrupts_disable)
TURNS_ON(interrupts_enable)

#define ASKS_WHETHER_ON(name) \
  ASSAY_STUB int name(void) { return depth_now() == 0; }
ASKS_WHETHER_ON(intr_get)       /* xv6 for RISC-V */
ASKS_WHETHER_ON(intr_get_level) /* Pintos */
ASKS_WHETHER_ON(interrupts_enabled)
