/// Who lies where in physical memory, decided before there is an allocator.
///
///     low     | BIOS | free | holes | image | loader's tables, modules | stolen | table | free … |
///             0                    1 MiB                                          by hand  low end
///     high    | table | free …                                                             4 GiB |
///
/// Low memory is what the direct map shows all the time: page tables, stacks and the kernel's
/// buffers lie there. High memory is reached through temporary maps.
#pragma once

#include <cstdint>

#include "impls/allocator.h"
#include "kernel-shim/boot/boot_info.h"
#include "kernel-shim/memory/run_list.h"

namespace assay::kernel {

/// What one instance of the allocator gets.
struct ZoneLayout {
  Run arena;
  RunList usable;  ///< what nobody occupies: the frames that it manages
  Run metadata;    ///< its table
  std::uint64_t metadata_bytes = 0;
};

/// Where other CPUs begin: below 1 MiB, taken only where the kernel is told of several.
inline constexpr Run kTrampoline{Pfn{8}, FrameCount{1}};

/// CPUs that `cpus=` asks for. Ends the kernel as a bad boot if these are more than 4.
[[nodiscard]] std::uint32_t wanted_cpus(const BootInfo& info);

struct Layout {
  RunList ram;      ///< what the loader calls RAM, below 4 GiB
  Pfn low_end;      ///< low memory ends here; the page in front of it is the heap's guard
  Run image;        ///< the kernel
  RunList modules;  ///< every module, checked to lie in RAM
  Run window;       ///< what the entry directory must map for phase 1
  Run boot_ram;     ///< what can be stolen before there is an allocator
  RunList stolen;   ///< of that
  ZoneLayout low;
  ZoneLayout high;  ///< no frames where there is no such memory
  RunList spare;    ///< free low frames that somebody else's allocator does not take
  RunList unused;   ///< high frames that nobody manages
  std::uint64_t left_out_bytes = 0;  ///< RAM above 4 GiB
};

/// Bytes of metadata that the allocator asks for.
using MetadataBytes = std::uint64_t (*)(const MemoryMap& map);

/// What one needs to know of the allocator.
struct Allocator {
  const Contract& contract;
  MetadataBytes metadata_bytes;
};

/// RAM, image, modules, where low memory ends, and what can be stolen of it. Each of both ends the
/// kernel with a named reason where this memory cannot be booted from.
void plan_ram(const BootInfo& info, const Allocator& allocator, FrameCount low_frames,
              Layout& layout);

/// The zones, when `stolen` is taken: each table by hand into the first frames that are left.
void plan_zones(const BootInfo& info, const Allocator& allocator, const RunList& stolen,
                Layout& layout);

}  // namespace assay::kernel
