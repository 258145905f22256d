/// The switch that turns one mutant on. 0: none, the design is as it was written.
#pragma once

#include <cstdint>

namespace assay {

inline std::uint32_t active_mutant = 0;

[[nodiscard]] inline bool is_mutant(std::uint32_t number) { return active_mutant == number; }

}  // namespace assay
