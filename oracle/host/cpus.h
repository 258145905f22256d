/// Which CPU performed each operation of a recorded sequence. The sequence's own two forms say
/// nothing of it; a file `.cpus` beside it does, in rows of operations that one CPU performed:
///
///     assay-cpus 1                     format and version
///     sequence 1cbbb5e07b437a5a        the hash of the sequence's byte form, FNV-1a, 64 bits
///     0 12                             CPU 0 performed the first twelve operations,
///     1 3                              CPU 1 the next three, and so on to the last one
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "oracle/host/sequence.h"

namespace assay {

/// Requires: a CPU for each operation.
[[nodiscard]] std::string cpus_to_text(const Sequence& sequence,
                                       std::span<const std::uint16_t> cpus);

/// The CPU of each operation of `sequence`. The error begins with its line, and says so if the text
/// is about another sequence.
[[nodiscard]] std::expected<std::vector<std::uint16_t>, InputError> parse_cpus(
    std::string_view text, const Sequence& sequence);

/// The file of CPUs beside that of a sequence: `NAME.opsb`, `NAME.cpus`.
[[nodiscard]] std::string cpus_path(const std::string& sequence_path);

}  // namespace assay
