#include "bench/timer.h"

#include <sys/resource.h>

#include <algorithm>
#include <vector>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace assay {

bool MachineTimer::has_even_tsc() {
#if defined(__x86_64__)
  constexpr unsigned kPowerManagement = 0x8000'0007;
  constexpr unsigned kInvariant = 1U << 8;
  constexpr unsigned kExtendedFeatures = 0x8000'0001;
  constexpr unsigned kRdtscp = 1U << 27;
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(kExtendedFeatures, &a, &b, &c, &d) == 0 || (d & kRdtscp) == 0) return false;
  return __get_cpuid(kPowerManagement, &a, &b, &c, &d) != 0 && (d & kInvariant) != 0;
#else
  return false;
#endif
}

std::uint64_t MachineTimer::switches() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return static_cast<std::uint64_t>(usage.ru_nivcsw) + static_cast<std::uint64_t>(usage.ru_nvcsw);
}

TickLength::TickLength()
    : begin_(std::chrono::steady_clock::now()), begin_ticks_(MachineTimer::begin()) {}

double TickLength::nanoseconds() const {
  constexpr std::chrono::milliseconds kLeast{50};
  auto now = std::chrono::steady_clock::now();
  while (now - begin_ < kLeast) now = std::chrono::steady_clock::now();
  const std::uint64_t ticks = MachineTimer::begin() - begin_ticks_;
  return std::chrono::duration<double, std::nano>(now - begin_).count() /
         static_cast<double>(ticks);
}

namespace {

[[gnu::noinline]] void do_nothing() { asm volatile(""); }

}  // namespace

TimerCost measure_timer() {
  constexpr std::size_t kTimes = 10'001;
  std::vector<std::uint64_t> times(kTimes);
  for (std::uint64_t& time : times) {
    const std::uint64_t begin = MachineTimer::begin();
    do_nothing();
    time = MachineTimer::end() - begin;
  }
  std::ranges::sort(times);
  TimerCost cost{.floor = times[kTimes / 2], .resolution = times.back()};
  for (std::size_t i = 1; i < kTimes; ++i) {
    const std::uint64_t difference = times[i] - times[i - 1];
    if (difference != 0) cost.resolution = std::min(cost.resolution, difference);
  }
  return cost;
}

}  // namespace assay
