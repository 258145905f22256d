/// Decimal numbers on the command line, separated by commas.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace assay::kernel {

/// Takes a number from the front of `text`. Returns: nothing if there is none of at most `most`.
[[nodiscard]] std::optional<std::uint64_t> take_number(std::string_view& text, std::uint64_t most);

/// Takes a comma from the front of `text`. Returns: false if there is none.
[[nodiscard]] bool take_comma(std::string_view& text);

}  // namespace assay::kernel
