#include "bench/instructions.h"

#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace assay {

namespace {

/// Opened once, for as long as the process lives.
struct Counter {
  Counter() {
    perf_event_attr event{};
    event.size = sizeof event;
    event.type = PERF_TYPE_HARDWARE;
    event.config = PERF_COUNT_HW_INSTRUCTIONS;
    event.exclude_kernel = 1;
    event.exclude_hv = 1;
    constexpr int kThisThread = 0, kAnyCpu = -1, kNoGroup = -1;
    file = static_cast<int>(
        syscall(SYS_perf_event_open, &event, kThisThread, kAnyCpu, kNoGroup, PERF_FLAG_FD_CLOEXEC));
    if (file < 0) {
      why_not = fmt::format("perf_event_open: {}{}", std::strerror(errno),
                            errno == ENOENT ? " (the CPU, or the virtual machine, has no counter)"
                            : errno == EACCES || errno == EPERM
                                ? " (/proc/sys/kernel/perf_event_paranoid forbids it)"
                                : "");
    }
  }

  int file = -1;
  std::string why_not;
};

const Counter& counter() {
  static const Counter the_one;
  return the_one;
}

}  // namespace

InstructionClock::time_point InstructionClock::now() {
  std::uint64_t count = 0;
  if (counter().file < 0 || read(counter().file, &count, sizeof count) != sizeof count) return {};
  return time_point(duration(static_cast<rep>(count)));
}

const std::string& InstructionClock::why_not() { return counter().why_not; }

}  // namespace assay
