/// Finds the lowest run of free frames that is long enough, without a scan.
///
///     level 2   [3           5           2]     free at the start, in the longest run, at the end
///     level 1   [3    3    1] [4    4    2]     a node per group of words
///     words      ...x   .xx.   ....   xx..      . free
///
/// A node knows of its part of the map how many frames are free at the start, in the longest run,
/// and at the end: enough to join it to its neighbours, and to tell whether it must be looked into.
/// The lowest nodes stand for groups of `FanOut` words, each further level for `FanOut` nodes. The
/// idea is that of an interval tree for the longest run; the Go runtime keeps its heap pages so.
///
/// Single frames come and go without asking for runs, and must not pay for them. So a group that
/// has changed is only noted as stale, once, on a list through the nodes themselves; who then wants
/// a run brings the stale groups up to date, and of the levels above what really changes.
///
/// A run that becomes free is another matter. All that its group can gain is the run that it now
/// lies in: a look at the frames around it says all, where a stale group would have to be read
/// anew. What is taken, in turn, is mostly the longest run of its group, and only reading all of it
/// says which one is the longest now.
///
/// Invariants
/// T1  A node of an upper level is the join of its children.
/// T2  A group that is not stale is the summary of its words; a stale one is on the list once.
///
/// Cost: touch O(1) per group. note_freed O(levels × FanOut), and O(1) for each group that lies
/// inside the run. refresh O(levels × FanOut) for each stale group, mostly one level. next_run
/// O(levels × FanOut). 2^28 frames have eight levels of eight.
/// Memory: 16 bytes per group and 1 / (FanOut − 1) of it for the levels above.
///
/// The map is whatever can answer `free_word(w)`: the bits of word w that stand for free frames.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "impls/bit_word.h"
#include "impls/frame.h"
#include "impls/index.h"

namespace assay {

template <unsigned WordBits, unsigned FanOut>
class RunTree {
  static_assert(FanOut == 2 || FanOut == 4 || FanOut == 8);

 public:
  [[nodiscard]] static std::uint64_t bytes_for(FrameCount frames);

  /// For a map without free frames. Requires: bytes_for(frames) bytes, aligned to 4, and at most
  /// 2^28 frames.
  void init(FrameCount frames, std::span<std::byte> metadata);

  /// Frames in this word of the map have changed.
  void touch(std::uint32_t word) { touch_group(word / FanOut); }
  /// Frames of this run have changed.
  void touch_all(IndexRun run);

  /// The same, and all of them are free by now.
  template <class Map>
  void note_freed(const Map& map, IndexRun run);

  /// Brings every stale group up to date.
  template <class Map>
  void refresh(const Map& map);

  /// The lowest index ≥ `from` at which `count` ≥ 1 free frames begin, or kNotFound.
  /// Requires: nothing was touched since the last refresh.
  template <class Map>
  [[nodiscard]] std::uint32_t next_run(const Map& map, std::uint32_t from,
                                       std::uint32_t count) const;

  /// Checks T1 and T2. Returns: nullptr, or which one is broken.
  template <class Map>
  [[nodiscard]] const char* validate(const Map& map) const;

 private:
  using Bits = BitWord<WordBits>;
  using Word = Bits::Word;

  /// The free frames of one part of the map.
  struct Summary {
    std::uint32_t start = 0;    ///< how many lie at its start,
    std::uint32_t longest = 0;  ///< in its longest run,
    std::uint32_t end = 0;      ///< and at its end

    bool operator==(const Summary&) const = default;
  };

  struct Node {
    Summary free;
    std::uint32_t next_stale;  ///< of a group: the next one, kEndOfList, or kFresh
  };

  static constexpr std::uint32_t kFresh = 0xFFFF'FFFF;
  static constexpr std::uint32_t kEndOfList = 0xFFFF'FFFE;
  static constexpr std::uint32_t kGroupFrames = WordBits * FanOut;
  static constexpr std::uint32_t kMaxFrames = 1U << 28;
  /// Level 0 are the words, level 1 the groups.
  static constexpr unsigned kLevels = [] {
    unsigned levels = 1;
    for (std::uint32_t size = WordBits; size < kMaxFrames; size *= FanOut) ++levels;
    return levels;
  }();

  /// How many nodes stand above so many words or nodes.
  [[nodiscard]] static std::uint32_t parents_for(std::uint32_t parts) {
    return parts / FanOut + (parts % FanOut != 0 ? 1 : 0);
  }
  /// So many nodes, and empty ones to the right of them, so that each parent has as many children.
  [[nodiscard]] static std::uint32_t with_padding(std::uint32_t nodes) {
    return nodes == 1 ? 1 : parents_for(nodes) * FanOut;
  }

  void touch_group(std::uint32_t group);
  template <class Map>
  void extend_group(const Map& map, std::uint32_t group, IndexRun freed);
  template <class Map>
  [[nodiscard]] std::uint32_t run_begin(const Map& map, std::uint32_t index,
                                        std::uint32_t limit) const;
  template <class Map>
  [[nodiscard]] std::uint32_t run_end(const Map& map, std::uint32_t index,
                                      std::uint32_t limit) const;

  template <class Map>
  [[nodiscard]] Summary summary_of(const Map& map, std::uint32_t group) const;
  [[nodiscard]] static std::uint32_t longest_of(Word free, std::uint32_t known);
  void change(std::uint32_t group, const Summary& changed);
  [[nodiscard]] Summary join_children(unsigned level, std::uint32_t index) const;

  template <class Map>
  [[nodiscard]] std::uint32_t lowest_inside(const Map& map, unsigned level, std::uint32_t index,
                                            std::uint32_t count) const;
  template <class Map>
  [[nodiscard]] std::uint32_t find_in_group(const Map& map, std::uint32_t from, std::uint32_t count,
                                            std::uint32_t& run) const;
  [[nodiscard]] static Word run_starts(Word word, std::uint32_t count);

  [[nodiscard]] Node& node(unsigned level, std::uint32_t index) const {
    return nodes_[first_node_[level] + index];
  }
  [[nodiscard]] std::uint32_t nodes_of(unsigned level) const {
    return first_node_[level + 1] - first_node_[level];
  }
  /// A node of this level stands for 2^size_bits frames.
  [[nodiscard]] static unsigned size_bits(unsigned level) {
    return std::countr_zero(WordBits) + level * std::countr_zero(FanOut);
  }
  /// The word behind the last one of a group.
  [[nodiscard]] std::uint32_t words_end(std::uint32_t group) const {
    return std::min((group + 1) * FanOut, words_);
  }
  /// The free frames behind a part, if there are `run` in front of it. A start that is as long as
  /// the part is its size times 1, any other one times 0: no branch, which would be mispredicted.
  [[nodiscard]] static std::uint32_t run_behind(std::uint32_t run, const Summary& part,
                                                unsigned bits) {
    return part.end + run * (part.start >> bits);
  }

  Node* nodes_ = nullptr;
  std::uint32_t first_stale_ = kEndOfList;
  std::uint32_t words_ = 0;
  unsigned top_ = 0;
  /// Of each level from 1 on; behind the top's, the number of all nodes.
  std::array<std::uint32_t, kLevels + 1> first_node_{};
};

template <unsigned WordBits, unsigned FanOut>
std::uint64_t RunTree<WordBits, FanOut>::bytes_for(FrameCount frames) {
  std::uint64_t nodes = 0;
  std::uint32_t parts = Bits::words_for(frames.value());
  for (unsigned level = 1; level < kLevels; ++level) {
    parts = parents_for(parts);
    nodes += with_padding(parts);
    if (parts == 1) break;
  }
  return nodes * sizeof(Node);
}

template <unsigned WordBits, unsigned FanOut>
void RunTree<WordBits, FanOut>::init(FrameCount frames, std::span<std::byte> metadata) {
  *this = RunTree{};
  nodes_ = reinterpret_cast<Node*>(metadata.data());
  words_ = Bits::words_for(frames.value());
  std::uint32_t parts = words_;
  do {
    ++top_;
    parts = parents_for(parts);
    first_node_[top_ + 1] = first_node_[top_] + with_padding(parts);
  } while (parts > 1);
  const std::uint32_t nodes = first_node_[top_ + 1];
  for (std::uint32_t i = 0; i < nodes; ++i) nodes_[i] = {.free = {}, .next_stale = kFresh};
}

template <unsigned WordBits, unsigned FanOut>
void RunTree<WordBits, FanOut>::touch_all(IndexRun run) {
  const std::uint32_t last = run.last() / kGroupFrames;
  for (std::uint32_t group = run.first / kGroupFrames; group <= last; ++group) touch_group(group);
}

template <unsigned WordBits, unsigned FanOut>
void RunTree<WordBits, FanOut>::touch_group(std::uint32_t group) {
  Node& node = nodes_[group];
  if (node.next_stale != kFresh) return;
  node.next_stale = first_stale_;
  first_stale_ = group;
}

/// Only the first and the last group are looked at, so that a free costs no more than it has to.
template <unsigned WordBits, unsigned FanOut>
template <class Map>
void RunTree<WordBits, FanOut>::note_freed(const Map& map, IndexRun run) {
  const std::uint32_t first = run.first / kGroupFrames;
  const std::uint32_t last = run.last() / kGroupFrames;
  extend_group(map, first, run);
  if (last == first) return;
  for (std::uint32_t group = first + 1; group < last; ++group) touch_group(group);
  extend_group(map, last, run);
}

template <unsigned WordBits, unsigned FanOut>
template <class Map>
void RunTree<WordBits, FanOut>::extend_group(const Map& map, std::uint32_t group, IndexRun freed) {
  if (nodes_[group].next_stale != kFresh) return;
  const std::uint32_t first = group * kGroupFrames;
  const std::uint32_t end = words_end(group) * WordBits;
  const std::uint32_t begin = run_begin(map, std::max(freed.first, first), first);
  const std::uint32_t behind = run_end(map, std::min(freed.end(), end), end);
  Summary free = nodes_[group].free;
  if (begin == first) free.start = behind - begin;
  if (behind == end) free.end = behind - begin;
  free.longest = std::max(free.longest, behind - begin);
  change(group, free);
}

/// Where the free frames in front of `index` begin; those below `limit`, a word's first, are not
/// looked at.
template <unsigned WordBits, unsigned FanOut>
template <class Map>
std::uint32_t RunTree<WordBits, FanOut>::run_begin(const Map& map, std::uint32_t index,
                                                   std::uint32_t limit) const {
  auto wanted = static_cast<Word>(Bits::kAll ^ Bits::from(index));
  for (std::uint32_t word = index / WordBits + 1; word-- > limit / WordBits;) {
    const auto taken = static_cast<Word>(~map.free_word(word) & wanted);
    if (taken != 0) return word * WordBits + Bits::highest(taken) + 1;
    wanted = Bits::kAll;
  }
  return limit;
}

/// Where the free frames from `index` on end; those from `limit`, a word's first, on are not looked
/// at.
template <unsigned WordBits, unsigned FanOut>
template <class Map>
std::uint32_t RunTree<WordBits, FanOut>::run_end(const Map& map, std::uint32_t index,
                                                 std::uint32_t limit) const {
  Word wanted = Bits::from(index);
  for (std::uint32_t word = index / WordBits; word < limit / WordBits; ++word) {
    const auto taken = static_cast<Word>(~map.free_word(word) & wanted);
    if (taken != 0) return word * WordBits + Bits::lowest(taken);
    wanted = Bits::kAll;
  }
  return limit;
}

template <unsigned WordBits, unsigned FanOut>
template <class Map>
void RunTree<WordBits, FanOut>::refresh(const Map& map) {
  while (first_stale_ != kEndOfList) {
    const std::uint32_t group = first_stale_;
    first_stale_ = nodes_[group].next_stale;
    nodes_[group].next_stale = kFresh;
    change(group, summary_of(map, group));
  }
}

template <unsigned WordBits, unsigned FanOut>
template <class Map>
auto RunTree<WordBits, FanOut>::summary_of(const Map& map, std::uint32_t group) const -> Summary {
  const std::uint32_t first = group * kGroupFrames;
  const std::uint32_t end = words_end(group) * WordBits;
  std::uint32_t longest = 0;
  std::uint32_t run = 0;  // free frames that end where the walk is
  for (std::uint32_t word = first / WordBits; word < end / WordBits; ++word) {
    const Word free = map.free_word(word);
    if (free == 0) {
      run = 0;
    } else if (free == Bits::kAll) {
      run += WordBits;
      longest = std::max(longest, run);
    } else {
      longest = longest_of(free, std::max(longest, run + Bits::ones_at_start(free)));
      run = Bits::ones_at_end(free);
    }
  }
  return {.start = run_end(map, first, end) - first, .longest = longest, .end = run};
}

/// Bits in the longest row of a word, or `known`, whichever is more.
template <unsigned WordBits, unsigned FanOut>
std::uint32_t RunTree<WordBits, FanOut>::longest_of(Word free, std::uint32_t known) {
  // Many words have not even enough of them for a longer row.
  if (static_cast<std::uint32_t>(std::popcount(free)) <= known) return known;
  for (Word starts = run_starts(free, known + 1); starts != 0; ++known) {
    starts &= static_cast<Word>(starts >> 1);
  }
  return known;
}

/// Gives a group another summary, and those above theirs, up to the first one that keeps its own.
template <unsigned WordBits, unsigned FanOut>
void RunTree<WordBits, FanOut>::change(std::uint32_t group, const Summary& changed) {
  Summary now = changed;
  std::uint32_t index = group;
  for (unsigned level = 1;; ++level) {
    const Summary before = node(level, index).free;
    node(level, index).free = now;
    if (level == top_) return;
    index /= FanOut;
    const Summary& parent = node(level + 1, index).free;
    const bool keeps_ends = now.start == before.start && now.end == before.end;
    if (keeps_ends && (now.longest >= before.longest || before.longest < parent.longest)) {
      // To the parent only a run matters that is longer than all it knew.
      if (now.longest <= parent.longest) return;
      now = {.start = parent.start, .longest = now.longest, .end = parent.end};
    } else {
      now = join_children(level + 1, index);
      if (now == parent) return;
    }
  }
}

template <unsigned WordBits, unsigned FanOut>
auto RunTree<WordBits, FanOut>::join_children(unsigned level, std::uint32_t index) const
    -> Summary {
  const Node* const children = &node(level - 1, index * FanOut);
  const unsigned bits = size_bits(level - 1);
  std::uint32_t longest = 0;
  std::uint32_t run = 0;  // free frames that end where the walk is
  for (unsigned i = 0; i < FanOut; ++i) {
    const Summary& part = children[i].free;
    longest = std::max({longest, run + part.start, part.longest});
    run = run_behind(run, part, bits);
  }
  std::uint32_t start = children[0].free.start;
  for (unsigned i = 1; i < FanOut && start == i << bits; ++i) start += children[i].free.start;
  return {.start = start, .longest = longest, .end = run};
}

/// Walks from left to right, over each part of the map in the largest piece that begins there.
template <unsigned WordBits, unsigned FanOut>
template <class Map>
std::uint32_t RunTree<WordBits, FanOut>::next_run(const Map& map, std::uint32_t from,
                                                  std::uint32_t count) const {
  std::uint32_t index = from / kGroupFrames;
  std::uint32_t run = 0;  // free frames that end where the walk is
  if (from % kGroupFrames != 0) {
    const std::uint32_t found = find_in_group(map, from, count, run);
    if (found != kNotFound) return found;
    ++index;
  }
  unsigned level = 1;
  while (index < nodes_of(level)) {
    while (level < top_ && index % FanOut == 0) {
      ++level;
      index /= FanOut;
    }
    const Summary& part = node(level, index).free;
    if (run + part.start >= count) return (index << size_bits(level)) - run;
    if (part.longest >= count) return lowest_inside(map, level, index, count);
    run = run_behind(run, part, size_bits(level));
    ++index;
  }
  return kNotFound;
}

/// Where the lowest `count` free frames begin in a node that has so many in a row: a level down at
/// a time, to the child that has them, or in which they end.
template <unsigned WordBits, unsigned FanOut>
template <class Map>
std::uint32_t RunTree<WordBits, FanOut>::lowest_inside(const Map& map, unsigned level,
                                                       std::uint32_t index,
                                                       std::uint32_t count) const {
  std::uint32_t run = 0;  // free frames that end in front of the child
  while (level > 1) {
    --level;
    index *= FanOut;
    const Node* child = &node(level, index);
    while (std::max(child->free.longest, run + child->free.start) < count) {
      run = run_behind(run, child->free, size_bits(level));
      ++child;
      ++index;
    }
    if (run + child->free.start >= count) return (index << size_bits(level)) - run;
  }
  return find_in_group(map, index * kGroupFrames, count, run);
}

/// The lowest index at which `count` free frames begin that end in the group of `from`, with the
/// `run` of them in front of `from`; or kNotFound, and `run` is how many the group has at its end.
template <unsigned WordBits, unsigned FanOut>
template <class Map>
std::uint32_t RunTree<WordBits, FanOut>::find_in_group(const Map& map, std::uint32_t from,
                                                       std::uint32_t count,
                                                       std::uint32_t& run) const {
  const std::uint32_t end = words_end(from / kGroupFrames);
  Word wanted = Bits::from(from);
  for (std::uint32_t word = from / WordBits; word < end; ++word) {
    const auto free = static_cast<Word>(map.free_word(word) & wanted);
    wanted = Bits::kAll;
    if (free == 0) {
      run = 0;
      continue;
    }
    if (run + Bits::ones_at_start(free) >= count) return word * WordBits - run;
    const Word starts = run_starts(free, count);
    if (starts != 0) return word * WordBits + Bits::lowest(starts);
    run = free == Bits::kAll ? run + WordBits : Bits::ones_at_end(free);
  }
  return kNotFound;
}

/// The bits of `word` at which `count` ≥ 1 set bits in a row begin.
template <unsigned WordBits, unsigned FanOut>
auto RunTree<WordBits, FanOut>::run_starts(Word word, std::uint32_t count) -> Word {
  if (count > WordBits) return 0;
  // A bit that is left says that `found` bits from it on are set.
  for (std::uint32_t found = 1; found < count;) {
    const std::uint32_t more = std::min(found, count - found);
    word &= static_cast<Word>(word >> more);
    found += more;
  }
  return word;
}

template <unsigned WordBits, unsigned FanOut>
template <class Map>
const char* RunTree<WordBits, FanOut>::validate(const Map& map) const {
  std::uint32_t listed = 0;
  for (std::uint32_t i = first_stale_; i != kEndOfList; i = node(1, i).next_stale) {
    if (i >= nodes_of(1) || ++listed > nodes_of(1)) return "T2: the list of stale groups is broken";
  }
  for (std::uint32_t i = 0; i < parents_for(words_); ++i) {
    if (node(1, i).next_stale != kFresh) {
      --listed;
    } else if (node(1, i).free != summary_of(map, i)) {
      return "T2: a group is not the summary of its words";
    }
  }
  if (listed != 0) return "T2: a stale group is not on the list";
  for (unsigned level = 2; level <= top_; ++level) {
    for (std::uint32_t i = 0; i < nodes_of(level - 1) / FanOut; ++i) {
      if (node(level, i).free != join_children(level, i)) {
        return "T1: a node is not the join of its children";
      }
    }
  }
  return nullptr;
}

}  // namespace assay
