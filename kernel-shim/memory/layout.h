/// Who lies where in physical memory, decided before there is an allocator.
///
///     frame 0   low memory      1 MiB                                              arena's end
///     | BIOS |  free  | holes | kernel image | loader's tables, modules | metadata |  free …  |
///                                                                       ^ placed here by hand
#pragma once

#include <cstdint>

#include "impls/allocator.h"
#include "kernel-shim/boot/boot_info.h"
#include "kernel-shim/memory/run_list.h"

namespace assay::kernel {

struct Layout {
  Run low_ram;      ///< from frame 0 to the end of what the direct map reaches of RAM
  Run arena;        ///< what the allocator gets: all of that, or as much as it takes
  RunList ram;      ///< what the loader calls RAM, of that
  RunList usable;   ///< what nobody occupies: the frames that the allocator manages
  Run image;        ///< the kernel
  RunList modules;  ///< every module, checked to lie in RAM
  Run metadata;     ///< the allocator's table
  std::uint64_t metadata_bytes = 0;
  Run window;                        ///< what the entry directory must map for phase 1
  FrameCount tables;                 ///< frames for the direct map's page tables
  RunList stolen;                    ///< these frames, where the allocator comes up too late
  RunList spare;                     ///< free frames that somebody else's allocator does not take
  std::uint64_t left_out_bytes = 0;  ///< RAM that the direct map does not reach
};

/// Bytes of metadata that the allocator asks for.
using MetadataBytes = std::uint64_t (*)(const MemoryMap& map);

/// For an allocator with this contract. Ends the kernel with a named reason where this memory
/// cannot be booted from.
void plan_layout(const BootInfo& info, const Contract& contract, MetadataBytes metadata_bytes,
                 Layout& layout);

}  // namespace assay::kernel
