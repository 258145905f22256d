#include "bench/empty_call.h"

namespace assay {

// In a file of its own, so that the calls are made, as those of the designs are.

void EmptyCall::init(const MemoryMap& /*map*/, FrameWindow /*window*/,
                     std::span<std::byte> /*metadata*/) {}

Pfn EmptyCall::allocate(FrameCount /*count*/, FrameCount /*alignment*/) { return Pfn{0}; }

FreeResult EmptyCall::free(Pfn /*first*/) { return FrameCount{1}; }

}  // namespace assay
