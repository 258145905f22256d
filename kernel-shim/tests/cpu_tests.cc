/// Several CPUs. With one, which is usual, there is nothing to show.
#include <array>
#include <atomic>

#include "kernel-shim/cpus/cpus.h"
#include "kernel-shim/cpus/local_apic.h"
#include "kernel-shim/cpus/shootdown.h"
#include "kernel-shim/machine/interrupts.h"
#include "kernel-shim/machine/probe.h"
#include "kernel-shim/memory/address_space.h"
#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/memory/page_maps.h"
#include "kernel-shim/tests/tests.h"

namespace assay::kernel {

namespace {

constexpr const char* kOneCpu = "not asked for (cpus=N)";

/// What a CPU finds of itself.
struct Seen {
  std::uint32_t number = 0;
  std::uint32_t apic_id = 0;
  std::uint32_t stack = 0;
  PageDirectory directory;
  Probe null_page;
};
constinit std::array<Seen, kMostCpus> the_seen{};

void look_at_oneself(std::uint32_t cpu) {
  the_seen[cpu] = {.number = this_cpu(),
                   .apic_id = local_apic_id(),
                   .stack = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)),
                   .directory = loaded_directory(),
                   .null_page = probe_read(0)};
}

constexpr std::uint32_t kRounds = 20;
constexpr std::uint32_t kRoundsWithInterruptsOff = 5;
constexpr std::uint32_t kLastTouches = 100;
constexpr std::uint32_t kUserPage = 0x0040'0000;
constinit PageDirectory the_directory;
constinit std::uint32_t the_page = 0;
constinit std::atomic<std::uint32_t> the_touchers = 0;  ///< that have read the page
constinit std::atomic<bool> is_unmapped = false;
constinit std::atomic<std::uint32_t> the_late_touches = 0;

/// Touches on until it is told that the page is gone, and some more times.
void touch_until_it_is_gone(std::uint32_t /*cpu*/) {
  the_directory.load();
  static_cast<void>(probe_read(the_page));
  ++the_touchers;
  while (!is_unmapped) static_cast<void>(probe_read(the_page));
  for (std::uint32_t i = 0; i < kLastTouches; ++i) {
    if (!probe_read(the_page).faulted) ++the_late_touches;
  }
  kernel_directory().load();
}

void unmap_while_touched(Test& test, PageDirectory directory, std::uint32_t page) {
  the_directory = directory;
  the_page = page;
  the_touchers = 0;
  is_unmapped = false;
  the_late_touches = 0;
  begin_on_others(touch_until_it_is_gone);
  while (the_touchers < cpu_count() - 1) __builtin_ia32_pause();
  directory.unmap(page);
  is_unmapped = true;
  wait_for_others();
  test.equal("touches of a page that was unmapped", the_late_touches, 0);
}

constexpr std::uint32_t kLooks = 10;
constexpr std::uint32_t kWords = kFrameBytes / sizeof(std::uint32_t);

/// Two high frames of each CPU, and what it saw in them that it had not written.
struct Looker {
  std::array<Pfn, 2> frames{};
  std::uint32_t wrong_words = 0;
};
constinit std::array<Looker, kMostCpus> the_lookers{};

volatile std::uint32_t* words_of(Pfn pfn) {
  return reinterpret_cast<volatile std::uint32_t*>(frame_bytes(pfn));
}

/// Writes both frames word by word, each shown anew, and reads them so; both are in sight at a
/// time.
void look_into_high_memory(std::uint32_t cpu) {
  Looker& own = the_lookers[cpu];
  const auto& [one, other] = own.frames;
  for (std::uint32_t look = 0; look < kLooks; ++look) {
    const std::uint32_t first_value = (cpu * kLooks + look) * 2 * kWords;
    for (std::uint32_t word = 0; word < kWords; ++word) {
      words_of(one)[word] = first_value + 2 * word;
      words_of(other)[word] = first_value + 2 * word + 1;
    }
    for (std::uint32_t word = 0; word < kWords; ++word) {
      const auto* first = words_of(one);
      const auto* second = words_of(other);
      if (first[word] != first_value + 2 * word) ++own.wrong_words;
      if (second[word] != first_value + 2 * word + 1) ++own.wrong_words;
    }
  }
}

/// As a system call does, until it is told to stop.
void call_with_interrupts_off(std::uint32_t /*cpu*/) {
  ++the_touchers;
  while (!is_unmapped) {
    const InterruptsOff off;
    static_cast<void>(count_frames());
  }
}

void unmap_while_others_wait_with_interrupts_off(std::uint32_t page, Pfn frame) {
  the_touchers = 0;
  is_unmapped = false;
  begin_on_others(call_with_interrupts_off);
  while (the_touchers < cpu_count() - 1) __builtin_ia32_pause();
  for (std::uint32_t round = 0; round < kRoundsWithInterruptsOff; ++round) {
    kernel_directory().unmap(page);
    static_cast<void>(kernel_directory().map(page, frame));
  }
  is_unmapped = true;
  wait_for_others();
}

}  // namespace

/// Each has its own number, its own stack above a page that faults, the kernel's directory, and
/// survives a fault of its own.
void all_cpus_come_up(Test& test) {
  if (cpu_count() == 1) return test.skip(kOneCpu);
  the_seen = {};
  look_at_oneself(0);
  begin_on_others(look_at_oneself);
  wait_for_others();
  std::uint32_t ids = 0;
  for (std::uint32_t cpu = 0; cpu < cpu_count(); ++cpu) {
    const Seen& seen = the_seen[cpu];
    test.equal("the CPU's number", seen.number, cpu);
    test.check((ids >> seen.apic_id & 1) == 0, "no two CPUs are the same one");
    ids |= 1U << seen.apic_id;
    test.check(seen.directory == kernel_directory(), "it uses the kernel's directory");
    test.check(seen.null_page.is_page_fault(), "its read of page 0 faults");
    if (cpu == 0) continue;
    const StackPlace stack = stack_of_cpu(cpu);
    test.check(stack.begin <= seen.stack && seen.stack < stack.end, "it is on its own stack");
    test.check(probe_read(stack.begin - 4).is_page_fault(), "below its stack is no page");
    test.check(!probe_read(stack.begin).faulted, "its stack is mapped");
  }
}

/// Others load a directory and read a page again and again, so that they know its translation. As
/// soon as unmap has returned, no read of theirs finds it, in the kernel's half or in a space's.
/// Who waits for the lock with interrupts off answers too.
void what_is_unmapped_is_gone_on_all_cpus(Test& test) {
  if (cpu_count() == 1) return test.skip(kOneCpu);
  const std::uint32_t pages = map_pages(kFrameBytes);
  AddressSpace* space = AddressSpace::create();
  if (pages == 0 || space == nullptr) return test.fail("no frames for a page and a space");
  const std::uint32_t before = shootdowns_sent();
  const Pfn frame = kernel_directory().translate(pages);
  for (std::uint32_t round = 0; round < kRounds; ++round) {
    unmap_while_touched(test, kernel_directory(), pages);
    test.check(kernel_directory().map(pages, frame), "the page can be mapped again");
    test.check(space->directory().map(kUserPage, frame), "a page of a space can be mapped");
    unmap_while_touched(test, space->directory(), kUserPage);
  }
  const std::uint32_t sent = shootdowns_sent() - before;
  test.note() << "shootdowns sent " << sent << " in " << kRounds << " rounds\n";
  test.equal("shootdowns", sent, 2 * kRounds * (cpu_count() - 1));
  unmap_while_others_wait_with_interrupts_off(pages, frame);
  test.check(kernel_directory().translate(pages) == frame, "the page is mapped again");
  unmap_pages(pages);
  space->destroy();
}

/// Each sees its own frames only, through temporary maps of its own.
void cpus_look_into_high_memory_at_once(Test& test) {
  if (cpu_count() == 1) return test.skip(kOneCpu);
  if (!high_zone().is_up() || high_zone().counts().free < FrameCount{2 * kMostCpus}) {
    return test.skip("there is no high memory to look into");
  }
  the_lookers = {};
  for (Looker& looker : the_lookers) {
    for (Pfn& frame : looker.frames) frame = high_zone().allocate(FrameCount{1});
  }
  begin_on_others(look_into_high_memory);
  look_into_high_memory(0);
  wait_for_others();
  for (const Looker& looker : the_lookers) {
    test.equal("words that a CPU did not write", looker.wrong_words, 0);
    for (const Pfn frame : looker.frames) give_frame(frame);
  }
}

}  // namespace assay::kernel
