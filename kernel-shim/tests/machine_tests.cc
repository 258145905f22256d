/// The machine itself: faults that are looked for.
#include "kernel-shim/machine/probe.h"
#include "kernel-shim/tests/tests.h"

namespace assay::kernel {

/// The page of the null pointer faults; a word of the kernel's own does not, and changes.
void probes_survive_faults(Test& test) {
  for (const std::uint32_t address : {0U, 4U, 0xFFCU}) {
    const Probe read = probe_read(address);
    test.check(read.is_page_fault(), "a read of page 0 faults");
    test.equal("cr2 of the read", read.cr2, address);
    test.equal("error code of the read", read.error_code, 0);
    const Probe write = probe_write(address, 1);
    test.check(write.is_page_fault(), "a write to page 0 faults");
    test.equal("cr2 of the write", write.cr2, address);
    test.equal("error code of the write", write.error_code, kPageWrite);
  }
  static volatile std::uint32_t word;
  word = 0x600D;
  const auto address = reinterpret_cast<std::uintptr_t>(&word);
  const Probe read = probe_read(address);
  test.check(!read.faulted, "a read of a good word does not fault");
  test.equal("the word read", read.value, 0x600D);
  test.check(!probe_write(address, 0xF00D).faulted, "a write to a good word does not fault");
  test.equal("the word written", word, 0xF00D);
}

}  // namespace assay::kernel
