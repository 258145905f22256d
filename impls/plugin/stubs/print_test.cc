// Text is formatted as the system's snprintf does it, and printing goes nowhere.
#include "impls/plugin/stubs/test_stubs.h"

#include <climits>
#include <cstdarg>
#include <cstdint>
#include <cstdio>

namespace assay {
namespace {

// The compiler is not to say that "%.2s" cuts or that "% d" is odd: that is what is tested.
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat-truncation"

using Snprintf = int(char *, std::size_t, const char *, ...);

class PrintTest : public StubsTest {
 protected:
  template <class... Arguments>
  void expect_as_system(const char *format, Arguments... arguments) {
    for (const std::size_t room : {0U, 1U, 5U, 100U}) {
      std::array<char, 100> expected{};
      std::array<char, 100> found{};
      const int length = std::snprintf(expected.data(), room, format, arguments...);
      EXPECT_EQ(stub<Snprintf>("snprintf")(found.data(), room, format, arguments...), length)
          << format << " in " << room;
      EXPECT_EQ(std::string(found.data(), 100), std::string(expected.data(), 100))
          << format << " in " << room;
    }
  }
};

TEST_F(PrintTest, numbers_of_every_length) {
  for (const int number : {0, 1, -1, 9, 10, 4096, INT_MAX, INT_MIN}) {
    for (const char *format :
         {"%d",    "%i",     "%u",    "%x",    "%X",    "%o",   "%hd",     "%hhu",  "%hhd",
          "%#x",   "%+d",    "% d",   "%5d|",  "%-5d|", "%05d", "%.3d",    "%8.3d", "%-08d|",
          "%#10x", "%#010x", "%+05d", "%12u|", "%08x",  "%.0d", "%08.3d|", "%hu"}) {
      expect_as_system(format, number);
    }
  }
  for (const long long number : {0LL, -1LL, 10LL, 99'999'999'999LL, LLONG_MAX, LLONG_MIN}) {
    for (const char *format : {"%lld", "%llu", "%llx", "%ld", "%lu", "%lx", "%zu", "%zx", "%td",
                               "%jd", "%ju", "%20lld|", "%020llx", "%-20lu|", "%llo"}) {
      expect_as_system(format, number);
    }
  }
}

TEST_F(PrintTest, texts_characters_and_addresses) {
  for (const char *format : {"%s", "%10s|", "%-10s|", "%.2s", "%10.2s|", "%.9s", "%.0s|"}) {
    expect_as_system(format, "page");
    expect_as_system(format, "");
  }
  expect_as_system("%c%3c|%-3c|", 'a', 'b', 'c');
  expect_as_system("%p", static_cast<void *>(ram.data()));
  expect_as_system("%*d|%-*d|%*d", 6, 42, 6, 42, -6, 42);
  expect_as_system("%.*s", 2, "page");
  expect_as_system("page %d of %u: %s, 100%%\n", 3, 8U, "bad");
  expect_as_system("%d %lld %d %s %lu %c %d", 1, 2LL, 3, "x", 4UL, 'c', 5);
}

TEST_F(PrintTest, what_is_not_known_stands_as_it_is) {
  const auto format = [&](const char *text, auto... arguments) {
    std::array<char, 100> to{};
    stub<Snprintf>("snprintf")(to.data(), to.size(), text, arguments...);
    return std::string(to.data());
  };
  EXPECT_EQ(format("100%"), "100%");
  EXPECT_EQ(format("50%y"), "50%y");
  EXPECT_EQ(format("%5"), "%5");
  EXPECT_EQ(format("%s", static_cast<const char *>(nullptr)), "(null)");
}

int format_list(int (*print)(char *, std::size_t, const char *, va_list), char *to,
                std::size_t room, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int length = print(to, room, format, arguments);
  va_end(arguments);
  return length;
}

TEST_F(PrintTest, the_others_that_make_text_make_the_same) {
  std::array<char, 100> to{};
  EXPECT_EQ(stub<int(char *, const char *, ...)>("sprintf")(to.data(), "%d pages", 7), 7);
  EXPECT_STREQ(to.data(), "7 pages");
  const auto list = stub<int(char *, std::size_t, const char *, va_list)>("vsnprintf");
  EXPECT_EQ(format_list(list, to.data(), 4, "%d%s", 12, "345"), 5);
  EXPECT_STREQ(to.data(), "123");
}

TEST_F(PrintTest, printing_goes_nowhere) {
  testing::internal::CaptureStdout();
  for (const char *name : {"printf",          "kprintf",        "cprintf",
                           "dprintf",         "printk",         "_printk",
                           "vprintf",         "vkprintf",       "vcprintf",
                           "vprintk",         "puts",           "kputs",
                           "cputs",           "print",          "kprint",
                           "debugf",          "klog",           "klog_debug",
                           "klog_info",       "klog_warn",      "klog_error",
                           "log_debug",       "log_info",       "log_warn",
                           "log_error",       "console_write",  "console_puts",
                           "console_printf",  "terminal_write", "terminal_writestring",
                           "terminal_printf", "serial_write",   "serial_puts",
                           "serial_printf",   "uart_puts",      "vga_puts"}) {
    EXPECT_EQ(stub<int(const char *, ...)>(name)("%s", "text"), 0) << name;
  }
  for (const char *name : {"putchar", "kputchar", "cputchar", "putch", "kputc", "consputc",
                           "console_putc", "terminal_putchar", "serial_putc", "uart_putc"}) {
    EXPECT_EQ(stub<int(int)>(name)('x'), 'x') << name;
  }
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

}  // namespace
}  // namespace assay
