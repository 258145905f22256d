#include "oracle/host/lockstep.h"

#include <algorithm>
#include <cassert>
#include <string_view>
#include <utility>

#include "impls/designs.h"

namespace assay {

namespace {

/// Room for the RAM of some designs at once.
constexpr FrameCount kMaxFrames{1U << 14};

/// What a design answered to the last call.
struct CallLog {
  bool was_asked = false;  ///< for frames
  Pfn got = Pfn::none();
  std::optional<FreeResult> freed;  ///< the last free
  FrameCount released;              ///< by all frees

  [[nodiscard]] bool served() const { return was_asked && !got.is_none(); }
  [[nodiscard]] const char* refusal() const {
    return freed && !*freed ? name_of(freed->error()) : "nothing";
  }
};

/// A design whose answers are kept for the one who compares them.
class Recorded {
 public:
  Contract contract;

  Recorded(const AnyDesign& design, CallLog& log)
      : contract(design.contract), design_(design), log_(&log) {}

  [[nodiscard]] std::uint64_t metadata_bytes(const MemoryMap& map) const {
    return design_.metadata_bytes(map);
  }
  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    design_.init(map, window, metadata);
  }
  void add_usable(Run run) { design_.add_usable(run); }
  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    log_->was_asked = true;
    log_->got = design_.allocate(count, alignment);
    return log_->got;
  }
  FreeResult free(Pfn first, FrameCount count) {
    const FreeResult result = design_.free(first, count);
    log_->freed = result;
    log_->released += result.value_or(FrameCount{0});
    return result;
  }
  [[nodiscard]] FrameCount free_frames() const { return design_.free_frames(); }
  [[nodiscard]] FrameCount used_frames() const { return design_.used_frames(); }
  [[nodiscard]] FrameCount managed_frames() const { return design_.managed_frames(); }
  [[nodiscard]] FrameCount largest_free_run() const { return design_.largest_free_run(); }
  [[nodiscard]] std::optional<Run> block_at(Pfn pfn) const { return design_.block_at(pfn); }
  [[nodiscard]] const char* validate() const { return design_.validate(); }

 private:
  AnyDesign design_;
  CallLog* log_;
};
static_assert(AllocatorCalls<Recorded>);

class LockstepGuard : public PoisonGuard {
 public:
  LockstepGuard(FrameWindow ram, FrameAccess access, Lockstep::Oracles oracles)
      : PoisonGuard(ram, access), oracles_(oracles) {}
  [[nodiscard]] bool judges(Check check) const {
    return oracles_ == Lockstep::Oracles::judge || check == Check::hang;
  }

 private:
  Lockstep::Oracles oracles_;
};

using LaneTrial = Trial<Recorded, LockstepGuard>;

/// A trial's verdict without the operation in front: `returned none, but …`.
const char* reason_of(const Verdict& verdict) {
  const std::string_view text = verdict.text.c_str();
  const std::size_t quoted = text.find("': ");
  if (quoted != text.npos) return text.data() + quoted + 3;
  const std::size_t behind_clause = text.find(": ");
  const std::size_t behind_place = text.find(": ", behind_clause + 2);
  return text.data() + behind_place + 2;
}

}  // namespace

/// A design, the memory it works in, and its trial.
struct Lockstep::Lane {
  Lane(const NamedDesign& named, Oracles silent_or_not)
      : name(named.name), design(named.design), oracles(silent_or_not) {}

  [[nodiscard]] const Recorded& books() const { return trial->design(); }
  [[nodiscard]] FrameCount granted(FrameCount count) const {
    return design.contract.granted(count);
  }
  [[nodiscard]] bool has_room() const { return books().managed_frames() > held; }
  /// It may walk over all frames, and never come back.
  [[nodiscard]] FrameCount longest_run() const {
    WatchGuard guard;
    guard.entering(trial->model().arena().count);
    const FrameCount longest = books().largest_free_run();
    guard.returned();
    return longest;
  }

  const char* name;
  const AnyDesign& design;
  Oracles oracles;
  HostMemory memory;
  CallLog log;
  std::unique_ptr<LaneTrial> trial;  ///< of the run under way
  FrameCount held;                   ///< granted for the blocks that all hold
  FrameCount first_free;
  FrameCount first_longest_run;
  FrameCount last_longest_run;
};

std::span<const NamedDesign> lockstep_designs() {
  static const NamedDesign designs[] = {
#define ASSAY_ENTRY(name, type) {#name, AnyDesign::of<type>()},
      ASSAY_DESIGNS(ASSAY_ENTRY)
#undef ASSAY_ENTRY
  };
  return designs;
}

Contract common_contract(std::span<const NamedDesign> designs) {
  Contract common{.max_frames = kMaxFrames};
  for (const NamedDesign& named : designs) {
    const Contract& one = named.design.contract;
    common.max_frames = std::min(common.max_frames, one.max_frames);
    common.can_grow = common.can_grow && one.can_grow;
    common.max_block = std::min(common.max_block, one.max_block);
    common.rounding = std::max(common.rounding, one.rounding);
    common.naturally_aligned = common.naturally_aligned || one.naturally_aligned;
    common.free_takes_size = common.free_takes_size || one.free_takes_size;
    common.frees_parts = common.frees_parts || one.frees_parts;
    common.on_misuse = std::max(common.on_misuse, one.on_misuse);
    common.on_exhaustion = std::max(common.on_exhaustion, one.on_exhaustion);
  }
  return common;
}

Lockstep::Lockstep(std::span<const NamedDesign> designs, Oracles oracles)
    : common_(common_contract(designs)) {
  assert(designs.size() <= LockstepOutcomes::kMaxDesigns);
  for (const NamedDesign& named : designs) {
    lanes_.push_back(std::make_unique<Lane>(named, oracles));
  }
}

Lockstep::~Lockstep() = default;

void Lockstep::set_depth(Depth depth) {
  depth_ = depth;
  for (const auto& lane : lanes_) lane->memory.set_depth(depth);
}

LockstepResult Lockstep::run(const Sequence& sequence, std::uint32_t until,
                             const Observer& observer) {
  prepare(survey(sequence));
  const auto run_to_its_end = [&] { run_all(sequence, until, observer); };
  if (const char* broken_limit = run_watched(std::ref(run_to_its_end))) {
    under_way_->trial->give_up(broken_limit);
    adopt_verdict(*under_way_);
  }
  LockstepResult result{verdict_, outcomes_, 0};
  result.outcomes.calls = calls();
  for (const auto& lane : lanes_) {
    result.hash = (result.hash ^ lane->trial->hash()) * 0x0000'0100'0000'01B3U;
  }
  return result;
}

/// A trial has a name for each allocation that is tried, as those that are undone have been made
/// for it: all of the sequence, one more for each exhaust, and the single frames of the end.
void Lockstep::prepare(const Survey& needs) {
  needs_ = needs;
  needs_.elements += needs.names + std::uint64_t{needs.arena.frames.value()} + 1;
  needs_.names = static_cast<std::uint32_t>(needs_.elements);
  blocks_.clear();
  names_.clear();
  trial_names_ = 0;
  position_ = 0;
  operation_ = nullptr;
  grown_ = FrameCount{0};
  outcomes_ = {};
  verdict_ = {};
  for (const auto& lane : lanes_) {
    const FrameAccess access = frame_access(lane->design.contract);
    const TrialMemory space = lane->memory.prepare_for(lane->design, needs_, access);
    lane->held = FrameCount{0};
    lane->trial = std::make_unique<LaneTrial>(
        space, LockstepGuard(space.ram, access, lane->oracles), Recorded(lane->design, lane->log));
  }
}

void Lockstep::run_all(const Sequence& sequence, std::uint32_t until, const Observer& observer) {
  bool passing = begin();
  std::uint32_t done = 0;
  for (const Operation& operation : sequence.operations) {
    if (!passing || done == until) break;
    passing = step(operation);
    ++done;
    if (observer) observer({done, operation, calls(), lanes_.front()->trial->model(), passing});
  }
  if (!passing || done == until || !finish()) return;
  for (const auto& lane : lanes_) lane->memory.all_returned();
}

bool Lockstep::begin() {
  for (const auto& lane : lanes_) {
    watch(*lane, [&] { return lane->trial->begin(needs_); });
    if (!ok()) return false;
    lane->first_free = lane->books().free_frames();
    lane->first_longest_run = lane->longest_run();
  }
  judge_counts(Clause::capacity);
  judge_longest_run(Clause::capacity);
  return ok();
}

bool Lockstep::step(const Operation& operation) {
  operation_ = &operation;
  ++position_;
  ++outcomes_.calls.kinds[static_cast<std::size_t>(operation.kind)];
  perform(operation);
  operation_ = nullptr;
  return ok();
}

void Lockstep::perform(const Operation& operation) {
  switch (operation.kind) {
    case OperationKind::alloc:
      names_.push_back(static_cast<std::uint32_t>(blocks_.size()));
      if (!allocate(operation.count, operation.alignment)) blocks_.emplace_back();
      return;
    case OperationKind::exhaust: return exhaust(operation.count);
    case OperationKind::free_block:
    case OperationKind::free_inner: return free_block(operation);
    case OperationKind::free_at: return free_stray(operation, Naming::managed_or_not);
    case OperationKind::free_all: return free_all();
    case OperationKind::grow: return grow(operation);
  }
}

void Lockstep::exhaust(FrameCount count) {
  names_.push_back(static_cast<std::uint32_t>(blocks_.size()));
  while (allocate(count, FrameCount{1})) {
  }
}

/// Returns: whether all hold the block now.
bool Lockstep::allocate(FrameCount count, FrameCount alignment) {
  const std::uint32_t name = trial_names_++;
  in_each({.kind = OperationKind::alloc, .count = count, .alignment = alignment});
  judge_service(count, alignment);
  if (!ok()) return false;
  const auto served = std::ranges::count_if(lanes_, [](auto& lane) { return lane->log.served(); });
  const bool by_all = std::cmp_equal(served, lanes_.size());
  if (by_all) {
    for (const auto& lane : lanes_) lane->held += lane->granted(count);
    blocks_.push_back({BlockState::held, name, count});
    ++outcomes_.together;
  } else if (served != 0) {
    undo(name, count);
  }
  judge_counts(served == 0 ? Clause::failed_call : Clause::accounting);
  return by_all && ok();
}

/// Those who have served what not all can take it back.
void Lockstep::undo(std::uint32_t name, FrameCount count) {
  ++outcomes_.undone;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (!lanes_[i]->log.served()) continue;
    ++outcomes_.measured[i];
    in_lane(*lanes_[i], {.kind = OperationKind::free_block, .block = name});
  }
  judge_release(count);
}

void Lockstep::free_block(const Operation& operation) {
  const std::uint32_t next = operation.block + 1;
  const std::size_t end = next < names_.size() ? names_[next] : blocks_.size();
  const std::uint64_t index = std::uint64_t{names_[operation.block]} + operation.element;
  if (index >= end || blocks_[index].state == BlockState::never_made) {
    ++outcomes_.calls.skipped;
    return;
  }
  Block& block = blocks_[index];
  const bool is_held = block.state == BlockState::held;
  if (operation.kind == OperationKind::free_block) {
    if (is_held) return free_held(block);
    return free_stray({.kind = OperationKind::free_block, .block = block.name},
                      Naming::managed_or_not);
  }
  const auto naming = [&] {
    if (operation.offset >= block.count.value()) return Naming::open;
    return is_held ? Naming::exact : Naming::managed_or_not;
  };
  free_stray({.kind = OperationKind::free_inner, .block = block.name, .offset = operation.offset},
             naming());
}

void Lockstep::free_held(Block& block) {
  in_each({.kind = OperationKind::free_block, .block = block.name});
  judge_release(block.count);
  if (!ok()) return;
  block.state = BlockState::freed;
  for (const auto& lane : lanes_) lane->held -= lane->granted(block.count);
  judge_counts(Clause::accounting);
}

void Lockstep::free_stray(const Operation& call, Naming naming) {
  if (common_.frees_parts) {
    ++outcomes_.calls.unpromised;
    return;
  }
  in_each(call);
  judge_strays(naming);
  judge_counts(Clause::misuse);
}

void Lockstep::free_all() {
  in_each({.kind = OperationKind::free_all});
  for (const auto& lane : lanes_) {
    if (ok() && lane->log.released != lane->held) {
      fail(*lane, Check::wrong_size, Clause::exact_free)
          << "released " << lane->log.released << " frames, but " << lane->held << " were held";
    }
    lane->held = FrameCount{0};
  }
  for (Block& block : blocks_) {
    if (block.state == BlockState::held) block.state = BlockState::freed;
  }
  judge_counts(Clause::accounting);
  judge_longest_run(Clause::accounting);
}

void Lockstep::grow(const Operation& operation) {
  if (!common_.can_grow) {
    ++outcomes_.calls.unpromised;
    return;
  }
  const std::uint32_t before = lanes_.front()->trial->outcomes().grown;
  in_each(operation);
  if (lanes_.front()->trial->outcomes().grown != before) grown_ += operation.count;
  judge_counts(Clause::capacity);
}

bool Lockstep::finish() {
  ++position_;
  for (const auto& lane : lanes_) {
    if (ok()) watch(*lane, [&] { return lane->trial->finish(); });
    lane->held = FrameCount{0};
  }
  judge_restitution();
  const bool looks_often = needs_.arena.frames.value() <= 64 || depth_.each_frame;
  if (ok() && looks_often) take_single_frames();
  return ok();
}

/// What the trials have freed last must be as good as new for all.
void Lockstep::take_single_frames() {
  const LockstepOutcomes outcomes = outcomes_;
  while (allocate(FrameCount{1}, FrameCount{1})) {
  }
  if (ok()) free_all();
  judge_restitution();
  outcomes_ = outcomes;
}

void Lockstep::in_each(const Operation& call) {
  for (const auto& lane : lanes_) {
    if (ok()) in_lane(*lane, call);
  }
}

void Lockstep::in_lane(Lane& lane, const Operation& call) {
  call_ = call;
  watch(lane, [&] { return lane.trial->step(call_); });
}

/// One step of a trial, which may not come back. What it finds broken is the verdict.
template <class Call>
void Lockstep::watch(Lane& lane, Call call) {
  under_way_ = &lane;
  lane.log = {};
  if (!call()) adopt_verdict(lane);
}

void Lockstep::judge_service(FrameCount count, FrameCount alignment) {
  const bool may_succeed = is_satisfiable(count, alignment);
  const bool is_single = count == FrameCount{1} && alignment == FrameCount{1};
  if (may_succeed && !is_single) return;
  for (const auto& lane : lanes_) {
    if (!ok()) return;
    const CallLog& log = lane->log;
    if (!log.was_asked || log.served() == (may_succeed && lane->has_room())) continue;
    if (!log.served()) {
      fail(*lane, Check::missed, Clause::completeness)
          << "returned none, but uses only " << lane->held << " of "
          << lane->books().managed_frames() << " frames";
    } else if (may_succeed) {
      fail(*lane, Check::overlaps, Clause::placement)
          << "returned " << log.got << ", but all of its " << lane->held << " frames are held";
    } else {
      fail(*lane, Check::granted, Clause::edge_request)
          << "returned " << log.got << ", but nobody may serve such a request";
    }
  }
}

/// Of those who were told to free a block of so many frames.
void Lockstep::judge_release(FrameCount count) {
  for (const auto& lane : lanes_) {
    const std::optional<FreeResult>& freed = lane->log.freed;
    if (!ok() || !freed) continue;
    const FrameCount granted = lane->granted(count);
    if (!*freed) {
      fail(*lane, Check::refused, Clause::exact_free)
          << "refused as " << name_of(freed->error()) << ", but holds the block";
    } else if (**freed != granted) {
      fail(*lane, Check::wrong_size, Clause::exact_free)
          << "released " << **freed << " frames, but the block has " << granted;
    }
  }
}

void Lockstep::judge_strays(Naming naming) {
  for (const auto& lane : lanes_) {
    const std::optional<FreeResult>& freed = lane->log.freed;
    if (!ok() || !freed || !*freed) continue;
    fail(*lane, Check::released, Clause::misuse)
        << "released " << **freed << " frames, but none of its blocks starts there";
  }
  const auto name_in = [&](const Lane& lane) -> std::optional<std::int64_t> {
    const std::optional<FreeResult>& freed = lane.log.freed;
    const bool is_named = lane.design.contract.on_misuse == OnMisuse::named;
    if (naming == Naming::open || !is_named || !freed || *freed) return std::nullopt;
    const Misuse misuse = freed->error();
    const bool is_managed = misuse == Misuse::already_free || misuse == Misuse::inside_block;
    if (naming == Naming::managed_or_not && is_managed) return -1;
    return static_cast<std::int64_t>(misuse);
  };
  const std::optional<Dissent> dissent = find_dissent_in_lanes(name_in);
  if (!ok() || !dissent) return;
  const Lane& lane = *lanes_[dissent->who];
  const Lane& other = *lanes_[dissent->with];
  fail(lane, Check::misnamed, Clause::misuse) << "refused as " << lane.log.refusal() << ", but "
                                              << other.name << " says " << other.log.refusal();
}

void Lockstep::judge_counts(Clause clause) {
  if (!ok()) return;
  judge_equal(Check::managed_frames, clause,
              [](const Lane& lane) { return lane.books().managed_frames(); });
  for (const auto& lane : lanes_) {
    const FrameCount managed = lane->books().managed_frames();
    if (ok() && lane->held > managed) {
      fail(*lane, Check::overlaps, Clause::placement)
          << "has served " << lane->held << " frames, but manages " << managed;
    }
    judge_count(*lane, Check::used_frames, clause, lane->books().used_frames(), lane->held);
    judge_count(*lane, Check::free_frames, clause, lane->books().free_frames(),
                managed - lane->held);
  }
}

/// Requires: no block is held.
void Lockstep::judge_longest_run(Clause clause) {
  if (!ok()) return;
  for (const auto& lane : lanes_) {
    under_way_ = lane.get();
    lane->last_longest_run = lane->longest_run();
  }
  judge_equal(Check::largest_free_run, clause,
              [](const Lane& lane) { return lane.last_longest_run; });
}

/// Requires: no block is held.
void Lockstep::judge_restitution() {
  judge_counts(Clause::restitution);
  judge_longest_run(Clause::restitution);
  for (const auto& lane : lanes_) {
    judge_count(*lane, Check::free_frames, Clause::restitution, lane->books().free_frames(),
                lane->first_free + grown_);
    if (grown_ > FrameCount{0}) continue;
    judge_count(*lane, Check::largest_free_run, Clause::restitution, lane->last_longest_run,
                lane->first_longest_run);
  }
}

void Lockstep::judge_count(const Lane& lane, Check check, Clause clause, FrameCount got,
                           FrameCount must) {
  if (!ok() || got == must) return;
  fail(lane, check, clause) << name_of(check) << " is " << got << ", but must be " << must;
}

template <class Ask>
void Lockstep::judge_equal(Check check, Clause clause, Ask ask) {
  const auto answer = [&](const Lane& lane) -> std::optional<std::int64_t> {
    return ask(lane).value();
  };
  const std::optional<Dissent> dissent = find_dissent_in_lanes(answer);
  if (!ok() || !dissent) return;
  const Lane& other = *lanes_[dissent->with];
  fail(*lanes_[dissent->who], check, clause)
      << name_of(check) << " is " << ask(*lanes_[dissent->who]) << ", but " << other.name << " has "
      << ask(other);
}

template <class Answer>
std::optional<Dissent> Lockstep::find_dissent_in_lanes(Answer answer) const {
  std::array<std::optional<std::int64_t>, LockstepOutcomes::kMaxDesigns> answers;
  for (std::size_t i = 0; i < lanes_.size(); ++i) answers[i] = answer(*lanes_[i]);
  return find_dissent(Answers(answers).first(lanes_.size()));
}

TextBuffer& Lockstep::fail(const Lane& lane, Check check, Clause clause) {
  return open_verdict(lane, clause, name_of(check));
}

/// What a design's own oracle found, at the place in the sequence where it was found.
void Lockstep::adopt_verdict(const Lane& lane) {
  const Verdict& verdict = lane.trial->verdict();
  if (verdict.passed()) return;
  open_verdict(lane, verdict.clause, verdict.outcome) << reason_of(verdict);
}

TextBuffer& Lockstep::open_verdict(const Lane& lane, Clause clause, const char* outcome) {
  verdict_.clause = clause;
  verdict_.operation = position_;
  verdict_.design = lane.name;
  verdict_.outcome = outcome;
  verdict_.call = operation_ != nullptr ? call_of(call_.kind) : position_ == 0 ? "init" : "end";
  verdict_.text << "C" << number_of(clause) << ": ";
  if (operation_ != nullptr) {
    verdict_.text << "op " << position_ << " '";
    print_action(verdict_.text, *operation_);
    verdict_.text << "': ";
  } else {
    verdict_.text << (position_ == 0 ? "init: " : "at the end: ");
  }
  return verdict_.text << lane.name << ": ";
}

Outcomes Lockstep::calls() const {
  Outcomes sum = outcomes_.calls;
  for (const auto& lane : lanes_) {
    const Outcomes& one = lane->trial->outcomes();
    sum.allocated += one.allocated;
    sum.none += one.none;
    sum.freed += one.freed;
    sum.refused += one.refused;
    sum.grown += one.grown;
    sum.skipped += one.skipped;
    sum.aliased += one.aliased;
    sum.unpromised += one.unpromised;
    sum.unsaid += one.unsaid;
    for (std::size_t i = 0; i < sum.misuse.size(); ++i) sum.misuse[i] += one.misuse[i];
  }
  return sum;
}

TrialResult run_lockstep(HostMemory& memory, const Sequence& sequence, std::uint32_t until,
                         const Observer& observer) {
  static Lockstep lockstep;
  lockstep.set_depth(memory.depth());
  const LockstepResult result = lockstep.run(sequence, until, observer);
  return {result.verdict, result.outcomes.calls, result.hash};
}

}  // namespace assay
