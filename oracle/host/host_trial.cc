#include "oracle/host/host_trial.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <new>

#include "oracle/host/extent_model.h"
#include "oracle/host/sanitizer.h"

namespace assay {

volatile std::uint32_t* operation_under_way = nullptr;

[[gnu::noinline]] void assay_next_operation(std::uint32_t position) {
  if (operation_under_way != nullptr) *operation_under_way = position;
}

namespace {

/// The first `bytes` of each frame.
void poison_starts(std::byte* frames, std::uint64_t count, std::size_t bytes) {
  if (bytes == kFrameBytes) {
    ASAN_POISON_MEMORY_REGION(frames, count * kFrameBytes);
    return;
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    ASAN_POISON_MEMORY_REGION(frames + i * kFrameBytes, bytes);
  }
}

void unpoison_starts(std::byte* frames, std::uint64_t count, std::size_t bytes) {
  if (bytes == kFrameBytes) {
    ASAN_UNPOISON_MEMORY_REGION(frames, count * kFrameBytes);
    return;
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    ASAN_UNPOISON_MEMORY_REGION(frames + i * kFrameBytes, bytes);
  }
}

void* map_at(void* hint, std::size_t bytes, int flags) {
  return mmap(hint, bytes, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);
}

/// Between plug-ins, which are linked to begin at 2^29 (cli/plugins.py), and the place where
/// AddressSanitizer keeps its shadow.
void* map_low(std::size_t bytes) {
  constexpr std::uintptr_t kBegin = 0x3000'0000;
  constexpr std::uintptr_t kEnd = 0x7FFF'0000;
  constexpr std::uintptr_t kStep = 0x10'0000;
  for (std::uintptr_t at = kBegin; at + bytes <= kEnd; at += kStep) {
    void* const fresh = map_at(std::bit_cast<void*>(at), bytes, MAP_FIXED_NOREPLACE);
    if (fresh != MAP_FAILED) return fresh;
  }
  return MAP_FAILED;
}

}  // namespace

void PoisonGuard::poison(Run run) { poison_starts(ram_(run.first), run.count.value(), access_); }

void PoisonGuard::unpoison(Run run) {
  unpoison_starts(ram_(run.first), run.count.value(), access_);
}

HostMemory::~HostMemory() {
  ram_.release();
  metadata_.release();
  books_.release();
}

TrialMemory HostMemory::prepare(const Survey& survey, std::uint64_t metadata_bytes,
                                FrameAccess access, Place place) {
  const std::uint64_t book_bytes = trial_book_bytes(survey);
  ASAN_UNPOISON_MEMORY_REGION(metadata_.data, metadata_.size);
  prepare_ram(bytes_of(survey.arena.frames), access, place);
  metadata_.reserve(metadata_bytes, place);
  books_.reserve(book_bytes, Place::anywhere);
  ASAN_POISON_MEMORY_REGION(metadata_.data + metadata_bytes, metadata_.size - metadata_bytes);
  return {.ram = FrameWindow(ram_.data, survey.arena.base),
          .metadata = {metadata_.data, static_cast<std::size_t>(metadata_bytes)},
          .books = {books_.data, static_cast<std::size_t>(book_bytes)},
          .depth = depth_};
}

/// Changes only what differs from the trial before: a large area's poison costs too much.
void HostMemory::prepare_ram(std::uint64_t bytes, FrameAccess access, Place place) {
  const auto use = depth_.content == ContentDepth::none ? Area::Use::perhaps : Area::Use::whole;
  if (ram_.reserve(bytes, place, use)) ram_ready_ = ram_in_use_ = 0;
  if (access != ram_access_) ram_ready_ = 0;
  const std::size_t changed = std::min(ram_in_use_, ram_ready_);
  unpoison_starts(ram_.data, changed / kFrameBytes, access);
  if (ram_ready_ < bytes) {
    if (access < kFrameBytes) ASAN_POISON_MEMORY_REGION(ram_.data + ram_ready_, bytes - ram_ready_);
    unpoison_starts(ram_.data + ram_ready_, (bytes - ram_ready_) / kFrameBytes, access);
    ram_ready_ = bytes;
  }
  ram_access_ = access;
  ram_in_use_ = access == 0 ? 0 : bytes;
}

bool HostMemory::Area::reserve(std::uint64_t bytes, Place place, Use use) {
  // One page more than asked for, so that there is always something behind the end to poison.
  const std::size_t needed = (bytes / kFrameBytes + 2) * kFrameBytes;
  if (needed <= size && (place == Place::anywhere || at == place)) return false;
  // Better refused than killed half-way.
  const std::uint64_t physical = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * kFrameBytes;
  if (use == Use::whole && needed > physical) throw std::bad_alloc();
  release();
  void* const fresh = place == Place::low ? map_low(needed) : map_at(nullptr, needed, 0);
  if (fresh == MAP_FAILED) throw std::bad_alloc();
  data = static_cast<std::byte*>(fresh);
  size = needed;
  at = place;
  return true;
}

void HostMemory::Area::release() {
  if (data == nullptr) return;
  // The addresses may serve somebody else next.
  ASAN_UNPOISON_MEMORY_REGION(data, size);
  munmap(data, size);
  data = nullptr;
  size = 0;
}

TrialResult run_trial(const AnyDesign& design, HostMemory& memory, const Sequence& sequence,
                      std::uint32_t until, const Observer& observer) {
  return run_guarded(design, memory, sequence, kPoison, until, observer);
}

TrialResult run_paired_trial(const AnyDesign& design, HostMemory& memory,
                             const Sequence& sequence) {
  return run_guarded<PairedModel>(design, memory, sequence, kPoison);
}

}  // namespace assay
