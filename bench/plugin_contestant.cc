#include "bench/plugin_contestant.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "oracle/host/fit.h"
#include "oracle/host/isolated.h"
#include "oracle/host/plugin_file.h"

namespace assay {

namespace {

constexpr unsigned kTrialSeconds = 600;  ///< searches of a large arena take long, byte by byte

/// What it occupies beside the metadata that it asked for.
std::uint64_t own_bytes_of(const Plugin& plugin) {
  std::uint64_t bytes = 0;
  for (const std::span<std::byte> part : plugin.data()) bytes += part.size();
  for (const Run& run : plugin.kept()) bytes += bytes_of(run.count);
  return bytes;
}

/// As perform_plan. `init` puts its data back to what they were when it was loaded.
template <class Direct, class Measure>
Pass perform_plan_of(Plugin& plugin, HostMemory& memory, const Arena& arena, const Plan& plan,
                     Measure measure) {
  Survey needs;
  needs.arena = arena;
  const TrialMemory space = memory.prepare_for(AnyDesign::around(plugin), needs);
  const UsableRuns usable(arena);
  Direct direct(plugin);
  std::vector<decltype(direct.allocate({}, {}))> slots(plan.slots);
  plugin.init(memory_map(arena, usable), space.ram, space.metadata);
  Pass pass;
  pass.own_bytes = own_bytes_of(plugin);
  auto steps = [&] {
    pass.set_up = replay(direct, std::span(plan.set_up), std::span(slots));
    measure(direct, std::span(slots), pass);
  };
  plugin.as_one_call([](void* context) { (*static_cast<decltype(steps)*>(context))(); }, &steps);
  if (plugin.mishap().kind != Mishap::Kind::none) pass.mishap = plugin.mishap().message;
  return pass;
}

/// As run_pass.
template <class Direct, class Clock>
Pass run_plugin_pass(Plugin& plugin, HostMemory& memory, const Arena& arena, const Plan& plan,
                     std::uint32_t rounds) {
  const auto begin = Clock::now();
  Pass pass = perform_plan_of<Direct>(
      plugin, memory, arena, plan, [&](Direct& direct, auto slots, Pass& under_way) {
        replay_measured<Clock>(direct, plan, slots, rounds, under_way);
      });
  pass.whole_nanoseconds = nanoseconds_since<Clock>(begin);
  return pass;
}

template <class Clock>
auto plugin_pass(Plugin& plugin) {
  const auto run = plugin.contract.free_takes_size ? run_plugin_pass<DirectSizedPlugin, Clock>
                                                   : run_plugin_pass<DirectPlugin, Clock>;
  return [&plugin, run](HostMemory& memory, const Arena& arena, const Plan& plan,
                        std::uint32_t rounds) { return run(plugin, memory, arena, plan, rounds); };
}

/// As run_timed_calls.
template <class Direct>
Pass run_timed_plugin_calls(Plugin& plugin, HostMemory& memory, const Arena& arena,
                            const Plan& plan, std::uint32_t rounds, std::span<TimedCall> times) {
  return perform_plan_of<Direct>(
      plugin, memory, arena, plan, [&](Direct& direct, auto slots, Pass& under_way) {
        time_measured<MachineTimer>(direct, plan, slots, rounds, times, under_way);
      });
}

}  // namespace

std::expected<Contestant, std::string> load_contestant(const std::string& path) {
  const auto file = PluginFile::load(path);
  if (!file) return std::unexpected(file.error());
  return plugin_contestant((*file)->name(), (*file)->plugin());
}

Contestant plugin_contestant(std::string name, Plugin& plugin) {
  const bool takes_size = plugin.contract.free_takes_size;
  return {.name = std::move(name),
          .plugin = &plugin,
          .judge =
              [&plugin](HostMemory& memory, const Sequence& sequence, const Observer& observer) {
                return run_trial(AnyDesign::around(plugin), memory, sequence, kToTheEnd, observer);
              },
          .any = [&plugin] { return AnyDesign::around(plugin); },
          .metadata_bytes =
              [&plugin](const Arena& arena) {
                const UsableRuns usable(arena);
                return plugin.metadata_bytes(memory_map(arena, usable));
              },
          .pass = plugin_pass<std::chrono::steady_clock>(plugin),
          .count_instructions = plugin_pass<InstructionClock>(plugin),
          .time_calls =
              [&plugin, takes_size](HostMemory& memory, const Arena& arena, const Plan& plan,
                                    std::uint32_t rounds, std::span<TimedCall> times) {
                const auto run = takes_size ? run_timed_plugin_calls<DirectSizedPlugin>
                                            : run_timed_plugin_calls<DirectPlugin>;
                return run(plugin, memory, arena, plan, rounds, times);
              }};
}

Arena arena_for(const Arena& arena, const Contract& contract) {
  if (misfit_of(arena, contract).empty()) return arena;
  Sequence wanted{.arena = arena, .operations = {}};
  if (arena.base == Pfn{0} && arena.hole_count == 0) {
    wanted.arena.base = Pfn{std::bit_ceil(arena.frames.value())};
  }
  const Pfn base = fitted(wanted, contract).arena.base;
  Arena moved = arena;
  moved.base = base;
  for (Run& hole : moved.holes) hole.first = hole.first + (base - arena.base);
  return moved;
}

std::string why_left_out(const Workload& workload, const Contract& contract) {
  std::string misfit = misfit_of(arena_for(workload.sequence.arena, contract), contract);
  if (!misfit.empty()) return misfit;
  FrameCount longest{1};
  for (const Operation& operation : workload.sequence.operations) {
    if (operation.kind == OperationKind::alloc) longest = std::max(longest, operation.count);
  }
  if (!contract.covers(longest, FrameCount{1})) {
    return fmt::format("up to {} frames are asked for in a row; at most {} are promised",
                       longest.value(), contract.max_block.value());
  }
  const bool may_panic = contract.on_exhaustion != OnExhaustion::none;
  return workload.follows_performer && may_panic ? kMayPanic : "";
}

std::string judge_apart(const Contestant& contestant, HostMemory& memory,
                        const Sequence& sequence) {
  const auto trial = [&] { return contestant.judge(memory, sequence, {}).verdict; };
  const Judgement judgement =
      judge_isolated(contestant.name, std::function<Verdict()>(trial), kTrialSeconds);
  return judgement.passed() ? "pass" : judgement.text;
}

}  // namespace assay
