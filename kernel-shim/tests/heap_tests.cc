/// sources/frames.h: every function, as that source means it; and who is mapped where.
#include "kernel-shim/machine/probe.h"
#include "kernel-shim/memory/address_space.h"
#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/sources/frames.h"
#include "kernel-shim/sources/os161.h"
#include "kernel-shim/tests/frame_chain.h"
#include "kernel-shim/tests/tests.h"

namespace assay::kernel {

namespace {

volatile std::uint32_t& word_at(std::uint32_t address) {
  return *reinterpret_cast<volatile std::uint32_t*>(address);
}

std::uint32_t map_bytes(std::uint32_t bytes) {
  return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(kmmap(bytes)));
}

/// The kernel's frames of both zones, all but a few low ones.
class Scarcity {
 public:
  Scarcity() {
    low_.take_all();
    if (high_zone().is_up()) high_.take_all();
  }
  Scarcity(const Scarcity&) = delete;
  Scarcity& operator=(const Scarcity&) = delete;
  ~Scarcity() {
    low_.give_back_all();
    high_.give_back_all();
  }
  void relieve() { static_cast<void>(low_.give_back_one()); }

 private:
  FrameChain low_{low_zone()};
  FrameChain high_{high_zone()};
};

}  // namespace

/// allocFrame, freeFrame: high memory first, low memory when that is full.
void alloc_frame_prefers_high_memory(Test& test) {
  const FrameCounts before = count_frames();
  test.equal("frames in 4 GiB", THEORICAL_FRAMES_NUMBER, kReachableFrames.value());
  const std::uint32_t frame = allocFrame(0);
  test.check(frame != 0 && frame % kFrameBytes == 0, "there is a frame");
  test.check(is_low(Pfn{frame / kFrameBytes}) != high_zone().is_up(), "high where there is such");
  const std::uint32_t end = memory().layout.low_end.value();
  const std::uint32_t low = allocFrame(end);
  test.check(low != 0 && low / kFrameBytes < end, "a frame below a number");
  test.equal("a frame below frame 1", allocFrame(1), 0);
  freeFrame(low);
  freeFrame(frame);
  test.check(count_frames() == before, "the counts are as before");
}

/// allocPages, freePages on the kernel's heap: all of it, up to its end, and how many.
void the_kernel_s_heap_hands_out_pages(Test& test) {
  const std::uint32_t start = kernelHeapStart();
  PageHeap& heap = memory().heap;
  test.check(start == direct_address(memory().layout.low_end), "it begins where low memory ends");
  const std::uint32_t three = allocPages(3, start);
  const std::uint32_t one = allocPages(1, start);
  test.check(three >= start && one == three + 3 * kFrameBytes, "one block behind the other");
  test.equal("pages freed inside of a block", freePages(three + kFrameBytes, start), 0);
  test.equal("pages freed", freePages(three, start), 3);
  test.equal("pages freed twice", freePages(three, start), 0);
  test.equal("pages freed", freePages(one, start), 1);
  const std::uint32_t free = heap.free_pages();
  const std::uint32_t rest = allocPages(heap.free_pages(), start);
  test.check(rest != 0 && rest + free * kFrameBytes == kKernelHeapEnd, "it ends at 0xF7FFFFFF");
  test.equal("a page more", allocPages(1, start), 0);
  test.equal("no pages", allocPages(0, start), 0);
  test.equal("of a heap that is none", allocPages(1, start + kFrameBytes), 0);
  test.equal("pages freed", freePages(rest, start), free);
  if (const char* broken = heap.validate()) test.fail(broken);
}

/// Nothing is mapped on either side of the kernel's heap, nor at page 0.
void guards_are_not_mapped(Test& test) {
  for (const std::uint32_t address :
       {kernelHeapStart() - 4, kernelHeapStart() - kFrameBytes, kKernelHeapEnd, 0U, 0xFFCU}) {
    test.check(probe_read(address).is_page_fault(), "a read of a guard faults");
    test.check(probe_write(address, 1).is_page_fault(), "a write to a guard faults");
  }
}

/// allocPages, mapPage, unmapPage, getFrameAddr on a process's heap.
void a_process_has_a_heap_of_its_own(Test& test) {
  if (!has_frames(test, kFramesOfASpace)) return;
  const FrameCounts before = count_frames();
  addrspace* as = as_create();
  test.check(as != nullptr, "there are frames for an address space");
  if (as == nullptr) return;
  test.equal("its heap while another one is loaded", allocPages(1, USER_HEAP_START), 0);
  as_activate(as);
  const std::uint32_t pages = allocPages(2, USER_HEAP_START);
  test.equal("its first page", pages, 0x1000);
  const std::uint32_t frame = allocFrame(0);
  test.check(mapPage(pages, frame, kWritable) == 0, "a page can be mapped");
  test.check(mapPage(pages, frame, kWritable) == -1, "but not twice");
  word_at(pages + 8) = 0x1234;
  test.equal("getFrameAddr", getFrameAddr(pages + 8), frame + 8);
  test.equal("getFrameAddr of what is not mapped", getFrameAddr(pages + kFrameBytes), 0);
  unmapPage(pages);
  const Probe after = probe_read(pages);
  test.check(after.is_page_fault(), "unmapPage unmaps");
  test.equal("pages freed", freePages(pages, USER_HEAP_START), 2);
  load_kernel_directory();
  freeFrame(frame);
  as_destroy(as);
  test.check(count_frames() == before, "the counts are as before");
}

/// kmmap, kunmap: pages in a row, frames from anywhere, unmapped before they are given back.
void kmmap_maps_pages_in_a_row(Test& test) {
  if (!has_frames(test, kFramesOfASpace)) return;
  const FrameCounts before = count_frames();
  const std::uint32_t pages = before.free > FrameCount{2100} ? 2050 : 20;
  const std::uint32_t address = map_bytes(pages * kFrameBytes - 1);
  test.check(address != 0, "there are as many pages");
  if (address == 0) return;
  for (std::uint32_t i = 0; i < pages; ++i) word_at(address + i * kFrameBytes) = i;
  for (std::uint32_t i = 0; i < pages; ++i) {
    const Pfn pfn{getFrameAddr(address + i * kFrameBytes) / kFrameBytes};
    test.equal("a page's word in its frame", *reinterpret_cast<std::uint32_t*>(frame_bytes(pfn)),
               i);
  }
  test.equal("pages unmapped inside of a block", kunmap(address + kFrameBytes), 0);
  test.equal("pages unmapped", kunmap(address), pages);
  for (const std::uint32_t page : {0U, pages - 1}) {
    test.check(probe_read(address + page * kFrameBytes).is_page_fault(),
               "it is not mapped any more");
  }
  test.equal("pages unmapped twice", kunmap(address), 0);
  test.equal("no bytes", map_bytes(0), 0);
  test.check(count_frames() == before, "the counts are as before");
}

/// kmmap when frames run out half-way, for a page or for a table: the second block begins a table.
void kmmap_undoes_itself_whole(Test& test) {
  if (!has_frames(test, kFramesOfASpace)) return;
  const FrameCounts before = count_frames();
  constexpr std::uint32_t kPages = 6;
  for (const std::uint32_t skipped_pages : {1U, 2048U}) {
    const std::uint32_t skipped = allocPages(skipped_pages, kernelHeapStart());
    const std::uint32_t used_pages = memory().heap.used_pages();
    const std::uint32_t needed = kPages + (skipped_pages > kEntries ? 1 : 0);
    Scarcity scarcity;
    for (std::uint32_t left = 0; left < needed; ++left) {
      test.equal("with too few frames", map_bytes(kPages * kFrameBytes), 0);
      test.equal("free frames", count_frames().free, FrameCount{left});
      test.equal("pages in use", memory().heap.used_pages(), used_pages);
      scarcity.relieve();
    }
    const std::uint32_t address = map_bytes(kPages * kFrameBytes);
    test.check(address != 0 && kunmap(address) == kPages, "with just enough frames it works");
    test.equal("pages freed", freePages(skipped, kernelHeapStart()), skipped_pages);
  }
  test.check(count_frames() == before, "the counts are as before");
}

/// A table that the kernel's heap gets later appears in every directory, and leaves them all.
void later_heap_maps_appear_in_every_directory(Test& test) {
  if (!has_frames(test, kFramesOfASpace)) return;
  const FrameCounts before = count_frames();
  const std::uint32_t start = kernelHeapStart();
  addrspace* as = as_create();
  test.check(as != nullptr, "there are frames for an address space");
  if (as == nullptr) return;
  const std::uint32_t skipped = allocPages(2048, start);  // so that the next has a table of its own
  const std::uint32_t address = map_bytes(kFrameBytes);
  const std::uint32_t index = table_index(address);
  test.check(address > skipped + (4U << 20), "the block lies behind that one");
  word_at(address) = 0xBEEF;
  as_activate(as);
  const Probe seen = probe_read(address);
  test.check(!seen.faulted && seen.value == 0xBEEF, "it is seen in a directory made before");
  load_kernel_directory();
  test.equal("pages unmapped", kunmap(address), 1);
  as_activate(as);
  test.check(probe_read(address).is_page_fault(), "and is gone from there with the table");
  test.equal("its entry", loaded_directory().directory_entry(index), 0);
  load_kernel_directory();
  test.equal("pages freed", freePages(skipped, start), 2048);
  as_destroy(as);
  test.check(count_frames() == before, "the counts are as before");
}

/// Two slots in turn show any frame; the BIOS's data stand at a fixed page, its ROM at a device's.
void frames_are_shown_by_turns_and_for_good(Test& test) {
  const std::uint32_t one = allocFrame(0);
  const std::uint32_t other = allocFrame(0);
  auto* first = reinterpret_cast<std::uint32_t*>(frame_bytes(Pfn{one / kFrameBytes}));
  auto* second = reinterpret_cast<std::uint32_t*>(frame_bytes(Pfn{other / kFrameBytes}));
  *first = 1;
  *second = 2;
  test.check(*first == 1 && *second == 2, "two frames are seen at a time");
  if (high_zone().is_up()) {
    const auto address = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(first));
    test.check(address >= kTemporaryBase && address < kTemporaryEnd, "in the temporary range");
  }
  freeFrame(one);
  freeFrame(other);

  test.equal("the first fixed page", memory().bios_data, kFirstFixed);
  test.equal("the first serial port, by the BIOS", word_at(memory().bios_data + 0x400) & 0xFFFF,
             0x3F8);
  test.check(probe_write(memory().bios_data + 0x400, 0).is_page_fault(), "it is read only");
  static constinit std::uint32_t rom = 0;
  if (rom == 0) rom = map_device({0xF'FFF0, 0x10'0000});
  test.check(rom != 0, "a device can be mapped");
  test.equal("the far jump at the reset vector", word_at(rom) & 0xFF, 0xEA);
}

}  // namespace assay::kernel
