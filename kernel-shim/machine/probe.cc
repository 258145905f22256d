#include "kernel-shim/machine/probe.h"

// machine/probe.S
extern "C" std::uint32_t probe_load(std::uint32_t address, assay::kernel::Probe* probe);
extern "C" void probe_store(std::uint32_t address, std::uint32_t value,
                            assay::kernel::Probe* probe);
extern "C" const char probe_load_access[];
extern "C" const char probe_store_access[];
extern "C" const char probe_resume[];

namespace assay::kernel {

namespace {

std::uint32_t address_of(const char* label) { return reinterpret_cast<std::uintptr_t>(label); }

}  // namespace

Probe probe_read(std::uint32_t address) {
  Probe probe;
  const std::uint32_t value = probe_load(address, &probe);
  probe.value = value;
  return probe;
}

Probe probe_write(std::uint32_t address, std::uint32_t value) {
  Probe probe;
  probe_store(address, value, &probe);
  probe.value = value;
  return probe;
}

bool resume_probe(TrapFrame& frame) {
  if (frame.eip != address_of(probe_load_access) && frame.eip != address_of(probe_store_access)) {
    return false;
  }
  auto& probe = *reinterpret_cast<Probe*>(frame.edx);
  probe = {.faulted = true,
           .vector = frame.vector,
           .error_code = frame.error_code,
           .cr2 = faulting_address()};
  frame.eip = address_of(probe_resume);
  return true;
}

}  // namespace assay::kernel
