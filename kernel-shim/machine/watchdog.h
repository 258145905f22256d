/// Hangs: the timer's interrupt looks whether what runs gets on, and ends the machine if it does
/// not. With interrupts off nobody looks; then the host's limit is left.
///
///     PANIC hang: pgbench: operation 17 'alloc 3' did not return within 100 s
#pragma once

#include <cstdint>

#include "kernel-shim/machine/backtrace.h"

namespace assay::kernel {

inline constexpr std::uint32_t kHangSeconds = 100;

/// Watches while its scope lasts. Scopes nest, and only the innermost is watched: it gets on, or
/// all hang.
class Watchdog {
 public:
  /// How far `subject` is: any number, as long as it changes.
  using Progress = std::uint32_t (*)(const void* subject);
  /// Says on the console what it is that does not get on. Runs in the interrupt.
  using Describe = void (*)(const void* subject);

  /// Ends the machine with `PANIC hang: name: …` when `progress(subject)` has stayed the same for
  /// the limit. Requires: `name` and `subject` live as long as this.
  Watchdog(const char* name, const void* subject, Progress progress, Describe describe);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// How long is a hang, from now on; kHangSeconds unless told. Requires: not 0.
  static void set_limit(std::uint32_t seconds);
  /// For the timer's interrupt: looks at the innermost; the CPU was at `place`.
  static void look(CodePlace place);

 private:
  void look_at(CodePlace place);

  const char* name_;
  const void* subject_;
  Progress progress_;
  Describe describe_;
  Watchdog* outer_;
  std::uint32_t seen_;   ///< the progress when it last changed
  std::uint32_t since_;  ///< the tick in which that was noticed
};

/// Watches something that speaks on the console now and then, such as a test.
class SilenceWatch {
 public:
  explicit SilenceWatch(const char* name);

 private:
  Watchdog watchdog_;
};

}  // namespace assay::kernel
