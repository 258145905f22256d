// A known bug is masked and counted, and its 1st, 2nd, 4th, … hit kept.
#include "fuzz/known_bugs.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>

#include "oracle/host/file.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

constexpr std::uint8_t kInput[] = {1, 2, 3};

class KnownBugsTest : public testing::Test {
 protected:
  KnownBugsTest() : folder_(fs::path(testing::TempDir()) / "known_bugs") {
    fs::remove_all(folder_);
    fs::create_directory(folder_);
  }
  ~KnownBugsTest() override { fs::remove_all(folder_); }

  [[nodiscard]] std::vector<std::string> kept() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_))
      names.push_back(entry.path().filename());
    std::ranges::sort(names);
    return names;
  }

  fs::path folder_;
};

TEST_F(KnownBugsTest, who_knows_nothing_masks_nothing) {
  KnownBugs none;
  EXPECT_FALSE(none.masks("canary-C5-free-released", kInput));
  EXPECT_TRUE(none.hits().empty());
}

TEST_F(KnownBugsTest, only_the_known_key_is_masked_and_every_power_of_two_is_kept) {
  auto known = KnownBugs::parse(R"({"a-C4": 0, "b-C4": 0})", folder_);
  ASSERT_TRUE(known) << known.error();
  EXPECT_FALSE(known->masks("a-C5", kInput));
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(known->masks("a-C4", kInput));
  EXPECT_EQ(known->hits().dump(), R"({"a-C4":9})");
  EXPECT_EQ(kept(),
            (std::vector<std::string>{"a-C4@1.opsb", "a-C4@2.opsb", "a-C4@4.opsb", "a-C4@8.opsb"}));
  EXPECT_EQ(read_file(folder_ / "a-C4@8.opsb").value(), std::string("\1\2\3"));
}

TEST_F(KnownBugsTest, hits_of_earlier_processes_count) {
  auto known = KnownBugs::parse(R"({"a": 6})", folder_);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(known->masks("a", kInput));
  EXPECT_EQ(known->hits().dump(), R"({"a":3})");
  EXPECT_EQ(kept(), std::vector<std::string>{"a@8.opsb"});
}

TEST_F(KnownBugsTest, what_is_no_list_of_bugs_is_refused) {
  EXPECT_EQ(KnownBugs::parse("[1]", "").error(), "no JSON object of known bugs");
  EXPECT_EQ(KnownBugs::parse("{", "").error(), "no JSON object of known bugs");
  EXPECT_EQ(KnownBugs::parse(R"({"a": -1})", "").error(), "a: no count");
}

TEST_F(KnownBugsTest, a_full_or_missing_folder_loses_no_count) {
  auto known = KnownBugs::parse(R"({"a": 0})", folder_ / "missing");
  EXPECT_TRUE(known->masks("a", kInput));
  EXPECT_EQ(known->hits().dump(), R"({"a":1})");
}

TEST_F(KnownBugsTest, the_environment_says_where_they_are) {
  const std::string list = folder_ / "known.json";
  ASSERT_EQ(write_file(list, R"({"a": 0})"), "");
  setenv("ASSAY_KNOWN", list.c_str(), 1);
  setenv("ASSAY_MASKED", folder_.c_str(), 1);
  EXPECT_TRUE(KnownBugs::from_environment().masks("a", kInput));
  EXPECT_EQ(kept(), (std::vector<std::string>{"a@1.opsb", "known.json"}));
  setenv("ASSAY_KNOWN", (folder_ / "missing.json").c_str(), 1);
  EXPECT_EXIT(static_cast<void>(KnownBugs::from_environment()), testing::ExitedWithCode(2),
              "ASSAY_KNOWN: .*missing.json");
  unsetenv("ASSAY_KNOWN");
  unsetenv("ASSAY_MASKED");
}

}  // namespace
}  // namespace assay
