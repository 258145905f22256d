/// The trial: one sequence, one allocator and the oracle in step.
///
/// Every call is judged as it returns: placement, completeness, exact frees, refused misuse,
/// counts, content of owned frames. What costs O(frames) (every block, longest run, `validate()`)
/// is judged after every operation in arenas of up to 64 frames, else every 1024 operations (above
/// 65,536 frames more seldom: every `frames` / 64), and at the beginning and the end. The first
/// broken clause ends the trial.
///
/// Freestanding: the booted kernel runs this same file. The caller owns all memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "impls/allocator.h"
#include "oracle/check.h"
#include "oracle/frame_content.h"
#include "oracle/model.h"
#include "oracle/operations/bytes.h"
#include "oracle/operations/operation.h"
#include "oracle/operations/text.h"
#include "oracle/promises.h"
#include "oracle/verdict.h"

namespace assay {

/// Told when a call begins and ends, and when frames change hands; on the host it ends calls that
/// do not return and makes handed-out frames untouchable. And it is asked which checks are on: all,
/// but in a test of the checks.
struct NoGuard {
  static constexpr bool judges(Check /*check*/) { return true; }
  void entering(FrameCount /*frames*/) {}
  void returned() {}
  void handed_out(Run /*run*/) {}
  void about_to_free(Run /*run*/) {}
};

/// How deep a trial looks where that costs much. What a shallow one finds, a deeper one finds too.
struct Depth {
  ContentDepth content = ContentDepth::edges;  ///< how much of each frame is laid down and checked
  bool each_frame = true;    ///< asks for every frame, not only for blocks, and takes every frame
  bool at_intervals = true;  ///< looks at every block now and then, not only at the end
};

/// The memory that a trial works in; all of it may hold anything when the trial begins.
struct TrialMemory {
  FrameWindow ram;  ///< every frame of the arena
  std::span<std::byte>
      metadata;  ///< exactly the design's metadata_bytes, aligned to kMetadataAlignment
  std::span<std::byte> books;  ///< trial_book_bytes, aligned to 4
  Depth depth{};
};

/// Bytes for the oracle's own books over a sequence.
[[nodiscard]] inline std::uint64_t trial_book_bytes(const Survey& survey) {
  return Model::bytes_for(survey.arena.frames) +
         (survey.names + survey.elements) * sizeof(std::uint32_t);
}

/// The map that the allocator is initialised with; the runs must outlive it.
[[nodiscard]] inline MemoryMap memory_map(const Arena& arena, const UsableRuns& usable) {
  return {arena.base, arena.frames, usable.runs()};
}

/// `Books` is the oracle; on the host, two oracles that are held against each other may stand in.
template <AllocatorCalls Design, class Guard = NoGuard, class Books = Model>
class Trial {
 public:
  explicit Trial(TrialMemory memory, Guard guard = {}, Design design = {})
      : memory_(memory), guard_(guard), design_(design) {}

  /// Each returns: true while no clause is broken. Call begin, then step for each operation of the
  /// surveyed sequence in turn, then finish.
  [[nodiscard]] bool begin(const Survey& survey);
  [[nodiscard]] bool step(const Operation& operation);
  /// One call of the interface, for those who enumerate calls instead of reading a sequence. A free
  /// of a live block's first frame is a good one, whoever made the block: the outcome depends on
  /// the state alone, not on how it came about.
  [[nodiscard]] bool step_allocate(FrameCount count, FrameCount alignment);
  [[nodiscard]] bool step_free(Pfn first);
  /// Frees everything and asks whether the allocator is as good as new.
  [[nodiscard]] bool finish();
  /// For those who had to end the call under way from outside: makes it the verdict that it did not
  /// return within `limit`. Call nothing but verdict(), outcomes() and hash() behind it.
  void give_up(const char* limit);

  [[nodiscard]] const Verdict& verdict() const { return verdict_; }
  [[nodiscard]] const Outcomes& outcomes() const { return outcomes_; }
  /// Over the result of every call of begin and step: equal where placements and results are equal.
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] const Books& model() const { return model_; }
  [[nodiscard]] const Design& design() const { return design_; }

 private:
  static constexpr std::uint32_t kAlwaysDeepFrames = 64;
  static constexpr std::uint32_t kDeepInterval = 1024;
  static constexpr std::uint32_t kAlwaysWholeFrames = 4096;
  static constexpr std::uint32_t kTurns = 16;  ///< looks until each frame has had its turn
  static constexpr std::uint32_t kExamine = 0xFFFF'FFFE;  ///< owner of blocks that nobody named

  void prepare_memory();
  template <class Perform>
  bool step_with(const Operation& operation, Perform perform_it);
  void perform(const Operation& operation);
  void exhaust(FrameCount count);
  void free_named(const Operation& operation);
  void free_unowned(std::uint64_t pfn);
  void free_all();
  void grow(Run run);

  Pfn allocate(FrameCount count, FrameCount alignment, std::uint32_t owner);
  void free(Pfn first);
  template <class Call>
  auto watched(Call call);
  void expect_panic();
  [[nodiscard]] bool judge_mishap(Clause clause, bool may_panic = false);
  void keep_frames();
  [[nodiscard]] OnExhaustion promised_failure(FrameCount count, FrameCount alignment) const;
  [[nodiscard]] Pfn find_fit(FrameCount count, FrameCount alignment) const;
  [[nodiscard]] FreeResult promised_free(Pfn pfn) const;
  [[nodiscard]] FreeResult call_free(Pfn first, const FreeResult& expected);
  void judge_none(FrameCount count, FrameCount alignment);
  [[nodiscard]] bool judge_placement(Run run, FrameCount count, FrameCount alignment);
  void judge_free(Pfn first, const FreeResult& expected, const FreeResult& got);
  void judge_counts(Clause clause);
  void compare_counts(Clause clause);
  void judge_deeply(Clause clause);
  void judge_longest_run(Clause clause);
  void judge_frames(Clause clause);
  [[nodiscard]] bool is_edge_of_free(Pfn pfn) const;
  void judge_blocks(Clause clause);
  void judge_block_at(Pfn pfn, Clause clause);
  void hand_out(Run block, std::uint32_t owner);
  void take_back(Run block);
  void judge_holes();
  void judge_fill(Run run, ContentDepth depth);
  void judge_free_frames(ContentDepth depth);
  void judge_capacity();

  [[nodiscard]] FrameContent content_in(Pfn pfn) const {
    return {memory_.ram(pfn), pfn, memory_.depth.content};
  }
  /// Whether the owner of a block writes into it.
  [[nodiscard]] bool is_kept(std::uint32_t owner) const {
    return looks_into_frames() && (owner != kExamine || looks_often());
  }
  [[nodiscard]] bool looks_into_frames() const {
    return memory_.depth.content != ContentDepth::none;
  }
  [[nodiscard]] bool ok() const { return verdict_.passed(); }
  [[nodiscard]] bool looks_often() const { return is_small() || memory_.depth.each_frame; }
  [[nodiscard]] bool judges(Check check) const { return guard_.judges(check); }
  [[nodiscard]] bool is_small() const { return arena_.frames.value() <= kAlwaysDeepFrames; }
  /// A look at every frame costs no operation more than 64 frames.
  [[nodiscard]] std::uint32_t deep_interval() const {
    return std::max(kDeepInterval, arena_.frames.value() / kAlwaysDeepFrames);
  }
  void mix(std::uint32_t word) { hash_ = (hash_ ^ word) * 0x0000'0100'0000'01B3U; }

  /// Opens the verdict; the caller adds what was expected and what came.
  TextBuffer& fail(Check check, Clause clause);
  void describe_frame(TextBuffer& out, Pfn pfn) const;

  TrialMemory memory_;
  Guard guard_;
  Design design_;
  Books model_;
  Arena arena_;
  std::span<std::uint32_t> names_;     ///< name → its first element
  std::span<std::uint32_t> elements_;  ///< element → its first frame when it was made, or none
  std::uint32_t name_count_ = 0;
  std::uint32_t element_count_ = 0;
  std::uint32_t position_ = 0;            ///< operations begun
  const Operation* operation_ = nullptr;  ///< the one under way; nullptr in begin and finish
  Clause blame_ = Clause::accounting;     ///< what a changed book after the last call breaks
  Outcomes outcomes_;
  std::uint64_t hash_ = 0xCBF2'9CE4'8422'2325U;
  Verdict verdict_;
};

template <AllocatorCalls Design, class Guard, class Books>
bool Trial<Design, Guard, Books>::begin(const Survey& survey) {
  arena_ = survey.arena;
  const std::size_t model_bytes = Model::bytes_for(arena_.frames);
  auto* numbers = reinterpret_cast<std::uint32_t*>(memory_.books.data() + model_bytes);
  names_ = {numbers, survey.names};
  elements_ = {numbers + survey.names, static_cast<std::size_t>(survey.elements)};
  model_.init(arena_, memory_.books);
  prepare_memory();
  const UsableRuns usable(arena_);
  watched([&] {
    design_.init(memory_map(arena_, usable), memory_.ram, memory_.metadata);
    return 0;
  });
  if (judge_mishap(Clause::capacity)) keep_frames();
  if (ok()) judge_counts(Clause::capacity);
  if (ok() && looks_often()) {
    judge_deeply(Clause::capacity);
  } else if (ok()) {
    judge_free_frames(memory_.depth.content);
  }
  return ok();
}

/// Lays down RAM and metadata as the sequence says, so that nothing survives from the one before.
template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::prepare_memory() {
  for (std::uint32_t i = 0; looks_into_frames() && i < arena_.frames.value(); ++i) {
    content_in(arena_.base + FrameCount{i}).lay_initial(arena_);
  }
  for (std::size_t i = 0; i < memory_.metadata.size(); ++i) {
    const std::uint32_t junk = scramble(arena_.seed, static_cast<std::uint32_t>(i));
    memory_.metadata[i] = static_cast<std::byte>(arena_.ram == RamContent::zero ? 0 : junk);
  }
}

template <AllocatorCalls Design, class Guard, class Books>
bool Trial<Design, Guard, Books>::step(const Operation& operation) {
  return step_with(operation, [&] { perform(operation); });
}

template <AllocatorCalls Design, class Guard, class Books>
bool Trial<Design, Guard, Books>::step_allocate(FrameCount count, FrameCount alignment) {
  const Operation operation{.kind = OperationKind::alloc, .count = count, .alignment = alignment};
  return step_with(operation, [&] { allocate(count, alignment, kExamine); });
}

template <AllocatorCalls Design, class Guard, class Books>
bool Trial<Design, Guard, Books>::step_free(Pfn first) {
  const Operation operation{.kind = OperationKind::free_at, .pfn = first};
  return step_with(operation, [&] { free(first); });
}

template <AllocatorCalls Design, class Guard, class Books>
template <class Perform>
bool Trial<Design, Guard, Books>::step_with(const Operation& operation, Perform perform_it) {
  operation_ = &operation;
  ++position_;
  blame_ = Clause::accounting;
  ++outcomes_.kinds[static_cast<std::size_t>(operation.kind)];
  perform_it();
  if (ok() && is_small()) {
    judge_deeply(blame_);
  } else if (ok() && memory_.depth.at_intervals && position_ % deep_interval() == 0) {
    judge_deeply(Clause::accounting);  // any call since the last look may be to blame
  }
  operation_ = nullptr;
  return ok();
}

template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::perform(const Operation& operation) {
  switch (operation.kind) {
    case OperationKind::alloc: {
      const std::uint32_t element = element_count_++;
      names_[name_count_++] = element;
      elements_[element] = allocate(operation.count, operation.alignment, element).value();
      return;
    }
    case OperationKind::exhaust: return exhaust(operation.count);
    case OperationKind::free_block:
    case OperationKind::free_inner: return free_named(operation);
    case OperationKind::free_at: return free_unowned(operation.pfn.value());
    case OperationKind::free_all: return free_all();
    case OperationKind::grow: return grow({operation.pfn, operation.count});
  }
}

template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::exhaust(FrameCount count) {
  names_[name_count_++] = element_count_;
  while (true) {
    const Pfn first = allocate(count, FrameCount{1}, element_count_);
    if (first.is_none() || !ok()) return;
    elements_[element_count_++] = first.value();
  }
}

template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::free_named(const Operation& operation) {
  const std::uint32_t next = operation.block + 1;
  const std::uint32_t end = next < name_count_ ? names_[next] : element_count_;
  const std::uint64_t element = std::uint64_t{names_[operation.block]} + operation.element;
  if (element >= end || Pfn{elements_[element]}.is_none()) {
    ++outcomes_.skipped;
    return;
  }
  const Pfn first{elements_[element]};
  const bool is_inner = operation.kind == OperationKind::free_inner;
  if (!is_inner && model_.owner_of_block(first) == element) return free(first);
  free_unowned(std::uint64_t{first.value()} + (is_inner ? operation.offset : 0));
}

/// A free by somebody who does not own the frame. Where a live block starts there by chance, the
/// call would be a good one, and who made it cannot be told: it is left out.
template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::free_unowned(std::uint64_t pfn) {
  if (pfn > 0xFFFF'FFFF) {
    ++outcomes_.skipped;
    return;
  }
  const Pfn first{static_cast<std::uint32_t>(pfn)};
  if (model_.owner_of_block(first) != Model::kNobody) {
    ++outcomes_.aliased;
    return;
  }
  free(first);
}

template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::free_all() {
  Pfn next = arena_.base;
  while (ok()) {
    const Pfn first = model_.next_block(next);
    if (first.is_none()) return;
    next = model_.block_at(first).value_or(Run{}).end();
    free(first);
  }
}

template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::grow(Run run) {
  if (!design_.contract.can_grow) {
    ++outcomes_.unpromised;
    return;
  }
  if (!model_.is_reserved(run)) {
    ++outcomes_.skipped;
    return;
  }
  watched([&] {
    design_.add_usable(run);
    return 0;
  });
  if (!judge_mishap(Clause::capacity)) return;
  model_.make_usable(run);
  ++outcomes_.grown;
  judge_counts(Clause::capacity);
  if (ok()) judge_fill(run, memory_.depth.content);
}

/// One call of the allocator that may fail to return.
template <AllocatorCalls Design, class Guard, class Books>
template <class Call>
auto Trial<Design, Guard, Books>::watched(Call call) {
  guard_.entering(arena_.frames);
  const auto result = call();
  guard_.returned();
  return result;
}

/// The next call may panic, and leaves no trace if it does.
template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::expect_panic() {
  if constexpr (requires { design_.expect_panic(); }) design_.expect_panic();
}

/// What foreign code has kept of the usable frames is nobody else's.
template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::keep_frames() {
  if constexpr (requires { design_.kept(); }) {
    FrameCount kept;
    for (const Run& run : design_.kept()) {
      if (const std::optional<Pfn> taken = model_.first_not_free(run)) {
        if (!judges(Check::kept)) return;
        TextBuffer& text = fail(Check::kept, Clause::capacity);
        text << "keeps frames " << run << " for itself, but ";
        describe_frame(text, *taken);
        return;
      }
      model_.reserve(run);
      kept += run.count;
    }
    const FrameCount most = design_.contract.may_keep(arena_.frames);
    if (kept <= most || !judges(Check::kept)) return;
    fail(Check::kept, Clause::capacity) << "keeps " << kept << " frames of " << arena_.frames
                                        << " for itself, but its contract says at most " << most;
  }
}

template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::give_up(const char* limit) {
  if (!judges(Check::hang)) return;
  const bool is_edge = operation_ != nullptr && operation_->kind == OperationKind::alloc &&
                       !is_satisfiable(operation_->count, operation_->alignment);
  fail(Check::hang, is_edge ? Clause::edge_request : Clause::hang)
      << "did not return within " << limit;
}

/// One judged allocation. Returns: its first frame, or none.
template <AllocatorCalls Design, class Guard, class Books>
Pfn Trial<Design, Guard, Books>::allocate(FrameCount count, FrameCount alignment,
                                          std::uint32_t owner) {
  const OnExhaustion failure = promised_failure(count, alignment);
  if (failure == OnExhaustion::undefined) {
    ++outcomes_.unpromised;
    return Pfn::none();
  }
  if (failure == OnExhaustion::panics) expect_panic();
  const Pfn first = watched([&] { return design_.allocate(count, alignment); });
  mix(first.value());
  const FrameCount asked = design_.contract.asked(count);
  const bool is_missed = design_.contract.foreign && first.is_none() &&
                         is_satisfiable(asked, alignment) && !find_fit(asked, alignment).is_none();
  if (!judge_mishap(is_missed ? Clause::completeness : Clause::failed_call,
                    failure == OnExhaustion::panics)) {
    return Pfn::none();
  }
  if (first.is_none()) {
    ++outcomes_.none;
    judge_none(asked, alignment);
    return first;
  }
  ++outcomes_.allocated;
  const Run block{first, design_.contract.granted(asked)};
  if (!judge_placement(block, asked, alignment)) {
    if (ok()) judge_counts(Clause::accounting);
    return Pfn::none();
  }
  model_.take(block, owner);
  if (is_kept(owner)) hand_out(block, owner);
  blame_ = Clause::accounting;
  judge_counts(Clause::accounting);
  return first;
}

/// What may become of such a request, by the contract, if it is one that may fail: where none may
/// be served, or 0 frames are asked for.
template <AllocatorCalls Design, class Guard, class Books>
OnExhaustion Trial<Design, Guard, Books>::promised_failure(FrameCount count,
                                                           FrameCount alignment) const {
  const Contract& contract = design_.contract;
  if (!contract.covers(count, alignment)) return OnExhaustion::undefined;
  if (count == FrameCount{0} && contract.on_zero == OnZero::panics) return OnExhaustion::panics;
  if (contract.on_exhaustion == OnExhaustion::none) return OnExhaustion::none;
  const FrameCount asked = contract.asked(count);
  const bool may_fail = !is_satisfiable(asked, alignment) ||
                        (!contract.finds_longer_runs && asked > FrameCount{1}) ||
                        find_fit(asked, alignment).is_none();
  return may_fail ? contract.on_exhaustion : OnExhaustion::none;
}

/// A place where the design promises to serve such a request, or none. Requires: is_satisfiable.
template <AllocatorCalls Design, class Guard, class Books>
Pfn Trial<Design, Guard, Books>::find_fit(FrameCount count, FrameCount alignment) const {
  const Contract& contract = design_.contract;
  const FrameCount granted = contract.granted(count);
  if (count > contract.max_block) return Pfn::none();
  const bool natural = contract.naturally_aligned && granted > alignment;
  return model_.find_fit(granted, natural ? granted : alignment);
}

/// One judged free.
template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::free(Pfn first) {
  const FreeResult expected = promised_free(first);
  if (!expected && design_.contract.on_misuse == OnMisuse::undefined) {
    ++outcomes_.unpromised;
    return;
  }
  if (expected) {
    take_back({first, *expected});
    if (!ok()) return;
  }
  const bool may_panic = !expected && design_.contract.on_misuse == OnMisuse::panics;
  if (may_panic) expect_panic();
  const FreeResult got = watched([&] { return call_free(first, expected); });
  if (!judge_mishap(expected ? Clause::exact_free : Clause::misuse, may_panic)) return;
  mix(got ? got->value() : 0x8000'0000U | static_cast<std::uint32_t>(got.error()));
  judge_free(first, expected, got);
  if (!ok()) return;
  if (expected) {
    model_.release(first);
    ++outcomes_.freed;
    blame_ = Clause::accounting;
    judge_fill({first, *expected}, memory_.depth.content);
    if (!ok()) return;
  } else {
    ++outcomes_.refused;
    ++outcomes_.misuse[static_cast<std::size_t>(expected.error())];
    blame_ = Clause::misuse;
  }
  judge_counts(blame_);
}

/// What a free of `pfn` must do.
template <AllocatorCalls Design, class Guard, class Books>
FreeResult Trial<Design, Guard, Books>::promised_free(Pfn pfn) const {
  const FreeResult whole = model_.expected_free(pfn);
  if (!design_.contract.frees_parts || whole || whole.error() != Misuse::inside_block) return whole;
  return model_.block_at(pfn).value_or(Run{}).end() - pfn;
}

/// A size is told where the design wants one; that of misuse may be anything.
template <AllocatorCalls Design, class Guard, class Books>
FreeResult Trial<Design, Guard, Books>::call_free(Pfn first, const FreeResult& expected) {
  if constexpr (requires { design_.free(first, FrameCount{1}); }) {
    return design_.free(first, expected.value_or(FrameCount{1}));
  } else {
    return design_.free(first);
  }
}

/// The owner writes into its frames, and from now on nobody else may.
template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::hand_out(Run block, std::uint32_t owner) {
  for (std::uint32_t i = 0; i < block.count.value(); ++i) {
    content_in(block.first + FrameCount{i}).lay_owned(owner);
  }
  guard_.handed_out(block);
}

/// What the owner wrote must still be there when it frees its frames.
template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::take_back(Run block) {
  const Pfn start = model_.block_at(block.first).value_or(block).first;
  const std::uint32_t owner = model_.owner_of_block(start);
  if (!is_kept(owner)) return;
  guard_.about_to_free(block);
  for (std::uint32_t i = 0; i < block.count.value(); ++i) {
    const Pfn pfn = block.first + FrameCount{i};
    if (content_in(pfn).holds_owned(owner)) continue;
    if (!judges(Check::content)) return;
    fail(Check::content, Clause::memory) << "the content of frame " << pfn << " of block " << block
                                         << " has changed while it was in use";
    return;
  }
}

template <AllocatorCalls Design, class Guard, class Books>
bool Trial<Design, Guard, Books>::finish() {
  const std::uint64_t hash = hash_;
  const Outcomes outcomes = outcomes_;
  ++position_;
  judge_deeply(Clause::accounting);
  if (ok() && looks_into_frames()) judge_holes();
  if (ok()) free_all();
  if (ok()) judge_free_frames(ContentDepth::whole);
  if (ok() && looks_often()) judge_deeply(Clause::restitution);
  if (ok()) judge_capacity();
  hash_ = hash;
  outcomes_ = outcomes;
  return ok();
}

}  // namespace assay

#include "oracle/trial_judgement.h"  // IWYU pragma: keep
