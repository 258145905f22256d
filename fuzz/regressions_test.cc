// A regression is worth keeping if it would be noticed: each file that names members of the zoo
// ("Kills NAME and NAME.") breaks each of them, and nothing breaks the designs.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>

#include "oracle/host/isolated.h"
#include "oracle/host/registry.h"

namespace assay {
namespace {

using std::filesystem::path;

std::vector<path> regressions() {
  std::vector<path> files;
  for (const auto& entry : std::filesystem::directory_iterator(ASSAY_REGRESSIONS)) {
    if (entry.path().extension() == ".ops") files.push_back(entry.path());
  }
  return files;
}

/// The members that a file says it kills; none in one that `./assay findings --fixed` wrote.
std::vector<std::string> victims_of(const path& file) {
  std::ifstream stream(file);
  const std::regex names("[a-z_]+");
  std::vector<std::string> victims;
  for (std::string line; std::getline(stream, line);) {
    if (!line.starts_with("# Kills ")) continue;
    const std::string said = line.substr(8);
    for (std::sregex_iterator name(said.begin(), said.end(), names), end; name != end; ++name) {
      if (name->str() != "and") victims.push_back(name->str());
    }
  }
  return victims;
}

/// In a process of its own: a sanitizer may end it.
Judgement judge(const DesignEntry& design, const path& file) {
  return judge_isolated(design.name, [&]() -> Verdict {
    HostMemory memory;
    return design.run(memory, load(file.string()).value()).verdict;
  });
}

TEST(RegressionsTest, each_breaks_whom_it_says) {
  std::size_t victims = 0;
  for (const path& file : regressions()) {
    for (const std::string& name : victims_of(file)) {
      const DesignEntry* member = find_design(name);
      ASSERT_TRUE(member != nullptr && member->in_zoo()) << file << ": " << name;
      EXPECT_FALSE(judge(*member, file).passed()) << file << ": " << name;
      ++victims;
    }
  }
  EXPECT_GE(victims, 20U);
}

TEST(RegressionsTest, no_design_breaks) {
  for (const path& file : regressions()) {
    for (const DesignEntry& design : all_designs()) {
      if (design.in_zoo()) continue;
      const Judgement judgement = judge(design, file);
      EXPECT_TRUE(judgement.passed()) << file << ": " << design.name << ": " << judgement.text;
    }
  }
}

}  // namespace
}  // namespace assay
