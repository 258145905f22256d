/// The kernel's directory: pages mapped and unmapped by hand, and addresses touched.
#include "kernel-shim/machine/console.h"
#include "kernel-shim/machine/interrupts.h"
#include "kernel-shim/machine/probe.h"
#include "kernel-shim/memory/mapped_frames.h"
#include "kernel-shim/shell/commands.h"

namespace assay::kernel {

namespace {

/// Where nobody else maps anything in the kernel's own directory: a process's pages.
constexpr std::uint32_t kBegin = kUserBase;
constexpr std::uint32_t kEnd = kTrialRam;

void list_map(const Shell& shell) {
  print_memory_map();
  for (const MappedPage& page : shell.pages.pages()) {
    console << "page " << Hex{page.address} << " shows frame " << page.frame
            << (page.is_fresh ? ", taken for it\n" : ", one of the shell's blocks\n");
  }
}

bool may_map(const Shell& shell, std::uint32_t address) {
  if (address < kBegin || address >= kEnd) {
    console << "not mapped: the shell maps pages from " << Hex{kBegin} << " to " << Hex{kEnd - 1}
            << "; all others are the kernel's\n";
  } else if (shell.pages.find(address) != shell.pages.size()) {
    console << "not mapped: that page shows frame " << kernel_directory().translate(address)
            << "; `unmap` it first\n";
  } else if (shell.pages.is_full()) {
    console << "not mapped: the shell has mapped " << static_cast<std::uint32_t>(PageTable::kMost)
            << " pages, and has no room for more; `unmap` some\n";
  } else {
    return true;
  }
  return false;
}

void map_page(Shell& shell, MappedPage page) {
  if (page.frame.is_none() || !kernel_directory().map(page.address, page.frame)) {
    if (page.is_fresh && !page.frame.is_none()) give_frame(page.frame);
    console << "not mapped: there is no frame for it, or for a page table\n";
    return;
  }
  shell.pages.add(page);
  console << "page " << Hex{page.address} << " shows frame " << page.frame << '\n';
}

/// What the directory says of an address.
void describe_page(std::uint32_t address) {
  const PageEntry* entry = kernel_directory().entry(address);
  if (entry != nullptr && (*entry & kPresent) != 0) {
    console << "its page shows frame " << frame_in(*entry)
            << ((*entry & kWritable) != 0 ? ", writable\n" : ", read-only\n");
    return;
  }
  const std::uint32_t first = address & ~((kEntries * kFrameBytes) - 1);
  console << (entry != nullptr ? "its page is missing in the table" : "there is no page table")
          << " for " << Hex{first} << " to " << Hex{first + kEntries * kFrameBytes - 1} << '\n';
}

void describe_fault(const Probe& probe, bool writes) {
  console << name_of_exception(probe.vector);
  if (probe.is_page_fault()) {
    console << (writes ? ", write to " : ", read of ") << Hex{probe.cr2}
            << ((probe.error_code & kPageProtected) != 0 ? ", which is protected"
                                                         : ", which is not mapped");
  }
  console << ", error code " << Hex{probe.error_code} << '\n';
}

}  // namespace

void commands::map(Shell& shell, Arguments& arguments) {
  if (arguments.is_empty()) return list_map(shell);
  const std::uint32_t address = arguments.number("ADDRESS") & ~kFlags;
  const bool is_fresh = arguments.is_empty();
  const Pfn frame{is_fresh ? 0 : arguments.number("FRAME")};
  if (!arguments.are_fine() || !may_map(shell, address)) return;
  if (!is_fresh && shell.blocks.find(frame) == shell.blocks.size()) {
    console << "not mapped: frame " << frame
            << " is in no block of the shell's; `blocks` lists them\n";
    return;
  }
  map_page(shell,
           {.address = address, .frame = is_fresh ? take_frame() : frame, .is_fresh = is_fresh});
}

void commands::unmap(Shell& shell, Arguments& arguments) {
  const std::uint32_t address = arguments.number("ADDRESS");
  if (!arguments.are_fine()) return;
  const std::size_t page = shell.pages.find(address);
  if (page == shell.pages.size()) {
    console << "not unmapped: the shell has mapped no page there; `map` lists its pages\n";
    return;
  }
  const bool is_fresh = shell.pages.pages()[page].is_fresh;
  unmap_page(shell, page);
  console << (is_fresh ? "unmapped, and its frame given back\n" : "unmapped\n");
}

void unmap_page(Shell& shell, std::size_t i) {
  const MappedPage page = shell.pages.pages()[i];
  kernel_directory().unmap(page.address);
  kernel_directory().drop_empty_table(page.address);
  if (page.is_fresh) give_frame(page.frame);
  shell.pages.remove(i);
}

/// A write puts back the word that is there, so that it harms nobody.
void commands::fault(Shell& /*shell*/, Arguments& arguments) {
  const std::uint32_t address = arguments.number("ADDRESS");
  const bool writes = arguments.take("write");
  if (!arguments.are_fine()) return;
  Probe probe;
  {
    const InterruptsOff off;  // nobody may change the word in between
    probe = probe_read(address);
    if (writes) probe = probe_write(address, probe.value);
  }
  if (probe.faulted) {
    describe_fault(probe, writes);
  } else {
    console << Hex{address} << (writes ? " was written: its word stays " : " holds ")
            << Hex{probe.value} << '\n';
  }
  describe_page(probe.is_page_fault() ? probe.cr2 : address);
}

}  // namespace assay::kernel
