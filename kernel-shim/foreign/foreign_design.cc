#include "kernel-shim/foreign/foreign_design.h"

#include <array>
#include <optional>
#include <utility>

#include "kernel-shim/machine/exit.h"

// The plug-in's two names, and where link.ld has put its data and room for three copies of them.
extern "C" const assay_plugin assay_plugin_entry;
extern "C" struct assay_box assay_box;
extern "C" std::byte plugin_data_begin[];
extern "C" std::byte plugin_data_end[];
extern "C" std::byte plugin_copies[];

namespace assay::kernel {

namespace {

/// All but the box, which is filled in for each machine.
constinit std::array<std::span<std::byte>, 2> the_data;
/// One for each Machine.
constinit std::array<std::optional<Plugin>, 2> the_plugins;
constinit bool kernel_is_up = false;

std::size_t data_bytes() { return static_cast<std::size_t>(plugin_data_end - plugin_data_begin); }

void stop_for_steps() { panic(Exit::panic, "steps were counted, though nobody counts any here"); }

/// What of `mishap` the kernel cannot live with.
void stop_for(Mishap mishap, bool may_panic) {
  const auto stop = [&](const char* what) {
    begin_panic(Exit::panic) << "the allocator " << what << mishap.message;
    exit_machine(Exit::panic);
  };
  switch (mishap.kind) {
    case Mishap::Kind::none: return;
    case Mishap::Kind::panicked:
      if (!may_panic) stop("panicked: ");
      return;
    case Mishap::Kind::locked_twice: stop("waits for a lock that it holds: "); return;
    case Mishap::Kind::lock_held: stop("returned with a lock held, taken by "); return;
  }
}

}  // namespace

constinit Contract ForeignDesign::loaded;

void ForeignDesign::load() {
  const AdapterCheck check = check_adapter(assay_plugin_entry);
  if (check.problem != nullptr) {
    begin_panic(Exit::panic) << "the adapter " << check.problem;
    exit_machine(Exit::panic);
  }
  loaded = check.contract;
  auto* box = reinterpret_cast<std::byte*>(&assay_box);
  the_data = {std::span(plugin_data_begin, box),
              std::span(box + sizeof assay_box, plugin_data_end)};
  const std::span saved(plugin_copies, 2 * data_bytes());
  // Both as they were loaded: what the one has saved, the other saves once more.
  for (std::optional<Plugin>& plugin : the_plugins) {
    plugin.emplace(assay_plugin_entry, assay_box, loaded, the_data, saved, &stop_for_steps);
  }
  copy_unwatched({saved.data() + saved.size(), data_bytes()}, plugin_data_begin);
}

/// The data of the machine that rests are the third copy.
void ForeignDesign::switch_to(Machine machine) {
  static constinit Machine loaded_machine = Machine::kernels;
  if (machine == loaded_machine) return;
  loaded_machine = machine;
  std::byte* resting = plugin_copies + 2 * data_bytes();
  for (std::size_t i = 0; i < data_bytes(); ++i) std::swap(plugin_data_begin[i], resting[i]);
}

Plugin& ForeignDesign::plugin() const {
  switch_to(machine_);
  return *the_plugins[static_cast<std::size_t>(machine_)];
}

/// Calls the plug-in; on the kernel's machine nothing may go wrong.
template <class Call>
auto ForeignDesign::in_kernel(Call call) const {
  Plugin& called = plugin();
  const auto result = call(called);
  if (machine_ == Machine::kernels) stop_for(called.mishap(), may_panic_);
  return result;
}

std::uint64_t ForeignDesign::metadata_bytes(const MemoryMap& map) {
  switch_to(Machine::trials);
  return the_plugins[static_cast<std::size_t>(Machine::trials)]->metadata_bytes(map);
}

void ForeignDesign::init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
  machine_ = kernel_is_up ? Machine::trials : Machine::kernels;
  kernel_is_up = true;
  in_kernel([&](Plugin& plugin) {
    plugin.init(map, window, metadata);
    return 0;
  });
  managed_ = map.usable_frames();
  for (const Run& run : kept()) managed_ -= run.count;
}

void ForeignDesign::add_usable(Run run) {
  in_kernel([&](Plugin& plugin) {
    plugin.add_usable(run);
    return 0;
  });
  managed_ += run.count;
}

/// An allocator that stops the machine when nothing is left may do so: the kernel's tests go on.
Pfn ForeignDesign::allocate(FrameCount count, FrameCount alignment) {
  const bool panics = contract.on_exhaustion == OnExhaustion::panics ||
                      (count == FrameCount{0} && contract.on_zero == OnZero::panics);
  if (machine_ == Machine::kernels && panics) expect_panic();
  const Pfn first = in_kernel([&](Plugin& plugin) { return plugin.allocate(count, alignment); });
  may_panic_ = false;
  if (!first.is_none()) used_ += contract.granted(contract.asked(count));
  return first;
}

FreeResult ForeignDesign::free(Pfn first, FrameCount count) {
  FreeResult result = in_kernel([&](Plugin& plugin) { return plugin.free(first, count); });
  may_panic_ = false;
  if (machine_ != Machine::kernels || !result) return result;
  if (*result == kNotSaid) result = count;
  used_ -= *result;
  return result;
}

FrameCount ForeignDesign::free_frames() const {
  if (!contract.counts_free) return managed_frames() - used_frames();
  return in_kernel([](Plugin& plugin) { return plugin.free_frames(); });
}

FrameCount ForeignDesign::used_frames() const {
  if (!contract.counts_used) return used_;
  return in_kernel([](Plugin& plugin) { return plugin.used_frames(); });
}

FrameCount ForeignDesign::managed_frames() const {
  if (!contract.counts_managed) return managed_;
  return in_kernel([](Plugin& plugin) { return plugin.managed_frames(); });
}

FrameCount ForeignDesign::largest_free_run() const {
  return in_kernel([](Plugin& plugin) { return plugin.largest_free_run(); });
}

std::optional<Run> ForeignDesign::block_at(Pfn pfn) const {
  return in_kernel([&](Plugin& plugin) { return plugin.block_at(pfn); });
}

const char* ForeignDesign::validate() const {
  return in_kernel([](Plugin& plugin) { return plugin.validate(); });
}

Mishap ForeignDesign::mishap() const { return plugin().mishap(); }

void ForeignDesign::expect_panic() {
  plugin().expect_panic();
  may_panic_ = true;
}

std::span<const Run> ForeignDesign::kept() const { return plugin().kept(); }

}  // namespace assay::kernel
