#include "kernel-shim/machine/probe.h"

// machine/probe.S
extern "C" std::uint32_t probe_load(std::uint32_t address);
extern "C" void probe_store(std::uint32_t address, std::uint32_t value);
extern "C" const char probe_load_access[];
extern "C" const char probe_store_access[];
extern "C" const char probe_resume[];

namespace assay::kernel {

namespace {

/// Of the access under way; a fault in between is noted here. There is one CPU, and no handler of
/// an interrupt probes.
constinit Probe the_probe;

std::uint32_t address_of(const char* label) { return reinterpret_cast<std::uintptr_t>(label); }

}  // namespace

Probe probe_read(std::uint32_t address) {
  the_probe = {};
  const std::uint32_t value = probe_load(address);
  the_probe.value = value;
  return the_probe;
}

Probe probe_write(std::uint32_t address, std::uint32_t value) {
  the_probe = {};
  probe_store(address, value);
  the_probe.value = value;
  return the_probe;
}

bool resume_probe(TrapFrame& frame) {
  if (frame.eip != address_of(probe_load_access) && frame.eip != address_of(probe_store_access)) {
    return false;
  }
  the_probe = {.faulted = true,
               .vector = frame.vector,
               .error_code = frame.error_code,
               .cr2 = faulting_address()};
  frame.eip = address_of(probe_resume);
  return true;
}

}  // namespace assay::kernel
