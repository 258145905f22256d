/// Somebody else's allocator, behind its adapter, called as a design.
///
/// The adapter (impls/plugin/assay_plugin.h) is compiled and loaded by who runs it: on the host
/// from a shared object (oracle/host/plugin_file.h). Here is what must be so wherever it runs:
///
///     the trial ── Plugin ── assay_plugin: functions of the adapter ── the allocator's own code
///                    │                                                   │
///                    └── assay_box: the machine, steps, locks ───────────┘ by way of the stubs
///
/// Such code keeps its state in statics. `init` puts all its data back to what they were when it
/// was loaded, so that sequences do not know of each other. A panic leaves the call at once; one
/// that was expected puts the data back to what they were before the call.
///
/// Freestanding. One CPU, and one call of one plug-in at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "impls/allocator.h"
#include "impls/plugin/assay_plugin.h"
#include "impls/plugin/stubs/box.h"

namespace assay {

/// What an adapter's contract says, or what is wrong with it, in words.
struct AdapterCheck {
  Contract contract;
  const char* problem = nullptr;  ///< nullptr: nothing
};
[[nodiscard]] AdapterCheck check_adapter(const assay_plugin& adapter);

/// Basic blocks that one call may take: more than a design's, since code as it is fills a frame
/// byte by byte.
[[nodiscard]] constexpr std::uint64_t plugin_step_budget(FrameCount frames) {
  constexpr std::uint64_t kLeast = 1U << 20;
  const std::uint64_t budget = std::uint64_t{4} * kFrameBytes * frames.value();
  return budget < kLeast ? kLeast : budget;
}

/// Copies bytes behind the back of AddressSanitizer: a plug-in's data lie between redzones. Writes
/// only what differs, so that pages that nobody has touched cost no memory.
void copy_unwatched(std::span<std::byte> to, const std::byte* from);

class Plugin {
 public:
  static constexpr std::size_t kMaxUsable = 64;
  static constexpr std::size_t kMaxKept = 16;

  /// `data`: all that the plug-in's code may write to, but for the box and what tools keep there.
  /// `saved`: as
  /// many bytes twice over, of the caller. `out_of_steps` leaves the call under way, if there is
  /// one. Requires: check_adapter found no problem; the data are as they were loaded.
  Plugin(const assay_plugin& adapter, struct assay_box& box, Contract contract,
         std::span<const std::span<std::byte>> data, std::span<std::byte> saved,
         void (*out_of_steps)());
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;

  Contract contract;

  /// Called where AddressSanitizer forbids an access of a plug-in's code; may leave the call under
  /// way. nullptr: nobody is.
  static void (*on_memory_error)(std::uintptr_t address, std::size_t size, const void* pc);

  // The calls of a design (impls/allocator.h).
  [[nodiscard]] std::uint64_t metadata_bytes(const MemoryMap& map);
  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata);
  void add_usable(Run run);
  [[nodiscard]] Pfn allocate(FrameCount count, FrameCount alignment);
  FreeResult free(Pfn first, FrameCount count);
  [[nodiscard]] FrameCount free_frames();
  [[nodiscard]] FrameCount used_frames();
  [[nodiscard]] FrameCount managed_frames();
  [[nodiscard]] FrameCount largest_free_run();
  [[nodiscard]] std::optional<Run> block_at(Pfn pfn);
  [[nodiscard]] const char* validate();
  [[nodiscard]] Mishap mishap() const { return mishap_; }
  void expect_panic();
  /// Runs `steps`, which call the adapter as often as they like, as one call: what a trial does
  /// around each costs nothing here. `mishap` then says how they went; a panic ends them.
  void as_one_call(void (*steps)(void* context), void* context);
  [[nodiscard]] const assay_plugin& adapter() const { return adapter_; }
  [[nodiscard]] std::span<const Run> kept() const { return {kept_.data(), kept_count_}; }

  /// Where its state is, beside the frames and the metadata.
  [[nodiscard]] std::span<const std::span<std::byte>> data() const { return data_; }

 private:
  template <class Result, class Call>
  Result in_call(Result otherwise, Call call);
  void set_machine(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata);
  void save(std::byte* to) const;
  void restore(const std::byte* from) const;
  [[noreturn]] static void leave(Mishap mishap);
  static void keep(assay_run run);

  static const assay_services kServices;
  static Plugin* running;  ///< the one whose call is under way

  const assay_plugin& adapter_;
  struct assay_box& box_;
  std::span<const std::span<std::byte>> data_;
  std::byte* as_loaded_;
  std::byte* before_call_;
  void (*out_of_steps_)();
  FrameCount frames_;
  std::array<assay_run, kMaxUsable> usable_{};
  std::array<Run, kMaxKept> kept_{};
  std::size_t kept_count_ = 0;
  Mishap mishap_;
  bool expects_panic_ = false;
  void* way_out_[5]{};  ///< of the call under way, for __builtin_longjmp
};

}  // namespace assay
