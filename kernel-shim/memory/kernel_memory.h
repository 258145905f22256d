/// The kernel's frames: one instance of the design that the kernel was built with, brought up in
/// two phases. It is the only frame allocator here; page tables and every buffer come from it.
///
/// Phase 1: `init` with a map of all low RAM, of which only what the entry directory maps is
/// usable. Phase 2: page tables for the direct map, in frames of phase 1; then `add_usable` for the
/// rest.
#pragma once

#include "impls/designs.h"
#include "kernel-shim/memory/layout.h"
#include "kernel-shim/memory/paging.h"
#include "oracle/zoo/zoo.h"

namespace assay::kernel {

/// Every design by name, so that the build's ASSAY_KERNEL_DESIGN picks one. The zoo is among them:
/// a kernel on top of a wrong allocator shows that the tests here can fail.
namespace named {
// NOLINTNEXTLINE(bugprone-macro-parentheses): a type
#define ASSAY_NAME_DESIGN(name, type) using name = type;
ASSAY_DESIGNS(ASSAY_NAME_DESIGN)
ASSAY_ZOO(ASSAY_NAME_DESIGN)
#undef ASSAY_NAME_DESIGN
}  // namespace named

using KernelDesign = named::ASSAY_KERNEL_DESIGN;

struct FrameCounts {
  FrameCount free;
  FrameCount used;
  FrameCount managed;

  bool operator==(const FrameCounts&) const = default;
};

struct KernelMemory {
  Layout layout;
  KernelDesign design;
  PageDirectory directory;
  FrameCounts after_phase_1;
  FrameCounts after_phase_2;
  std::uint64_t foreign_content = 0;  ///< hash_foreign_frames() when phase 2 was done
};

/// Both phases. Ends the kernel with a named reason if this memory is too little.
void boot_memory();

/// Requires: boot_memory was called.
[[nodiscard]] KernelMemory& memory();
[[nodiscard]] inline KernelDesign& frames() { return memory().design; }
[[nodiscard]] FrameCounts count_frames();
/// Frees a block of the kernel's. Returns: as the design's free.
[[nodiscard]] FreeResult free_block(Run block);

/// A hash over the frames of the loader's tables and modules, which nobody may write to.
[[nodiscard]] std::uint64_t hash_foreign_frames();

}  // namespace assay::kernel
