/// libFuzzer's hook for changing inputs of the paging side (fuzz/paging_target.cc): whole
/// operations are inserted, dropped, repeated and swapped, so that those behind them stay as they
/// are; half of the time libFuzzer changes bytes as it likes. The first byte stays one that names a
/// design.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "oracle/host/paging_run.h"
#include "oracle/operations/random.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace assay {

namespace {

/// The byte that says who pages, and the arena.
constexpr std::size_t kHeadBytes = 1 + kPagingArenaBytes;

using Word = std::array<std::uint8_t, kPagingOperationBytes>;

std::vector<Word> operations_of(std::span<const std::uint8_t> bytes) {
  std::vector<Word> operations((bytes.size() + sizeof(Word) - 1) / sizeof(Word));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    operations[i / sizeof(Word)][i % sizeof(Word)] = bytes[i];
  }
  return operations;
}

Word random_operation(Random& random) {
  Word word{};
  for (std::uint8_t& byte : word) byte = static_cast<std::uint8_t>(random.next());
  return word;
}

void change(Random& random, std::vector<Word>& operations) {
  const auto size = static_cast<std::uint32_t>(operations.size());
  const std::uint32_t first = random.below(size);
  const std::uint32_t end = std::min(first + random.between(1, random.one_in(4) ? 16 : 2), size);
  const auto begin = operations.begin();
  switch (random.below(4)) {
    case 0: operations.erase(begin + first, begin + end); break;
    case 1: {
      const std::vector<Word> again(begin + first, begin + end);
      operations.insert(begin + random.between(end, size), again.begin(), again.end());
      break;
    }
    case 2: std::rotate(begin + first, begin + random.between(first, end), begin + end); break;
    default:
      for (std::uint32_t i = first; i < end; ++i) {
        operations.insert(operations.begin() + first, random_operation(random));
      }
  }
}

std::size_t change_operations(Random& random, std::span<std::uint8_t> room, std::size_t size) {
  std::vector<Word> operations = operations_of(room.first(size).subspan(kHeadBytes));
  change(random, operations);
  size = kHeadBytes;
  for (const Word& word : operations) {
    if (size + word.size() > room.size()) break;
    std::ranges::copy(word, room.begin() + static_cast<std::ptrdiff_t>(size));
    size += word.size();
  }
  return size;
}

}  // namespace

}  // namespace assay

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  assay::Random random(seed);
  size = std::min(size, max_size);
  if (size > assay::kHeadBytes && random.one_in(2)) {
    size = assay::change_operations(random, {data, max_size}, size);
  } else {
    size = LLVMFuzzerMutate(data, size, max_size);
  }
  while (size > 0 && assay::paged_design_at(data[0]) == nullptr) {
    data[0] = static_cast<std::uint8_t>(random.next());
  }
  return size;
}
