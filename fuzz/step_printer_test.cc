// A replay shows who held which frame before and after each operation, also where the arena is
// wider than a terminal.
#include "fuzz/step_printer.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "oracle/host/registry.h"

namespace assay {
namespace {

/// What is printed of a trial.
std::string show(const char* design, const std::string& operations, std::uint32_t first = 1) {
  const auto sequence = parse_text("assay-ops 1\n" + operations);
  if (!sequence) return sequence.error();
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* out = open_memstream(&text, &size);
  HostMemory memory;
  (void)find_design(design)->run(memory, *sequence, kToTheEnd,
                                 StepPrinter(sequence->arena, out, first));
  std::fclose(out);
  std::string shown(text, size);
  std::free(text);
  return shown;
}

TEST(StepPrinterTest, before_and_after_stand_below_each_operation) {
  EXPECT_EQ(
      show("tag_bitmap", "base 3\nframes 8\nhole 5 2\na = alloc 2\nb = alloc 3\nfree a\nfree a\n"),
      "frames: . free, # reserved, Aaa a block that is called a\n"
      " start      3 |..##....|\n"
      "    1  a = alloc 2                  allocated\n"
      "before      3 |..##....|\n"
      " after      3 |Aa##....|\n"
      "    2  b = alloc 3                  allocated\n"
      "before      3 |Aa##....|\n"
      " after      3 |Aa##Bbb.|\n"
      "    3  free a                       freed\n"
      "before      3 |Aa##Bbb.|\n"
      " after      3 |..##Bbb.|\n"
      "    4  free a                       refused\n"
      "  same      3 |..##Bbb.|\n");
}

TEST(StepPrinterTest, the_operation_that_breaks_shows_what_was_before) {
  EXPECT_EQ(show("canary", "frames 4\na = alloc 2\nfree a+1\n"),
            "frames: . free, # reserved, Aaa a block that is called a\n"
            " start      0 |....|\n"
            "    1  a = alloc 2                  allocated\n"
            "before      0 |....|\n"
            " after      0 |Aa..|\n"
            "    2  free a+1                     BROKEN\n"
            "before      0 |Aa..|\n");
}

TEST(StepPrinterTest, steps_in_front_of_the_first_one_are_left_out) {
  EXPECT_EQ(show("tag_bitmap", "frames 8\na = alloc 2\nb = alloc 3\nfree a\nc = alloc 1\n", 4),
            "    3  operations are not shown\n"
            "frames: . free, # reserved, Aaa a block that is called a\n"
            " start      0 |..Bbb...|\n"
            "    4  c = alloc 1                  allocated\n"
            "before      0 |..Bbb...|\n"
            " after      0 |C.Bbb...|\n");
}

TEST(StepPrinterTest, a_step_that_breaks_is_shown_wherever_it_is) {
  EXPECT_EQ(show("canary", "frames 4\na = alloc 2\nfree a+1\n", 9),
            "    2  free a+1                     BROKEN\n"
            "before      0 |Aa..|\n");
}

TEST(StepPrinterTest, of_wide_arenas_the_rows_that_change_are_shown) {
  const std::string free(64, '.');
  const std::string shown = show(
      "canary", "frames 1000\na = alloc 60\nb = alloc 8\nc = alloc 500\nfree @999\nfree b+1\n");
  EXPECT_NE(shown.find("              … 16 rows; from here on those that change\n"
                       "    1  a = alloc 60                 allocated\n"
                       "before      0 |" +
                       free + "|\n after      0 |A" + std::string(59, 'a') +
                       "....|\n"
                       "    2  b = alloc 8                  allocated\n"
                       "before      0 |A" +
                       std::string(59, 'a') +
                       "....|\n"
                       " after      0 |A" +
                       std::string(59, 'a') +
                       "Bbbb|\n"
                       "before     64 |" +
                       free + "|\n after     64 |bbbb" + std::string(60, '.') + "|\n"),
            std::string::npos)
      << shown;
  EXPECT_NE(shown.find("              … and 4 more rows\n"
                       "    4  free @999                    refused\n"
                       "  same\n"
                       "    5  free b+1                     BROKEN\n"
                       "before      0 |A"),
            std::string::npos)
      << shown;
}

TEST(StepPrinterTest, arenas_too_large_for_pictures_have_none) {
  EXPECT_EQ(show("tag_bitmap", "frames 65537\na = alloc 2\n"),
            "    1  a = alloc 2                  allocated\n");
}

}  // namespace
}  // namespace assay
