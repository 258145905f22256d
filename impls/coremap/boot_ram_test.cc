// Frames are stolen in a row until the size is asked for; then the table stands behind them.
#include "impls/coremap/boot_ram.h"

#include <gtest/gtest.h>

#include "impls/test_arena.h"

namespace assay {
namespace {

TEST(BootRamTest, steals_frames_in_a_row_up_to_the_top) {
  BootRam ram(Pfn{3}, Pfn{8});
  EXPECT_EQ(ram.steal(FrameCount{1}), Pfn{3});
  EXPECT_EQ(ram.steal(FrameCount{2}), Pfn{4});
  EXPECT_TRUE(ram.steal(FrameCount{3}).is_none()) << "two are left";
  EXPECT_TRUE(ram.steal(FrameCount{0}).is_none());
  EXPECT_TRUE(ram.steal(FrameCount{0xFFFF'FFFF}).is_none());
  EXPECT_EQ(ram.steal(FrameCount{2}), Pfn{6});
  EXPECT_TRUE(ram.steal(FrameCount{1}).is_none());
  EXPECT_EQ(ram.get_size(), run_of(8, 0));
}

TEST(BootRamTest, asking_for_the_size_ends_stealing) {
  BootRam ram(Pfn{3}, Pfn{8});
  EXPECT_EQ(ram.steal(FrameCount{2}), Pfn{3});
  EXPECT_EQ(ram.get_size(), run_of(5, 3));
  EXPECT_TRUE(ram.steal(FrameCount{1}).is_none());
  EXPECT_EQ(ram.get_size(), run_of(5, 3)) << "and nothing has changed";
}

/// A machine of 600 frames from frame 0, of which the first `top` are known at once.
class Machine {
 public:
  static constexpr std::uint32_t kFrames = 600;  // a table of 9,600 bytes: three frames

  [[nodiscard]] std::optional<Run> come_up(BootRam& ram) {
    return bootstrap(coremap, ram, run_of(0, kFrames), FrameWindow(memory_.data(), Pfn{0}));
  }

  Coremap coremap;

 private:
  std::vector<std::byte> memory_ =
      std::vector<std::byte>(std::size_t{kFrames} * kFrameBytes, std::byte{0xA5});
};

TEST(BootstrapTest, the_table_stands_behind_what_was_stolen_and_all_below_is_fixed) {
  Machine machine;
  BootRam ram(Pfn{2}, Pfn{500});
  EXPECT_EQ(ram.steal(FrameCount{4}), Pfn{2});
  ASSERT_EQ(machine.come_up(ram), run_of(9, 491));
  const CoremapTotals totals{.ram_size = FrameCount{600},
                             .managed = FrameCount{491},
                             .first_free = Pfn{9},
                             .frames = FrameCount{600},
                             .free = FrameCount{491}};
  EXPECT_EQ(machine.coremap.totals(), totals);
  EXPECT_TRUE(ram.steal(FrameCount{1}).is_none());
  for (std::uint32_t pfn = 0; pfn < 600; ++pfn) {
    if (pfn >= 9 && pfn < 500) continue;
    EXPECT_EQ(machine.coremap.free(Pfn{pfn}).error(), Misuse::reserved) << pfn;
    EXPECT_EQ(machine.coremap.entry(Pfn{pfn}).state, FrameState::fixed) << pfn;
  }
  EXPECT_EQ(machine.coremap.totals(), totals);
  EXPECT_EQ(machine.coremap.allocate(FrameCount{1}), Pfn{9});
  machine.coremap.add_usable(run_of(500, 100));
  EXPECT_EQ(machine.coremap.managed_frames(), FrameCount{591});
  EXPECT_EQ(machine.coremap.validate(), nullptr);
}

TEST(BootstrapTest, a_table_that_fits_exactly_leaves_nothing_and_a_larger_one_is_refused) {
  Machine exact;
  BootRam three(Pfn{2}, Pfn{5});
  EXPECT_EQ(exact.come_up(three), run_of(5, 0));
  EXPECT_EQ(exact.coremap.managed_frames(), FrameCount{0});
  EXPECT_TRUE(exact.coremap.allocate(FrameCount{1}).is_none());

  Machine none;
  BootRam two(Pfn{2}, Pfn{4});
  EXPECT_EQ(none.come_up(two), std::nullopt);
  EXPECT_EQ(none.coremap.totals().frames, FrameCount{0}) << "untouched";
}

}  // namespace
}  // namespace assay
