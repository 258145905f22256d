/// The libFuzzer target of a plug-in: the environment's ASSAY_PLUGIN names its shared object, which
/// was compiled under AddressSanitizer and with coverage (cli/plugins.py).
///
/// As fuzz/target.cc in all else, but that an input whose arena the plug-in does not take is judged
/// in the nearest one that it does (oracle/host/fit.h).
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "fuzz/input_limits.h"
#include "fuzz/memory_errors.h"
#include "fuzz/target_support.h"
#include "fuzz/totals.h"
#include "impls/foreign/plugin.h"
#include "oracle/host/extent_model.h"
#include "oracle/host/fit.h"
#include "oracle/host/registry.h"

namespace assay {

namespace {

Totals totals;

/// Ends the program if the environment names none that can be loaded.
const DesignEntry& plugin() {
  static const DesignEntry& loaded = []() -> const DesignEntry& {
    const char* path = std::getenv("ASSAY_PLUGIN");
    try {
      const DesignEntry* found = find_design(path != nullptr ? path : "");
      if (found != nullptr) return *found;
      fmt::print(stderr, "fuzz-plugin: ASSAY_PLUGIN must name a plug-in's shared object\n");
    } catch (const std::exception& error) {
      fmt::print(stderr, "fuzz-plugin: {}\n", error.what());
    }
    std::exit(2);
  }();
  return loaded;
}

void leave_totals() { leave_counts(totals, plugin().contract()); }

}  // namespace

}  // namespace assay

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  assay::start_target(assay::plugin().name, assay::leave_totals);
  assay::Plugin::on_memory_error = assay::leave_if_known_in_plugin;
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static assay::HostMemory memory;
  static const assay::DesignEntry& plugin = assay::plugin();
  const std::span<const std::uint8_t> bytes{data, size};
  assay::Sequence sequence;
  if (!assay::parse_bytes(bytes, sequence).empty()) return -1;
  sequence = assay::fitted(std::move(sequence), plugin.contract());
  if (!assay::is_within_limits(assay::survey(sequence))) return -1;
  assay::Random draws = assay::draws_of(bytes);
  memory.set_depth(assay::draw_depth(draws, sequence.arena.frames));
  const assay::TrialResult result =
      draws.one_in(128)
          ? assay::run_guarded<assay::PairedModel>(plugin.design, memory, sequence, assay::kPoison)
          : assay::run_guarded(plugin.design, memory, sequence, assay::kPoison);
  assay::totals.add(result.outcomes);
  assay::leave_now_and_then(assay::totals.executions);
  if (assay::met_memory_error(bytes)) return -1;
  if (result.verdict.passed()) return 0;
  const std::string key = assay::key_of(plugin.name, result.verdict);
  return assay::end_broken(key, result.verdict.text.c_str(), bytes);
}
