#include "kernel-shim/memory/zone.h"

#include <algorithm>
#include <cstring>

#include "kernel-shim/cpus/memory_lock.h"
#include "kernel-shim/machine/exit.h"
#include "kernel-shim/memory/kernel_memory.h"

namespace assay::kernel {

namespace {

// What somebody else's allocator has that a design has not, and the other way round.

template <class Design>
FreeResult free_in(Design& design, Run block) {
  if constexpr (requires { design.free(block.first); }) {
    return design.free(block.first);
  } else {
    return design.free(block.first, block.count);
  }
}

template <class Design>
void expect_panic_of(Design& design) {
  if constexpr (requires { design.expect_panic(); }) design.expect_panic();
}

template <class Design>
std::span<const Run> kept_by(const Design& design) {
  if constexpr (requires { design.kept(); }) return design.kept();
  return {};
}

/// What metadata holds before `init`: an allocator that relies on zeros fails at once.
constexpr int kJunk = 0xA5;

}  // namespace

void Zone::start(const char* name, const ZoneLayout& layout, std::span<std::byte> metadata,
                 FrameWindow window, const RunList& usable, bool fills) {
  const MemoryMap map{layout.arena.first, layout.arena.count, usable.runs()};
  if (layout.arena.count > KernelDesign::contract.max_frames ||
      ZoneDesign::metadata_bytes(map) > metadata.size()) {
    panic(Exit::bad_map, "the design cannot manage an arena of this size");
  }
  std::memset(metadata.data(), kJunk, metadata.size());
  name_ = name;
  layout_ = &layout;
  fills_ = fills && !KernelDesign::contract.foreign;  // who knows what it keeps in its frames
  design_ = ZoneDesign({Recorded<KernelDesign>(recording_), fills_});
  design_.init(map, window, metadata);
}

std::uint32_t Zone::design_bytes() const {
  const MemoryMap map{layout_->arena.first, layout_->arena.count, usable().runs()};
  return static_cast<std::uint32_t>(KernelDesign::metadata_bytes(map));
}

void Zone::add_usable(Run run) {
  const MemoryLock lock;
  design_.add_usable(run);
}

Pfn Zone::allocate(FrameCount count, FrameCount alignment) {
  const MemoryLock lock;
  return design_.allocate(count, alignment);
}

FreeResult Zone::free(Run block) {
  const MemoryLock lock;
  return free_in(design_, block);
}

FreeResult Zone::free_wrongly(Pfn pfn) {
  const MemoryLock lock;
  if (KernelDesign::contract.on_misuse == OnMisuse::panics) expect_panic_of(design_);
  return free_in(design_, {pfn, FrameCount{1}});
}

FrameCount Zone::largest_free_run() const {
  const MemoryLock lock;
  return design_.largest_free_run();
}

std::optional<Run> Zone::block_at(Pfn pfn) const {
  const MemoryLock lock;
  return design_.block_at(pfn);
}

const char* Zone::validate() const {
  const MemoryLock lock;
  return design_.validate();
}

FrameCounts Zone::counts() const {
  const MemoryLock lock;
  return {design_.free_frames(), design_.used_frames(), design_.managed_frames()};
}

std::span<const Run> Zone::kept() const { return kept_by(design_); }

void Zone::attach(const PagingCalls& calls) { design_.attach(calls); }

Pfn Zone::allocate_page(Page page, bool fixed) {
  const MemoryLock lock;
  return design_.allocate_page(page, fixed);
}

Pfn Zone::load_page(Page page) {
  const MemoryLock lock;
  return design_.load_page(page);
}

bool Zone::make_page_available(FrameCount count) {
  const MemoryLock lock;
  return design_.make_page_available(count);
}

bool Zone::page_written(Pfn frame) {
  const MemoryLock lock;
  return design_.page_written(frame);
}

bool Zone::page_free(Pfn frame) {
  const MemoryLock lock;
  return design_.page_free(frame);
}

FrameCount Zone::teardown(std::uint32_t space) {
  const MemoryLock lock;
  return design_.teardown(space);
}

std::optional<PageInFrame> Zone::page_at(Pfn frame) const {
  const MemoryLock lock;
  return design_.page_at(frame);
}

FrameCount Zone::evictable_pages() const {
  const MemoryLock lock;
  return design_.evictable_pages();
}

std::optional<SpoiledByte> Zone::check_free_list() const {
  const MemoryLock lock;
  for (const Run& run : usable().runs()) {
    for (Pfn pfn = run.first; pfn < run.end(); pfn = pfn + FrameCount{1}) {
      if (block_at(pfn)) continue;
      const std::byte* bytes = frame_bytes(pfn);
      for (std::uint32_t i = KernelDesign::contract.link_bytes; i < kFrameBytes; ++i) {
        if (bytes[i] != kFill) return SpoiledByte{.frame = pfn, .offset = i};
      }
    }
  }
  return std::nullopt;
}

}  // namespace assay::kernel
