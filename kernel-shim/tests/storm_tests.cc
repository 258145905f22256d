/// Several CPUs that allocate and free at once, each seeded for itself. Who owns a frame stands in
/// a table, in which a frame changes hands by compare-and-swap only.
#include <array>
#include <atomic>

#include "kernel-shim/boot/boot_info.h"
#include "kernel-shim/cpus/cpus.h"
#include "kernel-shim/cpus/memory_lock.h"
#include "kernel-shim/cpus/shootdown.h"
#include "kernel-shim/memory/address_space.h"
#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/memory/page_maps.h"
#include "kernel-shim/sources/os161.h"
#include "kernel-shim/tests/frame_chain.h"
#include "kernel-shim/tests/tests.h"
#include "oracle/operations/random.h"

namespace assay::kernel {

namespace {

constexpr FrameCount kOne{1};
constexpr const Contract& kContract = KernelDesign::contract;
constexpr std::uint32_t kOperations = 100'000;  // of each CPU, beside the frees at the end
constexpr std::uint32_t kMostBlocks = 64;       // that a CPU has at a time
constexpr std::uint32_t kMostFrames = 8;        // of a block
constexpr std::uint32_t kSampleEach = 16;       // operations of a boot CPU that storms itself
constexpr std::uint32_t kPageEach = 1024;       // operations: one with a page
constexpr std::uint32_t kMostPages = 8;         // that a CPU has at a time
constexpr vaddr_t kPages = 0x0040'0000;         // where they lie: all below one page table
constexpr vaddr_t kPagesOfACpu = 0x0004'0000;
constexpr vaddr_t kLastPage = 0x007F'F000;  // keeps the table, so that no page takes another frame

constexpr std::uint32_t kLeastSamples = 5'000;     // of exchanges,
constexpr std::uint32_t kLeastExchanges = 20'000;  // of all CPUs
constexpr std::uint32_t kMostPauses =
    16;  // between exchanges, or the boot CPU hardly gets the lock

using Owner = std::atomic<std::uint8_t>;  // 0 is nobody, else the CPU's number + 1
using Count = std::atomic<std::uint32_t>;

/// What all CPUs share. Frames are counted in front of each call and behind it, so that at any time
/// at least base + taken - (freeing) and at most base + (taking) - freed are in use.
struct Storm {
  Owner* owners = nullptr;
  addrspace* space = nullptr;  ///< that all have loaded: a page that is unmapped all must forget
  Count storming = 0;          ///< CPUs that have not done yet, or in the exchange 1
  Count taking = 0;
  Count taken = 0;
  Count freeing = 0;
  Count freed = 0;
  Count stolen = 0;        ///< frames that were given to two
  Count refused = 0;       ///< frees of one's own block or page that were refused
  Count spoiled = 0;       ///< pages that did not hold what was written
  std::uint32_t base = 0;  ///< frames in use before
  std::uint32_t samples = 0;
  std::uint32_t wrong_samples = 0;
};
constinit Storm the_storm;

/// One CPU's part.
struct Part {
  std::array<Run, kMostBlocks> blocks;      ///< none where a place is empty
  std::array<paddr_t, kMostPages> pages{};  ///< 0 where a place is empty
  std::uint32_t allocated = 0;              ///< calls that gave frames,
  std::uint32_t failed = 0;                 ///< that gave none,
  std::uint32_t released = 0;               ///< and frees; of these
  std::uint32_t unmapped = 0;               ///< were of pages
};
constinit std::array<Part, kMostCpus> the_parts{};

std::uint32_t seed_of(std::uint32_t cpu) { return boot_info().number("storm", 1) + cpu; }

void change_hands(Run block, std::uint8_t from, std::uint8_t to) {
  for (Pfn pfn = block.first; pfn < block.end(); pfn = pfn + kOne) {
    std::uint8_t expected = from;
    if (!the_storm.owners[pfn.value()].compare_exchange_strong(expected, to)) ++the_storm.stolen;
  }
}

void take(std::uint32_t cpu, Run& place, FrameCount asked) {
  Part& part = the_parts[cpu];
  const FrameCount count = kContract.covers(asked, kOne) ? asked : kOne;
  const std::uint32_t frames = kContract.granted(count).value();
  Zone& zone = zones()[asked.value() % zones().size()];
  the_storm.taking += frames;
  const Pfn first = zone.allocate(count);
  if (first.is_none()) {
    the_storm.taking -= frames;
    ++part.failed;
    return;
  }
  the_storm.taken += frames;
  ++part.allocated;
  place = {first, FrameCount{frames}};
  change_hands(place, 0, static_cast<std::uint8_t>(cpu + 1));
}

void give_back(std::uint32_t cpu, Run& place) {
  const std::uint32_t frames = place.count.value();
  change_hands(place, static_cast<std::uint8_t>(cpu + 1), 0);
  the_storm.freeing += frames;
  if (!zone_of(place.first)->free(place)) ++the_storm.refused;
  the_storm.freed += frames;
  ++the_parts[cpu].released;
  place.first = Pfn::none();
}

Run frame_at(paddr_t address) { return {Pfn{address / kFrameBytes}, kOne}; }

volatile std::uint32_t& word_at(vaddr_t address) {
  return *reinterpret_cast<volatile std::uint32_t*>(address);
}

void take_page(std::uint32_t cpu, paddr_t& place, vaddr_t address) {
  Part& part = the_parts[cpu];
  ++the_storm.taking;
  place = page_alloc(the_storm.space, address, true);
  if (place == 0) {
    --the_storm.taking;
    ++part.failed;
    return;
  }
  ++the_storm.taken;
  ++part.allocated;
  change_hands(frame_at(place), 0, static_cast<std::uint8_t>(cpu + 1));
  word_at(address) = address;
}

void give_page_back(std::uint32_t cpu, paddr_t& place, vaddr_t address) {
  if (word_at(address) != address) ++the_storm.spoiled;
  change_hands(frame_at(place), static_cast<std::uint8_t>(cpu + 1), 0);
  ++the_storm.freeing;
  if (!page_free(place)) ++the_storm.refused;
  ++the_storm.freed;
  ++the_parts[cpu].released;
  ++the_parts[cpu].unmapped;
  place = 0;
}

void use_page(std::uint32_t cpu, std::uint32_t index) {
  const vaddr_t address = kPages + cpu * kPagesOfACpu + index * kFrameBytes;
  paddr_t& place = the_parts[cpu].pages[index];
  if (place != 0) {
    give_page_back(cpu, place, address);
  } else {
    take_page(cpu, place, address);
  }
}

void use_block(std::uint32_t cpu, Run& place, FrameCount count) {
  if (!place.first.is_none()) {
    give_back(cpu, place);
  } else {
    take(cpu, place, count);
  }
}

/// The number of frames in use that it gives must have held at some time while it was asked for.
void sample() {
  const std::uint32_t taken = the_storm.taken;
  const std::uint32_t freed = the_storm.freed;
  const std::uint32_t used = coremap_used_bytes() / kFrameBytes;
  const std::uint32_t least = the_storm.base + taken - the_storm.freeing;
  const std::uint32_t most = the_storm.base + the_storm.taking - freed;
  ++the_storm.samples;
  const bool is_least = static_cast<std::int32_t>(used - least) >= 0;  // least may be below 0
  if (!is_least || static_cast<std::int32_t>(most - used) < 0) ++the_storm.wrong_samples;
}

void storm(std::uint32_t cpu) {
  as_activate(the_storm.space);
  Random random(seed_of(cpu));
  Part& part = the_parts[cpu];
  for (Run& place : part.blocks) place.first = Pfn::none();
  for (std::uint32_t i = 0; i < kOperations; ++i) {
    if (i % kPageEach == 0) {
      use_page(cpu, random.below(kMostPages));
    } else {
      const std::uint32_t place = random.below(kMostBlocks);
      use_block(cpu, part.blocks[place], FrameCount{1 + random.below(kMostFrames)});
    }
    if (cpu == 0 && i % kSampleEach == 0) sample();
  }
  for (Run& place : part.blocks) {
    if (!place.first.is_none()) give_back(cpu, place);
  }
  for (std::uint32_t i = 0; i < kMostPages; ++i) {
    if (part.pages[i] != 0) use_page(cpu, i);
  }
  load_kernel_directory();
  --the_storm.storming;
}

/// A storm takes two. Where there are more CPUs, the boot CPU does nothing but sample as long as
/// one of them storms.
bool boot_cpu_storms() { return cpu_count() == 2; }

void storm_on_all() {
  the_parts = {};
  the_storm.storming = boot_cpu_storms() ? cpu_count() : cpu_count() - 1;
  begin_on_others(storm);
  if (boot_cpu_storms()) storm(0);
  while (the_storm.storming > 0) sample();
  wait_for_others();
}

constinit std::array<Pfn, kMostCpus> the_exchanged{};  // a frame of each CPU
constinit Count the_exchanges = 0;

/// Frees a frame and takes another, of any zone, with the lock held: whenever nobody holds it, the
/// total is the same. Goes on as long as the boot CPU samples.
void exchange(std::uint32_t cpu) {
  Random random(seed_of(cpu));
  Pfn& frame = the_exchanged[cpu];
  while (the_storm.storming > 0 && !frame.is_none()) {
    for (std::uint32_t i = random.below(kMostPauses); i > 0; --i) __builtin_ia32_pause();
    const MemoryLock lock;
    give_frame(frame);
    frame = zones()[random.below(static_cast<std::uint32_t>(zones().size()))].allocate(kOne);
    if (frame.is_none()) frame = take_frame();
    ++the_exchanges;
  }
}

/// A total that is put together of parts from before and behind an exchange is another one.
void sample_exchanges(Test& test) {
  for (std::uint32_t cpu = 1; cpu < cpu_count(); ++cpu) the_exchanged[cpu] = take_frame();
  const std::uint32_t used = coremap_used_bytes();
  std::uint32_t samples = 0;
  std::uint32_t wrong_samples = 0;
  the_storm.storming = 1;
  begin_on_others(exchange);
  for (; samples < kLeastSamples || the_exchanges < kLeastExchanges; ++samples) {
    if (coremap_used_bytes() != used) ++wrong_samples;
  }
  the_storm.storming = 0;
  wait_for_others();
  test.equal("samples of another total than that of all exchanges", wrong_samples, 0);
  for (std::uint32_t cpu = 1; cpu < cpu_count(); ++cpu) {
    test.check(!the_exchanged[cpu].is_none(), "who has freed a frame gets one");
    if (!the_exchanged[cpu].is_none()) give_frame(the_exchanged[cpu]);
  }
  test.note() << "storm exchanges=" << the_exchanges << " samples=" << samples << '\n';
}

void report(Test& test) {
  for (std::uint32_t cpu = boot_cpu_storms() ? 0 : 1; cpu < cpu_count(); ++cpu) {
    const Part& part = the_parts[cpu];
    test.note() << "storm cpu=" << cpu << " seed=" << seed_of(cpu)
                << " operations=" << part.allocated + part.failed + part.released
                << " allocated=" << part.allocated << " failed=" << part.failed
                << " freed=" << part.released << " unmapped=" << part.unmapped << '\n';
  }
  test.note() << "storm samples=" << the_storm.samples << " of CPU 0, which "
              << (boot_cpu_storms() ? "storms too" : "does nothing else") << '\n';
}

/// Takes what the storm needs: the table of owners, and a space with a page table. Returns: false
/// if there are no frames for it.
bool prepare_storm() {
  const Pfn end = zones().back().arena().end();
  the_storm.owners = reinterpret_cast<Owner*>(map_pages(end.value()));
  if (the_storm.owners == nullptr) return false;
  for (Pfn pfn{0}; pfn < end; pfn = pfn + kOne) the_storm.owners[pfn.value()] = 0;
  the_storm.space = as_create();
  return the_storm.space != nullptr && page_alloc(the_storm.space, kLastPage, true) != 0;
}

void end_storm() {
  if (the_storm.space != nullptr) as_destroy(the_storm.space);
  unmap_pages(reinterpret_cast<std::uintptr_t>(the_storm.owners));
}

}  // namespace

/// No frame has two owners, no free is refused, every page holds what was written, every total that
/// is read is one that held, and in the end memory is as it was.
void cpus_storm_the_allocator(Test& test) {
  if (cpu_count() == 1) return test.skip("not asked for (cpus=N)");
  if (!has_frames(test, kFramesOfASpace)) return;
  if (!prepare_storm()) {
    end_storm();
    return test.fail("no frames for a space and the table of owners");
  }
  const FrameCounts before = count_frames();
  the_storm.base = before.used.value();
  const std::uint32_t sent_before = shootdowns_sent();
  storm_on_all();
  const std::uint32_t sent = shootdowns_sent() - sent_before;
  test.equal("frames that were another CPU's", the_storm.stolen, 0);
  test.equal("frees that were refused", the_storm.refused, 0);
  test.equal("pages that did not hold what was written", the_storm.spoiled, 0);
  test.equal("samples of a total that never held", the_storm.wrong_samples, 0);
  sample_exchanges(test);
  test.check(count_frames() == before, "all frames came back");
  for (const Zone& zone : zones()) {
    if (const char* broken = zone.validate()) test.fail(broken);
  }
  report(test);
  test.note() << "storm interrupts=" << sent << '\n';
  end_storm();
}

}  // namespace assay::kernel
