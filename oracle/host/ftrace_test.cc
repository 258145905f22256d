/// Each rule of the import by a trace of a few events, and text that is no trace.
#include "oracle/host/ftrace.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "impls/bitmap/bitmap.h"
#include "oracle/host/file.h"
#include "oracle/host/host_trial.h"
#include "oracle/host/sequence.h"
#include "oracle/operations/random.h"

namespace assay {
namespace {

std::string event_line(const std::string& event) {
  return fmt::format("            task-11943    [001] .....  2330.148973: {}\n", event);
}

std::string alloc(const std::string& pfn, unsigned order) {
  return event_line(
      fmt::format("mm_page_alloc: page=0000000000000000 pfn={} order={} "
                  "migratetype=0 gfp_flags=none",
                  pfn, order));
}

std::string free(const std::string& pfn, unsigned order) {
  return event_line(fmt::format("mm_page_free: page=0000000000000000 pfn={} order={}", pfn, order));
}

/// The import of `text`; ends the test if it fails.
ImportedTrace imported(const std::string& text, std::uint32_t occupancy_percent = 100) {
  const auto log = parse_ftrace(text);
  if (!log) throw std::runtime_error(log.error());
  auto trace = import_trace(*log, occupancy_percent);
  if (!trace) throw std::runtime_error(trace.error());
  return *trace;
}

/// The operations of `text` as `.ops`, without the lines of the arena.
std::string operations_of(const std::string& text) {
  const std::string ops = to_text(imported(text).sequence);
  const std::size_t arena_end = ops.find("ram zero\n");
  return ops.substr(arena_end + 9);
}

std::string error_of(const std::string& text) {
  const auto log = parse_ftrace(text);
  return log ? "" : log.error();
}

TEST(Ftrace, an_allocation_and_its_free_become_operations_without_frame_numbers) {
  EXPECT_EQ(operations_of(alloc("0x1096a8", 0) + alloc("0x200000", 3) + free("0x1096a8", 0)),
            "a = alloc 1\nb = alloc 8\nfree a\n");
}

TEST(Ftrace, a_decimal_frame_number_is_the_same_as_a_hexadecimal_one) {
  EXPECT_EQ(operations_of(alloc("0x10", 0) + free("16", 0)), "a = alloc 1\nfree a\n");
}

TEST(Ftrace, blocks_live_at_the_start_are_allocated_first_in_frame_order) {
  const std::string text = alloc("0x5", 0) + free("0x100", 1) + free("0x40", 0) + free("0x5", 0);
  // 0x40 has the lower frame, so it is a; 0x100 is freed first nevertheless.
  EXPECT_EQ(operations_of(text), "a = alloc 1\nb = alloc 2\nc = alloc 1\nfree b\nfree a\nfree c\n");
  const ImportSummary summary = imported(text).summary;
  EXPECT_EQ(summary.live_at_start_blocks, 2U);
  EXPECT_EQ(summary.live_at_start_frames, 3U);
}

TEST(Ftrace, a_block_freed_in_pieces_is_allocated_as_these_pieces_and_the_rest) {
  // Frames 8 … 15: 10 and then 12..13 are freed; 8..9, 11 and 14..15 never are.
  const std::string text = alloc("0x8", 3) + free("10", 0) + free("12", 1);
  EXPECT_EQ(operations_of(text),
            "a = alloc 2\nb = alloc 1\nc = alloc 1\nd = alloc 2\ne = alloc 2\nfree b\nfree d\n");
  const ImportSummary summary = imported(text).summary;
  EXPECT_EQ(summary.split_blocks, 1U);
  EXPECT_EQ(summary.pieces, 5U);
  EXPECT_EQ(summary.live_at_end_frames, 5U);
}

TEST(Ftrace, a_free_over_several_blocks_frees_each) {
  EXPECT_EQ(operations_of(alloc("0x9", 0) + alloc("0x8", 0) + free("0x8", 2)),
            "a = alloc 2\nb = alloc 1\nc = alloc 1\nfree c\nfree b\nfree a\n");
}

TEST(Ftrace, a_second_free_is_dropped_and_counted) {
  const std::string text = alloc("0x8", 0) + free("0x8", 0) + free("0x8", 0) + free("0x8", 1);
  EXPECT_EQ(operations_of(text), "a = alloc 1\nb = alloc 1\nfree b\nfree a\n");
  EXPECT_EQ(imported(text).summary.dropped_frames, 2U);
}

TEST(Ftrace, a_second_free_of_a_block_live_at_the_start_is_dropped_too) {
  const std::string text = free("0x8", 0) + free("0x8", 0);
  EXPECT_EQ(operations_of(text), "a = alloc 1\nfree a\n");
  EXPECT_EQ(imported(text).summary.dropped_frames, 1U);
}

TEST(Ftrace, an_allocation_over_live_frames_frees_exactly_them_first) {
  const std::string text = alloc("0x8", 1) + alloc("0x9", 0) + free("0x9", 0) + free("0x8", 0);
  EXPECT_EQ(operations_of(text), "a = alloc 1\nb = alloc 1\nfree b\nc = alloc 1\nfree c\nfree a\n");
  const ImportSummary summary = imported(text).summary;
  EXPECT_EQ(summary.implied_frames, 1U);
  EXPECT_EQ(summary.dropped_frames, 0U);
  EXPECT_EQ(summary.peak_frames, 2U);
}

TEST(Ftrace, the_arena_is_so_large_that_the_peak_fills_the_given_share) {
  const std::string text = alloc("0x8", 3) + free("0x8", 3) + alloc("0x10", 0);
  EXPECT_EQ(imported(text).summary.peak_frames, 8U);
  EXPECT_EQ(imported(text, 90).sequence.arena.frames, FrameCount{9});
  EXPECT_EQ(imported(text, 50).sequence.arena.frames, FrameCount{16});
  EXPECT_EQ(imported(text, 100).sequence.arena.frames, FrameCount{8});
}

TEST(Ftrace, blocks_live_at_the_start_count_towards_the_peak) {
  EXPECT_EQ(imported(alloc("0x1", 0) + free("0x8", 3)).summary.peak_frames, 9U);
}

TEST(Ftrace, frame_numbers_beyond_32_bits_are_renumbered) {
  EXPECT_EQ(operations_of(free("0x2000000000", 0) + free("0x1000000000", 1)),
            "a = alloc 2\nb = alloc 1\nfree b\nfree a\n");
}

TEST(Ftrace, an_arena_beyond_what_designs_manage_is_an_error) {
  std::string text;
  for (unsigned i = 0; i < 257; ++i) text += alloc(fmt::format("{}", (i + 1) << 20), 20);
  const auto log = parse_ftrace(text);
  ASSERT_TRUE(log);
  const auto trace = import_trace(*log, 100);
  ASSERT_FALSE(trace);
  EXPECT_EQ(trace.error(), "needs an arena of 269484032 frames, at most 268435456 are possible");
}

TEST(Ftrace, comments_and_other_events_are_ignored_and_events_counted) {
  const auto log =
      parse_ftrace("# tracer: nop\n\n" + alloc("0x8", 0) +
                   event_line("mm_page_free_batched: page=0 pfn=0x8 order=0") +
                   event_line("mm_page_alloc_extfrag: page=0 pfn=0x9") +
                   event_line("sys_enter <-do_syscall_64") + "##### CPU 1 buffer started ####\n");
  ASSERT_TRUE(log) << log.error();
  EXPECT_EQ(log->events.size(), 1U);
  EXPECT_EQ(log->other_events, 3U);
}

TEST(Ftrace, lost_events_are_counted_as_the_kernel_says) {
  const auto log = parse_ftrace("CPU:0 [LOST 12 EVENTS]\nCPU:1 [LOST EVENTS]\n" + alloc("0x8", 0) +
                                "CPU:1 [30 EVENTS DROPPED]\n");
  ASSERT_TRUE(log) << log.error();
  EXPECT_EQ(log->lost_events, 43U);
}

TEST(Ftrace, an_allocation_that_failed_is_counted_and_is_no_block_at_frame_0) {
  const auto log = parse_ftrace(alloc("0x0", 9) + alloc("0x8", 0));
  ASSERT_TRUE(log) << log.error();
  EXPECT_EQ(log->events.size(), 1U);
  EXPECT_EQ(log->failed_allocations, 1U);
}

/// The same four events as different programs print them: two blocks, of 1 frame and of 8, of which
/// the first is freed, and another of 1 at its place.
std::string printed_by(const std::string& program) {
  auto text = read_file(std::string(ASSAY_FIXTURES) + "/" + program + ".txt");
  if (!text) throw std::runtime_error(text.error());
  return *text;
}

TEST(Ftrace, all_printers_of_the_same_events_are_read) {
  for (const std::string program :
       {"tracefs", "older-tracefs", "trace-cmd-report", "perf-script"}) {
    const std::string text = printed_by(program);
    EXPECT_EQ(operations_of(text), "a = alloc 1\nb = alloc 8\nfree a\nc = alloc 1\n") << program;
    const auto log = parse_ftrace(text);
    EXPECT_EQ(log->other_events, 0U) << program;
    EXPECT_EQ(log->lost_events, program == "trace-cmd-report" ? 3U : 0U) << program;
  }
}

TEST(Ftrace, each_operation_is_that_of_the_cpu_of_its_event) {
  using Cpus = std::vector<std::uint16_t>;
  EXPECT_EQ(imported(printed_by("tracefs")).cpus, (Cpus{6, 1, 6, 3}));
  EXPECT_EQ(imported(printed_by("perf-script")).cpus, (Cpus{0, 3, 0, 1}));
  // Live at the start; and a free that was not seen, in front of an allocation on CPU 1.
  const std::string free_on_2 = "task-1 [002] 1.0: mm_page_free: pfn=0x10 order=0\n";
  EXPECT_EQ(imported(free_on_2 + alloc("0x20", 0) + alloc("0x20", 0)).cpus, (Cpus{0, 2, 1, 1, 1}));
}

TEST(Ftrace, a_line_that_cannot_be_read_is_named_by_its_number_whoever_printed_it) {
  const auto with = [](const std::string& program, const std::string& part, const std::string& by) {
    std::string text = printed_by(program);
    return error_of(text.replace(text.rfind(part), part.size(), by));
  };
  EXPECT_TRUE(with("tracefs", "pfn=0xed008", "pfn=-").starts_with("9: expected 'pfn='"));
  EXPECT_TRUE(with("older-tracefs", "order=0", "order").starts_with("6: expected 'order='"));
  EXPECT_TRUE(with("trace-cmd-report", "[000]", "000").starts_with("8: expected an ftrace event"));
  // perf's call chains are no events.
  EXPECT_TRUE(with("perf-script", "\n\n", "\n\tffffffff8117e1b5 __alloc_pages\n\n")
                  .starts_with("7: expected an ftrace event"));
}

TEST(Ftrace, other_clocks_and_line_ends_are_read) {
  const auto log = parse_ftrace(
      "  kworker/0:1 [x] y-77  [000]  12.5: mm_page_alloc: page=0x1 pfn=0x8 order=0 flags=A|B\r\n"
      "  task-1 [000] ..... 991122: mm_page_free: page=0000000000000000 pfn=9 order=0\n");
  ASSERT_TRUE(log) << log.error();
  EXPECT_EQ(log->events.size(), 2U);
}

/// The same counts, found frame by frame.
ImportSummary counted_by_frame(const FtraceLog& log) {
  enum class State { unseen, live, dead };
  std::map<std::uint64_t, State> states;
  ImportSummary summary;
  std::vector<int> changes;  // of the number of live frames, per event
  for (const PageEvent& event : log.events) {
    const bool is_alloc = event.kind == PageEvent::Kind::alloc;
    ++(is_alloc ? summary.allocations : summary.frees);
    changes.push_back(0);
    for (std::uint64_t frame = event.first; frame < event.end(); ++frame) {
      State& state = states[frame];
      if (is_alloc && state == State::live) ++summary.implied_frames;
      if (is_alloc && state != State::live) ++changes.back();
      if (!is_alloc && state == State::dead) ++summary.dropped_frames;
      if (!is_alloc && state != State::dead) --changes.back();
      if (!is_alloc && state == State::unseen) ++summary.live_at_start_frames;
      state = is_alloc ? State::live : State::dead;
    }
  }
  std::uint64_t live = summary.peak_frames = summary.live_at_start_frames;
  for (const int change : changes) {
    live += static_cast<std::uint64_t>(change);
    summary.peak_frames = std::max(summary.peak_frames, live);
  }
  summary.live_at_end_frames = live;
  return summary;
}

TEST(Ftrace, random_events_give_the_counts_found_frame_by_frame_and_a_sequence_that_passes) {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    FtraceLog log;
    for (unsigned i = 0; i < 60; ++i) {
      const std::uint32_t order = random.below(4);
      const auto kind = random.one_in(2) ? PageEvent::Kind::alloc : PageEvent::Kind::free;
      log.events.push_back({kind, 1U << order, std::uint64_t{random.below(64) >> order << order}});
    }
    const auto trace = import_trace(log, 90);
    ASSERT_TRUE(trace);
    const ImportSummary& got = trace->summary;
    const ImportSummary expected = counted_by_frame(log);
    EXPECT_EQ(got.live_at_start_frames, expected.live_at_start_frames) << "seed " << seed;
    EXPECT_EQ(got.live_at_end_frames, expected.live_at_end_frames) << "seed " << seed;
    EXPECT_EQ(got.dropped_frames, expected.dropped_frames) << "seed " << seed;
    EXPECT_EQ(got.implied_frames, expected.implied_frames) << "seed " << seed;
    EXPECT_EQ(got.peak_frames, expected.peak_frames) << "seed " << seed;

    HostMemory memory;
    const TrialResult result = run_trial(AnyDesign::of<Bitmap<>>(), memory, trace->sequence);
    EXPECT_TRUE(result.verdict.passed()) << "seed " << seed << ": " << result.verdict.text.c_str();
    EXPECT_EQ(result.outcomes.refused + result.outcomes.aliased, 0U) << "seed " << seed;
  }
}

TEST(Ftrace, garbage_is_an_error_with_its_line) {
  EXPECT_EQ(
      error_of("# ok\nhello\n"),
      "2: expected an ftrace event 'TASK-PID [CPU] FLAGS TIME: EVENT: FIELDS', found 'hello'");
  EXPECT_EQ(error_of(std::string("\x01\xFF\0z\n", 5)),
            "1: expected an ftrace event 'TASK-PID [CPU] FLAGS TIME: EVENT: FIELDS', found '???z'");
  EXPECT_TRUE(error_of(alloc("0x8", 0) + "            task-1    [001] .....\n").starts_with("2: "));
}

TEST(Ftrace, a_field_that_is_missing_or_wrong_is_an_error_with_its_line) {
  const std::string pfn = "1: expected 'pfn=' with a frame number, found 'task-11943";
  EXPECT_TRUE(error_of(event_line("mm_page_free: order=0")).starts_with(pfn));
  EXPECT_TRUE(error_of(event_line("mm_page_free: pfn=0x order=0")).starts_with(pfn));
  EXPECT_TRUE(error_of(event_line("mm_page_free: pfn=-1 order=0")).starts_with(pfn));
  EXPECT_TRUE(
      error_of(event_line("mm_page_free: pfn=0xffffffffffffffff order=0")).starts_with(pfn));
  EXPECT_TRUE(
      error_of(event_line("mm_page_free: pfn=99999999999999999999 order=0")).starts_with(pfn));
  const std::string order = "1: expected 'order=' with a number from 0 to 20, found 'task-11943";
  EXPECT_TRUE(error_of(event_line("mm_page_alloc: pfn=0x8")).starts_with(order));
  EXPECT_TRUE(error_of(event_line("mm_page_alloc: pfn=0x8 order=21")).starts_with(order));
}

TEST(Ftrace, a_line_without_its_newline_is_a_file_cut_short) {
  std::string text = alloc("0x8", 0) + alloc("0x9", 10);
  text.resize(text.find("order=10") + 7);  // order=1: well-formed, but not what was recorded
  EXPECT_TRUE(
      error_of(text).starts_with("2: expected a newline at the end, the file is cut short"));
}

TEST(Ftrace, a_trace_without_page_events_is_an_error) {
  for (const std::string& text : {std::string(), event_line("sched_switch: prev=1")}) {
    const auto log = parse_ftrace(text);
    ASSERT_TRUE(log);
    ASSERT_FALSE(import_trace(*log, 90));
  }
}

}  // namespace
}  // namespace assay
