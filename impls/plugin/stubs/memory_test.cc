// memset and its kin do what their names promise, at every length and offset that loops could miss.
#include "impls/plugin/stubs/test_stubs.h"

#include <cstring>

namespace assay {
namespace {

using MemoryTest = StubsTest;
using Bytes = std::array<unsigned char, 200>;

Bytes counted() {
  Bytes bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(i + 1);
  return bytes;
}

TEST_F(MemoryTest, filling_writes_what_it_should_and_no_more) {
  const auto set = stub<void *(void *, int, std::size_t)>("memset");
  const auto zero = stub<void(void *, std::size_t)>("bzero");
  for (std::size_t start = 0; start < 9; ++start) {
    for (std::size_t count = 0; count < 100; ++count) {
      Bytes expected = counted();
      std::memset(&expected[start], 0xAB, count);
      Bytes found = counted();
      EXPECT_EQ(set(&found[start], 0x1AB, count), &found[start]);
      ASSERT_EQ(found, expected) << start << ' ' << count;
      std::memset(&expected[start], 0, count);
      zero(&found[start], count);
      ASSERT_EQ(found, expected) << start << ' ' << count;
    }
  }
}

TEST_F(MemoryTest, copies_may_overlap_either_way) {
  const auto move = stub<void *(void *, const void *, std::size_t)>("memmove");
  const auto copy = stub<void *(void *, const void *, std::size_t)>("memcpy");
  const auto swapped = stub<void(const void *, void *, std::size_t)>("bcopy");
  for (std::size_t to = 30; to < 70; ++to) {
    for (std::size_t count = 0; count < 100; ++count) {
      Bytes expected = counted();
      std::memmove(&expected[to], &expected[50], count);
      Bytes found = counted();
      EXPECT_EQ(move(&found[to], &found[50], count), &found[to]);
      ASSERT_EQ(found, expected) << to << ' ' << count;
      found = counted();
      EXPECT_EQ(copy(&found[to], &found[50], count), &found[to]);
      ASSERT_EQ(found, expected) << to << ' ' << count;
      found = counted();
      swapped(&found[50], &found[to], count);
      ASSERT_EQ(found, expected) << to << ' ' << count;
    }
  }
}

TEST_F(MemoryTest, bytes_are_compared_as_unsigned) {
  for (const char *name : {"memcmp", "bcmp"}) {
    const auto compare = stub<int(const void *, const void *, std::size_t)>(name);
    EXPECT_EQ(compare("ab", "ac", 1), 0);
    EXPECT_LT(compare("ab", "ac", 2), 0);
    EXPECT_GT(compare("\xFF", "\x01", 1), 0);
    EXPECT_EQ(compare("a\0b", "a\0b", 3), 0);
    EXPECT_NE(compare("a\0b", "a\0c", 3), 0);
  }
}

TEST_F(MemoryTest, texts_are_compared_to_their_end) {
  const auto compare = stub<int(const char *, const char *)>("strcmp");
  EXPECT_EQ(compare("page", "page"), 0);
  EXPECT_LT(compare("pag", "page"), 0);
  EXPECT_GT(compare("page", "pag"), 0);
  EXPECT_GT(compare("\xFF", "\x01"), 0);
  const auto compare_some = stub<int(const char *, const char *, std::size_t)>("strncmp");
  EXPECT_EQ(compare_some("page", "pagx", 3), 0);
  EXPECT_LT(compare_some("page", "pagx", 4), 0);
  EXPECT_EQ(compare_some("a\0b", "a\0c", 3), 0);
}

TEST_F(MemoryTest, texts_have_lengths_and_are_found) {
  EXPECT_EQ(stub<std::size_t(const char *)>("strlen")("page"), 4U);
  EXPECT_EQ(stub<std::size_t(const char *)>("strlen")(""), 0U);
  const auto length = stub<std::size_t(const char *, std::size_t)>("strnlen");
  EXPECT_EQ(length("page", 3), 3U);
  EXPECT_EQ(length("page", 9), 4U);
  const char *text = "page";
  const auto find = stub<char *(const char *, int)>("strchr");
  EXPECT_EQ(find(text, 'g'), text + 2);
  EXPECT_EQ(find(text, '\0'), text + 4);
  EXPECT_EQ(find(text, 'x'), nullptr);
  const auto find_byte = stub<void *(const void *, int, std::size_t)>("memchr");
  EXPECT_EQ(find_byte(text, 'g', 3), text + 2);
  EXPECT_EQ(find_byte(text, 'g', 2), nullptr);
}

TEST_F(MemoryTest, texts_are_copied_with_their_end) {
  std::array<char, 8> to{};
  to.fill('#');
  EXPECT_EQ(stub<char *(char *, const char *)>("strcpy")(to.data(), "page"), to.data());
  EXPECT_EQ(std::string(to.data(), 6), std::string("page\0#", 6));
  to.fill('#');
  const auto copy = stub<char *(char *, const char *, std::size_t)>("strncpy");
  EXPECT_EQ(copy(to.data(), "page", 7), to.data());
  EXPECT_EQ(std::string(to.data(), 8), std::string("page\0\0\0#", 8));
  to.fill('#');
  copy(to.data(), "page", 2);
  EXPECT_EQ(std::string(to.data(), 3), "pa#");
}

}  // namespace
}  // namespace assay
