/// Watches a sequence on trial: an operation that does not return is named, and the machine ended.
#pragma once

#include <cstdint>

#include "kernel-shim/machine/watchdog.h"
#include "oracle/operations/operation.h"

namespace assay::kernel {

/// Keep one while the trial runs, and tell it what begins.
class OperationWatch {
 public:
  /// `name`: of the sequence. Requires: it lives as long as this.
  explicit OperationWatch(const char* name);

  /// The next operation begins. Requires: it lives until the next one, or finish(), begins.
  void begin(const Operation& operation);
  /// All have returned; what the trial does behind the last one begins.
  void finish();

 private:
  void describe() const;

  // Read by an interrupt.
  volatile std::uint32_t progress_ = 0;
  volatile std::uint32_t number_ = 0;  ///< of the operation, counted from 1
  const Operation* volatile operation_ = nullptr;
  Watchdog watchdog_;
};

}  // namespace assay::kernel
