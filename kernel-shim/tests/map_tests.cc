/// Who lies where, the two phases, and page tables.
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
  if (layout.usable.touches(part)) test.fail(TextBuffer(why) << "are usable to others");
}

void expect_apart(Test& test, const char* what, const RunList& others, Run part) {
  if (others.touches(part)) {
    TextBuffer why;
    test.fail(why << what << " overlap frames " << part);
  }
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
  const MemoryMap map{layout.arena.first, layout.arena.count, layout.usable.runs()};
  test.check(map.is_valid(), "the map that the design gets is valid");
  for (const Run& run : layout.usable.runs()) {
    test.check(layout.ram.contains(run), "usable frames are RAM");
  }
  test.check(layout.low_ram.contains(layout.ram.end() - FrameCount{1}), "RAM is low RAM");
  test.check(!layout.usable.contains(Pfn{0}), "frame 0 is the BIOS's");
  expect_taken(test, "the image", layout.image);
  expect_taken(test, "the metadata", layout.metadata);
  for (const Run& run : layout.stolen.runs()) expect_taken(test, "stolen frames", run);
  for (const Run& module : layout.modules.runs()) expect_taken(test, "a module's", module);
  for (const Run& tables : boot_info().loader_frames.runs()) {
    if (layout.usable.touches(tables)) test.fail("the loader's tables are usable to others");
  }
  expect_apart(test, "modules", layout.modules, layout.image);
  expect_apart(test, "modules", layout.modules, layout.metadata);
  RunList image;
  image.add(layout.image);
  expect_apart(test, "the image's frames", image, layout.metadata);
  test.check(layout.metadata.end() <= layout.window.end(), "phase 1 maps the metadata");
}

void phase_1_manages_the_window(Test& test) {
  if (!kContract.can_grow) return test.skip("it cannot grow, and came up when all RAM was mapped");
  const Layout& layout = memory().layout;
  const FrameCounts& counts = memory().after_phase_1;
  const FrameCount mapped = layout.usable.within(layout.window).frames();
  test.check(mapped >= layout.tables, "the window holds the frames for phase 2's page tables");
  test.equal("managed frames", counts.managed, mapped);
  test.equal("free frames", counts.free, mapped);
  test.equal("used frames", counts.used, FrameCount{0});
}

void phase_2_manages_the_rest(Test& test) {
  const Layout& layout = memory().layout;
  const FrameCounts& counts = memory().after_phase_2;
  test.equal("managed frames", counts.managed, layout.usable.frames());
  test.equal("used frames", counts.used, layout.tables - layout.stolen.frames());
  test.equal("free + used", counts.free + counts.used, layout.usable.frames());
  test.check(count_frames() == counts, "the counts are still those of phase 2");
}

/// Frame by frame: what the layout does not call usable is in no block and cannot be freed.
void reserved_frames_stay_reserved(Test& test) {
  if (kContract.on_misuse == OnMisuse::undefined) {
    return test.skip("its contract does not say what misuse leads to");
  }
  const Layout& layout = memory().layout;
  FrameCount reserved;
  for (Pfn pfn = layout.arena.first; pfn < layout.arena.end(); pfn = pfn + FrameCount{1}) {
    if (layout.usable.contains(pfn)) continue;
    reserved += FrameCount{1};
    const FreeResult freed = free_wrongly(pfn);
    const bool is_named = kContract.on_misuse == OnMisuse::named;
    const bool refused = !freed && (!is_named || freed.error() == Misuse::reserved);
    if (refused && !(kContract.knows_blocks && frames().block_at(pfn))) continue;
    TextBuffer why;
    test.fail(why << "frame " << pfn << " is reserved, but its free gave "
                  << (freed ? "a block" : name_of(freed.error())));
  }
  const FrameCounts counts = count_frames();
  test.equal("free + used + reserved", counts.free + counts.used + reserved, layout.arena.count);
}

/// The loaded directory and each of its tables is a block of one frame, and nothing else is in use.
/// Where it came up too late for that, all are in stolen frames.
void page_tables_come_from_the_design(Test& test) {
  const PageDirectory& directory = memory().directory;
  test.check(loaded_directory() == directory.directory(), "the CPU uses the new directory");
  const RunList& stolen = memory().layout.stolen;
  FrameCount tables;
  const auto is_right = [&](Pfn pfn) {
    if (!stolen.is_empty()) return stolen.contains(pfn);
    return !kContract.knows_blocks || frames().block_at(pfn) == Run{pfn, FrameCount{1}};
  };
  const auto expect_block = [&](Pfn pfn) {
    tables += FrameCount{1};
    if (is_right(pfn)) return;
    TextBuffer why;
    test.fail(why << "the table in frame " << pfn << " is no block of the design, nor stolen");
  };
  expect_block(directory.directory());
  for (std::uint32_t i = 0; i < kFramesPerTable.value(); ++i) {
    if (!directory.table(i).is_none()) expect_block(directory.table(i));
  }
  test.equal("used and stolen frames", frames().used_frames() + stolen.frames(), tables);
}

/// By the tables: RAM is mapped where it belongs, and nothing else is.
void direct_map_reaches_all_ram(Test& test) {
  const PageDirectory& directory = memory().directory;
  for (Pfn pfn{0}; pfn < Pfn{0} + kDirectMapFrames; pfn = pfn + FrameCount{1}) {
    const Pfn expected = memory().layout.ram.contains(pfn) ? pfn : Pfn::none();
    if (directory.translate(direct_address(pfn)) == expected) continue;
    TextBuffer why;
    test.fail(why << "frame " << pfn << (expected.is_none() ? " is mapped" : " is not mapped"));
  }
  test.check(directory.translate(0).is_none(), "the identity map of the start is gone");
}

/// By the CPU: what is written through a second mapping of a frame is read through the direct map,
/// and the other way round. The second page is that of a hole in RAM, so that a table is there
/// already.
void a_frame_can_be_mapped_twice(Test& test) {
  PageDirectory& directory = memory().directory;
  Pfn hole{0};
  while (memory().layout.ram.contains(hole)) hole = hole + FrameCount{1};
  const std::uint32_t page = direct_address(hole);
  if (!memory().layout.low_ram.contains(hole)) return test.skip("this RAM has no holes");

  const Pfn one = frames().allocate(FrameCount{1});
  const Pfn other = frames().allocate(FrameCount{1});
  test.check(!one.is_none() && !other.is_none(), "there are two frames");
  test.check(test.passed() && directory.map(page, one), "a frame can be mapped once more");
  if (!test.passed()) return;
  auto* alias = reinterpret_cast<volatile std::uint32_t*>(page);
  alias[0] = 0x1234'5678;
  words_at(one)[1023] = 0x9ABC'DEF0;
  test.equal("written through the second page", words_at(one)[0], 0x1234'5678);
  test.equal("read through the second page", alias[1023], 0x9ABC'DEF0);

  directory.unmap(page);
  test.check(directory.translate(page).is_none(), "the second page is gone");
  words_at(other)[0] = 0x0F1E'2D3C;
  test.check(directory.map(page, other), "another frame can take its place");
  test.equal("read after the change", alias[0], 0x0F1E'2D3C);
  directory.unmap(page);
  test.check(free_block({one, FrameCount{1}}).has_value(), "the one frame can be freed");
  test.check(free_block({other, FrameCount{1}}).has_value(), "the other frame can be freed");
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
      const Pfn pfn = memory().directory.translate(kTrialRam + i * kFrameBytes);
      test.equal("a page's own word, through the direct map", words_at(pfn)[0], i);
    }
    MappedFrames too_many;
    const FrameCount more = memory().layout.low_ram.count + FrameCount{1};
    test.check(!too_many.allocate(kTrialBooks, bytes_of(more)), "more than there are");
  }
  test.check(count_frames() == before, "the counts are as before");
  test.check(memory().directory.table(kTrialRam >> 22).is_none(), "the page tables are gone");
}

}  // namespace assay::kernel
