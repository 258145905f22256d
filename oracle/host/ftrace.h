/// Imports what Linux's page allocator did, as ftrace prints it, as a sequence.
///
/// Read: the events `mm_page_alloc` and `mm_page_free`, as tracefs, `trace-cmd report` and `perf
/// script` print them. `order=N` is a block of 2^N frames; `pfn=` may be hexadecimal (0x…) or
/// decimal. Ignored: comment lines ('#'). Ignored and counted: events of other kinds, allocations
/// that failed (the kernel prints them with pfn 0), and notes of events that the kernel had to
/// leave out. Anything else is an error: half a trace would give a workload that never happened.
///
/// How events become operations:
/// - A frame whose first event is a free was live at the start. Such blocks become allocations in
///   front of everything else, in Pfn order, one per free.
/// - A block freed in pieces is imported as those pieces: at its allocation there is one operation
///   per piece, in Pfn order. What is never freed of it makes further pieces, each as long as
///   possible.
/// - A free of a frame that is free already is dropped: its allocation was not seen.
/// - An allocation of a frame that is live is preceded by a free of that frame, and of no other: it
///   was not seen.
/// - An operation is its event's CPU's, a free that was not seen that of the allocation behind it.
/// - Frame numbers end here. The arena is so large that the peak fills the given share of it.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>
#include <vector>

#include "oracle/host/sequence.h"

namespace assay {

/// One event: the frames [first, first + count). Real frame numbers may exceed a Pfn.
struct PageEvent {
  enum class Kind : std::uint8_t { alloc, free };
  Kind kind;
  std::uint32_t count;
  std::uint64_t first;
  std::uint16_t cpu = 0;  ///< that performed it

  [[nodiscard]] std::uint64_t end() const { return first + count; }
};

struct FtraceLog {
  std::vector<PageEvent> events;
  std::uint64_t other_events = 0;
  std::uint64_t failed_allocations = 0;
  std::uint64_t lost_events = 0;  ///< as the kernel says; 1 for a note without a number
};

/// Reads ftrace's text. The error starts with the number of its line.
[[nodiscard]] std::expected<FtraceLog, InputError> parse_ftrace(std::string_view text);

struct ImportSummary {
  std::uint64_t allocations = 0;           ///< events
  std::uint64_t frees = 0;                 ///< events
  std::uint64_t live_at_start_blocks = 0;  ///< allocated in front of the first event
  std::uint64_t live_at_start_frames = 0;
  std::uint64_t live_at_end_frames = 0;
  std::uint64_t split_blocks = 0;    ///< allocations that were imported in pieces
  std::uint64_t pieces = 0;          ///< the pieces of those
  std::uint64_t dropped_frames = 0;  ///< freed twice without an allocation between
  std::uint64_t implied_frames = 0;  ///< allocated twice without a free between
  std::uint64_t peak_frames = 0;     ///< most frames live at once
};

struct ImportedTrace {
  Sequence sequence;
  std::vector<std::uint16_t> cpus;  ///< of each operation; of what was live at the start, 0
  ImportSummary summary;
};

/// Turns events into a sequence. Requires: 1 ≤ occupancy_percent ≤ 100.
/// Returns: an error if there are no events, or if they need more frames than an arena can have.
/// Cost: O(n log n) for n events, however many frames they span.
[[nodiscard]] std::expected<ImportedTrace, InputError> import_trace(
    const FtraceLog& log, std::uint32_t occupancy_percent);

}  // namespace assay
