/// The tools as a person meets them: exit codes, one line per error, no half-written file.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>

#include "oracle/host/cpus.h"
#include "oracle/host/file.h"
#include "oracle/host/sequence.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

struct Ended {
  int code = -1;
  std::string output;  ///< of both streams
};

Ended run(const std::string& command) {
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen failed");
  Ended ended;
  std::array<char, 4096> buffer;
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    ended.output.append(buffer.data(), size);
  }
  const int status = pclose(pipe);
  if (WIFEXITED(status)) ended.code = WEXITSTATUS(status);
  return ended;
}

const std::string kTraces = ASSAY_TRACES;
const std::string kBench = ASSAY_BENCH_TOOL " --workload-folder " ASSAY_WORKLOADS;
const std::string kImport = ASSAY_IMPORT_TOOL;

class Tools : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() /
              fmt::format("assay-tools-{}-{}", getpid(),
                          testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directory(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }

  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }

  [[nodiscard]] nlohmann::json read_json(const std::string& name) const {
    std::ifstream file(path(name));
    return nlohmann::json::parse(file);
  }

  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), {}));
  }

  /// The tool ends with 2, says `message` in one line, and leaves no new file behind.
  void expect_refused(const std::string& command, const std::string& message) const {
    const std::size_t before = files();
    const Ended ended = run(command);
    EXPECT_EQ(ended.code, 2) << ended.output;
    EXPECT_NE(ended.output.find(message), std::string::npos) << ended.output;
    EXPECT_EQ(std::ranges::count(ended.output, '\n'), 1) << ended.output;
    EXPECT_EQ(files(), before);
  }

  static void expect_costs(const nlohmann::json& json) {
    for (const auto& workload : json["workloads"]) {
      EXPECT_GE(workload["noise_floor"], 0.0) << workload;
      EXPECT_NE(workload["noise_of"], "empty_call");
    }
    for (const auto& cell : json["cells"]) {
      EXPECT_GE(cell["touched"]["metadata_bytes"], 4096) << cell;
      EXPECT_EQ(cell["instructions"].is_null(), !json["instructions_note"].is_null());
    }
    std::size_t empty_calls = 0;
    for (const auto& reference : json["references"]) {
      if (reference["design"] != "empty_call") continue;
      ++empty_calls;
      EXPECT_GT(reference["median_ns"], 0.0);
      EXPECT_EQ(reference["failed"], 0);
    }
    EXPECT_EQ(empty_calls, json["workloads"].size());
  }

  static void expect_latencies(const nlohmann::json& json, std::size_t cells) {
    EXPECT_GT(json["timer"]["floor_ns"], 0.0);
    ASSERT_EQ(json["entries"].size(), cells);
    for (const auto& entry : json["entries"]) {
      EXPECT_EQ(entry["passes"], 3) << entry["sequence"];
      for (const auto& call : entry["calls"]) {
        std::size_t calls = 0;
        for (const auto& bucket : call["buckets"]) calls += bucket[1].get<std::size_t>();
        EXPECT_EQ(calls, call["count"]) << entry["sequence"];
        EXPECT_EQ(call["worst"][0]["ns"], call["max_ns"]) << "no maximum is dropped";
        EXPECT_GE(call["worst"][0]["ns"], call["worst"][0]["again_ns"]);
      }
    }
  }

 private:
  fs::path folder_;
};

TEST_F(Tools, a_smoke_run_gives_every_cell_a_number) {
  std::string outputs = " -o " + path("bench.json");
  for (const char* name : {"gbench", "latency", "timeline", "contiguous"}) {
    outputs += fmt::format(" --{} {}", name, path(name + std::string(".json")));
  }
  const Ended ended = run(kBench + " --smoke" + outputs);
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_EQ(files(), 5U);
  const auto json = read_json("bench.json");
  const std::size_t workloads = json["workloads"].size();
  EXPECT_GE(workloads, 16U);
  EXPECT_EQ(json["cells"].size() % workloads, 0U);
  EXPECT_GE(json["cells"].size(), 3 * workloads);
  for (const auto& cell : json["cells"]) {
    EXPECT_EQ(cell["oracle"], "pass") << cell;
    EXPECT_GT(cell["median_ns"], 0.0) << cell;
    EXPECT_GT(cell["ratio"], 0.0) << cell;
    EXPECT_EQ(cell["repetitions_ns"].size(), 1U) << cell;
    EXPECT_EQ(cell["placement_hash"].get<std::string>().size(), 16U) << cell;
  }
  expect_costs(json);
  EXPECT_TRUE(read_json("gbench.json").contains("benchmarks"));
  expect_latencies(read_json("latency.json"), json["cells"].size());
  for (const auto& entry : read_json("contiguous.json")["entries"]) {
    EXPECT_EQ(entry["oracle"], "pass");
    EXPECT_EQ(entry["cells"].size(), 80U) << entry["design"];
  }
  const auto timelines = read_json("timeline.json");
  ASSERT_EQ(timelines["entries"].size(), json["cells"].size());
  for (const auto& entry : timelines["entries"]) {
    EXPECT_EQ(entry["samples"]["operation"].back(), entry["operations"]) << entry["sequence"];
    EXPECT_EQ(entry["samples"]["used"].size(), entry["samples"]["moves"].size());
    EXPECT_EQ(entry["heatmap"]["used"].size(), entry["heatmap"]["columns"]);
  }
}

TEST_F(Tools, only_the_chosen_cells_are_measured_as_often_as_was_asked_for) {
  const Ended ended = run(kBench +
                          " --designs bitmap --workloads fill_drain --repetitions 2 "
                          "--repetition-ms 1 -o " +
                          path("bench.json"));
  EXPECT_EQ(ended.code, 0) << ended.output;
  const auto json = read_json("bench.json");
  ASSERT_EQ(json["cells"].size(), 1U);
  EXPECT_EQ(json["cells"][0]["repetitions_ns"].size(), 2U);
  EXPECT_EQ(json["cells"][0]["served"], 131'072);
}

TEST_F(Tools, a_workload_that_follows_designs_is_saved_for_each_of_them) {
  const Ended ended = run(kBench +
                          " --designs bitmap,free_list --workloads orders_90,fill --repetitions 1 "
                          "--repetition-ms 1 --frames 2048 --save-workloads " +
                          path("") + " -o " + path("bench.json"));
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_EQ(files(), 5U);
  for (const auto& cell : read_json("bench.json")["cells"]) {
    const std::string file = cell["sequence"];
    const auto sequence = load(path(file));
    ASSERT_TRUE(sequence) << sequence.error();
    EXPECT_EQ(sequence->arena.frames, FrameCount{2048}) << file;
    const bool is_own = file.find(cell["design"].get<std::string>()) != std::string::npos;
    EXPECT_EQ(is_own, cell["workload"] == "orders_90") << file;
  }
}

TEST_F(Tools, the_sequence_of_each_design_among_runs_is_saved_and_holds_every_probe) {
  const Ended ended = run(kBench + " --smoke --designs buddy --workloads fill --contiguous " +
                          path("contiguous.json") + " --save-workloads " + path(""));
  EXPECT_EQ(ended.code, 0) << ended.output;
  const auto json = read_json("contiguous.json");
  ASSERT_EQ(json["entries"].size(), 1U);
  const auto sequence = load(path(json["entries"][0]["sequence"]));
  ASSERT_TRUE(sequence) << sequence.error();
  const auto probes = std::ranges::count(sequence->operations, FrameCount{512}, &Operation::count);
  EXPECT_EQ(probes, 8 * json["entries"][0]["cells"][0]["requests"].get<int>());
}

TEST_F(Tools, what_is_counted_beside_the_time_can_be_left_out) {
  const Ended ended = run(kBench + " --smoke --designs bitmap --workloads fill --times-only -o " +
                          path("bench.json"));
  EXPECT_EQ(ended.code, 0) << ended.output;
  const auto json = read_json("bench.json");
  EXPECT_FALSE(json["workloads"][0].contains("noise_floor"));
  EXPECT_TRUE(json["cells"][0]["touched"].is_null());
  EXPECT_TRUE(json["cells"][0]["instructions"].is_null());
  EXPECT_EQ(json["instructions_note"], "not asked for (--times-only)");
}

TEST_F(Tools, bench_refuses_what_it_does_not_know) {
  expect_refused(kBench + " --designs bitmap,bitmop",
                 "assay-bench: there is no design 'bitmop'; known");
  expect_refused(kBench + " --workloads mixed", "assay-bench: there is no workload 'mixed'; known");
  expect_refused(kBench + " --repetitions 0", "assay-bench: --repetitions");
  expect_refused(kBench + " --frames 63", "assay-bench: --frames");
  expect_refused(kBench + " --fast", "assay-bench: ");
}

TEST_F(Tools, bench_refuses_a_trace_that_is_missing_or_cut_short) {
  write("load.json",
        R"({"assay_workloads": 1, "workloads": [{"name": "load", "version": 1, "title": "T",
        "question": "Q?", "family": "recorded",
        "parameters": {"file": "../load.opsb", "set_up": "none"}}]})");
  fs::create_directory(path("sub"));
  fs::rename(path("load.json"), path("sub/load.json"));
  const std::string command = kBench + " --smoke --workloads " + path("sub/load.json");
  expect_refused(command, path("load.opsb") + ": cannot open");
  fs::copy_file(fs::path(kTraces) / "pgbench.opsb", path("load.opsb"));
  fs::resize_file(path("load.opsb"), 4);
  expect_refused(command, path("load.opsb") + ":byte ");
}

TEST_F(Tools, workloads_are_listed_with_version_sets_and_question) {
  const Ended ended = run(kBench + " --list");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_NE(ended.output.find("\nmixed_90             1  quick,full  What does an oper"),
            std::string::npos)
      << ended.output;
}

TEST_F(Tools, a_set_is_measured_or_refused_by_name) {
  const std::string own =
      write("own.json",
            R"({"assay_workloads": 1, "workloads": [{"name": "few", "version": 3, "title": "Few",
      "sets": ["mine"], "question": "Few?", "family": "pairs"}, {"name": "many", "version": 1,
      "title": "Many", "question": "Many?", "family": "fill"}]})");
  const std::string bench = ASSAY_BENCH_TOOL " --smoke --workload-folder " + path("") + " --set ";
  // The stack of frame numbers does pairs in turn with the designs.
  expect_refused(bench + "mine", "there is no workload 'single_pair'; known: few, many");
  expect_refused(bench + "yours", "there is no set 'yours' of workloads; known: mine");
  expect_refused(kBench + " --set quick --workloads fill", "--set");
}

TEST_F(Tools, own_workloads_and_sequences_are_measured_as_they_are_named) {
  const std::string own =
      write("own.json",
            R"({"assay_workloads": 1, "workloads": [{"name": "few", "version": 3, "title": "Few",
      "question": "Few?", "family": "churn", "seed": 7,
      "parameters": {"occupancy_percent": 12.5}}]})");
  const std::string load = write("my-load.ops", "assay-ops 1\nframes 8\na = alloc 2\nfree a\n");
  const Ended ended = run(kBench + " --smoke --designs bitmap --workloads fill," + own + "," +
                          load + " -o " + path("bench.json"));
  EXPECT_EQ(ended.code, 0) << ended.output;
  const auto json = read_json("bench.json");
  ASSERT_EQ(json["workloads"].size(), 3U);
  EXPECT_EQ(json["workloads"][1]["name"], "few");
  EXPECT_EQ(json["workloads"][1]["version"], 3);
  EXPECT_EQ(json["workloads"][1]["seed"], 7);
  EXPECT_EQ(json["workloads"][2]["name"], "my-load");
  EXPECT_EQ(json["workloads"][2]["operations"], 2);
  EXPECT_EQ(json["workloads"][2]["frames"], 8);
  expect_refused(kBench + " --workloads " + path("none.opsb"), "none.opsb: cannot open");
  const std::string aligned =
      write("aligned.ops", "assay-ops 1\nframes 8\na = alloc 2 align 2\nfree a\n");
  expect_refused(kBench + " --workloads " + aligned,
                 "workload aligned: op 1: aligned allocations cannot be timed yet");
}

TEST_F(Tools, bench_says_where_it_cannot_write) {
  const Ended ended =
      run(kBench + " --smoke --workloads single_pair -o " + path("none/bench.json"));
  EXPECT_EQ(ended.code, 2);
  EXPECT_NE(ended.output.find("none/bench.json"), std::string::npos) << ended.output;
  EXPECT_EQ(files(), 0U);
}

TEST_F(Tools, import_reads_the_sample_from_a_file_and_from_standard_input) {
  const Ended ended = run(kImport + " " + kTraces + "/sample.ftrace.txt -o " + path("sample.opsb"));
  EXPECT_EQ(ended.code, 0) << ended.output;
  const auto sequence = load(path("sample.opsb"));
  ASSERT_TRUE(sequence) << sequence.error();
  EXPECT_FALSE(sequence->operations.empty());
  const auto cpus = read_file(path("sample.cpus"));
  ASSERT_TRUE(cpus) << cpus.error();
  EXPECT_TRUE(parse_cpus(*cpus, *sequence));
  EXPECT_EQ(files(), 2U);

  const Ended piped =
      run(kImport + " - -o " + path("piped.ops") + " < " + kTraces + "/sample.ftrace.txt");
  EXPECT_EQ(piped.code, 0) << piped.output;
  const auto text = load(path("piped.ops"));
  ASSERT_TRUE(text) << text.error();
  EXPECT_EQ(*text, *sequence);
}

TEST_F(Tools, import_names_the_file_the_line_and_the_cause) {
  const std::string out = " -o " + path("out.opsb");
  const std::string garbage = write("garbage.txt", "# header\nnot a trace\n");
  expect_refused(kImport + " " + garbage + out, garbage + ":2: expected an ftrace event");
  expect_refused(kImport + " " + write("empty.txt", "") + out, "empty.txt: expected events");
  expect_refused(kImport + " " + path("none.txt") + out, "none.txt: cannot open");
  expect_refused(kImport + " " + garbage, "assay-import: --output");
  expect_refused(kImport + " " + kTraces + "/sample.ftrace.txt -o " + path("x.cpus"),
                 "x.cpus: is where the CPUs go");
  expect_refused(kImport + " " + kTraces + "/sample.ftrace.txt --occupancy 101" + out,
                 "--occupancy");
}

TEST_F(Tools, import_says_how_to_unpack_what_is_packed) {
  const std::string out = " -o " + path("out.opsb");
  const std::string xz(
      "\xFD"
      "7zXZ\0rest",
      10);
  expect_refused(kImport + " " + write("t.xz", xz) + out,
                 "t.xz: is compressed by xz; unpack it first");
}

}  // namespace
}  // namespace assay
