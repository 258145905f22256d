#include "kernel-shim/trial/trial_room.h"

#include "kernel-shim/memory/kernel_memory.h"

namespace assay::kernel {

bool TrialRoom::take(const Survey& survey, TextBuffer& why) {
  arena_ = survey.arena;
  if (arena_.frames > KernelDesign::contract.max_frames) {
    why << "its arena is larger than the design can manage";
    return false;
  }
  const UsableRuns usable(arena_);
  metadata_bytes_ = KernelDesign::metadata_bytes(memory_map(arena_, usable));
  book_bytes_ = trial_book_bytes(survey);
  if (bytes_of(arena_.frames) > kTrialMetadata - kTrialRam ||
      metadata_bytes_ > kTrialBooks - kTrialMetadata || book_bytes_ > kTrialCosts - kTrialBooks) {
    why << "its arena of " << arena_.frames
        << " frames, the metadata or the oracle's books are longer than the addresses for them";
    return false;
  }
  if (books_.allocate(kTrialBooks, book_bytes_) &&
      metadata_.allocate(kTrialMetadata, metadata_bytes_) &&
      ram_.allocate(kTrialRam, bytes_of(arena_.frames))) {
    return true;
  }
  why << "its arena of " << arena_.frames << " frames and the oracle's books do not fit into "
      << count_frames().managed << " frames; give the machine more memory";
  return false;
}

TrialMemory TrialRoom::memory() const {
  return {.ram = FrameWindow(ram_.bytes(bytes_of(arena_.frames)).data(), arena_.base),
          .metadata = metadata_.bytes(metadata_bytes_),
          .books = books_.bytes(book_bytes_)};
}

}  // namespace assay::kernel
