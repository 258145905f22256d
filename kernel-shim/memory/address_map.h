/// Virtual memory: which addresses are for what. 3 GiB are a process's, 1 GiB is the kernel's.
///
///     0x00000000 ┬ page 0: never mapped, so that a null pointer faults
///     0x00001000 ┼ an address space's own pages
///     0x40000000 ┼ in the kernel's own directory: what a trial works in (mapped_frames.h)
///     0xC0000000 ┼ direct map of low memory: physical p at 0xC0000000 + p; its last page, the one
///                │ in front of the heap, is never mapped
///     0xC1000000 ┼ kernel heap; it begins later where more memory is low
///     0xF8000000 ┼ a page that is never mapped, then temporary and device maps
///     0xFA000000 ┼ the allocator's table for low memory
///     0xFC000000 ┼ the allocator's table for high memory
///     0xFF800000 ┴ fixed maps, counted down from 0xFFFFF000
#pragma once

#include <cstddef>
#include <cstdint>

#include "impls/frame.h"

namespace assay::kernel {

inline constexpr std::uint32_t kUserBase = 0x0000'1000;
inline constexpr std::uint32_t kDirectMapBase = 0xC000'0000;
inline constexpr std::uint32_t kKernelHeapEnd = 0xF800'0000;
inline constexpr std::uint32_t kTemporaryBase = 0xF800'1000;
inline constexpr std::uint32_t kTemporaryEnd = 0xFA00'0000;
inline constexpr std::uint32_t kLowTableBase = 0xFA00'0000;
inline constexpr std::uint32_t kHighTableBase = 0xFC00'0000;
inline constexpr std::uint32_t kFixedBase = 0xFF80'0000;
inline constexpr std::uint32_t kFirstFixed = 0xFFFF'F000;

/// Low memory ends here unless the kernel is told otherwise (`low=`, in MiB), and never later than
/// there.
inline constexpr FrameCount kUsualLowFrames{16U << 8};
inline constexpr FrameCount kMostLowFrames{768U << 8};
static_assert(kDirectMapBase + bytes_of(kMostLowFrames) < kKernelHeapEnd);

/// Frame numbers have 20 bits without PAE: memory above 4 GiB is beyond reach.
inline constexpr FrameCount kReachableFrames{1U << 20};

/// Where the direct map has a frame.
[[nodiscard]] constexpr std::uint32_t direct_address(Pfn pfn) {
  return kDirectMapBase + pfn.value() * kFrameBytes;
}

/// The frame that an address of the direct map lies in.
[[nodiscard]] constexpr Pfn direct_frame(std::uint32_t address) {
  return Pfn{(address - kDirectMapBase) / kFrameBytes};
}

/// The bytes of a frame. Requires: the direct map has it.
[[nodiscard]] inline std::byte* direct_map(Pfn pfn) {
  return reinterpret_cast<std::byte*>(direct_address(pfn));
}

}  // namespace assay::kernel
