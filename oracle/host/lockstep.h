/// The differential trial: one sequence over several designs in lockstep, so that all of them hold
/// the same blocks, and what must be equal then can be demanded.
///
/// Each design has RAM, metadata and an ordinary trial (oracle/trial.h) of its own, which judges it
/// as always. What is said here is judged on top, from the designs' own answers, without a model of
/// any frame: all that is kept in mind is which blocks are held, and how long they are.
///
/// After every operation, with `held` the frames that a design's contract grants for the blocks:
///
/// - managed_frames is equal; used_frames is `held`, and free_frames the rest;
/// - a single frame at any place (`alloc 1`) is served by who has managed > held and by nobody
///   else, which is all or none where no contract rounds; a request that must fail (C6) by none;
/// - any other request may depend on placement. If only some designs serve it, it is undone: each
///   of them frees it at once, it is counted as measured for each, and to the sequence it was never
///   made. So an `exhaust` ends with the first block that not all have;
/// - a free of a block that is held is accepted by all and releases what was granted;
/// - a bad free is refused by all. The name is equal as far as it does not depend on placement: a
///   frame that is named (`free @63`) or was the start of a block is outside the arena, reserved,
///   or neither, for all of them; one inside a block that is held is that; behind a block anything
///   may lie. A bad free that would by chance be a good one in some design is left out there (the
///   trial counts it as aliased): as bad frees change nothing, all stay in step.
///
/// While no block is held (at first, behind `free all`, at the end) the longest free run is equal,
/// too. At the end, behind that of the trials, each has as many free frames as at first, but for
/// what has grown, and, where nothing has, as long a run. Then, where the trials look at each
/// frame, single frames are taken in step until none is left, and freed.
///
/// What contracts leave open is not demanded: nothing grows if one of the designs cannot, and no
/// bad free is made if one of them frees parts of blocks, as they would not hold the same then.
///
/// `Verdict::design` names who is wrong: who breaks a rule, and of those who should be equal who
/// differs from the most, or, if none is in the majority, from the first of the list.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "oracle/host/agreement.h"
#include "oracle/host/host_trial.h"

namespace assay {

struct NamedDesign {
  const char* name;
  AnyDesign design;
};

/// Those of impls/designs.h.
[[nodiscard]] std::span<const NamedDesign> lockstep_designs();

/// What all of them promise: the weakest of each promise. Its arenas are no larger than fits into
/// memory once for each.
[[nodiscard]] Contract common_contract(std::span<const NamedDesign> designs);

struct LockstepOutcomes {
  static constexpr std::size_t kMaxDesigns = 16;

  Outcomes calls;              ///< of all designs, added up; `kinds` counts operations once
  std::uint32_t together = 0;  ///< allocations that all have served
  std::uint32_t undone = 0;    ///< allocations that only some could serve
  std::array<std::uint32_t, kMaxDesigns> measured{};  ///< how many of these each has served

  bool operator==(const LockstepOutcomes&) const = default;
};

struct LockstepResult {
  Verdict verdict;
  LockstepOutcomes outcomes;
  std::uint64_t hash = 0;  ///< over those of the trials
};

/// Runs sequences over the same designs, one behind the other.
class Lockstep {
 public:
  /// With `silent`, the designs' own oracles say nothing but that a call hangs: for tests of what
  /// is judged here.
  enum class Oracles : std::uint8_t { judge, silent };

  /// Requires: at most LockstepOutcomes::kMaxDesigns, and that they live as long as this.
  explicit Lockstep(std::span<const NamedDesign> designs = lockstep_designs(),
                    Oracles oracles = Oracles::judge);
  ~Lockstep();
  Lockstep(const Lockstep&) = delete;
  Lockstep& operator=(const Lockstep&) = delete;

  /// As HostMemory::set_depth.
  void set_depth(Depth depth);

  /// A whole sequence to its end, or only its first `until` operations. Who looks on sees the
  /// frames of the first design. Requires: an arena that common_contract takes.
  [[nodiscard]] LockstepResult run(const Sequence& sequence, std::uint32_t until = kToTheEnd,
                                   const Observer& observer = {});

 private:
  struct Lane;
  enum class BlockState : std::uint8_t { held, freed, never_made };
  /// A block of the sequence, the same in all lanes.
  struct Block {
    BlockState state = BlockState::never_made;
    std::uint32_t name = 0;  ///< in the trials, which have one for each allocation that is tried
    FrameCount count;
  };
  /// Which names of misuse must be equal.
  enum class Naming : std::uint8_t { exact, managed_or_not, open };

  void prepare(const Survey& needs);
  void run_all(const Sequence& sequence, std::uint32_t until, const Observer& observer);
  bool begin();
  bool step(const Operation& operation);
  void perform(const Operation& operation);
  bool finish();

  bool allocate(FrameCount count, FrameCount alignment);
  void exhaust(FrameCount count);
  void undo(std::uint32_t name, FrameCount count);
  void free_block(const Operation& operation);
  void free_held(Block& block);
  void free_stray(const Operation& call, Naming naming);
  void free_all();
  void grow(const Operation& operation);
  void take_single_frames();

  void in_each(const Operation& call);
  void in_lane(Lane& lane, const Operation& call);
  template <class Call>
  void watch(Lane& lane, Call call);

  void judge_service(FrameCount count, FrameCount alignment);
  void judge_release(FrameCount count);
  void judge_strays(Naming naming);
  void judge_counts(Clause clause);
  void judge_longest_run(Clause clause);
  void judge_restitution();
  void judge_count(const Lane& lane, Check check, Clause clause, FrameCount got, FrameCount must);
  template <class Answer>
  [[nodiscard]] std::optional<Dissent> find_dissent_in_lanes(Answer answer) const;
  template <class Ask>
  void judge_equal(Check check, Clause clause, Ask ask);

  [[nodiscard]] bool ok() const { return verdict_.passed(); }
  TextBuffer& fail(const Lane& lane, Check check, Clause clause);
  TextBuffer& open_verdict(const Lane& lane, Clause clause, const char* outcome);
  void adopt_verdict(const Lane& lane);
  [[nodiscard]] Outcomes calls() const;

  Contract common_;
  Depth depth_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  // Of the run under way; kept from one to the next for their memory.
  Survey needs_;
  std::vector<Block> blocks_;
  std::vector<std::uint32_t> names_;  ///< name in the sequence → its first block
  std::uint32_t trial_names_ = 0;
  std::uint32_t position_ = 0;
  const Operation* operation_ = nullptr;  ///< of the sequence; nullptr at the begin and the end
  Operation call_;  ///< what the trials are told: it must outlive a call that does not return
  Lane* under_way_ = nullptr;
  FrameCount grown_;
  LockstepOutcomes outcomes_;
  Verdict verdict_;
};

/// For those who look up who judges by name (registry.h): all designs in lockstep, as deep as
/// `memory` says.
[[nodiscard]] TrialResult run_lockstep(HostMemory& memory, const Sequence& sequence,
                                       std::uint32_t until, const Observer& observer);

}  // namespace assay
