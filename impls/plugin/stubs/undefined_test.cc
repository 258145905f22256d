// What the compiler's checks call stops the machine, with what was done and where. That compiled
// code does call it, and with these data, shows the test plug-in signed_shift.
#include "impls/plugin/stubs/test_stubs.h"

namespace assay {
namespace {

using UndefinedTest = StubsTest;

struct Place {
  const char *file;
  std::uint32_t line;
  std::uint32_t column;
};

struct Access {
  Place place;
  const void *type;
  unsigned char log_alignment;
  unsigned char kind;
};

constexpr Place kPlace{"/somebody/kern/pmm.c", 12, 7};

TEST_F(UndefinedTest, says_what_and_where) {
  const auto shift = stub<void(const void *)>("__ubsan_handle_shift_out_of_bounds");
  EXPECT_EQ(stopped([&] { shift(&kPlace); }),
            "undefined behaviour: a shift by too many bits, or of a bit into the sign (pmm.c:12)");
}

TEST_F(UndefinedTest, tells_accesses_apart) {
  const auto mismatch = stub<void(const void *, std::uintptr_t)>("__ubsan_handle_type_mismatch_v1");
  const Access access{kPlace, nullptr, 3, 0};
  const auto said = [&](std::uintptr_t pointer) {
    return stopped([&] { mismatch(&access, pointer); });
  };
  EXPECT_NE(said(0).find("null pointer (pmm.c:12)"), std::string::npos);
  EXPECT_NE(said(4).find("a misaligned access"), std::string::npos);
  EXPECT_NE(said(8).find("beyond its object"), std::string::npos);
}

TEST_F(UndefinedTest, a_return_says_its_own_place) {
  const auto returned = stub<void(const void *, const void *)>("__ubsan_handle_nonnull_return_v1");
  EXPECT_NE(stopped([&] { returned(nullptr, &kPlace); }).find("(pmm.c:12)"), std::string::npos);
}

}  // namespace
}  // namespace assay
