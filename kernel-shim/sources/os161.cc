#include "kernel-shim/sources/os161.h"

#include <cstring>

#include "kernel-shim/cpus/memory_lock.h"
#include "kernel-shim/machine/exit.h"
#include "kernel-shim/memory/address_space.h"
#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/memory/page_maps.h"
#include "kernel-shim/pager/pager.h"
#include "kernel-shim/sources/xv6.h"

namespace assay::kernel {

namespace {

constexpr FrameCount kOne{1};
constinit coremap the_coremap{};

paddr_t address_of(Pfn pfn) { return pfn.is_none() ? 0 : pfn.value() * kFrameBytes; }

void note_given(Pfn first, FrameCount count) {
  const MemoryLock lock;
  if (!first.is_none()) the_coremap.next_free_page = (first + count).value();
}

AddressSpace* space_of(addrspace* as) { return reinterpret_cast<AddressSpace*>(as); }

/// An entry for every frame up to the end; what they say, the zones know.
void fill_table() {
  for (const Zone& zone : zones()) {
    for (Pfn pfn = zone.arena().first; pfn < zone.arena().end(); pfn = pfn + kOne) {
      coremap_entry& entry = the_coremap.pages[pfn.value()];
      const std::optional<PageInFrame> held = zone.page_at(pfn);
      entry = {};
      if (held) {
        entry = {.in_use = 1,
                 .fixed = held->is_fixed ? 1U : 0U,
                 .space = held->page.space,
                 .page = held->page.number};
      }
    }
  }
}

void make_table() {
  const Pfn end = zones().back().arena().end();
  const std::uint32_t bytes = end.value() * sizeof(coremap_entry);
  const std::uint32_t table = map_pages(bytes);
  if (table == 0) panic(Exit::bad_map, "no frames are left for the coremap's entries");
  the_coremap.pages = reinterpret_cast<coremap_entry*>(table);
  the_coremap.ram_size = end.value() * kFrameBytes;
  std::memset(the_coremap.pages, 0, bytes);
}

/// Both phases of the sources that have two, and the directory between them; a design that cannot
/// grow comes up behind the directory, whose tables are stolen then.
void start_zones() {
  if (KernelDesign::contract.can_grow) {
    end_stealing();
    boot_alloc_init();
  }
  pde_t* directory = kvm_init();
  if (directory == nullptr) {
    panic(Exit::panic, "the design has no frame for a page table, though some are free");
  }
  load_directory(PageDirectory::at(directory));
  if (!KernelDesign::contract.can_grow) end_stealing();
  alloc_init();
}

}  // namespace

extern "C" {

void coremap_look(coremap* copy) {
  const MemoryLock lock;
  const FrameCounts counts = count_frames();
  fill_table();
  *copy = the_coremap;
  copy->npages = counts.managed.value();
  copy->nfreepages = counts.free.value();
  copy->c_lock = MemoryLock::address();
}

paddr_t ram_stealmem(unsigned long npages) {
  return address_of(memory().boot_ram.steal(FrameCount{static_cast<std::uint32_t>(npages)}));
}

void ram_getsize(paddr_t* lo, paddr_t* hi) {
  const Run left = memory().boot_ram.get_size();
  *lo = address_of(left.first);
  *hi = address_of(left.end());
}

void vm_bootstrap() {
  MemoryLock::init();
  note_step("locks");
  coremap_init();
  the_coremap.mem_managing = true;
  note_step("flag");
}

void coremap_init() {
  paddr_t end = 0;
  start_zones();
  ram_getsize(&the_coremap.firstfree, &end);
  start_high_memory();
  attach_pager();
  start_heap();
  make_table();
  note_step("table");
}

vaddr_t get_vaddr(unsigned i) {
  const Pfn pfn{i};
  return is_low(pfn) && memory().layout.ram.contains(pfn) ? direct_address(pfn) : 0;
}

paddr_t get_ppages(unsigned long npages) {
  const MemoryLock lock;
  return ram_stealmem(npages);
}

paddr_t page_nalloc(unsigned long npages) {
  const FrameCount count{static_cast<std::uint32_t>(npages)};
  if (!KernelDesign::contract.covers(count, kOne)) return 0;
  Pfn first = low_zone().allocate(count);
  const bool may_leave = low_zone().evictable_pages() > FrameCount{0};
  if (first.is_none() && may_leave && make_room(low_zone(), count)) {
    first = low_zone().allocate(count);
  }
  note_given(first, count);
  return address_of(first);
}

bool make_page_available(unsigned long npages) {
  return make_room(low_zone(), FrameCount{static_cast<std::uint32_t>(npages)});
}

vaddr_t alloc_kpages(unsigned npages) {
  const paddr_t address = the_coremap.mem_managing ? page_nalloc(npages) : get_ppages(npages);
  return address == 0 ? 0 : address + kDirectMapBase;
}

unsigned free_kpages(vaddr_t addr) {
  const MemoryLock lock;
  if (addr < kDirectMapBase || addr % kFrameBytes != 0) return 0;
  const Pfn pfn = direct_frame(addr);
  if (refuse_stolen(pfn) || !is_low(pfn)) return 0;
  const FreeResult freed = low_zone().free({pfn, kOne});
  return freed ? freed->value() : 0;
}

unsigned stolen_frees() { return memory().stolen_frees; }

unsigned coremap_used_bytes() {
  const MemoryLock lock;
  return count_frames().used.value() * kFrameBytes;
}

addrspace* as_create() { return reinterpret_cast<addrspace*>(AddressSpace::create()); }

void as_destroy(addrspace* as) {
  free_pages_of(*space_of(as));
  space_of(as)->destroy();
}

void as_activate(addrspace* as) { space_of(as)->load(); }

paddr_t page_alloc(addrspace* as, vaddr_t va, bool fixed) {
  if (va / kFrameBytes == 0 || va >= kDirectMapBase) return 0;
  const Pfn pfn = make_page(*space_of(as), va, fixed);
  note_given(pfn, kOne);
  return address_of(pfn);
}

bool page_free(paddr_t frame) {
  return frame % kFrameBytes == 0 && free_page(Pfn{frame / kFrameBytes});
}

}  // extern "C"

}  // namespace assay::kernel
