/// Several CPUs that allocate and free at once, each seeded for itself. Who owns a frame stands in
/// a table, in which a frame changes hands by compare-and-swap only.
#include <array>
#include <atomic>

#include "kernel-shim/boot/boot_info.h"
#include "kernel-shim/cpus/cpus.h"
#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/memory/page_maps.h"
#include "kernel-shim/sources/os161.h"
#include "kernel-shim/tests/tests.h"
#include "oracle/operations/random.h"

namespace assay::kernel {

namespace {

constexpr FrameCount kOne{1};
constexpr const Contract& kContract = KernelDesign::contract;
constexpr std::uint32_t kOperations = 100'000;  // of each CPU, beside the frees at the end
constexpr std::uint32_t kMostBlocks = 64;       // that a CPU has at a time
constexpr std::uint32_t kMostFrames = 8;        // of a block
constexpr std::uint32_t kSampleEach = 16;       // operations of the boot CPU

using Owner = std::atomic<std::uint8_t>;  // 0 is nobody, else the CPU's number + 1
using Count = std::atomic<std::uint32_t>;

/// What all CPUs share. Frames are counted in front of each call and behind it, so that at any time
/// at least base + taken - (freeing) and at most base + (taking) - freed are in use.
struct Storm {
  Owner* owners = nullptr;
  Count taking = 0;
  Count taken = 0;
  Count freeing = 0;
  Count freed = 0;
  Count stolen = 0;        ///< frames that were given to two
  Count refused = 0;       ///< frees of one's own block that were refused
  std::uint32_t base = 0;  ///< frames in use before
  std::uint32_t samples = 0;
  std::uint32_t wrong_samples = 0;
};
constinit Storm the_storm;

/// One CPU's part.
struct Part {
  std::array<Run, kMostBlocks> blocks;  ///< none where a place is empty
  std::uint32_t allocated = 0;          ///< calls that gave frames,
  std::uint32_t failed = 0;             ///< that gave none,
  std::uint32_t released = 0;           ///< and frees
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
  Random random(seed_of(cpu));
  Part& part = the_parts[cpu];
  part = {};
  for (Run& place : part.blocks) place.first = Pfn::none();
  for (std::uint32_t i = 0; i < kOperations; ++i) {
    Run& place = part.blocks[random.below(kMostBlocks)];
    if (!place.first.is_none()) {
      give_back(cpu, place);
    } else {
      take(cpu, place, FrameCount{1 + random.below(kMostFrames)});
    }
    if (cpu == 0 && i % kSampleEach == 0) sample();
  }
  for (Run& place : part.blocks) {
    if (!place.first.is_none()) give_back(cpu, place);
  }
}

void report(Test& test) {
  for (std::uint32_t cpu = 0; cpu < cpu_count(); ++cpu) {
    const Part& part = the_parts[cpu];
    test.note() << "storm cpu=" << cpu << " seed=" << seed_of(cpu)
                << " allocated=" << part.allocated << " failed=" << part.failed
                << " freed=" << part.released << '\n';
  }
  test.note() << "storm samples=" << the_storm.samples << '\n';
}

}  // namespace

/// No frame has two owners, no free is refused, every total that is read is one that held, and in
/// the end memory is as it was.
void cpus_storm_the_allocator(Test& test) {
  if (cpu_count() == 1) return test.skip("not asked for (cpus=N)");
  const std::uint32_t table = map_pages(zones().back().arena().end().value());
  if (table == 0) return test.fail("no frames for the table of owners");
  auto* owners = reinterpret_cast<Owner*>(table);
  for (Pfn pfn{0}; pfn < zones().back().arena().end(); pfn = pfn + kOne) owners[pfn.value()] = 0;
  const FrameCounts before = count_frames();
  the_storm.owners = owners;
  the_storm.base = before.used.value();
  begin_on_others(storm);
  storm(0);
  wait_for_others();
  report(test);
  test.equal("frames that were another CPU's", the_storm.stolen, 0);
  test.equal("frees that were refused", the_storm.refused, 0);
  test.equal("samples of a total that never held", the_storm.wrong_samples, 0);
  test.check(count_frames() == before, "all frames came back");
  for (const Zone& zone : zones()) {
    if (const char* broken = zone.validate()) test.fail(broken);
  }
  unmap_pages(table);
}

}  // namespace assay::kernel
