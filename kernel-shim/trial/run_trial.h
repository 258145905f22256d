/// One sequence on trial in the kernel: a second instance of the design, judged by the oracle over
/// the same map as on the host.
#pragma once

#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/trial/operation_watch.h"
#include "oracle/trial.h"

namespace assay::kernel {

struct TrialResult {
  Verdict verdict;
  Outcomes outcomes;
  std::uint32_t operations = 0;  ///< begun
  std::uint64_t hash = 0;        ///< as on the host, where placements and results are
};

/// Runs the operations that `source.next(operation)` gives, to the end or to the first that breaks
/// a clause; one that does not return ends the machine, by `name`. Requires: `memory` is for this
/// survey of theirs.
template <class Source, AllocatorCalls Design = KernelDesign>
[[nodiscard]] TrialResult run_trial(const char* name, Source source, const Survey& survey,
                                    const TrialMemory& memory, Design design = {}) {
  Trial<Design> trial(memory, {}, design);
  Operation operation;
  std::uint32_t operations = 0;
  OperationWatch watch(name);
  bool passing = trial.begin(survey);
  while (passing && source.next(operation)) {
    watch.begin(operation);
    passing = trial.step(operation);
    ++operations;
  }
  watch.finish();
  if (passing) static_cast<void>(trial.finish());
  return {trial.verdict(), trial.outcomes(), operations, trial.hash()};
}

}  // namespace assay::kernel
