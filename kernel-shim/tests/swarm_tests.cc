/// Random sequences that the kernel makes itself, each from one number, as the host does.
#include "kernel-shim/boot/boot_info.h"
#include "kernel-shim/machine/exit.h"
#include "kernel-shim/tests/tests.h"
#include "kernel-shim/trial/run_trial.h"
#include "kernel-shim/trial/swarm_order.h"
#include "kernel-shim/trial/trial_room.h"
#include "oracle/operations/swarm.h"

namespace assay::kernel {

namespace {

void fail_for(Test& test, std::uint32_t number, const char* why) {
  TextBuffer text;
  test.fail(text << "sequence " << number << " of the swarm: " << why);
}

/// Adds the trial of one sequence to `sum`. Returns: true if it passed.
bool judge(Test& test, const SwarmSequence& sequence, SwarmSum& sum) {
  const Survey survey = survey_swarm(sequence);
  TrialRoom room;
  TextBuffer why;
  if (!room.take(survey, why)) {
    fail_for(test, sum.sequences + 1, why.c_str());
    return false;
  }
  TextBuffer name;
  name << "sequence " << sum.sequences + 1 << " of the swarm";
  const TrialResult result = run_trial(name.c_str(), sequence, survey, room.memory());
  sum.add(result.operations, result.hash);
  if (!result.verdict.passed()) fail_for(test, sum.sequences, result.verdict.text.c_str());
  return result.verdict.passed();
}

}  // namespace

void swarm_passes_the_trial(Test& test) {
  const std::string_view wanted = boot_info().option("swarm");
  if (wanted.empty()) return test.skip("not asked for (swarm=)");
  const std::optional<SwarmOrder> order = parse_swarm_order(wanted);
  if (!order) panic(Exit::bad_boot, "swarm= is not SEED,OPERATIONS,FRAMES");
  SwarmSum sum;
  std::uint64_t seed = order->seed;
  bool passing = true;
  while (passing && sum.operations < order->operations) {
    passing = judge(test, SwarmSequence(seed++, order->frames, KernelDesign::contract), sum);
  }
  test.note() << "swarm seed=" << LongHex{order->seed} << " frames=" << order->frames
              << " sequences=" << sum.sequences
              << " ops=" << static_cast<std::uint32_t>(sum.operations)
              << " hash=" << LongHex{sum.hash} << '\n';
}

}  // namespace assay::kernel
