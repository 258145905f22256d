/// Undefined behaviour, in a kernel that is compiled with -fsanitize-trap=undefined: an instruction
/// that no CPU knows stands where it would happen, and says of which kind it is.
#pragma once

#include <cstdint>

namespace assay::kernel {

/// What the trap at `address` stands for, or nullptr if there is none.
[[nodiscard]] const char* undefined_behaviour_at(std::uint32_t address);

}  // namespace assay::kernel
