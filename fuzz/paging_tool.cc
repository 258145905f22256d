/// assay-paging: shrinks inputs of the paging side.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "fuzz/paging_shrinker.h"
#include "oracle/host/file.h"
#include "oracle/host/paging_run.h"

namespace assay {

namespace {

constexpr int kFine = 0;
constexpr int kUnusable = 2;
constexpr std::uint32_t kEveryOperation = 0xFFFF'FFFF;

/// Ends the program with one line on stderr.
struct Unusable {
  std::string message;
};

PagingInput load_or_throw(const std::string& path) {
  const auto text = read_file(path);
  if (!text) throw Unusable{text.error()};
  return {text->begin(), text->end()};
}

void shrink_file(const std::string& path, const std::string& output, unsigned seconds) {
  const PagingInput input = load_or_throw(path);
  const Judgement found = judge_paging_input(input, seconds);
  if (found.passed()) {
    throw Unusable{fmt::format("{}: breaks no clause: there is nothing to shrink", path)};
  }
  const PagingInput shortest = shrink_paging_input(input, [&](const PagingInput& candidate) {
    return judge_paging_input(candidate, seconds).key == found.key;
  });
  const std::string error =
      write_file(output, {reinterpret_cast<const char*>(shortest.data()), shortest.size()});
  if (!error.empty()) throw Unusable{error};
  fmt::print("{}{}\n{}\n", describe_paging(std::span(shortest).subspan(1), kEveryOperation),
             found.key, judge_paging_input(shortest, seconds).text);
}

int run(int argc, char** argv) {
  std::string input;
  std::string output;
  unsigned seconds = 10;
  CLI::App app("Shrinks inputs of the paging side (build/fuzz/bin/fuzz-paging).");
  app.require_subcommand(1);
  CLI::App* shrink =
      app.add_subcommand("shrink", "the shortest input with this key; prints its operations");
  shrink->add_option("FILE", input)->required();
  shrink->add_option("-o,--output", output, "where to write it")->required();
  shrink->add_option("--seconds", seconds, "a trial that takes longer hangs");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kFine : kUnusable;
  }
  shrink_file(input, output, seconds);
  return kFine;
}

}  // namespace

}  // namespace assay

int main(int argc, char** argv) {
  try {
    return assay::run(argc, argv);
  } catch (const assay::Unusable& error) {
    fmt::print(stderr, "assay-paging: {}\n", error.message);
  } catch (const std::exception& error) {
    fmt::print(stderr, "assay-paging: {}\n", error.what());
  }
  return assay::kUnusable;
}
