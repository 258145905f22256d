#include "fuzz/mutation.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "fuzz/edit.h"
#include "oracle/operations/generator.h"

namespace assay {

namespace {

std::uint32_t size_of(const Sequence& sequence) {
  return static_cast<std::uint32_t>(sequence.operations.size());
}

/// [0, 1, …, count − 1]
std::vector<std::uint32_t> as_they_are(std::uint32_t count) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  return order;
}

void keep_within_length(Sequence& sequence) {
  const std::uint32_t most = most_operations(sequence.arena.frames);
  if (size_of(sequence) > most) sequence = without(sequence, most, size_of(sequence) - most);
}

Arena any_arena(Random& random, const ArenaSizes& sizes) {
  if (!random.one_in(16)) return random_arena(random, sizes.usual);
  return random_arena(random, 1, std::max(sizes.largest >> random.below(8), 1U));
}

/// Mostly one or two operations, sometimes many: a large arena takes more of them to notice.
std::uint32_t burst_length(Random& random, FrameCount frames) {
  const std::uint32_t longest = std::clamp(frames.value() / 16, 32U, 1024U);
  return random.between(1, random.one_in(4) ? longest : 2);
}

void insert_some(Random& random, Sequence& sequence) {
  const std::uint32_t position = random.below(size_of(sequence) + 1);
  const Weights weights = random.one_in(2) ? swarm_weights(random, sequence.arena) : Weights{};
  std::uint32_t names = names_before(sequence, position);
  std::vector<Operation> burst;
  for (std::uint32_t i = burst_length(random, sequence.arena.frames); i > 0; --i) {
    burst.push_back(random_operation(random, sequence.arena, names, weights));
    names += burst.back().names_block() ? 1 : 0;
  }
  insert(sequence, position, burst);
}

void drop_some(Random& random, Sequence& sequence) {
  const std::uint32_t first = random.below(size_of(sequence));
  sequence = without(sequence, first, random.between(1, random.one_in(4) ? size_of(sequence) : 2));
}

/// The end of a stretch of operations that begins at `first`, mostly a short one.
std::uint32_t end_of_some(Random& random, const Sequence& sequence, std::uint32_t first) {
  return std::min(first + random.between(1, random.one_in(4) ? 32 : 2), size_of(sequence));
}

/// Some operations once more, anywhere behind where they are.
void repeat_some(Random& random, Sequence& sequence) {
  const std::uint32_t first = random.below(size_of(sequence));
  const std::uint32_t end = end_of_some(random, sequence, first);
  std::vector<std::uint32_t> order = as_they_are(size_of(sequence));
  const std::vector<std::uint32_t> again(order.begin() + first, order.begin() + end);
  const std::uint32_t place = random.between(end, size_of(sequence));
  order.insert(order.begin() + place, again.begin(), again.end());
  sequence = reordered(sequence, order);
}

/// Two neighbouring stretches change places.
void swap_some(Random& random, Sequence& sequence) {
  const std::uint32_t first = random.below(size_of(sequence));
  const std::uint32_t middle = end_of_some(random, sequence, first);
  const std::uint32_t end = end_of_some(random, sequence, middle);
  std::vector<std::uint32_t> order = as_they_are(size_of(sequence));
  std::rotate(order.begin() + first, order.begin() + middle, order.begin() + end);
  sequence = reordered(sequence, order);
}

void change_one(Random& random, Sequence& sequence) {
  const std::uint32_t position = random.below(size_of(sequence));
  Operation& operation = sequence.operations[position];
  const std::uint32_t names = names_before(sequence, position);
  if (operation.kind == OperationKind::alloc) {
    operation.alignment = random.one_in(3) ? random_alignment(random) : operation.alignment;
    operation.count = random_count(random, sequence.arena.frames);
  } else if (operation.refers_to_block()) {
    operation.block = random.below(names);
  } else if (!operation.names_block()) {
    const Operation other = random_operation(random, sequence.arena, names);
    if (!other.names_block()) operation = other;
  }
}

/// Another arena, the same with other holes and another base, a smaller one with everything in
/// proportion, or only other content of its RAM.
void change_arena(Random& random, Sequence& sequence, const ArenaSizes& sizes) {
  const std::uint32_t frames = sequence.arena.frames.value();
  switch (random.below(8)) {
    case 0:
    case 1: return rebase(sequence, random_arena(random, frames, frames));
    case 2: {
      const Sequence smaller = scaled(sequence, FrameCount{random.between(1, frames)});
      if (smaller.arena.problem() == nullptr) sequence = smaller;
      return;
    }
    case 3:
      sequence.arena.ram = random.one_in(4) ? RamContent::zero : RamContent::junk;
      sequence.arena.seed = sequence.arena.ram == RamContent::junk ? random.next() : 0;
      return;
    default: return rebase(sequence, any_arena(random, sizes));
  }
}

/// The first `end` operations of one, and those of the other from `begin` on, whose frees count
/// back from the newest block as they did.
Sequence spliced(const Sequence& head, std::uint32_t end, const Sequence& tail,
                 std::uint32_t begin) {
  Sequence sequence = without(head, end, size_of(head));
  std::uint32_t names = names_in(sequence);
  std::uint32_t tail_names = names_before(tail, begin);
  for (std::uint32_t i = begin; i < size_of(tail); ++i) {
    Operation operation = tail.operations[i];
    if (operation.refers_to_block()) {
      const std::uint32_t distance = tail_names - operation.block;
      if (distance > names) continue;
      operation.block = names - distance;
    }
    names += operation.names_block() ? 1 : 0;
    tail_names += operation.names_block() ? 1 : 0;
    sequence.operations.push_back(operation);
  }
  return sequence;
}

/// All operations of both, in turns of a few.
Sequence woven(Random& random, const Sequence& first, const Sequence& second) {
  Sequence both = spliced(first, size_of(first), second, 0);
  std::vector<std::uint32_t> order;
  order.reserve(size_of(both));
  std::uint32_t next_first = 0;
  std::uint32_t next_second = size_of(first);
  while (next_first < size_of(first) || next_second < size_of(both)) {
    for (std::uint32_t i = random.below(8); i > 0 && next_first < size_of(first); --i) {
      order.push_back(next_first++);
    }
    for (std::uint32_t i = random.below(8); i > 0 && next_second < size_of(both); --i) {
      order.push_back(next_second++);
    }
  }
  return reordered(both, order);
}

}  // namespace

std::uint32_t most_operations(FrameCount frames) {
  constexpr std::uint32_t kLeast = 256;
  constexpr std::uint32_t kMost = 8192;
  return frames.value() > kMost / 4 ? kMost : std::max(4 * frames.value(), kLeast);
}

Sequence fresh_sequence(Random& random, const ArenaSizes& sizes) {
  Sequence sequence{.arena = any_arena(random, sizes), .operations = {}};
  for (std::uint32_t i = random.between(1, 4); i > 0; --i) insert_some(random, sequence);
  keep_within_length(sequence);
  return sequence;
}

void mutate(Random& random, Sequence& sequence, const ArenaSizes& sizes) {
  switch (sequence.operations.empty() ? 0 : random.below(12)) {
    case 1: change_arena(random, sequence, sizes); break;
    case 2:
    case 3: drop_some(random, sequence); break;
    case 4: repeat_some(random, sequence); break;
    case 5: swap_some(random, sequence); break;
    case 6:
    case 7: change_one(random, sequence); break;
    default: insert_some(random, sequence);
  }
  keep_within_length(sequence);
}

Sequence crossed(Random& random, const Sequence& first, const Sequence& second) {
  Sequence moved = second;
  rebase(moved, first.arena);
  Sequence sequence = random.one_in(2) ? woven(random, first, moved)
                                       : spliced(first, random.below(size_of(first) + 1), moved,
                                                 random.below(size_of(moved) + 1));
  keep_within_length(sequence);
  return sequence;
}

}  // namespace assay
