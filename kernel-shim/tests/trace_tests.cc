/// Sequences that the loader brings as modules, in their byte form.
#include "kernel-shim/tests/tests.h"
#include "kernel-shim/trial/module_bytes.h"
#include "kernel-shim/trial/run_trial.h"
#include "kernel-shim/trial/trial_room.h"

namespace assay::kernel {

namespace {

using Bytes = std::span<const std::uint8_t>;

void report(Test& test, const char* name, const TrialResult& result) {
  const Outcomes& outcomes = result.outcomes;
  test.note() << "trace " << name << " ops=" << result.operations
              << " hash=" << LongHex{result.hash} << '\n';
  test.note() << "outcomes allocated=" << outcomes.allocated << " none=" << outcomes.none
              << " freed=" << outcomes.freed << " refused=" << outcomes.refused
              << " grown=" << outcomes.grown << " skipped=" << outcomes.skipped
              << " aliased=" << outcomes.aliased << '\n';
  if (!result.verdict.passed()) test.fail(result.verdict.text);
}

void fail_for(Test& test, const char* name, const TextBuffer& why) {
  TextBuffer text;
  test.fail(text << "module " << name << ": " << why.c_str());
}

void replay(Test& test, const char* name, Bytes bytes) {
  const Survey survey = survey_bytes(bytes);
  TextBuffer why;
  if (survey.error != nullptr) {
    why << "byte " << static_cast<std::uint32_t>(survey.error_offset) << ": " << survey.error;
    return fail_for(test, name, why);
  }
  TrialRoom room;
  if (!room.take(survey, why)) return fail_for(test, name, why);
  report(test, name, run_trial(name, OperationReader(bytes), survey, room.memory()));
}

}  // namespace

void traces_pass_the_trial(Test& test) {
  if (boot_info().module_count == 0) return test.skip("no module");
  if (!boot_info().option("costs").empty()) return test.skip("their calls are counted instead");
  for (const BootModule& module : boot_info().boot_modules()) {
    replay(test, module.name.data(), bytes_of(module));
  }
}

}  // namespace assay::kernel
