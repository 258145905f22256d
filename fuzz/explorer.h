/// The explorer: every reachable state of a small arena, every call in every state, each judged.
///
/// Breadth first, so that the first broken clause comes with a shortest way to it. A state is what
/// decides how the allocator goes on:
///
///     who holds which frame | design object | metadata | checked edges of every frame
///                             `------------------ the image -----------------'
///
/// The last part is there for designs that keep links in free frames. Bytes that nobody but an
/// owner wrote would tell states apart that behave alike, so the explorer lets them be the same in
/// all states: what a trial writes for an owner. Only over RAM that is zero at first they stay, so
/// that a design which reads them is seen. A state is kept as its image's difference from one
/// reference image; equal differences are equal states, there is no hash to trust.
///
/// The trial judges each call (oracle/trial.h), at depth, since the arenas are small. The explorer
/// adds one check: only free frames may have changed. Freeing everything and asking for every frame
/// needs no check of its own here: those are calls too, and each is made in every state.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "fuzz/state_store.h"
#include "oracle/host/extent_model.h"
#include "oracle/host/host_trial.h"

namespace assay {

/// The largest arena that the explorer takes; nobody has the memory for one half as large.
inline constexpr std::uint32_t kMaxExploredFrames = 32;

/// An arena in which frame base + i is reserved if bit i of `reserved` is set. Requires: at most
/// Arena::kMaxHoles rows of reserved frames.
[[nodiscard]] Arena small_arena(Pfn base, FrameCount frames, std::uint32_t reserved = 0,
                                RamContent ram = RamContent::junk);

/// All calls that the explorer makes in each state: requests for 0 … frames + 1 and for 2^32 − 1
/// frames, each at multiples of 0, 1, 2, 3, 4, 8, … up to the first power ≥ frames; frees of every
/// frame from base − 1 to base + frames; and, where a design can grow, growth by each part of each
/// hole, as long as that part is reserved. Only the kinds alloc, free_at and grow.
[[nodiscard]] std::vector<Operation> all_calls(const Arena& arena, bool can_grow = true);

/// In how many ways the frames can be reserved, free or in blocks: for n usable frames in a row the
/// Fibonacci number F(2n + 1), for several rows their product; and where a design can grow, the
/// sum of these over all sets of frames that may still be reserved.
[[nodiscard]] std::uint64_t possible_states(const Arena& arena, bool can_grow = true);

/// Who holds which frame: bit i is frame base + i.
struct Holding {
  std::uint32_t used = 0;
  std::uint32_t last = 0;      ///< the last frame of its block
  std::uint32_t reserved = 0;  ///< not usable yet

  bool operator==(const Holding&) const = default;
  /// As one number: a frame that is in no block and yet the last of one is reserved.
  [[nodiscard]] std::uint64_t packed() const { return std::uint64_t{last | reserved} << 32 | used; }
  [[nodiscard]] static Holding unpack(std::uint64_t packed) {
    const auto used = static_cast<std::uint32_t>(packed);
    const auto marked = static_cast<std::uint32_t>(packed >> 32);
    return {used, marked & used, marked & ~used};
  }
};

template <class Books>
[[nodiscard]] Holding holding_of(const Books& model) {
  Holding holding;
  const Run arena = model.arena();
  for (std::uint32_t i = 0; i < arena.count.value(); ++i) {
    const Pfn pfn = arena.first + FrameCount{i};
    if (const std::optional<Run> block = model.block_at(pfn)) {
      holding.used |= 1U << i;
      if (pfn + FrameCount{1} == block->end()) holding.last |= 1U << i;
    } else if (model.is_reserved({pfn, FrameCount{1}})) {
      holding.reserved |= 1U << i;
    }
  }
  return holding;
}

/// The checked edges of every frame, as words in a row.
inline constexpr std::size_t kEdgeWordsPerFrame = 16;
void read_edges(const FrameWindow& ram, Run frames, std::span<std::uint64_t> words);
void write_edges(const FrameWindow& ram, Run frames, std::span<const std::uint64_t> words);

/// What a trial writes into the frames of an arena.
struct EdgePatterns {
  std::vector<std::uint64_t> at_first;  ///< before the allocator sees them
  std::vector<std::uint64_t> owned;     ///< in frames that are in use
  std::uint32_t owner = 0;              ///< the owner that the model notes for such a block
};
[[nodiscard]] EdgePatterns edge_patterns(const Arena& arena);

/// A broken clause, and a shortest sequence that breaks it.
struct Counterexample {
  Sequence sequence;
  Verdict verdict;  ///< of a trial of the sequence; passed: the trial does not repeat it
};

struct Exploration {
  std::uint64_t states = 0;
  std::uint64_t abstract_states = 0;  ///< different holdings
  std::uint64_t expanded = 0;         ///< states in which every call was made
  std::uint64_t transitions = 0;      ///< calls made
  std::uint64_t bytes = 0;            ///< memory for the states
  std::uint64_t behaviour = 0;        ///< equal where all states and placements correspond
  double seconds = 0;
  Outcomes outcomes;
  std::optional<Counterexample> broken;

  [[nodiscard]] bool closed() const { return !broken && states > 0 && expanded == states; }
};

struct ExploreLimits {
  std::uint64_t memory_bytes = std::uint64_t{1} << 32;
  std::function<void(const Exploration&)> progress;  ///< called now and then, if there is one
};

/// `Books` is the oracle, as for a trial: `PairedModel` lets both judge every call.
template <FrameAllocator Design, class Books = Model>
class Explorer {
 public:
  explicit Explorer(const Arena& arena, ExploreLimits limits = {});

  /// Explores until all states are known, a clause is broken, or the memory is used up.
  [[nodiscard]] Exploration run();

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::uint32_t kProgressStates = 1024;

  [[nodiscard]] bool begin();
  void hide_leftovers();
  [[nodiscard]] bool expand(StateStore::Id state);
  [[nodiscard]] bool make_every_call(StateStore::Id state);
  [[nodiscard]] bool reach(StateStore::Id from, std::uint16_t call);
  void account();

  void read_image(std::span<std::uint64_t> image) const;
  void write_image(std::span<const std::uint64_t> image);
  [[nodiscard]] bool make_key();
  void enter(StateStore::Id state);

  [[nodiscard]] Counterexample counterexample(StateStore::Id state, std::uint16_t call) const;
  [[nodiscard]] Sequence sequence_of(std::span<const std::uint16_t> calls) const;
  [[nodiscard]] static Verdict verdict_on(const Sequence& sequence);

  [[nodiscard]] std::span<std::byte> design_bytes();
  [[nodiscard]] const Books& books() const { return static_cast<const Books&>(trial_.model()); }
  [[nodiscard]] Books& books();
  [[nodiscard]] bool is_possible(const Operation& call) const;
  [[nodiscard]] bool may_hold(std::size_t word) const;
  [[nodiscard]] std::size_t metadata_words() const { return (memory_.metadata.size() + 7) / 8; }
  [[nodiscard]] std::size_t edges_at() const { return kDesignWords + metadata_words(); }
  void mix(std::uint64_t word) {
    result_.behaviour = (result_.behaviour ^ word) * 0x0000'0100'0000'01B3U;
  }

  static constexpr std::size_t kDesignWords = (sizeof(Design) + 7) / 8;

  Survey survey_;
  std::vector<Operation> calls_;
  EdgePatterns patterns_;
  ExploreLimits limits_;
  HostMemory host_;
  TrialMemory memory_;
  Trial<Design, WatchGuard, Books> trial_;

  StateStore store_;
  std::unordered_set<std::uint64_t> holdings_;
  std::vector<std::uint64_t> reference_;  ///< keys are differences from this image
  std::vector<std::uint64_t> parent_;     ///< the image of the state being expanded
  std::vector<std::uint64_t> now_;        ///< the image after the last call
  Books parent_model_;
  std::vector<std::byte> parent_books_;
  std::uint16_t call_ = 0;      ///< the one under way, or the last
  Holding holding_;             ///< after the last call
  std::vector<std::byte> key_;  ///< of the state after the last call
  Exploration result_;
};

namespace explorer_detail {

[[nodiscard]] inline Survey survey_of(const Arena& arena) {
  Survey survey;
  survey.arena = arena;
  return survey;
}

template <FrameAllocator Design>
[[nodiscard]] TrialMemory prepare(HostMemory& host, const Survey& survey) {
  const UsableRuns usable(survey.arena);
  return host.prepare(survey, Design::metadata_bytes(memory_map(survey.arena, usable)));
}

template <class AnyTrial>
[[nodiscard]] bool perform(AnyTrial& trial, const Operation& call) {
  if (call.kind == OperationKind::alloc) return trial.step_allocate(call.count, call.alignment);
  if (call.kind == OperationKind::grow) return trial.step(call);
  return trial.step_free(call.pfn);
}

}  // namespace explorer_detail

template <FrameAllocator Design, class Books>
Explorer<Design, Books>::Explorer(const Arena& arena, ExploreLimits limits)
    : survey_(explorer_detail::survey_of(arena)),
      calls_(all_calls(arena, Design::contract.can_grow)),
      patterns_(edge_patterns(arena)),
      limits_(std::move(limits)),
      memory_(explorer_detail::prepare<Design>(host_, survey_)),
      trial_(memory_) {}

template <FrameAllocator Design, class Books>
Exploration Explorer<Design, Books>::run() {
  const Clock::time_point started = Clock::now();
  bool going = begin();
  for (StateStore::Id state = 0; going && state < store_.size(); ++state) {
    going = expand(state) && store_.bytes() <= limits_.memory_bytes;
    if (state % kProgressStates != 0 || !limits_.progress) continue;
    account();
    result_.seconds = std::chrono::duration<double>(Clock::now() - started).count();
    limits_.progress(result_);
  }
  account();
  result_.seconds = std::chrono::duration<double>(Clock::now() - started).count();
  return result_;
}

template <FrameAllocator Design, class Books>
void Explorer<Design, Books>::account() {
  result_.states = store_.size();
  result_.abstract_states = holdings_.size();
  result_.bytes = store_.bytes();
  result_.outcomes = trial_.outcomes();
}

/// Reaches the first state. Returns: false if even that one breaks a clause.
template <FrameAllocator Design, class Books>
bool Explorer<Design, Books>::begin() {
  bool passing = false;
  const char* broken_limit = run_watched([&] { passing = trial_.begin(survey_); });
  if (broken_limit != nullptr) trial_.give_up(broken_limit);
  if (broken_limit != nullptr || !passing) {
    result_.broken = Counterexample{sequence_of({}), trial_.verdict()};
    return false;
  }
  hide_leftovers();
  const std::size_t words = edges_at() + patterns_.owned.size();
  now_.assign(words, 0);
  read_image(now_);
  parent_ = reference_ = now_;
  std::copy(patterns_.owned.begin(), patterns_.owned.end(),
            reference_.begin() + static_cast<std::ptrdiff_t>(edges_at()));
  key_.reserve(sizeof(Holding) + words * (sizeof(std::uint16_t) + sizeof(std::uint64_t)));
  parent_books_.resize(memory_.books.size());
  if (reach(StateStore::kRoot, 0)) return true;
  result_.broken = Counterexample{sequence_of({}), {}};
  result_.broken->verdict = verdict_on(result_.broken->sequence);
  return false;
}

/// What frames hold of the RAM's first content becomes what an owner would have left there, unless
/// it is zero. What the design wrote there while it was initialised stays.
template <FrameAllocator Design, class Books>
void Explorer<Design, Books>::hide_leftovers() {
  if (survey_.arena.ram == RamContent::zero) return;
  const Run frames = survey_.arena.run();
  std::vector<std::uint64_t> words(patterns_.owned.size());
  read_edges(memory_.ram, frames, words);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == patterns_.at_first[i]) words[i] = patterns_.owned[i];
  }
  write_edges(memory_.ram, frames, words);
}

/// Makes every call in a state. Returns: false if one breaks a clause, or does not return.
template <FrameAllocator Design, class Books>
bool Explorer<Design, Books>::expand(StateStore::Id state) {
  enter(state);
  bool passing = false;
  if (run_watched([&] { passing = make_every_call(state); }) == nullptr && passing) {
    ++result_.expanded;
    return true;
  }
  result_.broken = counterexample(state, call_);
  return false;
}

template <FrameAllocator Design, class Books>
bool Explorer<Design, Books>::make_every_call(StateStore::Id state) {
  for (call_ = 0; call_ < calls_.size(); ++call_) {
    if (!is_possible(calls_[call_])) continue;
    ++result_.transitions;
    if (!explorer_detail::perform(trial_, calls_[call_]) || !reach(state, call_)) return false;
  }
  return true;
}

/// Frames can be added only while all of them are reserved.
template <FrameAllocator Design, class Books>
bool Explorer<Design, Books>::is_possible(const Operation& call) const {
  return call.kind != OperationKind::grow || books().is_reserved({call.pfn, call.count});
}

/// Notes the state after a call and goes back to the one before. Returns: false if the call changed
/// a frame that was not free.
template <FrameAllocator Design, class Books>
bool Explorer<Design, Books>::reach(StateStore::Id from, std::uint16_t call) {
  read_image(now_);
  const bool is_root = store_.size() == 0;
  if (now_ == parent_ && !is_root) {
    mix(from);
    return true;
  }
  holding_ = holding_of(books());
  if (!make_key()) return false;
  const StateStore::Added added = store_.add(key_, from, call);
  const std::uint64_t holding = holding_.packed();
  if (added.is_new) holdings_.insert(holding);
  mix(added.id);
  mix(holding);
  if (is_root) return true;
  write_image(parent_);
  books() = parent_model_;
  std::memcpy(memory_.books.data(), parent_books_.data(), parent_books_.size());
  return true;
}

template <FrameAllocator Design, class Books>
void Explorer<Design, Books>::read_image(std::span<std::uint64_t> image) const {
  std::memcpy(image.data(), &trial_.design(), sizeof(Design));
  std::memcpy(image.data() + kDesignWords, memory_.metadata.data(), memory_.metadata.size());
  read_edges(memory_.ram, survey_.arena.run(), image.subspan(edges_at()));
}

template <FrameAllocator Design, class Books>
void Explorer<Design, Books>::write_image(std::span<const std::uint64_t> image) {
  std::memcpy(design_bytes().data(), image.data(), sizeof(Design));
  std::memcpy(memory_.metadata.data(), image.data() + kDesignWords, memory_.metadata.size());
  write_edges(memory_.ram, survey_.arena.run(), image.subspan(edges_at()));
}

/// The key of the state that `now_` and `holding_` show. Returns: false if a frame that is not free
/// holds what nobody should have written.
template <FrameAllocator Design, class Books>
bool Explorer<Design, Books>::make_key() {
  key_.clear();
  const auto put = [&](const auto& value) {
    const auto* bytes = reinterpret_cast<const std::byte*>(&value);
    key_.insert(key_.end(), bytes, bytes + sizeof value);
  };
  put(holding_.packed());
  for (std::size_t i = 0; i < now_.size(); ++i) {
    if (now_[i] == reference_[i]) continue;
    if (i >= edges_at() && !may_hold(i - edges_at())) return false;
    put(static_cast<std::uint16_t>(i));
    put(now_[i]);
  }
  return true;
}

/// Whether a word of the edges may be other than an owner left it: in free frames, and in reserved
/// ones that are as they were at first.
template <FrameAllocator Design, class Books>
bool Explorer<Design, Books>::may_hold(std::size_t word) const {
  const std::uint32_t bit = 1U << (word / kEdgeWordsPerFrame);
  if ((holding_.used & bit) != 0) return false;
  return (holding_.reserved & bit) == 0 || now_[edges_at() + word] == patterns_.at_first[word];
}

/// Puts allocator, memory and oracle into a known state.
template <FrameAllocator Design, class Books>
void Explorer<Design, Books>::enter(StateStore::Id state) {
  std::span<const std::byte> key = store_.key(state);
  const auto take = [&](auto& value) {
    std::memcpy(&value, key.data(), sizeof value);
    key = key.subspan(sizeof value);
  };
  std::uint64_t packed = 0;
  take(packed);
  const Holding holding = Holding::unpack(packed);
  parent_ = reference_;
  while (!key.empty()) {
    std::uint16_t index = 0;
    take(index);
    take(parent_[index]);
  }
  write_image(parent_);

  books().init(survey_.arena, memory_.books);
  std::uint32_t first = 0;
  for (std::uint32_t i = 0; i < survey_.arena.frames.value(); ++i) {
    const Run frame{survey_.arena.base + FrameCount{i}, FrameCount{1}};
    const bool is_reserved = (holding.reserved >> i & 1) != 0;
    if (!is_reserved && books().is_reserved(frame)) books().make_usable(frame);
    if ((holding.used >> i & 1) == 0) first = i + 1;
    if ((holding.last >> i & 1) == 0) continue;
    books().take({survey_.arena.base + FrameCount{first}, FrameCount{i + 1 - first}},
                 patterns_.owner);
    first = i + 1;
  }
  parent_model_ = books();
  std::memcpy(parent_books_.data(), memory_.books.data(), parent_books_.size());
}

/// The trial owns its allocator and its model and only shows them. To put a whole state back is the
/// explorer's business alone, so it does not get a door of its own there.
template <FrameAllocator Design, class Books>
std::span<std::byte> Explorer<Design, Books>::design_bytes() {
  return std::as_writable_bytes(std::span(&const_cast<Design&>(trial_.design()), 1));
}

template <FrameAllocator Design, class Books>
Books& Explorer<Design, Books>::books() {
  return const_cast<Books&>(std::as_const(*this).books());
}

template <FrameAllocator Design, class Books>
Counterexample Explorer<Design, Books>::counterexample(StateStore::Id state,
                                                       std::uint16_t call) const {
  std::vector<std::uint16_t> calls{call};
  for (; state != StateStore::kRoot; state = store_.parent(state)) {
    calls.insert(calls.begin(), store_.call(state));
  }
  Counterexample found{sequence_of(calls), {}};
  found.verdict = verdict_on(found.sequence);
  return found;
}

/// What a trial says of the sequence alone. Frames in use are not poisoned for it: what writes to
/// one gets a verdict, it does not end the program.
template <FrameAllocator Design, class Books>
Verdict Explorer<Design, Books>::verdict_on(const Sequence& sequence) {
  HostMemory host;
  const Survey needs = survey(sequence);
  Trial<Design, WatchGuard> trial(explorer_detail::prepare<Design>(host, needs));
  const char* broken_limit = run_watched([&] {
    bool passing = trial.begin(needs);
    for (const Operation& operation : sequence.operations) {
      passing = passing && trial.step(operation);
    }
    if (passing) static_cast<void>(trial.finish());
  });
  if (broken_limit != nullptr) trial.give_up(broken_limit);
  return trial.verdict();
}

/// The calls as a sequence that names its blocks. The last one is not made: it may not return.
template <FrameAllocator Design, class Books>
Sequence Explorer<Design, Books>::sequence_of(std::span<const std::uint16_t> calls) const {
  HostMemory host;
  Trial<Design> trial(explorer_detail::prepare<Design>(host, survey_));
  Sequence sequence{.arena = survey_.arena, .operations = {}};
  if (calls.empty() || !trial.begin(survey_)) return sequence;
  std::map<Pfn, std::uint32_t> names;  // of the live blocks, by their first frame
  std::uint32_t next_name = 0;
  for (const std::uint16_t number : calls) {
    const Operation& call = calls_[number];
    Operation operation = call;
    const std::optional<Run> block = trial.model().block_at(call.pfn);
    if (call.kind == OperationKind::free_at && block) {
      const std::uint32_t offset = (call.pfn - block->first).value();
      const OperationKind kind =
          offset == 0 ? OperationKind::free_block : OperationKind::free_inner;
      operation = {.kind = kind, .block = names[block->first], .offset = offset};
      if (offset == 0) names.erase(call.pfn);
    }
    sequence.operations.push_back(operation);
    if (sequence.operations.size() == calls.size() || !explorer_detail::perform(trial, call)) break;
    if (call.kind != OperationKind::alloc) continue;
    for (Pfn at = trial.model().next_block(survey_.arena.base); !at.is_none();
         at = trial.model().next_block(at + FrameCount{1})) {
      names.try_emplace(at, next_name);
    }
    ++next_name;
  }
  return sequence;
}

}  // namespace assay
