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
/// Invariants
/// T1  A node of an upper level is the join of its children.
/// T2  A group that is not stale is the join of its words; a stale one is on the list once.
///
/// Cost: touch O(1). refresh O(levels × FanOut) for each group touched since the last one, mostly
/// one level. next_run O(levels × FanOut). 2^28 frames have eight levels of eight.
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

  /// This word of the map has changed.
  void touch(std::uint32_t word);

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

  /// Joins the parts of one node from left to right.
  class Join {
   public:
    void add(const Summary& part, std::uint32_t size);
    void add(Word free);
    [[nodiscard]] const Summary& sum() const { return sum_; }

   private:
    Summary sum_;
    std::uint32_t size_ = 0;
  };

  static constexpr std::uint32_t kFresh = 0xFFFF'FFFF;
  static constexpr std::uint32_t kEndOfList = 0xFFFF'FFFE;
  static constexpr std::uint32_t kMaxFrames = 1U << 28;
  /// Level 0 are the words, level 1 the groups.
  static constexpr unsigned kLevels = [] {
    unsigned levels = 1;
    for (std::uint32_t size = WordBits; size < kMaxFrames; size *= FanOut) ++levels;
    return levels;
  }();

  [[nodiscard]] static std::uint32_t parents_for(std::uint32_t parts) {
    return parts / FanOut + (parts % FanOut != 0 ? 1 : 0);
  }

  /// The bits of `word` at which `count` ≥ 1 set bits in a row begin.
  [[nodiscard]] static Word run_starts(Word word, std::uint32_t count);

  template <class Map>
  [[nodiscard]] static Summary summary_of(const Map& map, std::uint32_t word, std::uint32_t count);
  template <class Map>
  [[nodiscard]] Summary join_words(const Map& map, std::uint32_t group) const;
  [[nodiscard]] Summary join_nodes(unsigned level, std::uint32_t parent, std::uint32_t size) const;

  [[nodiscard]] Node& node(unsigned level, std::uint32_t index) const {
    return nodes_[first_node_[level] + index];
  }
  /// Words or nodes of a level.
  [[nodiscard]] std::uint32_t parts(unsigned level) const {
    return level == 0 ? words_ : first_node_[level + 1] - first_node_[level];
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
    nodes += parts;
    if (parts == 1) break;
  }
  return nodes * sizeof(Node);
}

template <unsigned WordBits, unsigned FanOut>
void RunTree<WordBits, FanOut>::init(FrameCount frames, std::span<std::byte> metadata) {
  *this = RunTree{};
  nodes_ = reinterpret_cast<Node*>(metadata.data());
  words_ = Bits::words_for(frames.value());
  do {
    ++top_;
    first_node_[top_ + 1] = first_node_[top_] + parents_for(parts(top_ - 1));
  } while (parts(top_) > 1);
  const std::uint32_t nodes = first_node_[top_ + 1];
  for (std::uint32_t i = 0; i < nodes; ++i) nodes_[i] = {.free = {}, .next_stale = kFresh};
}

template <unsigned WordBits, unsigned FanOut>
void RunTree<WordBits, FanOut>::touch(std::uint32_t word) {
  Node& group = nodes_[word / FanOut];
  if (group.next_stale != kFresh) return;
  group.next_stale = first_stale_;
  first_stale_ = word / FanOut;
}

template <unsigned WordBits, unsigned FanOut>
template <class Map>
void RunTree<WordBits, FanOut>::refresh(const Map& map) {
  while (first_stale_ != kEndOfList) {
    std::uint32_t index = first_stale_;
    first_stale_ = nodes_[index].next_stale;
    nodes_[index].next_stale = kFresh;
    Summary now = join_words(map, index);
    std::uint32_t size = WordBits * FanOut;
    for (unsigned level = 1; node(level, index).free != now; ++level) {
      node(level, index).free = now;
      if (level == top_) break;
      index /= FanOut;
      size *= FanOut;
      now = join_nodes(level + 1, index, size);
    }
  }
}

/// Walks from left to right, over each part of the map in the largest piece that begins there, and
/// into a piece only if the run is inside.
template <unsigned WordBits, unsigned FanOut>
template <class Map>
std::uint32_t RunTree<WordBits, FanOut>::next_run(const Map& map, std::uint32_t from,
                                                  std::uint32_t count) const {
  std::uint32_t index = from / WordBits;
  std::uint32_t run = 0;  // free frames that end where the walk is
  if (from % WordBits != 0) {
    const auto free = static_cast<Word>(map.free_word(index) & Bits::from(from));
    const Word starts = run_starts(free, count);
    if (starts != 0) return index * WordBits + Bits::lowest(starts);
    run = Bits::ones_at_end(free);
    ++index;
  }
  unsigned level = 0;
  std::uint32_t size = WordBits;
  while (index < parts(level)) {
    while (level < top_ && index % FanOut == 0) {
      ++level;
      index /= FanOut;
      size *= FanOut;
    }
    for (;;) {
      const Summary part = level == 0 ? summary_of(map, index, count) : node(level, index).free;
      if (run + part.start >= count) return index * size - run;
      if (part.longest < count) {
        run = part.start == size ? run + size : part.end;
        ++index;
        break;
      }
      if (level == 0) {
        return index * WordBits + Bits::lowest(run_starts(map.free_word(index), count));
      }
      --level;
      index *= FanOut;
      size /= FanOut;
    }
  }
  return kNotFound;
}

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

/// What a walk for `count` frames must know of a word: its longest run only if that is enough.
template <unsigned WordBits, unsigned FanOut>
template <class Map>
auto RunTree<WordBits, FanOut>::summary_of(const Map& map, std::uint32_t word, std::uint32_t count)
    -> Summary {
  const Word free = map.free_word(word);
  return {.start = Bits::ones_at_start(free),
          .longest = run_starts(free, count) != 0 ? count : 0,
          .end = Bits::ones_at_end(free)};
}

template <unsigned WordBits, unsigned FanOut>
template <class Map>
auto RunTree<WordBits, FanOut>::join_words(const Map& map, std::uint32_t group) const -> Summary {
  const std::uint32_t first = group * FanOut;
  const std::uint32_t end = std::min(first + FanOut, words_);
  Join join;
  for (std::uint32_t word = first; word < end; ++word) join.add(map.free_word(word));
  return join.sum();
}

/// `size`: of the parent.
template <unsigned WordBits, unsigned FanOut>
auto RunTree<WordBits, FanOut>::join_nodes(unsigned level, std::uint32_t parent,
                                           std::uint32_t size) const -> Summary {
  const std::uint32_t first = parent * FanOut;
  const std::uint32_t end = std::min(first + FanOut, parts(level - 1));
  Join join;
  for (std::uint32_t i = first; i < end; ++i) join.add(node(level - 1, i).free, size / FanOut);
  return join.sum();
}

template <unsigned WordBits, unsigned FanOut>
void RunTree<WordBits, FanOut>::Join::add(const Summary& part, std::uint32_t size) {
  // Sums with a factor of 0 or 1 instead of branches, which would be mispredicted.
  sum_.start += part.start * static_cast<std::uint32_t>(sum_.start == size_);
  sum_.longest = std::max({sum_.longest, sum_.end + part.start, part.longest});
  sum_.end = part.end + sum_.end * static_cast<std::uint32_t>(part.start == size);
  size_ += size;
}

template <unsigned WordBits, unsigned FanOut>
void RunTree<WordBits, FanOut>::Join::add(Word free) {
  const std::uint32_t start = Bits::ones_at_start(free);
  const std::uint32_t end = Bits::ones_at_end(free);
  std::uint32_t longest = std::max({start, end, sum_.longest});
  // Few words have a longer run inside; most have not even enough free frames for one.
  if (static_cast<std::uint32_t>(std::popcount(free)) > longest + start + end) {
    for (Word starts = run_starts(free, longest + 1); starts != 0; ++longest) {
      starts &= static_cast<Word>(starts >> 1);
    }
  }
  add({.start = start, .longest = longest, .end = end}, WordBits);
}

template <unsigned WordBits, unsigned FanOut>
template <class Map>
const char* RunTree<WordBits, FanOut>::validate(const Map& map) const {
  std::uint32_t listed = 0;
  for (std::uint32_t i = first_stale_; i != kEndOfList; i = node(1, i).next_stale) {
    if (i >= parts(1) || ++listed > parts(1)) return "T2: the list of stale groups is broken";
  }
  std::uint32_t size = WordBits;
  for (unsigned level = 1; level <= top_; ++level) {
    size *= FanOut;
    for (std::uint32_t i = 0; i < parts(level); ++i) {
      const bool is_stale = node(level, i).next_stale != kFresh;
      if (is_stale) --listed;
      if (level > 1 && node(level, i).free != join_nodes(level, i, size)) {
        return "T1: a node is not the join of its children";
      }
      if (level == 1 && !is_stale && node(level, i).free != join_words(map, i)) {
        return "T2: a group is not the join of its words";
      }
    }
  }
  return listed == 0 ? nullptr : "T2: a stale group is not on the list";
}

}  // namespace assay
