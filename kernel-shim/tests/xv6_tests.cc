/// sources/xv6.h: every function, as that source means it.
#include "kernel-shim/sources/xv6.h"

#include "kernel-shim/machine/probe.h"
#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/memory/mapped_frames.h"
#include "kernel-shim/tests/frame_chain.h"
#include "kernel-shim/tests/tests.h"

extern "C" const char image_physical_begin[];

namespace assay::kernel {

namespace {

constexpr FrameCount kOne{1};

pde_t* entries_of(PageDirectory directory) {
  return reinterpret_cast<pde_t*>(direct_map(directory.frame()));
}

void* pointer_to(std::uint32_t address) { return reinterpret_cast<void*>(address); }

}  // namespace

/// kalloc and kfree: each low frame once, then 0, and all of them back.
void kalloc_gives_every_low_frame_and_then_0(Test& test) {
  const FrameCounts before = low_zone().counts();
  char* last = nullptr;
  FrameCount taken;
  for (char* v = kalloc(); v != nullptr; v = kalloc()) {
    const auto address = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(v));
    test.equal("bytes behind a page's start", address % kFrameBytes, 0);
    *reinterpret_cast<char**>(v) = last;
    last = v;
    taken += kOne;
  }
  test.equal("frames taken", taken, before.free);
  while (last != nullptr) {
    char* next = *reinterpret_cast<char**>(last);
    kfree(last);
    test.equal("a word of a freed page", reinterpret_cast<std::uint32_t*>(last)[2], 0x0101'0101);
    last = next;
  }
  test.check(low_zone().counts() == before, "the counts are as before");
}

/// check_free_list: every byte that a free frame must hold is looked at.
void check_free_list_reads_every_byte(Test& test) {
  if (!low_zone().fills()) return test.skip("free frames are filled only with fill=on");
  std::uint32_t free = 0;
  for (const Zone& zone : zones()) free += zone.counts().free.value();
  test.equal("frames that check_free_list looked at", check_free_list(), free);
  for (Zone& zone : zones()) {
    const Pfn pfn = zone.allocate(kOne);
    test.check(zone.free({pfn, kOne}) == kOne, "a frame taken can be freed");
    for (const std::uint32_t offset : {KernelDesign::contract.link_bytes, kFrameBytes - 1}) {
      std::byte* bytes = frame_bytes(pfn);
      const std::byte filled = bytes[offset];
      bytes[offset] = ~filled;
      test.check(zone.check_free_list() == SpoiledByte{.frame = pfn, .offset = offset},
                 "a byte that was written to is found");
      frame_bytes(pfn)[offset] = filled;
    }
  }
  check_free_list();
}

/// pgdir_walk: a table only where one was asked for.
void pgdir_walk_makes_tables_when_asked(Test& test) {
  const FrameCounts before = count_frames();
  PageDirectory directory = PageDirectory::create();
  pde_t* pgdir = entries_of(directory);
  void* va = pointer_to(0x1234'5678);
  test.check(pgdir_walk(pgdir, va, 0) == nullptr, "no table is made unasked");
  pte_t* entry = pgdir_walk(pgdir, va, 1);
  test.check(entry != nullptr && *entry == 0, "an empty entry when asked");
  test.check(entry == pgdir_walk(pgdir, va, 0), "the same entry from then on");
  test.equal("its place in the table",
             static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(entry)) % kFrameBytes,
             (0x1234'5678U >> 12 & 0x3FF) * 4);
  pgdir[7] = 7U << 22 | PTE_PS | PTE_P;
  test.check(pgdir_walk(pgdir, pointer_to(7U << 22), 1) == nullptr, "a page of 4 MiB has no table");
  vm_free(pgdir);
  test.check(count_frames() == before, "the counts are as before");
}

/// map_region: whole pages around the bytes; refused whole where one of them is mapped.
void map_region_rounds_and_fails_whole(Test& test) {
  const FrameCounts before = count_frames();
  PageDirectory directory = PageDirectory::create();
  pde_t* pgdir = entries_of(directory);
  constexpr std::uint32_t kFirst = 0x0040'0000 - kFrameBytes;  // the next page is in another table
  test.equal("map_region",
             static_cast<std::uint32_t>(
                 map_region(pgdir, pointer_to(kFirst + 0x123), 0x1000, 0x0070'0456, PTE_W)),
             0);
  test.check(directory.translate(kFirst) == Pfn{0x700}, "rounded down at the beginning");
  test.check(directory.translate(kFirst + kFrameBytes) == Pfn{0x701}, "and up at the end");
  test.check(directory.translate(kFirst + 2 * kFrameBytes).is_none(), "and no further");
  test.equal("flags", *pgdir_walk(pgdir, pointer_to(kFirst), 0) & kFlags, PTE_P | PTE_W);
  const int again =
      map_region(pgdir, pointer_to(kFirst - 2 * kFrameBytes), 3 * kFrameBytes, 0, PTE_W);
  test.check(again == -1, "a mapped page is refused");
  test.check(directory.translate(kFirst - 2 * kFrameBytes).is_none(), "and the others with it");
  test.check(map_region(pgdir, pointer_to(0xFFFF'F000), 0x2000, 0, 0) == -1, "no way past 4 GiB");
  test.check(map_region(pgdir, pointer_to(0), 0, 0, 0) == 0, "nothing is easily mapped");
  vm_free(pgdir);
  test.check(count_frames() == before, "the counts are as before");
}

/// kvm_init, check_vm, vm_free: a second directory like the kernel's, in use for a while.
void kvm_init_makes_a_whole_directory(Test& test) {
  if (!has_frames(test, frames_of_a_directory())) return;
  const FrameCounts before = count_frames();
  const std::uint32_t pages = check_vm(entries_of(kernel_directory()));
  test.equal("pages of low memory", pages, memory().layout.low_end.value() + 1);
  pde_t* pgdir = kvm_init();
  test.check(pgdir != nullptr, "there are frames for it");
  if (pgdir == nullptr) return;
  test.equal("pages of the second one", check_vm(pgdir), pages);
  PageDirectory::at(pgdir).load();
  const Probe heap = probe_read(memory().heap.begin());
  const Probe null = probe_read(0);
  const FrameCounts seen = count_frames();  // the allocator's table is mapped there too
  kernel_directory().load();
  test.check(null.is_page_fault(), "page 0 is not mapped");
  test.check(!heap.faulted, "what the heap holds is seen there too");
  test.check(seen.used > before.used, "the allocator works there");
  vm_free(pgdir);
  test.check(count_frames() == before, "the counts are as before");
}

/// kvm_init with too few frames: 0, and nothing is taken, at whichever table it ends.
void kvm_init_takes_nothing_when_it_fails(Test& test) {
  if (!has_frames(test, frames_of_a_directory())) return;
  const FrameCounts all = count_frames();
  pde_t* pgdir = kvm_init();
  const std::uint32_t needed = (count_frames().used - all.used).value();
  vm_free(pgdir);
  FrameChain taken(low_zone());
  taken.take_all();
  for (std::uint32_t left = 0; left < needed; ++left) {
    test.check(kvm_init() == nullptr, "with too few frames there is no directory");
    test.equal("free frames", low_zone().counts().free, FrameCount{left});
    taken.give_back_one();
  }
  pgdir = kvm_init();
  test.check(pgdir != nullptr, "with just enough there is one");
  if (pgdir != nullptr) vm_free(pgdir);
  taken.give_back_all();
  test.check(count_frames() == all, "the counts are as before");
}

/// vm_free: tables of the first and of the last entry, none that is shared, no page of 4 MiB.
void vm_free_frees_what_the_directory_owns(Test& test) {
  const FrameCounts before = count_frames();
  PageDirectory directory = PageDirectory::create();
  directory.share_kernel(table_index(kDirectMapBase), kEntries - 1);
  pde_t* pgdir = entries_of(directory);
  for (const std::uint32_t index : {0U, 1U, 511U, 767U, 1023U}) {
    test.check(pgdir_walk(pgdir, pointer_to(index << 22), 1) != nullptr, "there is a frame for it");
  }
  pgdir[2] = PTE_PS | PTE_P;
  test.equal("frames taken", count_frames().used, before.used + FrameCount{6});
  vm_free(pgdir);
  test.check(count_frames() == before, "the counts are as before");
  test.equal("pages that are still mapped", check_vm(entries_of(kernel_directory())),
             memory().layout.low_end.value() + 1);
}

/// CR0.WP: ring 0 cannot write to code or constants either.
void a_write_to_code_faults(Test& test) {
  const auto code = kDirectMapBase + static_cast<std::uint32_t>(
                                         reinterpret_cast<std::uintptr_t>(image_physical_begin));
  const auto here = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(&kvm_init));
  for (const std::uint32_t address : {code, here & ~3U}) {
    const Probe read = probe_read(address);
    const Probe written = probe_write(address, read.value);
    test.check(!read.faulted, "code can be read");
    test.check(written.is_page_fault() && (written.error_code & 3) == 3,
               "a write to it is a protection fault");
  }
}

}  // namespace assay::kernel
