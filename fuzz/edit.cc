#include "fuzz/edit.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

namespace assay {

namespace {

constexpr std::uint32_t kGone = 0xFFFF'FFFF;
constexpr std::uint64_t kMaxNumber = 0xFFFF'FFFF;

bool is_absolute(const Operation& operation) {
  return operation.kind == OperationKind::free_at || operation.kind == OperationKind::grow;
}

/// The lengths of the blocks number [first, first + count); none if one is no `alloc`.
std::vector<std::uint32_t> lengths_of(const Sequence& sequence, std::uint32_t first,
                                      std::uint32_t count) {
  std::vector<std::uint32_t> lengths;
  std::uint32_t name = 0;
  for (const Operation& operation : sequence.operations) {
    if (!operation.names_block() || name++ - first >= count) continue;
    if (operation.kind != OperationKind::alloc) return {};
    lengths.push_back(operation.count.value());
  }
  return lengths;
}

/// Of the frees of one block the first or the last.
void keep_one_free(Sequence& sequence, std::uint32_t block, KeptFree kept) {
  const auto frees = [block](const Operation& operation) {
    return operation.kind == OperationKind::free_block && operation.block == block;
  };
  auto& operations = sequence.operations;
  const auto first = std::ranges::find_if(operations, frees);
  if (first == operations.end()) return;
  const Operation free = *first;
  const auto last = std::find_if(operations.rbegin(), operations.rend(), frees).base() - 1;
  const auto place = (kept == KeptFree::first ? first : last) - operations.begin();
  const auto before = std::count_if(operations.begin(), operations.begin() + place, frees);
  std::erase_if(operations, frees);
  operations.insert(operations.begin() + (place - before), free);
}

/// Where an offset lies once [gap, gap + count) are gone; offsets inside come to lie at `gap`.
std::uint32_t behind_gap(std::uint32_t offset, std::uint32_t gap, std::uint32_t count) {
  if (offset <= gap) return offset;
  return offset - gap <= count ? gap : offset - count;
}

/// Moves a run's two ends; it may be empty then.
Run moved(Run run, Pfn base, const std::function<std::uint32_t(std::uint32_t)>& move) {
  const std::uint32_t first = move((run.first - base).value());
  const std::uint32_t end = move((run.end() - base).value());
  return {base + FrameCount{first}, FrameCount{end - first}};
}

}  // namespace

Sequence reordered(const Sequence& sequence, std::span<const std::uint32_t> order) {
  std::vector<std::uint32_t> name_of(sequence.operations.size());  // that an operation gives
  std::uint32_t names = 0;
  for (std::size_t i = 0; i < name_of.size(); ++i) {
    name_of[i] = names;
    names += sequence.operations[i].names_block() ? 1 : 0;
  }
  std::vector<std::uint32_t> new_name(names, kGone);
  Sequence changed{.arena = sequence.arena, .operations = {}};
  changed.operations.reserve(order.size());
  names = 0;
  for (const std::uint32_t i : order) {
    Operation operation = sequence.operations[i];
    if (operation.names_block()) new_name[name_of[i]] = names++;
    if (operation.refers_to_block()) {
      operation.block = new_name[operation.block];
      if (operation.block == kGone) continue;
    }
    changed.operations.push_back(operation);
  }
  return changed;
}

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

Sequence merged(const Sequence& sequence, std::uint32_t first, std::uint32_t count, KeptFree kept) {
  const std::vector<std::uint32_t> lengths = lengths_of(sequence, first, count);
  const std::uint64_t sum = std::accumulate(lengths.begin(), lengths.end(), std::uint64_t{0});
  if (lengths.size() != count || sum > kMaxNumber) return sequence;
  Sequence changed{.arena = sequence.arena, .operations = {}};
  std::uint32_t name = 0;
  for (Operation operation : sequence.operations) {
    if (operation.names_block()) {
      const std::uint32_t member = name++ - first;
      if (member > 0 && member < count) continue;
      if (member == 0) operation.count = FrameCount{static_cast<std::uint32_t>(sum)};
    } else if (operation.refers_to_block() && operation.block >= first) {
      const std::uint32_t member = std::min(operation.block - first, count);
      operation.block -= member < count ? member : count - 1;
      if (operation.kind == OperationKind::free_inner && member < count) {
        operation.offset =
            std::accumulate(lengths.begin(), lengths.begin() + member, operation.offset);
      }
    }
    changed.operations.push_back(operation);
  }
  keep_one_free(changed, first, kept);
  return changed;
}

Sequence without_frames(const Sequence& sequence, FrameCount offset, FrameCount count) {
  const Arena& old = sequence.arena;
  const auto move = [&](std::uint32_t at) { return behind_gap(at, offset.value(), count.value()); };
  Sequence changed{.arena = old, .operations = {}};
  changed.arena.frames = old.frames - count;
  changed.arena.hole_count = 0;
  for (const Run& hole : old.hole_runs()) {
    const Run kept = moved(hole, old.base, move);
    if (kept.count != FrameCount{0}) changed.arena.holes[changed.arena.hole_count++] = kept;
  }
  for (Operation operation : sequence.operations) {
    if (is_absolute(operation) && operation.pfn >= old.base) {
      const Run kept = moved({operation.pfn, operation.count}, old.base, move);
      if (operation.kind == OperationKind::grow && kept.count == FrameCount{0}) continue;
      operation.pfn = kept.first;
      if (operation.kind == OperationKind::grow) operation.count = kept.count;
    }
    changed.operations.push_back(operation);
  }
  return changed;
}

Sequence scaled(const Sequence& sequence, FrameCount frames) {
  const Arena& old = sequence.arena;
  const auto scale = [&](std::uint32_t value) {
    const std::uint64_t product = std::uint64_t{value} * frames.value();
    return static_cast<std::uint32_t>(product / old.frames.value());
  };
  Sequence changed{.arena = old, .operations = sequence.operations};
  changed.arena.frames = frames;
  for (std::uint32_t i = 0; i < old.hole_count; ++i) {
    changed.arena.holes[i] = moved(old.holes[i], old.base, scale);
  }
  for (Operation& operation : changed.operations) {
    if (is_absolute(operation) && operation.pfn >= old.base) {
      operation.pfn = old.base + FrameCount{scale((operation.pfn - old.base).value())};
    }
    if (operation.count > FrameCount{0} && operation.count <= old.frames) {
      operation.count = FrameCount{std::max(scale(operation.count.value()), 1U)};
    }
  }
  return changed;
}

void insert(Sequence& sequence, std::size_t position, std::span<const Operation> operations) {
  const auto place = sequence.operations.begin() + static_cast<std::ptrdiff_t>(position);
  const auto new_names =
      static_cast<std::uint32_t>(std::ranges::count_if(operations, &Operation::names_block));
  const std::uint32_t first_name = names_before(sequence, position);
  for (Operation& later : std::ranges::subrange(place, sequence.operations.end())) {
    if (later.refers_to_block() && later.block >= first_name) later.block += new_names;
  }
  sequence.operations.insert(place, operations.begin(), operations.end());
}

std::uint32_t names_in(const Sequence& sequence) {
  return names_before(sequence, sequence.operations.size());
}

std::uint32_t names_before(const Sequence& sequence, std::size_t position) {
  std::uint32_t names = 0;
  for (std::size_t i = 0; i < position; ++i) names += sequence.operations[i].names_block() ? 1 : 0;
  return names;
}

void rebase(Sequence& sequence, const Arena& arena) {
  for (Operation& operation : sequence.operations) {
    if (is_absolute(operation)) operation.pfn = arena.base + (operation.pfn - sequence.arena.base);
  }
  sequence.arena = arena;
}

}  // namespace assay
