/// libFuzzer's custom mutator: changes whole operations, so that a mutant is a sequence again.
///
/// Bytes that are no sequence are replaced by a fresh random one. The choices come from libFuzzer's
/// seed, so a run can be repeated. Arenas have up to 1,024 frames, or as many as ASSAY_FRAMES in
/// the environment says.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>

#include "fuzz/edit.h"
#include "oracle/operations/generator.h"

namespace assay {

namespace {

/// The largest arena that is made.
std::uint32_t max_frames() {
  static const std::uint32_t frames = [] {
    const char* text = std::getenv("ASSAY_FRAMES");
    const unsigned long wanted = text != nullptr ? std::strtoul(text, nullptr, 10) : 1024;
    return static_cast<std::uint32_t>(std::clamp(wanted, 1UL, 1UL << 16));
  }();
  return frames;
}

Sequence fresh_sequence(Random& random) {
  Sequence sequence{.arena = random_arena(random, max_frames()), .operations = {}};
  std::uint32_t names = 0;
  for (std::uint32_t i = random.between(1, 16); i > 0; --i) {
    sequence.operations.push_back(random_operation(random, sequence.arena, names));
    if (sequence.operations.back().names_block()) ++names;
  }
  return sequence;
}

void insert_some(Random& random, Sequence& sequence) {
  auto position = random.below(static_cast<std::uint32_t>(sequence.operations.size()) + 1);
  for (std::uint32_t i = random.between(1, random.one_in(4) ? 32 : 2); i > 0; --i, ++position) {
    insert(sequence, position,
           random_operation(random, sequence.arena, names_before(sequence, position)));
  }
}

void drop_some(Random& random, Sequence& sequence) {
  const auto size = static_cast<std::uint32_t>(sequence.operations.size());
  const std::uint32_t first = random.below(size);
  sequence = without(sequence, first, random.between(1, random.one_in(4) ? size : 2));
}

void duplicate_some(Random& random, Sequence& sequence) {
  const auto size = static_cast<std::uint32_t>(sequence.operations.size());
  const std::uint32_t first = random.below(size);
  const std::uint32_t count = std::min(random.between(1, 8), size - first);
  for (std::uint32_t i = 0; i < count; ++i) {
    insert(sequence, first + count + i, sequence.operations[first + i]);
  }
}

void change_one(Random& random, Sequence& sequence) {
  const auto size = static_cast<std::uint32_t>(sequence.operations.size());
  const std::uint32_t position = random.below(size);
  Operation& operation = sequence.operations[position];
  const std::uint32_t names = names_before(sequence, position);
  if (operation.kind == OperationKind::alloc) {
    operation.alignment = random.one_in(3) ? random_alignment(random) : operation.alignment;
    operation.count = random_count(random, sequence.arena.frames);
  } else if (operation.refers_to_block()) {
    operation.block = random.below(names);
  } else if (!operation.names_block()) {
    Operation other = random_operation(random, sequence.arena, names);
    if (!other.names_block()) operation = other;
  }
}

void change_arena(Random& random, Sequence& sequence) {
  rebase(sequence, random_arena(random, max_frames()));
}

void mutate(Random& random, Sequence& sequence) {
  if (sequence.operations.empty()) return insert_some(random, sequence);
  switch (random.below(10)) {
    case 0: return change_arena(random, sequence);
    case 1:
    case 2: return drop_some(random, sequence);
    case 3: return duplicate_some(random, sequence);
    case 4:
    case 5: return change_one(random, sequence);
    default: return insert_some(random, sequence);
  }
}

}  // namespace

}  // namespace assay

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  assay::Random random(seed);
  auto sequence = assay::parse_bytes({data, std::min(size, max_size)});
  if (sequence) {
    assay::mutate(random, *sequence);
  } else {
    sequence = assay::fresh_sequence(random);
  }
  std::vector<std::uint8_t> bytes = assay::to_bytes(*sequence);
  while (bytes.size() > max_size && !sequence->operations.empty()) {
    const std::size_t operations = sequence->operations.size();
    *sequence = assay::without(*sequence, operations - operations / 2 - 1, operations);
    bytes = assay::to_bytes(*sequence);
  }
  if (bytes.size() > max_size) return 0;
  std::ranges::copy(bytes, data);
  return bytes.size();
}
