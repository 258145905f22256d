/// Maps of single frames for a while or for good: temporary, device and fixed ones (address_map.h).
#pragma once

#include <cstddef>
#include <cstdint>

#include "impls/allocator.h"
#include "kernel-shim/boot/boot_info.h"
#include "kernel-shim/memory/paging.h"

namespace assay::kernel {

/// Two pages in turn, through which any frame can be seen: what it shows is valid until the second
/// following call, as a FrameWindow asks. Low frames are in the direct map and take no page. Other
/// CPUs do not forget what a page showed before, so one CPU at a time may use them.
class FrameSlots {
 public:
  /// Takes two pages of the temporary range. Returns: false if there is no frame for a table.
  [[nodiscard]] bool create();

  [[nodiscard]] std::byte* show(Pfn pfn);
  /// Shows frames through these slots, which must outlive it.
  [[nodiscard]] FrameWindow window();

 private:
  struct Slot {
    std::uint32_t address = 0;
    PageEntry* entry = nullptr;
  };
  Slot slots_[2];
  unsigned turn_ = 0;
};

/// Maps physical memory that is no RAM for good, uncached. Returns: the address of its first byte,
/// or 0 if there is no room or no frame for a table.
[[nodiscard]] std::uint32_t map_device(PhysicalRange range);

/// Maps fresh frames for good, for `bytes` of the kernel's. Returns: as above.
[[nodiscard]] std::uint32_t map_buffer(std::uint32_t bytes);

/// Frames behind buffers of map_buffer.
[[nodiscard]] std::uint32_t buffer_pages();

/// Maps a frame for good at the next fixed page, counted down. Returns: its address, or 0 as above.
[[nodiscard]] std::uint32_t map_fixed(Pfn frame, PageEntry flags);

}  // namespace assay::kernel
