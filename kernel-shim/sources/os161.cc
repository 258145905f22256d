#include "kernel-shim/sources/os161.h"

#include <array>
#include <cstring>

#include "kernel-shim/cpus/memory_lock.h"
#include "kernel-shim/machine/exit.h"
#include "kernel-shim/memory/address_space.h"
#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/memory/page_maps.h"
#include "kernel-shim/sources/xv6.h"

struct addrspace {
  assay::kernel::AddressSpace space;
};

namespace assay::kernel {

namespace {

constexpr FrameCount kOne{1};
constexpr std::size_t kMostSpaces = 16;

constinit std::array<addrspace, kMostSpaces> the_spaces{};
constinit coremap the_coremap{};

paddr_t address_of(Pfn pfn) { return pfn.is_none() ? 0 : pfn.value() * kFrameBytes; }

void note_given(Pfn first, FrameCount count) {
  if (!first.is_none()) the_coremap.next_free_page = (first + count).value();
}

coremap_entry* entry_of(Pfn pfn) { return &the_coremap.pages[pfn.value()]; }

/// A table with an entry for every frame that the design manages, all unused.
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
  const MemoryLock lock;
  const FrameCount count{static_cast<std::uint32_t>(npages)};
  if (!KernelDesign::contract.covers(count, kOne)) return 0;
  const Pfn first = low_zone().allocate(count);
  note_given(first, count);
  return address_of(first);
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

addrspace* as_create() {
  const MemoryLock lock;
  for (addrspace& as : the_spaces) {
    if (as.space.directory().exists()) continue;
    return as.space.create() ? &as : nullptr;
  }
  return nullptr;
}

void as_destroy(addrspace* as) {
  const MemoryLock lock;
  const auto number = static_cast<std::uint32_t>(as - the_spaces.data()) + 1;
  for (Pfn pfn{0}; pfn.value() < the_coremap.ram_size / kFrameBytes; pfn = pfn + kOne) {
    if (entry_of(pfn)->in_use != 0 && entry_of(pfn)->space == number) *entry_of(pfn) = {};
  }
  as->space.destroy();
}

void as_activate(addrspace* as) { as->space.load(); }

paddr_t page_alloc(addrspace* as, vaddr_t va, bool fixed) {
  const MemoryLock lock;
  const Pfn pfn = take_frame();
  if (pfn.is_none()) return 0;
  if (va / kFrameBytes == 0 || va >= kDirectMapBase ||
      !as->space.directory().map(va & ~kFlags, pfn, kUser | kWritable)) {
    give_frame(pfn);
    return 0;
  }
  note_given(pfn, kOne);
  *entry_of(pfn) = {.in_use = 1,
                    .fixed = fixed ? 1U : 0U,
                    .space = static_cast<std::uint32_t>(as - the_spaces.data()) + 1,
                    .page = va / kFrameBytes};
  return address_of(pfn);
}

bool page_free(paddr_t frame) {
  const MemoryLock lock;
  const Pfn pfn{frame / kFrameBytes};
  if (frame % kFrameBytes != 0 || frame >= the_coremap.ram_size) return false;
  coremap_entry& entry = *entry_of(pfn);
  if (entry.in_use == 0) return false;
  const addrspace& as = the_spaces[entry.space - 1];
  as.space.directory().unmap(entry.page * kFrameBytes);
  entry = {};
  give_frame(pfn);
  return true;
}

}  // extern "C"

}  // namespace assay::kernel
