#include "kernel-shim/cpus/shootdown.h"

#include <array>
#include <atomic>

#include "kernel-shim/cpus/cpus.h"
#include "kernel-shim/cpus/local_apic.h"
#include "kernel-shim/machine/task.h"
#include "kernel-shim/memory/paging.h"

namespace assay::kernel {

namespace {

constexpr std::uint32_t kAllPages = 0;  // page 0 itself is never mapped

constinit std::array<std::atomic<std::uint32_t>, kMostCpus> the_loaded{};  // frame numbers
constinit std::array<std::atomic<std::uint32_t>, kMostCpus> the_orders{};  // 1: forget, and say so
constinit std::atomic<std::uint32_t> the_page = kAllPages;
constinit std::uint32_t the_sent = 0;

bool all_have_answered() {
  for (const auto& order : the_orders) {
    if (order != 0) return false;
  }
  return true;
}

void tell_others(std::uint32_t page) {
  if (cpu_count() == 1) return;
  the_page = page;
  for (std::uint32_t cpu = 0; cpu < cpu_count(); ++cpu) {
    if (cpu != this_cpu()) the_orders[cpu] = 1;
  }
  the_sent += cpu_count() - 1;
  interrupt_others();
  while (!all_have_answered()) __builtin_ia32_pause();
}

}  // namespace

void make_others_forget(std::uint32_t address) { tell_others(address); }
void make_others_forget_all() { tell_others(kAllPages); }

void note_loaded(Pfn directory) { the_loaded[this_cpu()] = directory.value(); }

bool is_loaded_elsewhere(Pfn directory) {
  for (std::uint32_t cpu = 0; cpu < cpu_count(); ++cpu) {
    if (cpu != this_cpu() && the_loaded[cpu] == directory.value()) return true;
  }
  return false;
}

std::uint32_t shootdowns_sent() { return the_sent; }

void forget_if_told() {
  std::atomic<std::uint32_t>& order = the_orders[this_cpu()];
  if (order == 0) return;
  const std::uint32_t page = the_page;
  if (page == kAllPages) {
    loaded_directory().load();
  } else {
    forget_translation(page);
  }
  order = 0;
}

}  // namespace assay::kernel
