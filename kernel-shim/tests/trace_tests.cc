/// Sequences that the loader brings as modules, in their byte form.
#include "kernel-shim/tests/tests.h"
#include "kernel-shim/trial/replay.h"

namespace assay::kernel {

namespace {

void judge(Test& test, const BootModule& module) {
  TrialResult result;
  TextBuffer why;
  if (!replay(module, result, why)) {
    TextBuffer text;
    return test.fail(text << "module " << module.name.data() << ": " << why.c_str());
  }
  print_trial(module, result);
  if (!result.verdict.passed()) test.fail(result.verdict.text);
}

}  // namespace

void traces_pass_the_trial(Test& test) {
  if (boot_info().module_count == 0) return test.skip("no module");
  if (!boot_info().option("costs").empty()) return test.skip("their calls are counted instead");
  for (const BootModule& module : boot_info().boot_modules()) judge(test, module);
}

}  // namespace assay::kernel
