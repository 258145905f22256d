/// Files of workloads: what they say is what is made, and what is wrong with one is said in a line.
#include "bench/catalogue.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

namespace assay {
namespace {

namespace fs = std::filesystem;

class CatalogueFiles : public testing::Test {
 protected:
  void SetUp() override {
    const std::string test = testing::UnitTest::GetInstance()->current_test_info()->name();
    folder_ = fs::temp_directory_path() / ("assay-" + std::to_string(getpid()) + "-" + test);
    fs::create_directory(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(folder_ / name, std::ios::binary) << content;
    return folder_ / name;
  }

  /// A file with one workload, of which a part is replaced.
  [[nodiscard]] std::string file(const std::string& part = {}, const std::string& by = {}) const {
    std::string text = R"({"assay_workloads": 1, "about": "A.", "workloads": [
      {"name": "load", "version": 2, "seed": 5, "sets": ["mine"], "title": "T", "question": "Q?",
       "family": "churn", "parameters": {"occupancy_percent": 99.9}}]})";
    if (!part.empty()) text.replace(text.find(part), part.size(), by);
    return write("own.json", text);
  }

  /// Of the file with that change, without its path.
  [[nodiscard]] std::string error(const std::string& part, const std::string& by) const {
    Catalogue catalogue;
    const auto added = catalogue.add(file(part, by));
    EXPECT_TRUE(catalogue.entries().empty());
    if (added) return "none";
    EXPECT_EQ(std::ranges::count(added.error(), '\n'), 0);
    const std::string path = (folder_ / "own.json").string() + ": ";
    const std::size_t place = added.error().find(path);
    return place == std::string::npos ? added.error() : added.error().substr(path.size());
  }

  fs::path folder_;
};

TEST_F(CatalogueFiles, a_workload_is_what_its_file_says) {
  Catalogue catalogue;
  const auto added = catalogue.add(file());
  ASSERT_TRUE(added) << added.error();
  EXPECT_EQ(*added, std::vector<std::string>{"load"});
  EXPECT_EQ(catalogue.names_in("mine"), *added);
  const auto workload = catalogue.make("load", {1'000, 40, 0});
  ASSERT_TRUE(workload) << workload.error();
  EXPECT_EQ(workload->version, 2U);
  EXPECT_EQ(workload->seed, 5U);
  EXPECT_EQ(workload->title, "T");
  EXPECT_EQ(workload->question, "Q?");
  // 999 frames are taken, and each is replaced once, then twenty of them again.
  EXPECT_EQ(workload->first_measured, 3 * 999U);
  EXPECT_EQ(workload->sequence.operations.size(), 3 * 999U + 40U);
}

TEST_F(CatalogueFiles, each_bad_field_is_named_with_what_was_expected_there) {
  const std::string in = "workload 'load': ";
  EXPECT_EQ(error("99.9", "100.1"),
            in + "parameters: occupancy_percent: expected a number of percent from 0 to 100 with "
                 "at most one decimal, found 100.1");
  EXPECT_EQ(error("99.9", "0.25").substr(0, 46), in + "parameters: occupancy_percent");
  EXPECT_EQ(error(R"("occupancy_percent": 99.9)", ""),
            in + "parameters: occupancy_percent: the field is missing, expected a number of "
                 "percent from 0 to 100 with at most one decimal");
  EXPECT_EQ(error("99.9", R"(99.9, "longest": 3)"),
            in + "parameters: there is no field \"longest\"; known here: occupancy_percent");
  EXPECT_EQ(error(R"("version": 2)", R"("version": 0)"),
            in + "version: expected a whole number from 1 to 1000000, found 0");
  EXPECT_EQ(error(R"("seed": 5)", R"("seed": -5)"),
            in + "seed: expected a whole number from 0 to 4294967295, found -5");
  EXPECT_EQ(error(R"(["mine"])", R"("mine")"),
            in + "sets: expected a list of texts, found \"mine\"");
  EXPECT_EQ(error(R"("title": "T", )", ""),
            in + "title: the field is missing, expected a line of text");
  EXPECT_TRUE(
      error(R"("churn")", R"("chrun")").starts_with(in + "family: expected one of pairs, fill, "));
  EXPECT_EQ(error(R"("load")", R"("my load")"),
            "workloads[0]: name: expected up to 64 letters, digits and '_-.', without the ending "
            "of a file, found \"my load\"");
  EXPECT_EQ(error(R"("assay_workloads": 1)", R"("assay_workloads": 2)"),
            "assay_workloads: expected a whole number from 1 to 1, found 2");
}

TEST_F(CatalogueFiles, what_is_no_json_is_one_line_with_its_place) {
  EXPECT_TRUE(error("99.9", "99.9,,").starts_with("parse error at line 3, column "));
  EXPECT_TRUE(error(R"({"assay_workloads": 1)", "").starts_with("parse error at line 1, column "));
  Catalogue catalogue;
  EXPECT_FALSE(catalogue.add(write("list.json", "[1]")));
  EXPECT_FALSE(catalogue.add(write("empty.json", R"({"assay_workloads": 1, "workloads": []})")));
}

TEST_F(CatalogueFiles, a_name_stands_for_one_workload) {
  Catalogue catalogue;
  ASSERT_TRUE(catalogue.add(file()));
  const auto again = catalogue.add(write("load.opsb", ""));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error(), "there are two workloads 'load'; give one of them another name");
  EXPECT_EQ(catalogue.entries().size(), 1U);
}

TEST_F(CatalogueFiles, a_folder_without_files_and_a_set_that_nobody_is_in_are_errors) {
  EXPECT_EQ(Catalogue::load(folder_).error(),
            folder_.string() + ": expected files of workloads, NAME.json");
  EXPECT_EQ(Catalogue::load(folder_ / "none").error(),
            (folder_ / "none").string() + ": No such file or directory");
  static_cast<void>(file());
  const auto catalogue = Catalogue::load(folder_);
  ASSERT_TRUE(catalogue) << catalogue.error();
  EXPECT_EQ(catalogue->names_in("yours").error(),
            "there is no set 'yours' of workloads; known: mine");
}

}  // namespace
}  // namespace assay
