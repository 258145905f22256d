/// SHA-256 (FIPS 180-4), so that results name their workloads by content.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace assay {

/// The hash of `bytes` as 64 hexadecimal digits.
[[nodiscard]] std::string sha256_of(std::span<const std::uint8_t> bytes);

}  // namespace assay
