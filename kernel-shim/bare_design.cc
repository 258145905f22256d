/// The design alone, behind a C function for each call of the interface: what it adds to a kernel's
/// code, and what it calls of the compiler's library. It is linked for that and never run. The
/// self-check, `validate`, is left out.
#include "kernel-shim/memory/kernel_memory.h"

namespace assay::kernel {

// The linker drops what none of these needs, as it does in a kernel.
#define ASSAY_CALL extern "C" [[gnu::used, gnu::retain]]

ASSAY_CALL void call_metadata_bytes(const MemoryMap& map, std::uint64_t& bytes) {
  bytes = KernelDesign::metadata_bytes(map);
}
ASSAY_CALL void call_init(KernelDesign& design, const MemoryMap& map, FrameWindow window,
                          std::span<std::byte> metadata) {
  design.init(map, window, metadata);
}
ASSAY_CALL void call_add_usable(KernelDesign& design, Run run) { design.add_usable(run); }
ASSAY_CALL void call_allocate(KernelDesign& design, FrameCount count, FrameCount alignment,
                              Pfn& first) {
  first = design.allocate(count, alignment);
}
ASSAY_CALL void call_free(KernelDesign& design, Pfn first, FreeResult& result) {
  result = design.free(first);
}
ASSAY_CALL void call_counts(const KernelDesign& design, FrameCount& free, FrameCount& used,
                            FrameCount& managed) {
  free = design.free_frames();
  used = design.used_frames();
  managed = design.managed_frames();
}
ASSAY_CALL void call_largest_free_run(const KernelDesign& design, FrameCount& count) {
  count = design.largest_free_run();
}
ASSAY_CALL void call_block_at(const KernelDesign& design, Pfn pfn, std::optional<Run>& block) {
  block = design.block_at(pfn);
}

}  // namespace assay::kernel
