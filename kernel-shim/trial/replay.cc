#include "kernel-shim/trial/replay.h"

#include "kernel-shim/machine/console.h"
#include "kernel-shim/trial/module_bytes.h"
#include "kernel-shim/trial/trial_room.h"
#include "oracle/operations/bytes.h"

namespace assay::kernel {

namespace {

/// The operations of a module, announced one by one.
class AnnouncedReader {
 public:
  AnnouncedReader(std::span<const std::uint8_t> bytes, OnOperation on_operation)
      : reader_(bytes), on_operation_(on_operation) {}

  [[nodiscard]] bool next(Operation& operation) {
    if (on_operation_ != nullptr) on_operation_(done_++);
    return reader_.next(operation);
  }

 private:
  OperationReader reader_;
  std::uint32_t done_ = 0;
  OnOperation on_operation_;
};

}  // namespace

bool replay(const BootModule& module, TrialResult& result, TextBuffer& why,
            OnOperation on_operation) {
  const std::span<const std::uint8_t> bytes = bytes_of(module);
  const Survey survey = survey_bytes(bytes);
  if (survey.error != nullptr) {
    why << "byte " << static_cast<std::uint32_t>(survey.error_offset) << ": " << survey.error;
    return false;
  }
  TrialRoom room;
  if (!room.take(survey, why)) return false;
  const AnnouncedReader source(bytes, on_operation);
  result = run_trial(module.name.data(), source, survey, room.memory());
  return true;
}

void print_trial(const BootModule& module, const TrialResult& result) {
  const Outcomes& outcomes = result.outcomes;
  console << "# trace " << module.name.data() << " ops=" << result.operations
          << " hash=" << LongHex{result.hash} << '\n';
  console << "# outcomes allocated=" << outcomes.allocated << " none=" << outcomes.none
          << " freed=" << outcomes.freed << " refused=" << outcomes.refused
          << " grown=" << outcomes.grown << " skipped=" << outcomes.skipped
          << " aliased=" << outcomes.aliased << '\n';
}

}  // namespace assay::kernel
