/// Who lies where, the two phases, and page tables.
#include "kernel-shim/cpus/cpus.h"
#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/memory/mapped_frames.h"
#include "kernel-shim/tests/tests.h"

namespace assay::kernel {

namespace {

constexpr const Contract& kContract = KernelDesign::contract;

constexpr Run run(std::uint32_t first, std::uint32_t count) {
  return {Pfn{first}, FrameCount{count}};
}

volatile std::uint32_t* words_at(Pfn pfn) {
  return reinterpret_cast<volatile std::uint32_t*>(direct_map(pfn));
}

void expect_runs(Test& test, const char* what, const RunList& got, std::span<const Run> expected) {
  test.equal(what, static_cast<std::uint32_t>(got.runs().size()),
             static_cast<std::uint32_t>(expected.size()));
  for (std::size_t i = 0; i < expected.size() && i < got.runs().size(); ++i) {
    test.check(got.runs()[i] == expected[i], what);
  }
}

/// Each part of the layout lies in RAM and is usable to nobody else.
void expect_taken(Test& test, const char* what, Run part) {
  const Layout& layout = memory().layout;
  TextBuffer why;
  why << what << ", frames " << part << ", ";
  if (!layout.ram.contains(part)) test.fail(TextBuffer(why) << "are not all RAM");
  if (layout.low.usable.touches(part) || layout.high.usable.touches(part)) {
    test.fail(TextBuffer(why) << "are usable to others");
  }
}

void expect_apart(Test& test, const char* what, const RunList& others, Run part) {
  if (others.touches(part)) {
    TextBuffer why;
    test.fail(why << what << " overlap frames " << part);
  }
}

/// The map that a zone's design gets, and the place of its table in virtual memory.
void expect_sound(Test& test, const ZoneLayout& zone, std::uint32_t base, std::uint32_t end) {
  const MemoryMap map{zone.arena.first, zone.arena.count, zone.usable.runs()};
  test.check(map.is_valid(), "the map that the design gets is valid");
  for (const Run& run : zone.usable.runs()) {
    test.check(memory().layout.ram.contains(run), "usable frames are RAM");
  }
  expect_taken(test, "the metadata", zone.metadata);
  const std::uint64_t first = place_at(base, zone.metadata);
  test.check(first >= base && first + bytes_of(zone.metadata.count) <= end,
             "the table fits into its range");
  for (std::uint32_t i = 0; KernelDesign::contract.can_grow && i < zone.metadata.count.value();
       ++i) {
    const auto page = static_cast<std::uint32_t>(first) + i * kFrameBytes;
    test.check(kernel_directory().translate(page) == zone.metadata.first + FrameCount{i},
               "the table is mapped page by page");
  }
}

/// All frames that the directory of the kernel owns, itself among them.
FrameCount count_tables() {
  FrameCount tables{1};
  for (std::uint32_t i = 0; i < kEntries; ++i) {
    if ((kernel_directory().directory_entry(i) & kPresent) != 0) tables += FrameCount{1};
  }
  return tables;
}

}  // namespace

/// Known answers: adding merges what touches, removing splits, finding is lowest first.
void run_lists_add_up(Test& test) {
  RunList list;
  list.add(run(10, 5));
  list.add(run(30, 5));
  list.add(run(20, 5));
  expect_runs(test, "three runs", list, {{run(10, 5), run(20, 5), run(30, 5)}});
  list.add(run(15, 5));
  expect_runs(test, "a gap filled", list, {{run(10, 15), run(30, 5)}});
  list.remove(run(12, 20));
  expect_runs(test, "the middle removed", list, {{run(10, 2), run(32, 3)}});
  list.remove(run(33, 1));
  expect_runs(test, "one split", list, {{run(10, 2), run(32, 1), run(34, 1)}});
  expect_runs(test, "a part", list.within(run(11, 22)), {{run(11, 1), run(32, 1)}});
  list.add(run(0, 100));
  expect_runs(test, "all swallowed", list, {{run(0, 100)}});
  list.remove(run(40, 10));
  test.check(list.find(FrameCount{45}, Pfn{0}) == Pfn{50}, "the lowest run that is long enough");
  test.check(list.find(FrameCount{40}, Pfn{1}) == Pfn{50}, "not below the given frame");
  test.check(list.find(FrameCount{51}, Pfn{0}).is_none(), "none is long enough");
  test.check(!list.contains(run(39, 2)) && list.touches(run(39, 2)), "partly in the list");
  test.equal("frames", list.frames(), FrameCount{90});
}

void layout_is_sound(Test& test) {
  const Layout& layout = memory().layout;
  expect_sound(test, layout.low, kLowTableBase, kHighTableBase);
  if (high_zone().is_up()) expect_sound(test, layout.high, kHighTableBase, kFixedBase);
  test.check(!layout.low.usable.contains(Pfn{0}), "frame 0 is the BIOS's");
  test.check(layout.low.arena.end() < layout.low_end,
             "the frame under the heap's guard is not low");
  test.check(layout.high.usable.within(layout.low.arena).is_empty(), "no frame is in both zones");
  expect_taken(test, "the image", layout.image);
  for (const Run& run : layout.stolen.runs()) expect_taken(test, "stolen frames", run);
  for (const Run& module : layout.modules.runs()) expect_taken(test, "a module's", module);
  for (const Run& tables : boot_info().loader_frames.runs()) {
    if (layout.low.usable.touches(tables)) test.fail("the loader's tables are usable to others");
  }
  expect_apart(test, "modules", layout.modules, layout.image);
  expect_apart(test, "modules", layout.modules, layout.low.metadata);
  expect_apart(test, "stolen frames", layout.stolen, layout.low.metadata);
  RunList image;
  image.add(layout.image);
  expect_apart(test, "the image's frames", image, layout.low.metadata);
}

void phase_1_manages_the_window(Test& test) {
  if (!kContract.can_grow) return test.skip("it cannot grow, and came up when all RAM was mapped");
  const Layout& layout = memory().layout;
  const FrameCounts& counts = memory().after_phase_1;
  const FrameCount mapped = layout.low.usable.within(layout.window).frames();
  test.equal("managed frames", counts.managed, mapped);
  test.equal("free frames", counts.free, mapped);
  test.equal("used frames", counts.used, FrameCount{0});
}

/// In use are page tables and buffers of the kernel that are mapped for good, and no other frame.
void phase_2_manages_the_rest(Test& test) {
  const Layout& layout = memory().layout;
  const FrameCounts& counts = memory().after_phase_2;
  test.equal("managed frames", counts.managed,
             layout.low.usable.frames() + layout.high.usable.frames());
  test.equal("free + used", counts.free + counts.used, counts.managed);
  const std::uint32_t guards = cpu_count() - 1;  // pages of the heap without a frame
  test.equal("used frames", counts.used + layout.stolen.frames() + FrameCount{guards},
             count_tables() + FrameCount{buffer_pages() + memory().heap.used_pages() + 1});
  test.check(count_frames() == counts, "the counts are still those of phase 2");
}

/// Frame by frame: what the layout does not call usable is in no block and cannot be freed.
void reserved_frames_stay_reserved(Test& test) {
  if (kContract.on_misuse == OnMisuse::undefined) {
    return test.skip("its contract does not say what misuse leads to");
  }
  for (Zone& zone : zones()) {
    FrameCount reserved;
    for (Pfn pfn = zone.arena().first; pfn < zone.arena().end(); pfn = pfn + FrameCount{1}) {
      if (zone.usable().contains(pfn)) continue;
      reserved += FrameCount{1};
      const FreeResult freed = zone.free_wrongly(pfn);
      const bool is_named = kContract.on_misuse == OnMisuse::named;
      const bool refused = !freed && (!is_named || freed.error() == Misuse::reserved);
      if (refused && !(kContract.knows_blocks && zone.block_at(pfn))) continue;
      TextBuffer why;
      test.fail(why << "frame " << pfn << " is reserved, but its free gave "
                    << (freed ? "a block" : name_of(freed.error())));
    }
    const FrameCounts counts = zone.counts();
    test.equal("free + used + reserved", counts.free + counts.used + reserved, zone.arena().count);
  }
}

/// The loaded directory and each of its tables is a low block of one frame, or stolen.
void page_tables_come_from_the_design(Test& test) {
  const PageDirectory directory = kernel_directory();
  test.check(loaded_directory() == directory, "the CPU uses the new directory");
  const RunList& stolen = memory().layout.stolen;
  const auto expect_block = [&](Pfn pfn) {
    if (stolen.contains(pfn)) return;
    const bool is_low_block =
        low_zone().usable().contains(pfn) &&
        (!kContract.knows_blocks || low_zone().block_at(pfn) == Run{pfn, FrameCount{1}});
    if (is_low_block) return;
    TextBuffer why;
    test.fail(why << "the table in frame " << pfn << " is no block of the design, nor stolen");
  };
  expect_block(directory.frame());
  for (std::uint32_t i = 0; i < kEntries; ++i) {
    const Pfn pfn = frame_in(directory.directory_entry(i));
    if (!pfn.is_none()) expect_block(pfn);
  }
}

/// By the tables: low RAM is mapped where it belongs, but for the page below the stack, and nothing
/// else is.
void direct_map_reaches_low_memory(Test& test) {
  const PageDirectory directory = kernel_directory();
  for (Pfn pfn{0}; pfn < memory().layout.low_end; pfn = pfn + FrameCount{1}) {
    const bool is_mapped = is_in_direct_map(pfn);
    if (directory.translate(direct_address(pfn)) == (is_mapped ? pfn : Pfn::none())) continue;
    TextBuffer why;
    test.fail(why << "frame " << pfn << (is_mapped ? " is not mapped" : " is mapped"));
  }
  test.check(directory.translate(0).is_none(), "the identity map of the start is gone");
}

/// By the CPU: what is written through a second mapping of a frame is read through the first, and
/// the other way round; and when another frame takes its place, the CPU sees that one.
void a_frame_can_be_mapped_twice(Test& test) {
  const PageDirectory directory = kernel_directory();
  const FrameCounts before = count_frames();
  constexpr std::uint32_t kPage = kTrialRam;
  const Pfn one = low_zone().allocate(FrameCount{1});
  const Pfn other = low_zone().allocate(FrameCount{1});
  test.check(!one.is_none() && !other.is_none(), "there are two frames");
  test.check(test.passed() && directory.map(kPage, one), "a frame can be mapped once more");
  if (!test.passed()) return;
  auto* alias = reinterpret_cast<volatile std::uint32_t*>(kPage);
  alias[0] = 0x1234'5678;
  words_at(one)[1023] = 0x9ABC'DEF0;
  test.equal("written through the second page", words_at(one)[0], 0x1234'5678);
  test.equal("read through the second page", alias[1023], 0x9ABC'DEF0);
  test.check(!directory.map(kPage, other), "a page that is mapped is not mapped anew");

  test.check(directory.unmap(kPage) == one, "the second page is gone, and says what it was");
  words_at(other)[0] = 0x0F1E'2D3C;
  test.check(directory.map(kPage, other), "another frame can take its place");
  test.equal("read after the change", alias[0], 0x0F1E'2D3C);
  static_cast<void>(directory.unmap(kPage));
  directory.drop_empty_table(kPage);
  give_frame(one);
  give_frame(other);
  test.check(count_frames() == before, "the counts are as before");
}

/// Each page is another frame; more of them than one table maps, if there are as many. All of it is
/// given back, page tables too. Asking for more than there is takes nothing.
void frames_stand_in_a_row_where_they_are_mapped(Test& test) {
  const FrameCounts before = count_frames();
  const FrameCount many = kFramesPerTable + FrameCount{1};
  const bool suffice = before.free > many + FrameCount{2};
  const std::uint32_t pages = suffice ? many.value() : before.free.value() / 2;
  {
    MappedFrames mapped;
    test.check(mapped.allocate(kTrialRam, bytes_of(FrameCount{pages})), "there are as many frames");
    auto* words = reinterpret_cast<std::uint32_t*>(kTrialRam);
    constexpr std::uint32_t kWordsPerPage = kFrameBytes / sizeof *words;
    for (std::uint32_t i = 0; test.passed() && i < pages; ++i) words[i * kWordsPerPage] = i;
    for (std::uint32_t i = 0; test.passed() && i < pages; ++i) {
      const Pfn pfn = kernel_directory().translate(kTrialRam + i * kFrameBytes);
      const auto* page = reinterpret_cast<std::uint32_t*>(frame_bytes(pfn));
      test.equal("a page's own word, seen elsewhere", page[0], i);
    }
    MappedFrames too_many;
    const FrameCount more = before.managed + memory().layout.spare.frames() + FrameCount{1};
    test.check(!too_many.allocate(kTrialBooks, bytes_of(more)), "more than there are");
  }
  test.check(count_frames() == before, "the counts are as before");
  test.equal("entry of the table", kernel_directory().directory_entry(table_index(kTrialRam)), 0);
}

}  // namespace assay::kernel
