#include "kernel-shim/sources/xv6.h"

#include <cstring>

#include "kernel-shim/machine/exit.h"
#include "kernel-shim/memory/kernel_memory.h"

extern "C" const char image_physical_begin[];
extern "C" const char read_only_physical_end[];

namespace assay::kernel {

namespace {

constexpr FrameCount kOne{1};
constexpr const Contract& kContract = KernelDesign::contract;
static_assert(PTE_P == kPresent && PTE_W == kWritable && PTE_U == kUser && PTE_PS == kLarge);

pde_t* address_of(PageDirectory directory) {
  return directory.exists() ? reinterpret_cast<pde_t*>(direct_map(directory.frame())) : nullptr;
}

/// The low frame that an address lies in, or none.
Pfn low_frame_at(std::uintptr_t address) {
  const Pfn pfn = address < kDirectMapBase ? Pfn::none() : direct_frame(address);
  return is_low(pfn) ? pfn : Pfn::none();
}

bool is_read_only(Pfn pfn) {
  return pfn >= Pfn{reinterpret_cast<std::uintptr_t>(image_physical_begin) / kFrameBytes} &&
         pfn < Pfn{reinterpret_cast<std::uintptr_t>(read_only_physical_end) / kFrameBytes};
}

/// As far as the design knows.
bool is_single_block(Pfn pfn) {
  if (!low_zone().usable().contains(pfn)) return false;
  return !kContract.knows_blocks || low_zone().block_at(pfn) == Run{pfn, kOne};
}

/// Says what the page is instead of one that kalloc gave.
[[noreturn]] void refuse_kfree(std::uintptr_t address) {
  const Console& said = begin_panic(Exit::panic) << "kfree of " << Hex{address} << ": ";
  const Pfn pfn = low_frame_at(address);
  const auto block =
      kContract.knows_blocks && !pfn.is_none() ? low_zone().block_at(pfn) : std::nullopt;
  if (pfn.is_none()) {
    said << "it lies outside low memory";
  } else if (address % kFrameBytes != 0) {
    said << "no page starts there";
  } else if (memory().layout.stolen.contains(pfn)) {
    said << "the page was stolen, which is for good";
  } else if (!low_zone().usable().contains(pfn)) {
    said << "the page is reserved: nobody was ever given it";
  } else if (block && block->first == pfn) {
    said << "a block of " << block->count << " frames starts there, not of one";
  } else if (block) {
    said << "it lies inside a block, frames " << *block;
  } else {
    said << (kContract.knows_blocks ? "the page is free already" : "the allocator refuses it");
  }
  exit_machine(Exit::panic);
}

/// RAM in the direct map; where code begins or ends, another row begins.
bool map_low_memory(PageDirectory directory) {
  const RunList low = memory().layout.ram.within({Pfn{0}, memory().layout.low_end - Pfn{0} - kOne});
  for (const Run& run : low.runs()) {
    for (Pfn pfn = run.first; pfn < run.end(); pfn = pfn + kOne) {
      if (!is_in_direct_map(pfn)) continue;
      const PageEntry flags = is_read_only(pfn) ? 0 : kWritable;
      if (!directory.map(direct_address(pfn), pfn, flags)) return false;
    }
  }
  return true;
}

/// The first directory is the kernel's own and maps the allocator's table; the others share all
/// that it maps above low memory.
bool map_kernel(PageDirectory directory) {
  if (!map_low_memory(directory)) return false;
  if (kernel_directory().exists()) {
    directory.share_kernel(table_index(direct_address(memory().layout.low_end)));
    return true;
  }
  const ZoneLayout& low = memory().layout.low;
  return low.usable.is_empty() || map_table(directory, kLowTableBase, low);
}

}  // namespace

extern "C" {

int panic_on_empty = 0;

void boot_alloc_init() { start_phase_1(); }

void alloc_init() {
  if (!low_zone().is_up()) return start_at_once();
  const Layout& layout = memory().layout;
  free_range(direct_map(layout.window.end()), direct_map(layout.low_end - kOne));
}

void free_range(void* vstart, void* vend) {
  const auto first = (reinterpret_cast<std::uintptr_t>(vstart) + kFrameBytes - 1) / kFrameBytes;
  const auto end = reinterpret_cast<std::uintptr_t>(vend) / kFrameBytes;
  if (end <= first) return;
  const Run range{Pfn{static_cast<std::uint32_t>(first - kDirectMapBase / kFrameBytes)},
                  FrameCount{static_cast<std::uint32_t>(end - first)}};
  grow_low_zone(range);
}

char* kalloc() {
  const Pfn pfn = low_zone().allocate(kOne);
  if (!pfn.is_none()) return reinterpret_cast<char*>(direct_map(pfn));
  if (panic_on_empty != 0) panic(Exit::panic, "kalloc: no frame is left");
  return nullptr;
}

void kfree(char* v) {
  const auto address = reinterpret_cast<std::uintptr_t>(v);
  const Pfn pfn = low_frame_at(address);
  if (address % kFrameBytes != 0 || !is_single_block(pfn)) refuse_kfree(address);
  std::memset(v, static_cast<int>(Zone::kFill), kFrameBytes);
  if (!low_zone().free({pfn, kOne})) refuse_kfree(address);
}

uint32_t check_free_list() {
  std::uint32_t looked_at = 0;
  for (const Zone& zone : zones()) {
    if (!zone.fills()) continue;
    if (const auto spoiled = zone.check_free_list()) {
      begin_panic(Exit::panic) << "check_free_list: byte " << spoiled->offset << " of free frame "
                               << spoiled->frame << " is no longer as it was filled";
      exit_machine(Exit::panic);
    }
    looked_at += zone.counts().free.value();
  }
  return looked_at;
}

pte_t* pgdir_walk(pde_t* pgdir, const void* va, int alloc) {
  return PageDirectory::at(pgdir).entry(reinterpret_cast<std::uintptr_t>(va), alloc != 0);
}

int map_region(pde_t* pgdir, void* va, uint32_t size, uint32_t pa, int perm) {
  if (size == 0) return 0;
  const auto address = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(va));
  const std::uint32_t first = address & ~kFlags;
  const std::uint64_t end = std::uint64_t{address} + size;
  const auto pages = static_cast<std::uint32_t>((end - first + kFrameBytes - 1) / kFrameBytes);
  const PageDirectory directory = PageDirectory::at(pgdir);
  const auto flags = static_cast<PageEntry>(perm) & kFlags & ~(kLarge | kShared);
  for (std::uint32_t i = 0; i < pages; ++i) {
    const Pfn pfn{pa / kFrameBytes + i};
    const bool wraps = first / kFrameBytes + i >= kReachableFrames.value();
    if (!wraps && directory.map(first + i * kFrameBytes, pfn, flags)) continue;
    while (i-- > 0) directory.unmap(first + i * kFrameBytes);
    return -1;
  }
  return 0;
}

pde_t* kvm_init() {
  PageDirectory directory = PageDirectory::create();
  if (!directory.exists()) return nullptr;
  if (!map_kernel(directory)) directory.release();
  return address_of(directory);
}

void vm_free(pde_t* pgdir) { PageDirectory::at(pgdir).release(); }

uint32_t check_vm(pde_t* pgdir) {
  const PageDirectory directory = PageDirectory::at(pgdir);
  std::uint32_t pages = 0;
  const auto expect = [&](std::uint32_t address, PageEntry expected) {
    const PageEntry* entry = directory.entry(address);
    const PageEntry accessed_and_dirty = 0x60;
    const PageEntry got = entry == nullptr ? 0 : *entry & ~accessed_and_dirty;
    ++pages;
    if (got == expected) return;
    begin_panic(Exit::panic) << "check_vm: the page at " << Hex{address} << " has the entry "
                             << Hex{got} << ", not " << Hex{expected};
    exit_machine(Exit::panic);
  };
  expect(0, 0);
  for (Pfn pfn{0}; pfn < memory().layout.low_end; pfn = pfn + kOne) {
    const bool is_mapped = is_in_direct_map(pfn);
    const PageEntry flags = is_read_only(pfn) ? kPresent : kPresent | kWritable;
    expect(direct_address(pfn), is_mapped ? pfn.value() << 12 | flags : 0);
  }
  return pages;
}

}  // extern "C"

}  // namespace assay::kernel
