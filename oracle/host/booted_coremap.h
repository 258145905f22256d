/// A coremap that came up as in a kernel: frames were stolen, then its table was placed by hand,
/// then the rest of memory was added. A trial of it is a trial of that whole way.
///
///     RAM   | kernel | stolen … | table | the trial's arena: free … | later | later |
///           ^ bottom_                   ^ low_end_ is the arena's base
///
/// The memory in front of the arena is the trial's metadata; how much is stolen in which steps is
/// drawn from the arena alone. Where the arena's base leaves no room in front of it, the machine's
/// frame numbers are the trial's plus kShift. What goes wrong on the way is said by `validate`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "impls/coremap/boot_ram.h"

namespace assay {

class BootedCoremap {
 public:
  static constexpr Contract contract{.max_frames = FrameCount{1U << 26}};

  [[nodiscard]] static std::uint64_t metadata_bytes(const MemoryMap& map);

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata);
  void add_usable(Run run) { coremap_.add_usable({machine(run.first), run.count}); }

  [[nodiscard]] Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1});
  FreeResult free(Pfn first);

  [[nodiscard]] FrameCount free_frames() const { return coremap_.free_frames(); }
  [[nodiscard]] FrameCount used_frames() const { return coremap_.used_frames(); }
  [[nodiscard]] FrameCount managed_frames() const { return coremap_.managed_frames(); }
  [[nodiscard]] FrameCount largest_free_run() const { return coremap_.largest_free_run(); }
  [[nodiscard]] std::optional<Run> block_at(Pfn pfn) const;
  [[nodiscard]] const char* validate() const;

 private:
  static constexpr std::uint32_t kShift = 1U << 27;
  static constexpr std::uint32_t kMaxSteals = 4;

  /// What lies in front of the arena, in frames.
  struct Low {
    std::uint32_t kernel = 0;
    std::array<std::uint32_t, kMaxSteals> steals{};
    std::uint32_t steal_count = 0;
    std::uint32_t stolen = 0;
    std::uint32_t table = 0;

    [[nodiscard]] std::uint32_t frames() const { return kernel + stolen + table; }
  };

  [[nodiscard]] static Low low_of(const MemoryMap& map);

  [[nodiscard]] Pfn machine(Pfn pfn) const { return pfn + shift_; }
  [[nodiscard]] bool is_low(Pfn at) const { return at >= bottom_ && at < low_end_; }
  void steal_all(BootRam& ram, const Low& low);
  void come_up(BootRam& ram, const MemoryMap& map);
  void refuse_frees_below();
  [[nodiscard]] std::uint64_t mark_in(Pfn at) const;
  void complain(const char* words) { broken_ = words; }

  Coremap coremap_;
  FrameWindow direct_map_;
  FrameCount shift_;
  Pfn bottom_;
  Pfn stolen_end_;  ///< the kernel's and the stolen frames hold marks
  Pfn low_end_;
  const char* broken_ = nullptr;
};

// clang-format off
/// For the build and the registry: its name as a fuzz target, and where a design is named.
#define ASSAY_BOOTED(DESIGN) \
  DESIGN(booted_coremap, BootedCoremap)
// clang-format on

}  // namespace assay
