#include "bench/reference_stack.h"

namespace assay {

void ReferenceStack::init(const MemoryMap& map, FrameWindow /*window*/,
                          std::span<std::byte> metadata) {
  free_ = {reinterpret_cast<Pfn*>(metadata.data()), map.frames.value()};
  managed_ = map.usable_frames();
  count_ = 0;
  for (const Run& run : map.usable) {
    for (Pfn pfn = run.first; pfn < run.end(); pfn = pfn + FrameCount{1}) free_[count_++] = pfn;
  }
}

Pfn ReferenceStack::allocate(FrameCount /*count*/, FrameCount /*alignment*/) {
  return count_ > 0 ? free_[--count_] : Pfn::none();
}

FreeResult ReferenceStack::free(Pfn first) {
  free_[count_++] = first;
  return FrameCount{1};
}

}  // namespace assay
