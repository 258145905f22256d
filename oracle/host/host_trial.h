/// Runs trials on the host, on real memory that nobody may touch out of turn.
///
/// Under AddressSanitizer a frame is poisoned once it has been handed out, and until just before a
/// valid free. Where a design keeps links in free frames, all that is behind the links is poisoned
/// always; where it keeps nothing there, all frames are: it has no business in any. So is all that
/// is behind the metadata. An allocator that reads or writes there is stopped at the very
/// instruction.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <type_traits>

#include "oracle/host/any_design.h"
#include "oracle/host/sequence.h"
#include "oracle/host/watchdog.h"
#include "oracle/trial.h"

namespace assay {

/// How many bytes of a frame an allocator may touch, from its start on, while it is free.
using FrameAccess = std::uint32_t;

[[nodiscard]] constexpr FrameAccess frame_access(const Contract& contract) {
  return contract.fill ? kFrameBytes : contract.link_bytes;
}

/// Poisons what is handed out; without AddressSanitizer that does nothing.
class PoisonGuard : public WatchGuard {
 public:
  static constexpr bool kPoisons = true;

  PoisonGuard(FrameWindow ram, FrameAccess access) : ram_(ram), access_(access) {}
  void handed_out(Run run) {
    if (access_ != 0) poison(run);
  }
  void about_to_free(Run run) {
    if (access_ != 0) unpoison(run);
  }

 private:
  void poison(Run run);
  void unpoison(Run run);

  FrameWindow ram_;
  FrameAccess access_;
};

/// The memory of one trial at a time, kept and grown from one to the next. Its frames are mapped
/// lazily: an arena costs what is touched of it. Throws std::bad_alloc if there is no room.
class HostMemory {
 public:
  HostMemory() = default;
  HostMemory(const HostMemory&) = delete;
  HostMemory& operator=(const HostMemory&) = delete;
  ~HostMemory();

  /// From the next trial on, this deep is looked.
  void set_depth(Depth depth) { depth_ = depth; }
  [[nodiscard]] Depth depth() const { return depth_; }

  /// The trial under way freed every block, so that only what is forbidden always is poisoned.
  void all_returned() { ram_in_use_ = 0; }

  /// Where memory is wanted.
  enum class Place : std::uint8_t { anywhere, low };  ///< low: below 2^31

  /// Memory for a trial over `survey`; the one before it becomes invalid.
  [[nodiscard]] TrialMemory prepare(const Survey& survey, std::uint64_t metadata_bytes,
                                    FrameAccess access = kFrameBytes,
                                    Place place = Place::anywhere);

  /// The same, with the metadata that a design asks for.
  template <AllocatorCalls Design>
  [[nodiscard]] TrialMemory prepare_for(const Design& design, const Survey& survey,
                                        FrameAccess access = kFrameBytes) {
    const UsableRuns usable(survey.arena);
    const Place place = design.contract.needs_low_memory ? Place::low : Place::anywhere;
    return prepare(survey, design.metadata_bytes(memory_map(survey.arena, usable)), access, place);
  }

 private:
  /// Pages of anonymous memory that only grow.
  struct Area {
    std::byte* data = nullptr;
    std::size_t size = 0;
    Place at = Place::anywhere;
    enum class Use : std::uint8_t { whole, perhaps };
    /// Throws std::bad_alloc if the machine has less than will be used.
    /// Returns: whether it lies elsewhere now, unpoisoned.
    bool reserve(std::uint64_t bytes, Place place, Use use = Use::whole);
    void release();
  };

  void prepare_ram(std::uint64_t bytes, FrameAccess access, Place place);

  Area ram_;
  FrameAccess ram_access_ = kFrameBytes;  ///< of the trial under way
  std::size_t ram_ready_ = 0;             ///< bytes that are poisoned as this access asks for,
  std::size_t ram_in_use_ = 0;            ///< but for these, of which more may be
  Area metadata_;
  Area books_;
  Depth depth_;
};

/// What an operation just did, as seen by somebody who looks on.
struct StepView {
  std::uint32_t position;  ///< of the operation in the sequence, from 1
  const Operation& operation;
  const Outcomes& outcomes;  ///< of the trial so far
  const Model& model;
  bool passed;  ///< false: the operation broke a clause, and the model is as before
};
using Observer = std::function<void(const StepView&)>;

/// Called in front of each operation of a trial that somebody looks on at, of init (0) and of the
/// end (one more than there are operations), so that a debugger can stop there.
extern "C" void assay_next_operation(std::uint32_t position);
/// If not nullptr, it holds the position that came last.
extern volatile std::uint32_t* operation_under_way;

struct TrialResult {
  Verdict verdict;
  Outcomes outcomes;
  std::uint64_t hash = 0;
};

inline constexpr std::uint32_t kToTheEnd = std::numeric_limits<std::uint32_t>::max();

/// As run_trial, under the guard that `make_guard` makes from the RAM and who may touch it.
/// Requires: it is a WatchGuard.
template <class Books = Model, AllocatorCalls Design, class MakeGuard>
[[nodiscard]] TrialResult run_guarded(const Design& design, HostMemory& memory,
                                      const Sequence& sequence, MakeGuard make_guard,
                                      std::uint32_t until = kToTheEnd,
                                      const Observer& observer = {}) {
  using Guard = std::invoke_result_t<MakeGuard, FrameWindow, FrameAccess>;
  static_assert(std::derived_from<Guard, WatchGuard>);
  const Survey needs = survey(sequence);
  const FrameAccess access = Guard::kPoisons ? frame_access(design.contract) : kFrameBytes;
  const TrialMemory space = memory.prepare_for(design, needs, access);
  Trial<Design, Guard, Books> trial(space, make_guard(space.ram, access), design);
  const auto run_all = [&] {
    if (observer) assay_next_operation(0);
    bool passing = trial.begin(needs);
    std::uint32_t done = 0;
    for (const Operation& operation : sequence.operations) {
      if (!passing || done == until) break;
      if (observer) assay_next_operation(done + 1);
      passing = trial.step(operation);
      ++done;
      if (observer) observer({done, operation, trial.outcomes(), trial.model(), passing});
    }
    if (!passing || done >= until) return;
    if (observer) assay_next_operation(done + 1);
    if (trial.finish()) memory.all_returned();
  };
  // By reference: a copy would be on the heap, which costs much under AddressSanitizer.
  const char* broken_limit = run_watched(std::ref(run_all));
  if (broken_limit != nullptr) trial.give_up(broken_limit);
  return {trial.verdict(), trial.outcomes(), trial.hash()};
}

inline constexpr auto kPoison = [](FrameWindow ram, FrameAccess access) {
  return PoisonGuard(ram, access);
};

/// Runs a whole sequence and finish(), or only its first `until` operations. A call that does not
/// return ends the trial with a verdict.
template <FrameAllocator Design, class Books = Model>
[[nodiscard]] TrialResult run_trial(HostMemory& memory, const Sequence& sequence,
                                    std::uint32_t until = kToTheEnd,
                                    const Observer& observer = {}) {
  return run_guarded<Books>(Design(), memory, sequence, kPoison, until, observer);
}

/// As run_trial<Design>, for whom a table of calls is fast enough; it is compiled once.
[[nodiscard]] TrialResult run_trial(const AnyDesign& design, HostMemory& memory,
                                    const Sequence& sequence, std::uint32_t until = kToTheEnd,
                                    const Observer& observer = {});

/// As run_trial, judged by both oracles (oracle/host/extent_model.h).
[[nodiscard]] TrialResult run_paired_trial(const AnyDesign& design, HostMemory& memory,
                                           const Sequence& sequence);

}  // namespace assay
