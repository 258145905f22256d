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
/// all states: what a trial writes for an owner. A state is kept as its image's difference from
/// one reference image; equal differences are equal states, there is no hash to trust.
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
#include <vector>

#include "fuzz/state_store.h"
#include "oracle/host/host_trial.h"

namespace assay {

/// The largest arena that the explorer takes; nobody has the memory for one half as large.
inline constexpr std::uint32_t kMaxExploredFrames = 32;

/// An arena in which frame base + i is reserved if bit i of `reserved` is set. Requires: at most
/// Arena::kMaxHoles rows of reserved frames.
[[nodiscard]] Arena small_arena(Pfn base, FrameCount frames, std::uint32_t reserved = 0);

/// All calls that the explorer makes in each state: requests for 0 … frames + 1 and for 2^32 − 1
/// frames, each at multiples of 0, 1, 2, 3, 4, 8, … up to the first power ≥ frames; and frees of
/// every frame from base − 1 to base + frames. Only the kinds alloc and free_at.
[[nodiscard]] std::vector<Operation> all_calls(const Arena& arena);

/// In how many ways the frames can be free or in blocks: for n usable frames in a row the Fibonacci
/// number F(2n + 1), for several rows their product.
[[nodiscard]] std::uint64_t possible_states(const Arena& arena);

/// Who holds which frame: bit i is frame base + i.
struct Holding {
  std::uint32_t used = 0;
  std::uint32_t last = 0;  ///< the last frame of its block

  bool operator==(const Holding&) const = default;
};
[[nodiscard]] Holding holding_of(const Model& model);

/// The checked edges of every frame, as words in a row.
inline constexpr std::size_t kEdgeWordsPerFrame = 16;
void read_edges(const FrameWindow& ram, Run frames, std::span<std::uint64_t> words);
void write_edges(const FrameWindow& ram, Run frames, std::span<const std::uint64_t> words);

/// What a trial writes into the frames of an arena.
struct EdgePatterns {
  std::vector<std::uint64_t> at_first;  ///< before the allocator sees them
  std::vector<std::uint64_t> owned;     ///< in usable frames that are in use; holes as at first
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

template <FrameAllocator Design>
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
  [[nodiscard]] bool perform(const Operation& call);
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
  [[nodiscard]] Model& model();
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
  Trial<Design> trial_;

  StateStore store_;
  std::unordered_set<std::uint64_t> holdings_;
  std::vector<std::uint64_t> reference_;  ///< keys are differences from this image
  std::vector<std::uint64_t> parent_;     ///< the image of the state being expanded
  std::vector<std::uint64_t> now_;        ///< the image after the last call
  Model parent_model_;
  std::vector<std::byte> parent_books_;
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

}  // namespace explorer_detail

template <FrameAllocator Design>
Explorer<Design>::Explorer(const Arena& arena, ExploreLimits limits)
    : survey_(explorer_detail::survey_of(arena)),
      calls_(all_calls(arena)),
      patterns_(edge_patterns(arena)),
      limits_(std::move(limits)),
      memory_(explorer_detail::prepare<Design>(host_, survey_)),
      trial_(memory_) {}

template <FrameAllocator Design>
Exploration Explorer<Design>::run() {
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

template <FrameAllocator Design>
void Explorer<Design>::account() {
  result_.states = store_.size();
  result_.abstract_states = holdings_.size();
  result_.bytes = store_.bytes();
  result_.outcomes = trial_.outcomes();
}

/// Reaches the first state. Returns: false if even that one breaks a clause.
template <FrameAllocator Design>
bool Explorer<Design>::begin() {
  if (!trial_.begin(survey_)) {
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

/// What free frames hold of the RAM's first content becomes what an owner would have left there.
/// What the design wrote there while it was initialised stays.
template <FrameAllocator Design>
void Explorer<Design>::hide_leftovers() {
  const Run frames = survey_.arena.run();
  std::vector<std::uint64_t> words(patterns_.owned.size());
  read_edges(memory_.ram, frames, words);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == patterns_.at_first[i]) words[i] = patterns_.owned[i];
  }
  write_edges(memory_.ram, frames, words);
}

/// Makes every call in a state. Returns: false if one breaks a clause.
template <FrameAllocator Design>
bool Explorer<Design>::expand(StateStore::Id state) {
  enter(state);
  for (std::uint16_t call = 0; call < calls_.size(); ++call) {
    ++result_.transitions;
    const bool passing = perform(calls_[call]);
    if (!passing || !reach(state, call)) {
      result_.broken = counterexample(state, call);
      return false;
    }
  }
  ++result_.expanded;
  return true;
}

template <FrameAllocator Design>
bool Explorer<Design>::perform(const Operation& call) {
  if (call.kind == OperationKind::alloc) return trial_.step_allocate(call.count, call.alignment);
  return trial_.step_free(call.pfn);
}

/// Notes the state after a call and goes back to the one before. Returns: false if the call changed
/// a frame that was not free.
template <FrameAllocator Design>
bool Explorer<Design>::reach(StateStore::Id from, std::uint16_t call) {
  read_image(now_);
  const bool is_root = store_.size() == 0;
  if (now_ == parent_ && !is_root) {
    mix(from);
    return true;
  }
  holding_ = holding_of(trial_.model());
  if (!make_key()) return false;
  const StateStore::Added added = store_.add(key_, from, call);
  const std::uint64_t holding = std::uint64_t{holding_.last} << 32 | holding_.used;
  if (added.is_new) holdings_.insert(holding);
  mix(added.id);
  mix(holding);
  if (is_root) return true;
  write_image(parent_);
  model() = parent_model_;
  std::memcpy(memory_.books.data(), parent_books_.data(), parent_books_.size());
  return true;
}

template <FrameAllocator Design>
void Explorer<Design>::read_image(std::span<std::uint64_t> image) const {
  std::memcpy(image.data(), &trial_.design(), sizeof(Design));
  std::memcpy(image.data() + kDesignWords, memory_.metadata.data(), memory_.metadata.size());
  read_edges(memory_.ram, survey_.arena.run(), image.subspan(edges_at()));
}

template <FrameAllocator Design>
void Explorer<Design>::write_image(std::span<const std::uint64_t> image) {
  std::memcpy(design_bytes().data(), image.data(), sizeof(Design));
  std::memcpy(memory_.metadata.data(), image.data() + kDesignWords, memory_.metadata.size());
  write_edges(memory_.ram, survey_.arena.run(), image.subspan(edges_at()));
}

/// The key of the state that `now_` and `holding_` show. Returns: false if a frame that is not free
/// holds what nobody should have written.
template <FrameAllocator Design>
bool Explorer<Design>::make_key() {
  key_.clear();
  const auto put = [&](const auto& value) {
    const auto* bytes = reinterpret_cast<const std::byte*>(&value);
    key_.insert(key_.end(), bytes, bytes + sizeof value);
  };
  put(holding_);
  for (std::size_t i = 0; i < now_.size(); ++i) {
    if (now_[i] == reference_[i]) continue;
    if (i >= edges_at()) {
      const auto frame = static_cast<std::uint32_t>((i - edges_at()) / kEdgeWordsPerFrame);
      const Pfn pfn = survey_.arena.base + FrameCount{frame};
      if (trial_.model().first_not_free({pfn, FrameCount{1}})) return false;
    }
    put(static_cast<std::uint16_t>(i));
    put(now_[i]);
  }
  return true;
}

/// Puts allocator, memory and oracle into a known state.
template <FrameAllocator Design>
void Explorer<Design>::enter(StateStore::Id state) {
  std::span<const std::byte> key = store_.key(state);
  const auto take = [&](auto& value) {
    std::memcpy(&value, key.data(), sizeof value);
    key = key.subspan(sizeof value);
  };
  Holding holding;
  take(holding);
  parent_ = reference_;
  while (!key.empty()) {
    std::uint16_t index = 0;
    take(index);
    take(parent_[index]);
  }
  write_image(parent_);

  model().init(survey_.arena, memory_.books);
  std::uint32_t first = 0;
  for (std::uint32_t i = 0; i < survey_.arena.frames.value(); ++i) {
    if ((holding.used >> i & 1) == 0) first = i + 1;
    if ((holding.last >> i & 1) == 0) continue;
    model().take({survey_.arena.base + FrameCount{first}, FrameCount{i + 1 - first}},
                 patterns_.owner);
    first = i + 1;
  }
  parent_model_ = trial_.model();
  std::memcpy(parent_books_.data(), memory_.books.data(), parent_books_.size());
}

/// The trial owns its allocator and its model and only shows them. To put a whole state back is the
/// explorer's business alone, so it does not get a door of its own there.
template <FrameAllocator Design>
std::span<std::byte> Explorer<Design>::design_bytes() {
  return std::as_writable_bytes(std::span(&const_cast<Design&>(trial_.design()), 1));
}

template <FrameAllocator Design>
Model& Explorer<Design>::model() {
  return const_cast<Model&>(trial_.model());
}

template <FrameAllocator Design>
Counterexample Explorer<Design>::counterexample(StateStore::Id state, std::uint16_t call) const {
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
template <FrameAllocator Design>
Verdict Explorer<Design>::verdict_on(const Sequence& sequence) {
  HostMemory host;
  const Survey needs = survey(sequence);
  Trial<Design> trial(explorer_detail::prepare<Design>(host, needs));
  bool passing = trial.begin(needs);
  for (const Operation& operation : sequence.operations) {
    passing = passing && trial.step(operation);
  }
  if (passing) static_cast<void>(trial.finish());
  return trial.verdict();
}

/// The calls as a sequence that names its blocks.
template <FrameAllocator Design>
Sequence Explorer<Design>::sequence_of(std::span<const std::uint16_t> calls) const {
  HostMemory host;
  Trial<Design> trial(explorer_detail::prepare<Design>(host, survey_));
  bool passing = trial.begin(survey_);
  Sequence sequence{.arena = survey_.arena, .operations = {}};
  std::map<Pfn, std::uint32_t> names;  // of the live blocks, by their first frame
  std::uint32_t next_name = 0;
  for (const std::uint16_t number : calls) {
    Operation operation = calls_[number];
    if (operation.kind == OperationKind::alloc) {
      sequence.operations.push_back(operation);
      passing = passing && trial.step_allocate(operation.count, operation.alignment);
      for (Pfn at = trial.model().next_block(survey_.arena.base); !at.is_none();
           at = trial.model().next_block(at + FrameCount{1})) {
        names.try_emplace(at, next_name);
      }
      ++next_name;
      continue;
    }
    const Pfn pfn = operation.pfn;
    if (const std::optional<Run> block = trial.model().block_at(pfn)) {
      const std::uint32_t offset = (pfn - block->first).value();
      const OperationKind kind =
          offset == 0 ? OperationKind::free_block : OperationKind::free_inner;
      operation = {.kind = kind, .block = names[block->first], .offset = offset};
      if (offset == 0) names.erase(pfn);
    }
    sequence.operations.push_back(operation);
    passing = passing && trial.step_free(pfn);
  }
  return sequence;
}

}  // namespace assay
