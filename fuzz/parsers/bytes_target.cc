/// The libFuzzer target of the byte reader. Both who survey and who parse must say the same; what
/// can be read has no other bytes, and the same text; an error names a byte of the input.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "fuzz/parsers/broken.h"
#include "oracle/host/sequence.h"

namespace assay {

namespace {

void judge_error(std::span<const std::uint8_t> bytes, const Survey& surveyed,
                 const InputError& message) {
  demand(surveyed.error != nullptr, "bytes-only-parsing-fails", message);
  demand(message == fmt::format("byte {}: {}", surveyed.error_offset, surveyed.error),
         "bytes-errors-differ", message);
  demand(surveyed.error_offset <= bytes.size(), "bytes-place-outside", message);
}

void judge_sequence(std::span<const std::uint8_t> bytes, const Survey& surveyed,
                    const Sequence& sequence) {
  demand(surveyed.error == nullptr, "bytes-only-survey-fails", "a survey refuses what is read");
  const Survey counted = survey(sequence);
  demand(surveyed.operations == counted.operations && surveyed.names == counted.names &&
             surveyed.elements == counted.elements,
         "bytes-surveys-differ", "a survey of the bytes counts otherwise than one of the sequence");
  demand(sequence.arena.problem() == nullptr, "bytes-bad-arena", "an arena is read that is none");
  demand(std::ranges::equal(to_bytes(sequence), bytes), "bytes-changed",
         "bytes, read and written, are others");
  const auto from_text = parse_text(to_text(sequence));
  demand(from_text.has_value(), "bytes-text-unreadable", from_text ? "" : from_text.error());
  demand(*from_text == sequence, "bytes-text-changed", "as text, bytes are another sequence");
}

}  // namespace

}  // namespace assay

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> bytes{data, size};
  const assay::Survey surveyed = assay::survey_bytes(bytes);
  if (const auto sequence = assay::parse_bytes(bytes)) {
    assay::judge_sequence(bytes, surveyed, *sequence);
  } else {
    assay::judge_error(bytes, surveyed, sequence.error());
  }
  return 0;
}
