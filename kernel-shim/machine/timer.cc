#include "kernel-shim/machine/timer.h"

#include "kernel-shim/machine/ports.h"

namespace assay::kernel {

namespace {

constexpr std::uint16_t kCounter = 0x40;
constexpr std::uint16_t kCommand = 0x43;
constexpr std::uint8_t kRateGenerator = 0x34;  // channel 0, both bytes, mode 2: from divisor to 1
constexpr std::uint8_t kLatch = 0x00;          // channel 0: keeps its counter for two reads
constexpr std::uint32_t kInputHz = 1'193'182;
constexpr std::uint32_t kDivisor = (kInputHz + kTicksPerSecond / 2) / kTicksPerSecond;

constinit volatile std::uint32_t the_ticks = 0;

/// What is left of this tick; it counts down.
std::uint32_t read_counter() {
  write_port(kCommand, kLatch);
  const std::uint32_t low = read_port(kCounter);
  return low | std::uint32_t{read_port(kCounter)} << 8;
}

}  // namespace

std::uint32_t ticks() { return the_ticks; }

TickWatch::TickWatch() : counter_(read_counter()) {}

std::uint32_t TickWatch::begun() {
  const std::uint32_t counter = read_counter();
  if (counter > counter_) ++begun_;
  counter_ = counter;
  return begun_;
}

void start_timer() {
  write_port(kCommand, kRateGenerator);
  write_port(kCounter, kDivisor & 0xFF);
  write_port(kCounter, kDivisor >> 8);
}

void count_tick() { the_ticks = the_ticks + 1; }

}  // namespace assay::kernel
