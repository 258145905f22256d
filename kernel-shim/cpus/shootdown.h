/// What is unmapped on one CPU is forgotten by all: the others are interrupted, forget, and answer.
#pragma once

#include <cstdint>

#include "impls/frame.h"

namespace assay::kernel {

/// Returns when every other CPU has forgotten how it translated the page at `address`, or all
/// pages. Requires: the caller holds the memory's lock. Others that wait for that answer by
/// themselves; whoever waits for anything else must let interrupts come.
void make_others_forget(std::uint32_t address);
void make_others_forget_all();

/// For PageDirectory: this CPU is about to translate by it.
void note_loaded(Pfn directory);
/// Whether another CPU does.
[[nodiscard]] bool is_loaded_elsewhere(Pfn directory);

/// Interrupts that were sent so far, one for each other CPU.
[[nodiscard]] std::uint32_t shootdowns_sent();

/// For the interrupt's handler, and who waits for the memory's lock: forgets what this CPU was told
/// to, if it was. Requires: interrupts are off.
void forget_if_told();

}  // namespace assay::kernel
