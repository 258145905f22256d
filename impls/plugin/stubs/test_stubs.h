// The stubs as a plug-in has them, and somebody who runs it.
#pragma once

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <link.h>
#include <setjmp.h>

#include <array>
#include <span>
#include <string>
#include <vector>

#include "impls/plugin/stubs/box.h"

namespace assay {

/// Loads the stubs anew for each test, so that each finds a machine that has just started: eight
/// frames from number 16 on, of which all but the first and the last are usable.
class StubsTest : public testing::Test {
 protected:
  static constexpr std::uint32_t kBase = 16;
  static constexpr std::uint32_t kFrames = 8;
  static constexpr std::size_t kFrameBytes = ASSAY_FRAME_BYTES;

  void SetUp() override {
    object_ = dlopen(ASSAY_STUBS, RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(object_, nullptr) << dlerror();
    box = static_cast<struct assay_box *>(dlsym(object_, "assay_box"));
    ASSERT_NE(box, nullptr);
    box->machine = {.base = kBase,
                    .frames = kFrames,
                    .ram = ram.data(),
                    .usable = &usable,
                    .usable_count = 1,
                    .metadata = nullptr,
                    .metadata_bytes = 0};
    box->services = &kServices;
    box->steps_left = 1000;
    now_ = this;
  }
  void TearDown() override {
    if (object_ != nullptr) dlclose(object_);
  }

  /// A stub by its name: stub<int(int)>("putchar").
  template <class Function>
  Function *stub(const char *name) {
    void *found = dlsym(object_, name);
    EXPECT_NE(found, nullptr) << name;
    return reinterpret_cast<Function *>(found);
  }

  /// Why the machine stopped while `call` ran; empty if it went on.
  template <class Call>
  std::string stopped(Call call) {
    stopped_.clear();
    if (setjmp(before_) == 0) call();
    return stopped_;
  }

  /// All that the stubs may write to, as it is now.
  std::vector<unsigned char> data() const {
    std::vector<unsigned char> bytes;
    Dl_info object{};
    EXPECT_NE(dladdr(box, &object), 0);
    const auto *base = static_cast<const unsigned char *>(object.dli_fbase);
    const auto *header = static_cast<const ElfW(Ehdr) *>(object.dli_fbase);
    const auto *parts = reinterpret_cast<const ElfW(Phdr) *>(base + header->e_phoff);
    for (const auto &part : std::span(parts, header->e_phnum)) {
      if (part.p_type != PT_LOAD || (part.p_flags & PF_W) == 0) continue;
      append_unwatched(bytes, {base + part.p_vaddr, part.p_memsz});
    }
    return bytes;
  }

  alignas(16) std::array<unsigned char, kFrames * kFrameBytes> ram{};
  assay_run usable{kBase + 1, kFrames - 2};
  struct assay_box *box = nullptr;
  std::vector<assay_run> kept;
  int times_out_of_steps = 0;

 private:
  /// There are redzones of AddressSanitizer among the data.
  [[gnu::no_sanitize_address]] static void append_unwatched(std::vector<unsigned char> &bytes,
                                                            std::span<const unsigned char> more) {
    const volatile unsigned char *from = more.data();
    for (std::size_t i = 0; i < more.size(); ++i) {
      const unsigned char byte = from[i];
      bytes.push_back(byte);
    }
  }

  inline static StubsTest *now_ = nullptr;

  static void stop(const char *how, const char *message) {
    now_->stopped_ = std::string(how) + message;
    longjmp(now_->before_, 1);
  }
  static void panicked(const char *message) { stop("", message); }
  static void locked_twice(const char *message) { stop("twice: ", message); }
  static void out_of_steps() { ++now_->times_out_of_steps; }
  static void keep(assay_run run) { now_->kept.push_back(run); }
  static constexpr assay_services kServices = {panicked, locked_twice, out_of_steps, keep, nullptr};

  void *object_ = nullptr;
  jmp_buf before_{};
  std::string stopped_;
};

}  // namespace assay
