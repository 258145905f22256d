// What the machine tells an adapter, and that it stops with the message it was given.
#include <bit>

#include "impls/plugin/stubs/test_stubs.h"

namespace assay {
namespace {

class MachineTest : public StubsTest {
 protected:
  void *address_of(std::uint32_t frame) {
    return stub<void *(std::uint32_t)>("assay_address")(frame);
  }
  std::uint32_t frame_at(const void *address) {
    return stub<std::uint32_t(const void *)>("assay_frame")(address);
  }
};

TEST_F(MachineTest, frames_and_addresses_belong_together) {
  EXPECT_EQ(stub<const assay_map *()>("assay_machine")(), &box->machine);
  for (std::uint32_t i = 0; i < kFrames; ++i) {
    EXPECT_EQ(address_of(kBase + i), ram.data() + i * kFrameBytes);
    EXPECT_EQ(frame_at(ram.data() + i * kFrameBytes), kBase + i);
  }
  EXPECT_EQ(frame_at(nullptr), ASSAY_NONE);
}

TEST_F(MachineTest, frames_outside_the_arena_have_addresses_outside) {
  const auto start = reinterpret_cast<std::uintptr_t>(ram.data());
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(address_of(kBase - 1)), start - kFrameBytes);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(address_of(kBase + kFrames)),
            start + kFrames * kFrameBytes);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(address_of(0xFFFF'FFFE)),
            start + (0xFFFF'FFFEULL - kBase) * kFrameBytes);
  box->machine.ram = std::bit_cast<unsigned char *>(kFrameBytes);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(address_of(0)), UINTPTR_MAX - 0xFFF)
      << "there is nothing as far below it";
}

TEST_F(MachineTest, an_address_that_starts_no_frame_of_the_arena_stops_the_machine) {
  const auto after = [&](std::ptrdiff_t bytes) {
    return stopped([&] {
      frame_at(std::bit_cast<void *>(reinterpret_cast<std::uintptr_t>(ram.data()) + bytes));
    });
  };
  for (const std::ptrdiff_t bytes : {-4096, -1, 32768, 36864}) {
    EXPECT_NE(after(bytes).find("outside the arena"), std::string::npos) << bytes;
    EXPECT_NE(after(bytes).find("or the adapter is at fault"), std::string::npos) << bytes;
  }
  EXPECT_NE(after(8200).find("inside frame 18"), std::string::npos) << after(8200);
  EXPECT_NE(after(32767).find("inside frame 23"), std::string::npos);
  EXPECT_EQ(after(28672), "");
}

TEST_F(MachineTest, kept_frames_are_passed_on) {
  stub<void(std::uint32_t, std::uint32_t)>("assay_keep")(17, 3);
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].first, 17U);
  EXPECT_EQ(kept[0].count, 3U);
}

TEST_F(MachineTest, a_panic_stops_with_its_message_as_one_line) {
  const auto panic = stub<void(const char *, ...)>("assay_panic");
  EXPECT_EQ(stopped([&] { panic("frame %d of %s is bad \n\n", 7, "RAM"); }),
            "frame 7 of RAM is bad");
  EXPECT_STREQ(box->message, "frame 7 of RAM is bad");
  const std::string endless(1000, 'x');
  EXPECT_EQ(stopped([&] { panic("%s", endless.c_str()); }),
            std::string(sizeof box->message - 1, 'x'));
  EXPECT_EQ(stopped([&] { panic(""); }), "");
}

TEST_F(MachineTest, steps_are_counted_down_and_their_end_is_said_once) {
  const auto step = stub<void()>("__sanitizer_cov_trace_pc");
  box->steps_left = 2;
  step();
  step();
  EXPECT_EQ(box->steps_left, 0U);
  EXPECT_EQ(times_out_of_steps, 0);
  step();
  step();
  EXPECT_EQ(times_out_of_steps, 1);
}

}  // namespace
}  // namespace assay
