/// The kernel's frames: one instance of the design that the kernel was built with, brought up in
/// two phases. It is the only frame allocator here; page tables and every buffer come from it.
///
/// Phase 1: `init` with a map of all low RAM, of which only what the entry directory maps is
/// usable. Phase 2: page tables for the direct map, in frames of phase 1; then `add_usable` for the
/// rest.
///
/// Somebody else's allocator may know no `add_usable`. Then the page tables come first, in frames
/// stolen for them, and `init` gets everything at once.
#pragma once

#include "impls/designs.h"
#include "kernel-shim/foreign/foreign_design.h"
#include "kernel-shim/memory/layout.h"
#include "kernel-shim/memory/paging.h"
#include "oracle/zoo/zoo.h"

namespace assay::kernel {

#ifdef ASSAY_KERNEL_PLUGIN
using KernelDesign = ForeignDesign;
#else
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
#endif

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
  FrameCount stolen_used;  ///< of layout.stolen
  FrameCounts after_phase_1;
  FrameCounts after_phase_2;
  std::uint64_t foreign_content = 0;  ///< hash_foreign_frames() when phase 2 was done
};

/// Both phases, or all at once. Ends the kernel with a named reason if this memory is too little.
void boot_memory();

/// Requires: boot_memory was called.
[[nodiscard]] KernelMemory& memory();
[[nodiscard]] inline KernelDesign& frames() { return memory().design; }
[[nodiscard]] FrameCounts count_frames();
/// A frame for a page table: one of the design, or one that was stolen before there was any.
[[nodiscard]] Pfn take_table_frame();
/// Frees a block of the kernel's. Returns: as the design's free.
[[nodiscard]] FreeResult free_block(Run block);
/// Tries a free that must be refused. A panic that the contract promises is a refusal.
[[nodiscard]] FreeResult free_wrongly(Pfn pfn);

/// A hash over the frames of the loader's tables and modules, which nobody may write to.
[[nodiscard]] std::uint64_t hash_foreign_frames();

}  // namespace assay::kernel
