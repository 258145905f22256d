#include "oracle/host/watchdog.h"

#include <pthread.h>
#include <sys/time.h>

#include <csetjmp>
#include <csignal>
#include <limits>
#include <stdexcept>

namespace assay {

namespace {

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();
constexpr unsigned kTicksPerLimit = 8;
constexpr const char* kOutOfSteps = "its budget of 64 steps per frame";
constexpr const char* kOutOfTime = "2 seconds of CPU time";

/// What the signal handler sees. Volatile: the handler interrupts this same thread.
volatile bool in_call = false;
volatile std::uint64_t calls = 0;       ///< begun so far
std::uint64_t steps_left = kUnlimited;  ///< in this call
sigjmp_buf* way_out = nullptr;          ///< of the innermost run_watched
const char* volatile broken_limit = nullptr;

[[noreturn]] void stop(const char* limit) {
  in_call = false;
  steps_left = kUnlimited;
  broken_limit = limit;
  siglongjmp(*way_out, 1);
}

/// Outside of calls nobody counts; 2^64 steps do not come to an end.
[[gnu::noinline]] void end_if_in_call() {
  if (in_call) stop(kOutOfSteps);
}

/// In every tick of CPU time: the same call may be met only so many times.
void tick(int /*signal*/) {
  static std::uint64_t call = 0;
  static unsigned ticks = 0;
  if (!in_call || call != calls) {
    call = calls;
    ticks = 0;
    if (!in_call) return;
  }
  if (ticks++ >= kTicksPerLimit && way_out != nullptr) stop(kOutOfTime);
}

bool clock_runs = false;
std::chrono::microseconds tick_time =
    std::chrono::milliseconds(1000 * kCallSeconds) / kTicksPerLimit;

/// Starts the clock, once in every process: a fork does not inherit it.
void start_clock() {
  if (clock_runs) return;
  static const int watched_forks = pthread_atfork(nullptr, nullptr, [] { clock_runs = false; });
  struct sigaction action = {};
  action.sa_handler = tick;
  action.sa_flags = SA_RESTART;
  const timeval tick{.tv_sec = 0, .tv_usec = tick_time.count()};
  const itimerval every_tick{.it_interval = tick, .it_value = tick};
  if (watched_forks != 0 || sigaction(SIGVTALRM, &action, nullptr) != 0 ||
      setitimer(ITIMER_VIRTUAL, &every_tick, nullptr) != 0) {
    throw std::runtime_error("cannot start the clock that ends hanging calls");
  }
  clock_runs = true;
}

/// Whoever leaves the handler by a jump leaves its signal blocked.
void unblock_ticks() {
  sigset_t ticks;
  sigemptyset(&ticks);
  sigaddset(&ticks, SIGVTALRM);
  pthread_sigmask(SIG_UNBLOCK, &ticks, nullptr);
}

}  // namespace

void set_call_limit(std::chrono::milliseconds limit) {
  tick_time = std::chrono::microseconds(limit) / kTicksPerLimit;
  clock_runs = false;
}

void WatchGuard::entering(FrameCount frames) {
  calls = calls + 1;
  steps_left = step_budget(frames);
  in_call = true;
}

void WatchGuard::returned() {
  in_call = false;
  steps_left = kUnlimited;
}

const char* run_watched(const std::function<void()>& body) {
  start_clock();
  sigjmp_buf here;
  sigjmp_buf* const outer = way_out;
  // The mask of signals is not saved, which would be a system call for every body.
  if (sigsetjmp(here, 0) != 0) {
    unblock_ticks();
    way_out = outer;
    return broken_limit;
  }
  way_out = &here;
  body();
  way_out = outer;
  return nullptr;
}

void leave_call(const char* why) {
  if (in_call) stop(why);
}

// Once per basic block of the allocator: one instruction and a branch that is not taken.
[[gnu::no_sanitize_address]] void count_step() {
  if (steps_left-- == 0) [[unlikely]]
    end_if_in_call();
}

}  // namespace assay
