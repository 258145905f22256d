#include "kernel-shim/machine/watchdog.h"

#include "kernel-shim/machine/exit.h"
#include "kernel-shim/machine/interrupts.h"
#include "kernel-shim/machine/timer.h"

namespace assay::kernel {

namespace {

constinit Watchdog* the_innermost = nullptr;
constinit std::uint32_t the_limit_seconds = kHangSeconds;

}  // namespace

Watchdog::Watchdog(const char* name, const void* subject, Progress progress, Describe describe)
    : name_(name),
      subject_(subject),
      progress_(progress),
      describe_(describe),
      outer_(the_innermost),
      seen_(progress(subject)),
      since_(ticks()) {
  const InterruptsOff off;
  the_innermost = this;
}

Watchdog::~Watchdog() {
  const InterruptsOff off;
  the_innermost = outer_;
  if (outer_ != nullptr) outer_->since_ = ticks();  // it was not looked at meanwhile
}

void Watchdog::set_limit(std::uint32_t seconds) { the_limit_seconds = seconds; }

void Watchdog::look(CodePlace place) {
  if (the_innermost != nullptr) the_innermost->look_at(place);
}

void Watchdog::look_at(CodePlace place) {
  const std::uint32_t progress = progress_(subject_);
  if (progress != seen_) {
    seen_ = progress;
    since_ = ticks();
  }
  if (ticks() - since_ < the_limit_seconds * kTicksPerSecond) return;
  begin_panic(Exit::hang) << name_ << ": ";
  describe_(subject_);
  console << " within " << the_limit_seconds << " s";
  exit_machine(Exit::hang, place);
}

SilenceWatch::SilenceWatch(const char* name)
    : watchdog_(
          name, nullptr, [](const void* /*subject*/) { return Console::written(); },
          [](const void* /*subject*/) { console << "it said nothing"; }) {}

}  // namespace assay::kernel
