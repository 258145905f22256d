/// The content of a module.
#pragma once

#include <cstdint>
#include <span>

#include "kernel-shim/boot/boot_info.h"
#include "kernel-shim/memory/paging.h"

namespace assay::kernel {

/// Where the direct map has it. Requires: the direct map is there.
[[nodiscard]] inline std::span<const std::uint8_t> bytes_of(const BootModule& module) {
  const auto [begin, end] = module.range;
  const auto* first =
      reinterpret_cast<const std::uint8_t*>(kDirectMapBase + static_cast<std::uint32_t>(begin));
  return {first, static_cast<std::size_t>(end - begin)};
}

}  // namespace assay::kernel
