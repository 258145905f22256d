/// What calls of the design cost, in instructions: each module is run, judged as little as can be
/// between two calls, and its calls are counted one by one.
#include <limits>

#include "kernel-shim/boot/numbers.h"
#include "kernel-shim/costs/measured.h"
#include "kernel-shim/machine/exit.h"
#include "kernel-shim/machine/interrupts.h"
#include "kernel-shim/tests/tests.h"
#include "kernel-shim/trial/module_bytes.h"
#include "kernel-shim/trial/run_trial.h"
#include "kernel-shim/trial/trial_room.h"

namespace assay::kernel {

namespace {

using Bytes = std::span<const std::uint8_t>;

/// The trial asks for no more than counts between two calls: nothing that could bring a summary up
/// to date for the next one.
constexpr Depth kShallow{.content = ContentDepth::none, .each_frame = false, .at_intervals = false};

/// The operations of a module; the recorder is told which ones count.
class MeasuredOperations {
 public:
  MeasuredOperations(Bytes bytes, std::uint32_t set_up, CostRecorder& recorder)
      : reader_(bytes), set_up_(set_up), recorder_(&recorder) {}

  bool next(Operation& operation) {
    const bool more = reader_.next(operation);
    ++position_;
    recorder_->begin(more && position_ > set_up_ ? position_ : 0);
    return more;
  }

 private:
  OperationReader reader_;
  std::uint32_t set_up_;
  std::uint32_t position_ = 0;
  CostRecorder* recorder_;
};

/// As many calls as the operations of a sequence may stand for: each block is made and freed once,
/// and an operation may be refused.
std::uint64_t most_calls(const Survey& survey) { return 2 * (survey.elements + survey.operations); }

void report(Test& test, const char* name, CostRecorder& recorder) {
  for (std::size_t i = 0; i < kCallKinds; ++i) {
    const auto kind = static_cast<CallKind>(i);
    const CostSummary cost = recorder.summarize(kind);
    if (cost.calls == 0) continue;
    test.note() << "cost " << name << ' ' << name_of(kind) << " calls=" << cost.calls
                << " sum=" << LongHex{cost.sum} << " p50=" << cost.p50 << " p99=" << cost.p99
                << " p99_9=" << cost.p99_9 << " max=" << cost.max << " at=" << cost.max_at << '\n';
  }
}

void fail_for(Test& test, const char* name, const char* why) {
  TextBuffer text;
  test.fail(text << "module " << name << ": " << why);
}

void count_calls(Test& test, const BootModule& module, std::uint32_t set_up,
                 CallOverhead overhead) {
  const char* name = module.name.data();
  const Survey survey = survey_bytes(bytes_of(module));
  if (survey.error != nullptr) return fail_for(test, name, survey.error);
  TrialRoom room;
  TextBuffer why;
  if (!room.take(survey, why)) return fail_for(test, name, why.c_str());
  MappedFrames calls;
  const std::uint64_t call_bytes = most_calls(survey) * sizeof(CallCost);
  if (call_bytes > kTrialEnd - kTrialCosts || !calls.allocate(kTrialCosts, call_bytes)) {
    return fail_for(test, name, "no room for the costs of its calls");
  }
  CostRecorder recorder({reinterpret_cast<CallCost*>(calls.bytes(call_bytes).data()),
                         static_cast<std::size_t>(most_calls(survey))});
  TrialMemory memory = room.memory();
  memory.depth = kShallow;
  const TrialResult result = run_trial(name, MeasuredOperations(bytes_of(module), set_up, recorder),
                                       survey, memory, Measured<KernelDesign>(recorder, overhead));
  test.note() << "cost_run " << name << " ops=" << result.operations
              << " hash=" << LongHex{result.hash} << '\n';
  if (!result.verdict.passed()) return fail_for(test, name, result.verdict.text.c_str());
  report(test, name, recorder);
}

}  // namespace

void calls_cost_instructions(Test& test) {
  std::string_view set_ups = boot_info().option("costs");
  if (set_ups.empty()) return test.skip("not asked for (costs=)");
  if (KernelDesign::contract.foreign) {
    return test.skip("what its adapter costs would be counted with it");
  }
  const InterruptsOff undisturbed;
  const std::optional<CallOverhead> overhead = count_empty_calls();
  if (!overhead) return test.fail("empty calls differ: only under -icount shift=0 can they count");
  test.note() << "cost_clock allocate=" << overhead->allocate << " free=" << overhead->free << '\n';
  for (const BootModule& module : boot_info().boot_modules()) {
    const auto set_up = take_number(set_ups, std::numeric_limits<std::uint32_t>::max());
    const bool is_last = &module == &boot_info().boot_modules().back();
    if (!set_up || (is_last ? !set_ups.empty() : !take_comma(set_ups))) {
      panic(Exit::bad_boot, "costs= is not a number of set-up operations for each module");
    }
    count_calls(test, module, static_cast<std::uint32_t>(*set_up), *overhead);
  }
}

}  // namespace assay::kernel
