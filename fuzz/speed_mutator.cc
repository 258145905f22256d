/// A libFuzzer mutator for measuring: whatever comes in, out goes one of 1,024 fixed sequences: 64
/// operations over exactly 256 frames, chosen by libFuzzer's seed.
///
/// Single frames, runs, frees, requests at the edges and some misuses; no `exhaust` and no
/// `free all`, each of which would stand for hundreds of calls. The sequences are made before the
/// first execution, so that the clock sees judging and libFuzzer's own loop.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "oracle/host/sequence.h"
#include "oracle/operations/generator.h"

namespace assay {

namespace {

constexpr std::uint32_t kSequences = 1024;
constexpr std::uint32_t kOperations = 64;
constexpr FrameCount kFrames{256};
constexpr Weights kServed{.alloc_one = 16,
                          .alloc_run = 4,
                          .alloc_edge = 1,
                          .free_block = 18,
                          .free_stray = 2,
                          .exhaust = 0,
                          .free_all = 0,
                          .grow = 0};

std::vector<std::uint8_t> served_bytes(std::uint32_t number) {
  Random random(number);
  Sequence sequence{.arena = {.base = Pfn{random.below(1U << 20)},
                              .frames = kFrames,
                              .ram = RamContent::junk,
                              .seed = random.next()},
                    .operations = {}};
  std::uint32_t names = 0;
  for (std::uint32_t i = 0; i < kOperations; ++i) {
    sequence.operations.push_back(random_operation(random, sequence.arena, names, kServed));
    if (sequence.operations.back().names_block()) ++names;
  }
  return to_bytes(sequence);
}

std::vector<std::vector<std::uint8_t>> all_served_bytes() {
  std::vector<std::vector<std::uint8_t>> all;
  for (std::uint32_t number = 0; number < kSequences; ++number) {
    all.push_back(served_bytes(number));
  }
  return all;
}

}  // namespace

}  // namespace assay

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t /*size*/,
                                               std::size_t max_size, unsigned int seed) {
  static const std::vector<std::vector<std::uint8_t>> all = assay::all_served_bytes();
  const std::vector<std::uint8_t>& bytes = all[assay::Random(seed).below(assay::kSequences)];
  if (bytes.size() > max_size) return 0;
  std::ranges::copy(bytes, data);
  return bytes.size();
}
