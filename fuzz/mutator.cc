/// libFuzzer's hooks for changing inputs: bytes in, bytes of a changed sequence out
/// (fuzz/mutation.h).
///
/// Bytes that are no sequence are replaced by a fresh random one. The choices come from libFuzzer's
/// seed, so a run can be repeated. ASSAY_FRAMES in the environment says how many frames any arena
/// may have; without it they are as ArenaSizes has them.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "fuzz/edit.h"
#include "fuzz/mutation.h"

namespace assay {

namespace {

const ArenaSizes& arena_sizes() {
  static const ArenaSizes sizes = [] {
    const char* text = std::getenv("ASSAY_FRAMES");
    if (text == nullptr) return ArenaSizes{};
    const unsigned long wanted = std::strtoul(text, nullptr, 10);
    const auto frames =
        static_cast<std::uint32_t>(std::clamp(wanted, 1UL, std::uint64_t{ArenaSizes{}.largest}));
    return ArenaSizes{.usual = frames, .largest = frames};
  }();
  return sizes;
}

/// Writes as much of a sequence as there is room for. Returns: its size; 0 if none of it fits.
std::size_t write(Sequence sequence, std::span<std::uint8_t> room) {
  std::vector<std::uint8_t> bytes = to_bytes(sequence);
  while (bytes.size() > room.size() && !sequence.operations.empty()) {
    const std::size_t kept = sequence.operations.size() / 2;
    sequence = without(sequence, kept, sequence.operations.size() - kept);
    bytes = to_bytes(sequence);
  }
  if (bytes.size() > room.size()) return 0;
  std::ranges::copy(bytes, room.begin());
  return bytes.size();
}

}  // namespace

}  // namespace assay

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  assay::Random random(seed);
  auto sequence = assay::parse_bytes({data, std::min(size, max_size)});
  if (sequence) {
    assay::mutate(random, *sequence, assay::arena_sizes());
  } else {
    sequence = assay::fresh_sequence(random, assay::arena_sizes());
  }
  return assay::write(std::move(*sequence), {data, max_size});
}

/// libFuzzer calls this as often as the mutator, which is too often: 0 makes it try again.
extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* data1, std::size_t size1,
                                                 const std::uint8_t* data2, std::size_t size2,
                                                 std::uint8_t* out, std::size_t max_out_size,
                                                 unsigned int seed) {
  assay::Random random(seed);
  if (!random.one_in(4)) return 0;
  const auto first = assay::parse_bytes({data1, size1});
  const auto second = assay::parse_bytes({data2, size2});
  if (!first || !second) return 0;
  return assay::write(assay::crossed(random, *first, *second), {out, max_out_size});
}
