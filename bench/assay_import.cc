/// assay-import: what Linux's page allocator did, as a sequence of operations.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <set>
#include <string>

#include "bench/command_line.h"
#include "oracle/host/cpus.h"
#include "oracle/host/file.h"
#include "oracle/host/ftrace.h"

namespace assay {

namespace {

constexpr const char* kTool = "assay-import";

struct Options {
  std::string input;
  std::string output;
  std::uint32_t occupancy_percent = 90;
};

std::expected<std::string, std::string> read_input(const std::string& path) {
  if (path != "-") return read_file(path);
  std::string content;
  char buffer[1 << 16];
  while (const std::size_t size = std::fread(buffer, 1, sizeof buffer, stdin)) {
    content.append(buffer, size);
  }
  if (std::ferror(stdin) != 0) {
    return std::unexpected(fmt::format("-: cannot read: {}", std::strerror(errno)));
  }
  return content;
}

/// Empty, or what to do with content that is a trace, but not as text.
std::string advice_for(std::string_view content) {
  using namespace std::string_view_literals;
  const auto pipe_from = [](const char* what, const char* program) {
    return fmt::format("is {}; unpack it first: {} FILE | assay-import - -o OUT", what, program);
  };
  if (content.starts_with("\xFD"sv
                          "7zXZ\0"sv))
    return pipe_from("compressed by xz", "xz -dc");
  if (content.starts_with("\x1F\x8B"sv)) return pipe_from("compressed by gzip", "gzip -dc");
  if (content.starts_with("\x28\xB5\x2F\xFD"sv)) return pipe_from("compressed by zstd", "zstd -dc");
  if (content.starts_with("\x17\x08\x44tracing"sv)) {
    return pipe_from("trace-cmd's own format", "trace-cmd report");
  }
  if (content.starts_with("PERFILE2"sv)) return pipe_from("perf's own format", "perf script -i");
  return {};
}

void print_summary(const Options& options, const FtraceLog& log, const ImportedTrace& trace) {
  const ImportSummary& summary = trace.summary;
  const auto print = [](const char* what, std::uint64_t number, const std::string& note) {
    fmt::print("{:<17}{:>9}{}{}\n", what, number, note.empty() ? "" : "  ", note);
  };
  fmt::print("{} -> {}\n", options.input, options.output);
  print("events", log.events.size(),
        fmt::format("{} allocations, {} frees", summary.allocations, summary.frees));
  print("live at start", summary.live_at_start_frames,
        fmt::format("frames in {} blocks, allocated first", summary.live_at_start_blocks));
  print("live at end", summary.live_at_end_frames, "frames");
  print("freed in pieces", summary.split_blocks,
        fmt::format("allocations, imported as {} pieces", summary.pieces));
  print("dropped", summary.dropped_frames, "frames freed again without an allocation between");
  print("implied", summary.implied_frames, "frames allocated again, their free was not seen");
  print("ignored", log.other_events + log.failed_allocations,
        fmt::format("events: {} of other kinds, {} failed allocations", log.other_events,
                    log.failed_allocations));
  print("lost", log.lost_events, "events that the kernel could not record");
  print("operations", trace.sequence.operations.size(), "");
  print("peak", summary.peak_frames, "frames");
  print("CPUs", std::set(trace.cpus.begin(), trace.cpus.end()).size(),
        "of each operation in " + cpus_path(options.output));
  print("arena", trace.sequence.arena.frames.value(),
        fmt::format("frames, the peak fills {} %", options.occupancy_percent));
}

int import_file(const Options& options) {
  const std::string cpus = cpus_path(options.output);
  if (cpus == options.output) {
    return refuse(kTool, fmt::format("{}: is where the CPUs go; name the operations .opsb", cpus));
  }
  const auto content = read_input(options.input);
  if (!content) return refuse(kTool, content.error());
  if (const std::string advice = advice_for(*content); !advice.empty()) {
    return refuse(kTool, fmt::format("{}: {}", options.input, advice));
  }
  const auto log = parse_ftrace(*content);
  if (!log) return refuse(kTool, fmt::format("{}:{}", options.input, log.error()));
  const auto trace = import_trace(*log, options.occupancy_percent);
  if (!trace) return refuse(kTool, fmt::format("{}: {}", options.input, trace.error()));
  std::string error = write_file(cpus, cpus_to_text(trace->sequence, trace->cpus));
  if (error.empty()) error = save(trace->sequence, options.output);
  if (!error.empty()) {
    std::remove(cpus.c_str());
    return refuse(kTool, error);
  }
  print_summary(options, *log, *trace);
  return 0;
}

}  // namespace

int import_main(int argc, char** argv) {
  CLI::App app("Turns Linux page-allocator events into operations.", kTool);
  Options options;
  app.add_option(
         "FTRACE", options.input,
         "the trace as text, of tracefs, trace-cmd report or perf script; - reads standard input")
      ->required();
  app.add_option("-o,--output", options.output, "what to write: .ops is text, else bytes")
      ->required();
  app.add_option("--occupancy", options.occupancy_percent,
                 "the arena is sized so that the peak fills this share of it, in percent")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.footer("Example: assay-import pgbench.ftrace.txt -o pgbench.opsb");
  if (const auto code = parse_command_line(app, argc, argv)) return *code;
  return import_file(options);
}

}  // namespace assay

int main(int argc, char** argv) {
  return assay::run_tool("assay-import", [&] { return assay::import_main(argc, argv); });
}
