#include "fuzz/edit.h"

namespace assay {

namespace {

constexpr std::uint32_t kGone = 0xFFFF'FFFF;

}  // namespace

Sequence without(const Sequence& sequence, std::size_t first, std::size_t count) {
  Sequence kept{.arena = sequence.arena, .operations = {}};
  kept.operations.reserve(sequence.operations.size());
  std::vector<std::uint32_t> new_name;
  std::uint32_t names = 0;
  for (std::size_t i = 0; i < sequence.operations.size(); ++i) {
    Operation operation = sequence.operations[i];
    const bool dropped = i - first < count;
    if (operation.names_block()) new_name.push_back(dropped ? kGone : names++);
    if (dropped) continue;
    if (operation.refers_to_block()) {
      operation.block = new_name[operation.block];
      if (operation.block == kGone) continue;
    }
    kept.operations.push_back(operation);
  }
  return kept;
}

void insert(Sequence& sequence, std::size_t position, const Operation& operation) {
  if (operation.names_block()) {
    const std::uint32_t name = names_before(sequence, position);
    for (std::size_t i = position; i < sequence.operations.size(); ++i) {
      Operation& later = sequence.operations[i];
      if (later.refers_to_block() && later.block >= name) ++later.block;
    }
  }
  const auto place = sequence.operations.begin() + static_cast<std::ptrdiff_t>(position);
  sequence.operations.insert(place, operation);
}

std::uint32_t names_before(const Sequence& sequence, std::size_t position) {
  std::uint32_t names = 0;
  for (std::size_t i = 0; i < position; ++i) names += sequence.operations[i].names_block() ? 1 : 0;
  return names;
}

void rebase(Sequence& sequence, const Arena& arena) {
  for (Operation& operation : sequence.operations) {
    const bool absolute =
        operation.kind == OperationKind::free_at || operation.kind == OperationKind::grow;
    if (absolute) operation.pfn = arena.base + (operation.pfn - sequence.arena.base);
  }
  sequence.arena = arena;
}

}  // namespace assay
