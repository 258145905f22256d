#include "fuzz/explorer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <span>
#include <stdexcept>
#include <unordered_set>
#include <utility>
#include <vector>

#include "fuzz/edges.h"
#include "fuzz/holding.h"
#include "fuzz/small_arena.h"
#include "fuzz/state_store.h"
#include "impls/foreign/plugin.h"
#include "oracle/host/extent_model.h"
#include "oracle/host/host_trial.h"

namespace assay {

namespace {

Survey survey_of(const Arena& arena) {
  Survey survey;
  survey.arena = arena;
  return survey;
}

template <class AnyTrial>
bool perform(AnyTrial& trial, const Operation& call) {
  if (call.kind == OperationKind::alloc) return trial.step_allocate(call.count, call.alignment);
  if (call.kind == OperationKind::grow) return trial.step(call);
  return trial.step_free(call.pfn);
}

/// `Books` is the oracle, as for a trial: `PairedModel` lets both judge every call.
template <class Books>
class Explorer {
 public:
  Explorer(const AnyDesign& design, const Arena& arena, const ExploreOptions& options);

  [[nodiscard]] Exploration run();

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::uint32_t kProgressStates = 1024;
  static constexpr std::size_t kMaxWords = 1U << 16;  ///< of an image: keys have 16 bits for one

  [[nodiscard]] bool begin();
  void hide_leftovers();
  void find_outside();
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
  [[nodiscard]] Verdict verdict_on(const Sequence& sequence) const;

  [[nodiscard]] AnyDesign& design();
  [[nodiscard]] const Books& books() const { return trial_.model(); }
  [[nodiscard]] Books& books();
  [[nodiscard]] bool is_possible(const Operation& call) const;
  [[nodiscard]] bool may_hold(std::size_t word) const;
  [[nodiscard]] static std::size_t words_for(std::size_t bytes) { return (bytes + 7) / 8; }
  [[nodiscard]] std::size_t metadata_words() const { return words_for(memory_.metadata.size()); }
  [[nodiscard]] std::size_t edges_at() const {
    return design_words() + metadata_words() + outside_words_;
  }
  [[nodiscard]] std::size_t design_words() const { return words_for(fresh_.used_bytes()); }
  void mix(std::uint64_t word) {
    result_.behaviour = (result_.behaviour ^ word) * 0x0000'0100'0000'01B3U;
  }

  Survey survey_;
  std::vector<Operation> calls_;
  EdgePatterns patterns_;
  const ExploreOptions& options_;
  AnyDesign fresh_;  ///< not initialised yet
  HostMemory host_;
  TrialMemory memory_;
  Trial<AnyDesign, WatchGuard, Books> trial_;

  StateStore store_;
  std::unordered_set<std::uint64_t> holdings_;
  /// Foreign code's data, and the frames that it keeps for itself.
  std::vector<std::span<std::byte>> outside_;
  std::size_t outside_words_ = 0;
  std::uint32_t kept_ = 0;                ///< these frames, a bit each
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

template <class Books>
Explorer<Books>::Explorer(const AnyDesign& design, const Arena& arena,
                          const ExploreOptions& options)
    : survey_(survey_of(arena)),
      calls_(all_calls(arena, design.contract.can_grow)),
      patterns_(edge_patterns(arena)),
      options_(options),
      fresh_(design),
      memory_(host_.prepare_for(design, survey_)),
      trial_(memory_, {}, design) {}

template <class Books>
Exploration Explorer<Books>::run() {
  const Clock::time_point started = Clock::now();
  bool going = begin();
  for (StateStore::Id state = 0; going && state < store_.size(); ++state) {
    going = expand(state) && store_.bytes() <= options_.memory_bytes;
    if (state % kProgressStates != 0 || !options_.progress) continue;
    account();
    result_.seconds = std::chrono::duration<double>(Clock::now() - started).count();
    options_.progress(result_);
  }
  account();
  result_.seconds = std::chrono::duration<double>(Clock::now() - started).count();
  return result_;
}

template <class Books>
void Explorer<Books>::account() {
  result_.states = store_.size();
  result_.abstract_states = holdings_.size();
  result_.bytes = store_.bytes();
  result_.outcomes = trial_.outcomes();
}

/// Reaches the first state. Returns: false if even that one breaks a clause.
template <class Books>
bool Explorer<Books>::begin() {
  bool passing = false;
  const char* broken_limit = run_watched([&] { passing = trial_.begin(survey_); });
  if (broken_limit != nullptr) trial_.give_up(broken_limit);
  if (broken_limit != nullptr || !passing) {
    result_.broken = Counterexample{sequence_of({}), trial_.verdict()};
    return false;
  }
  hide_leftovers();
  find_outside();
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
template <class Books>
void Explorer<Books>::hide_leftovers() {
  if (survey_.arena.ram == RamContent::zero) return;
  const Run frames = survey_.arena.run();
  std::vector<std::uint64_t> words(patterns_.owned.size());
  read_edges(memory_.ram, frames, words);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == patterns_.at_first[i]) words[i] = patterns_.owned[i];
  }
  write_edges(memory_.ram, frames, words);
}

/// Notes where else there is state. Throws if that is more than a key can name.
template <class Books>
void Explorer<Books>::find_outside() {
  const std::span<const std::span<std::byte>> data = trial_.design().data();
  outside_.assign(data.begin(), data.end());
  for (const Run& run : trial_.design().kept()) {
    outside_.emplace_back(memory_.ram(run.first), bytes_of(run.count));
    for (std::uint32_t i = 0; i < run.count.value(); ++i) {
      kept_ |= 1U << (run.first - survey_.arena.base + FrameCount{i}).value();
    }
  }
  for (const std::span<std::byte> part : outside_) outside_words_ += words_for(part.size());
  if (edges_at() + patterns_.owned.size() > kMaxWords) {
    throw std::runtime_error(
        fmt::format("the allocator keeps {} KiB of state; at most 500 can be "
                    "explored",
                    edges_at() / 128));
  }
}

/// Makes every call in a state. Returns: false if one breaks a clause, or does not return.
template <class Books>
bool Explorer<Books>::expand(StateStore::Id state) {
  enter(state);
  bool passing = false;
  if (run_watched([&] { passing = make_every_call(state); }) == nullptr && passing) {
    ++result_.expanded;
    return true;
  }
  result_.broken = counterexample(state, call_);
  return false;
}

template <class Books>
bool Explorer<Books>::make_every_call(StateStore::Id state) {
  for (call_ = 0; call_ < calls_.size(); ++call_) {
    if (!is_possible(calls_[call_])) continue;
    ++result_.transitions;
    if (!perform(trial_, calls_[call_]) || !reach(state, call_)) return false;
  }
  return true;
}

/// Frames can be added only while all of them are reserved.
template <class Books>
bool Explorer<Books>::is_possible(const Operation& call) const {
  return call.kind != OperationKind::grow || books().is_reserved({call.pfn, call.count});
}

/// Notes the state after a call and goes back to the one before. Returns: false if the call changed
/// a frame that was not free.
template <class Books>
bool Explorer<Books>::reach(StateStore::Id from, std::uint16_t call) {
  if (!options_.leave_stale) design().refresh();
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

template <class Books>
void Explorer<Books>::read_image(std::span<std::uint64_t> image) const {
  std::memcpy(image.data(), &trial_.design(), fresh_.used_bytes());
  std::memcpy(image.data() + design_words(), memory_.metadata.data(), memory_.metadata.size());
  std::uint64_t* to = image.data() + design_words() + metadata_words();
  for (const std::span<std::byte> part : outside_) {
    copy_unwatched({reinterpret_cast<std::byte*>(to), part.size()}, part.data());
    to += words_for(part.size());
  }
  read_edges(memory_.ram, survey_.arena.run(), image.subspan(edges_at()));
}

template <class Books>
void Explorer<Books>::write_image(std::span<const std::uint64_t> image) {
  std::memcpy(static_cast<void*>(&design()), image.data(), fresh_.used_bytes());
  std::memcpy(memory_.metadata.data(), image.data() + design_words(), memory_.metadata.size());
  const std::uint64_t* from = image.data() + design_words() + metadata_words();
  for (const std::span<std::byte> part : outside_) {
    copy_unwatched(part, reinterpret_cast<const std::byte*>(from));
    from += words_for(part.size());
  }
  write_edges(memory_.ram, survey_.arena.run(), image.subspan(edges_at()));
}

/// The key of the state that `now_` and `holding_` show. Returns: false if a frame that is not free
/// holds what nobody should have written.
template <class Books>
bool Explorer<Books>::make_key() {
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
template <class Books>
bool Explorer<Books>::may_hold(std::size_t word) const {
  const std::uint32_t bit = 1U << (word / kEdgeWordsPerFrame);
  if ((kept_ & bit) != 0) return true;
  if ((holding_.used & bit) != 0) return false;
  return (holding_.reserved & bit) == 0 || now_[edges_at() + word] == patterns_.at_first[word];
}

/// Puts allocator, memory and oracle into a known state.
template <class Books>
void Explorer<Books>::enter(StateStore::Id state) {
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
    if (is_reserved && !books().is_reserved(frame)) books().reserve(frame);
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
template <class Books>
AnyDesign& Explorer<Books>::design() {
  return const_cast<AnyDesign&>(trial_.design());
}

template <class Books>
Books& Explorer<Books>::books() {
  return const_cast<Books&>(std::as_const(*this).books());
}

template <class Books>
Counterexample Explorer<Books>::counterexample(StateStore::Id state, std::uint16_t call) const {
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
template <class Books>
Verdict Explorer<Books>::verdict_on(const Sequence& sequence) const {
  HostMemory host;
  const Survey needs = survey(sequence);
  Trial<AnyDesign, WatchGuard> trial(host.prepare_for(fresh_, needs), {}, fresh_);
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
template <class Books>
Sequence Explorer<Books>::sequence_of(std::span<const std::uint16_t> calls) const {
  HostMemory host;
  Trial<AnyDesign> trial(host.prepare_for(fresh_, survey_), {}, fresh_);
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
    if (sequence.operations.size() == calls.size() || !perform(trial, call)) break;
    if (call.kind != OperationKind::alloc) continue;
    for (Pfn at = trial.model().next_block(survey_.arena.base); !at.is_none();
         at = trial.model().next_block(at + FrameCount{1})) {
      names.try_emplace(at, next_name);
    }
    ++next_name;
  }
  return sequence;
}

}  // namespace

Exploration explore(const AnyDesign& design, const Arena& arena, const ExploreOptions& options) {
  if (options.both_oracles) return Explorer<PairedModel>(design, arena, options).run();
  return Explorer<Model>(design, arena, options).run();
}

}  // namespace assay
