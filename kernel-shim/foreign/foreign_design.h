/// Somebody else's allocator as the kernel's design: the adapter and its code, linked into the
/// image.
///
/// Such code keeps its state in statics, so there is one of it; but the kernel lives on the frames
/// of one machine while the trial judges another. So all its data are exchanged whenever a call is
/// for the other machine than the call before.
#pragma once

#include <cstdint>
#include <span>

#include "impls/foreign/plugin.h"

namespace assay::kernel {

/// The kernel's machine is the one that is initialised first; there, a call that went wrong stops
/// the kernel with what the allocator said, and counts that it does not have are kept here. Every
/// later one is the trial's, which is told all (impls/foreign/plugin.h).
class ForeignDesign {
 public:
  /// Reads the adapter, before anything else here; stops the kernel if it cannot be used.
  static void load();

 private:
  static Contract loaded;

 public:
  static constexpr const Contract& contract = loaded;

  // The calls of a design (impls/allocator.h).
  [[nodiscard]] static std::uint64_t metadata_bytes(const MemoryMap& map);
  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata);
  void add_usable(Run run);
  [[nodiscard]] Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1});
  FreeResult free(Pfn first, FrameCount count);
  [[nodiscard]] FrameCount free_frames() const;
  [[nodiscard]] FrameCount used_frames() const;
  [[nodiscard]] FrameCount managed_frames() const;
  [[nodiscard]] FrameCount largest_free_run() const;
  [[nodiscard]] std::optional<Run> block_at(Pfn pfn) const;
  [[nodiscard]] const char* validate() const;
  [[nodiscard]] Mishap mishap() const;
  void expect_panic();
  [[nodiscard]] std::span<const Run> kept() const;

 private:
  enum class Machine : std::uint8_t { kernels, trials };

  [[nodiscard]] Plugin& plugin() const;
  template <class Call>
  auto in_kernel(Call call) const;
  static void switch_to(Machine machine);

  Machine machine_ = Machine::kernels;
  bool may_panic_ = false;  ///< the call that follows
  FrameCount used_;
  FrameCount managed_;
};

}  // namespace assay::kernel
