// Who asks for a heap is told that there is none.
#include "impls/plugin/stubs/test_stubs.h"

namespace assay {
namespace {

using HeapTest = StubsTest;

TEST_F(HeapTest, every_request_is_refused_by_name) {
  for (const char *name : {"malloc", "kmalloc", "kzalloc"}) {
    const auto allocate = stub<void *(std::size_t)>(name);
    EXPECT_EQ(stopped([&] { allocate(8); }).find(std::string(name) + " was called"), 0U) << name;
  }
  for (const char *name : {"calloc", "kcalloc"}) {
    const auto allocate = stub<void *(std::size_t, std::size_t)>(name);
    EXPECT_EQ(stopped([&] { allocate(8, 8); }).find(std::string(name) + " was called"), 0U) << name;
  }
  const auto reallocate = stub<void *(void *, std::size_t)>("realloc");
  EXPECT_EQ(stopped([&] { reallocate(nullptr, 8); }).find("realloc was called"), 0U);
}

TEST_F(HeapTest, only_nothing_can_be_freed) {
  for (const char *name : {"free", "kfree"}) {
    const auto free = stub<void(void *)>(name);
    EXPECT_EQ(stopped([&] { free(nullptr); }), "") << name;
    EXPECT_EQ(stopped([&] { free(ram.data()); }).find(std::string(name) + " was called"), 0U)
        << name;
  }
}

}  // namespace
}  // namespace assay
