// Each way to stop says what it knows: the expression, the file and the line.
#include "impls/plugin/stubs/test_stubs.h"

namespace assay {
namespace {

using PanicTest = StubsTest;

TEST_F(PanicTest, panics_are_formatted) {
  for (const char *name : {"panic", "kpanic", "kernel_panic", "fatal", "die"}) {
    const auto panic = stub<void(const char *, ...)>(name);
    EXPECT_EQ(stopped([&] { panic("kfree"); }), "kfree") << name;
    EXPECT_EQ(stopped([&] { panic("page %lx\n", 0xABCDEF0123UL); }), "page abcdef0123") << name;
  }
}

TEST_F(PanicTest, panics_with_a_place_say_it_behind_the_text) {
  for (const char *name : {"_panic", "__panic"}) {
    const auto panic = stub<void(const char *, int, const char *, ...)>(name);
    EXPECT_EQ(stopped([&] { panic("kern/pmap.c", 12, "no page %d", 3); }), "no page 3 (pmap.c:12)");
  }
  for (const char *name : {"debug_panic", "dbg_panic"}) {
    const auto panic = stub<void(const char *, int, const char *, const char *, ...)>(name);
    EXPECT_EQ(stopped([&] { panic("../palloc.c", 9, "palloc_free", "bad %s", "page"); }),
              "bad page (palloc.c:9, palloc_free)");
  }
}

TEST_F(PanicTest, failed_assertions_say_what_failed_where) {
  const auto badassert = stub<void(const char *, const char *, int, const char *)>("badassert");
  EXPECT_EQ(stopped([&] { badassert("n > 0", "../../vm/coremap.c", 31, "free_kpages"); }),
            "assertion failed: n > 0 (coremap.c:31, free_kpages)");
  const auto glibc =
      stub<void(const char *, const char *, unsigned, const char *)>("__assert_fail");
  EXPECT_EQ(stopped([&] { glibc("n > 0", "a.c", 31, nullptr); }),
            "assertion failed: n > 0 (a.c:31)");
  const auto newlib = stub<void(const char *, int, const char *, const char *)>("__assert_func");
  EXPECT_EQ(stopped([&] { newlib("a.c", 31, "f", "n > 0"); }),
            "assertion failed: n > 0 (a.c:31, f)");
  const auto tutorial = stub<void(const char *, std::uint32_t, const char *)>("panic_assert");
  EXPECT_EQ(stopped([&] { tutorial("a.c", 31, "n > 0"); }), "assertion failed: n > 0 (a.c:31)");
  const auto plain = stub<void(const char *, const char *, int)>("assertion_failed");
  EXPECT_EQ(stopped([&] { plain("n > 0", "a.c", 31); }), "assertion failed: n > 0 (a.c:31)");
}

TEST_F(PanicTest, the_line_is_told_from_the_text_in_either_order) {
  const auto fail = stub<void(const char *, std::uintptr_t, std::uintptr_t)>("__assert");
  const auto address = [](const char *text) { return reinterpret_cast<std::uintptr_t>(text); };
  EXPECT_EQ(stopped([&] { fail("n > 0", address("a.c"), 31); }),
            "assertion failed: n > 0 (a.c:31)");
  EXPECT_EQ(stopped([&] { fail("a.c", 31, address("n > 0")); }),
            "assertion failed: n > 0 (a.c:31)");
}

TEST_F(PanicTest, the_others_say_their_name) {
  for (const char *name : {"BUG", "abort", "halt", "__stack_chk_fail"}) {
    EXPECT_NE(stopped(stub<void()>(name)).find(name), std::string::npos) << name;
  }
}

TEST_F(PanicTest, a_warning_goes_on) {
  for (const char *name : {"_warn", "__warn"}) {
    const auto warn = stub<void(const char *, int, const char *, ...)>(name);
    EXPECT_EQ(stopped([&] { warn("a.c", 1, "x"); }), "") << name;
  }
}

}  // namespace
}  // namespace assay
