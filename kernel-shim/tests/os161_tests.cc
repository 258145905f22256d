/// sources/os161.h: every function, as that source means it.
#include "kernel-shim/sources/os161.h"

#include <array>
#include <string_view>

#include "kernel-shim/machine/probe.h"
#include "kernel-shim/memory/address_space.h"
#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/tests/frame_chain.h"
#include "kernel-shim/tests/tests.h"

namespace assay::kernel {

namespace {

constexpr FrameCount kOne{1};
constexpr const Contract& kContract = KernelDesign::contract;
constexpr std::uint32_t kPageWord = 0x05A1'61AA;

volatile std::uint32_t& word_at(std::uint32_t address) {
  return *reinterpret_cast<volatile std::uint32_t*>(address);
}

/// Runs of these lengths can be asked for.
bool may_ask_for(FrameCount count) { return kContract.covers(count, kOne); }

}  // namespace

/// vm_bootstrap and what it calls: locks first, a flag last.
void memory_comes_up_in_the_sources_order(Test& test) {
  constexpr std::array grows{"memory found", "locks",      "no more stealing", "phase 1",
                             "directory",    "low memory", "high memory",      "heap",
                             "table",        "flag"};
  constexpr std::array at_once{"memory found", "locks",      "directory",   "no more stealing",
                               "all at once",  "low memory", "high memory", "heap",
                               "table",        "flag"};
  const auto& expected = kContract.can_grow ? grows : at_once;
  test.equal("steps", static_cast<std::uint32_t>(memory().step_count),
             static_cast<std::uint32_t>(expected.size()));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (std::string_view(memory().steps[i]) == expected[i]) continue;
    TextBuffer why;
    test.fail(why << "step " << static_cast<std::uint32_t>(i) << " was " << memory().steps[i]
                  << ", not " << expected[i]);
  }
}

/// ram_stealmem, ram_getsize, get_ppages, free_kpages: a page taken before there was an allocator.
void stolen_frames_stay_accounted_for(Test& test) {
  const std::uint32_t page = memory().early_page;
  const Pfn pfn = direct_frame(page);
  test.check(page != 0, "alloc_kpages stole a page before vm_bootstrap");
  test.check(memory().layout.stolen.contains(pfn), "the page is among the stolen ones");
  test.check(!low_zone().usable().contains(pfn), "nobody else may have it");
  word_at(page) = kPageWord;
  test.equal("written to it", word_at(page), kPageWord);
  test.equal("stolen once the size was asked for", ram_stealmem(1), 0);
  test.equal("stolen by get_ppages", get_ppages(1), 0);
  paddr_t lo = 0;
  paddr_t hi = 0;
  ram_getsize(&lo, &hi);
  test.check(lo > pfn.value() * kFrameBytes && lo < hi, "what is left lies behind it");
  const FrameCounts before = count_frames();
  const unsigned refused = stolen_frees();
  test.equal("freed of a stolen page", free_kpages(page), 0);
  test.equal("refused frees of stolen pages", stolen_frees(), refused + 1);
  test.check(count_frames() == before, "a refused free changes no count");
}

/// alloc_kpages, page_nalloc, free_kpages, coremap_used_bytes.
void alloc_kpages_gives_runs(Test& test) {
  const unsigned used = coremap_used_bytes();
  for (const unsigned npages : {1U, 2U, 7U, 16U}) {
    if (!may_ask_for(FrameCount{npages})) continue;
    const vaddr_t pages = alloc_kpages(npages);
    if (pages == 0 && !kContract.finds_longer_runs) continue;
    test.check(pages != 0 && pages % kFrameBytes == 0, "there is such a run");
    if (pages == 0) return;
    for (unsigned i = 0; i < npages; ++i) word_at(pages + i * kFrameBytes) = i;
    for (unsigned i = 0; i < npages; ++i) test.equal("a page", word_at(pages + i * kFrameBytes), i);
    const FrameCount granted = kContract.granted(FrameCount{npages});
    test.equal("bytes in use", coremap_used_bytes(), used + granted.value() * kFrameBytes);
    const FreeResult freed = low_zone().free({direct_frame(pages), granted});
    test.equal("pages freed", freed ? freed->value() : 0, granted.value());
  }
  if (may_ask_for(low_zone().arena().count)) {
    test.equal("a run that cannot be", alloc_kpages(low_zone().arena().count.value()), 0);
  }
  const vaddr_t page = alloc_kpages(1);
  test.equal("freed by free_kpages", free_kpages(page), 1);
  test.equal("freed inside of a page", free_kpages(page + 8), 0);
  test.equal("freed of the heap", free_kpages(memory().heap.begin()), 0);
  test.equal("bytes in use", coremap_used_bytes(), used);
}

/// The eight fields.
void the_coremap_s_fields_are_true(Test& test) {
  coremap seen{};
  const vaddr_t page = alloc_kpages(1);
  coremap_look(&seen);
  const FrameCounts counts = count_frames();
  test.check(seen.mem_managing, "mem_managing");
  test.equal("ram_size", seen.ram_size, zones().back().arena().end().value() * kFrameBytes);
  test.equal("npages", seen.npages, counts.managed.value());
  test.equal("nfreepages", seen.nfreepages, counts.free.value());
  test.check(seen.c_lock != nullptr && seen.pages != nullptr, "a lock and a table");
  test.equal("next_free_page", seen.next_free_page, direct_frame(page).value() + 1);
  const RunList& stolen = memory().layout.stolen;
  test.equal("firstfree", seen.firstfree, stolen.end().value() * kFrameBytes);
  for (Pfn pfn{0}; pfn < Pfn{seen.firstfree / kFrameBytes}; pfn = pfn + kOne) {
    const bool is_below_image = pfn < memory().layout.boot_ram.first;
    if (!is_below_image && low_zone().usable().contains(pfn)) test.fail("below firstfree is fixed");
  }
  test.equal("freed", free_kpages(page), 1);
}

/// get_vaddr: where the kernel sees a frame.
void get_vaddr_is_the_direct_map(Test& test) {
  const Pfn low = low_zone().usable().runs().back().first;
  word_at(direct_address(memory().layout.stolen.runs()[0].first)) = kPageWord;
  test.equal("a stolen frame's word",
             word_at(get_vaddr(memory().layout.stolen.runs()[0].first.value())), kPageWord);
  test.equal("a low frame", get_vaddr(low.value()), direct_address(low));
  test.equal("a frame that is not low", get_vaddr(memory().layout.low_end.value()), 0);
  test.equal("no frame", get_vaddr(0xFFFF'FFFF), 0);
}

/// page_alloc and page_free, seen by the CPU.
void page_alloc_maps_and_page_free_unmaps(Test& test) {
  if (!has_frames(test, kFramesOfASpace)) return;
  const FrameCounts before = count_frames();
  addrspace* as = as_create();
  test.check(as != nullptr, "there are frames for an address space");
  if (as == nullptr) return;
  constexpr vaddr_t kPage = 0x0804'8000;
  const unsigned used = coremap_used_bytes();
  const paddr_t frame = page_alloc(as, kPage + 0x10, true);
  test.check(frame != 0, "there is a frame");
  test.equal("bytes in use, with a table", coremap_used_bytes(), used + 2 * kFrameBytes);
  test.equal("a second frame for the same page", page_alloc(as, kPage, false), 0);
  test.equal("a frame for page 0", page_alloc(as, 0x10, false), 0);
  test.equal("a frame for a page of the kernel's", page_alloc(as, kDirectMapBase, false), 0);
  coremap seen{};
  coremap_look(&seen);
  const coremap_entry entry = seen.pages[frame / kFrameBytes];
  test.check(entry.in_use == 1 && entry.fixed == 1 && entry.page == kPage / kFrameBytes,
             "the entry of the frame says whose it is");
  as_activate(as);
  word_at(kPage) = kPageWord;
  test.equal("seen in its frame",
             *reinterpret_cast<std::uint32_t*>(frame_bytes(Pfn{frame / kFrameBytes})), kPageWord);
  test.check(page_free(frame), "the frame can be freed");
  const Probe after = probe_read(kPage);
  const Probe fixed = probe_read(memory().bios_data);
  load_kernel_directory();
  test.check(after.is_page_fault(), "the TLB has forgotten the page");
  test.check(!fixed.faulted, "the last page of all is the kernel's there too");
  test.check(!page_free(frame), "a second free is refused");
  test.check(!page_free(0) && !page_free(0xFFFF'F000), "as is that of no frame");
  test.check(page_alloc(as, kPage, false) != 0, "a page that is left is freed with the space");
  as_destroy(as);
  test.check(count_frames() == before, "the counts are as before");
}

}  // namespace assay::kernel
