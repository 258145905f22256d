/// A run of frames that the kernel uses for itself, given back when its scope ends.
#pragma once

#include <cstddef>
#include <span>

#include "kernel-shim/machine/exit.h"
#include "kernel-shim/memory/kernel_memory.h"

namespace assay::kernel {

class OwnedRun {
 public:
  OwnedRun() = default;
  OwnedRun(const OwnedRun&) = delete;
  OwnedRun& operator=(const OwnedRun&) = delete;
  ~OwnedRun() { release(); }

  /// Takes as many frames in a row as hold `bytes`. Returns: false if there is no such run.
  [[nodiscard]] bool allocate(std::uint64_t bytes) {
    const Run needed = frames_around({0, bytes});
    if (needed.count == FrameCount{0}) return true;
    if (needed.count > frames().free_frames()) return false;
    const Pfn first = frames().allocate(needed.count);
    if (first.is_none()) return false;
    run_ = {first, KernelDesign::contract.granted(needed.count)};
    return true;
  }

  /// The first `size` bytes. Requires: so many were asked for.
  [[nodiscard]] std::span<std::byte> bytes(std::uint64_t size) const {
    return {run_.first.is_none() ? nullptr : direct_map(run_.first),
            static_cast<std::size_t>(size)};
  }

 private:
  void release() {
    if (run_.first.is_none()) return;
    const FreeResult freed = frames().free(run_.first);
    if (!freed || *freed != run_.count) panic(Exit::panic, "the design refused the free of a run");
  }

  Run run_;
};

}  // namespace assay::kernel
