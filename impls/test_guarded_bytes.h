/// For tests: memory that ends where nothing is mapped, so that who goes beyond it crashes.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstring>
#include <new>
#include <span>

#include "impls/frame.h"

namespace assay {

class GuardedBytes {
 public:
  /// An alignment leaves a gap in front of the end unless the size is a multiple of it.
  explicit GuardedBytes(std::size_t size, std::size_t alignment = 1)
      : pages_(size / kFrameBytes + 2), size_((size + alignment - 1) / alignment * alignment) {
    void* mapped = mmap(nullptr, pages_ * kFrameBytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) throw std::bad_alloc();
    mapping_ = static_cast<std::byte*>(mapped);
    std::byte* const wall = mapping_ + (pages_ - 1) * kFrameBytes;
    if (mprotect(wall, kFrameBytes, PROT_NONE) != 0) throw std::bad_alloc();
    data_ = wall - size_;
    std::memset(data_, 0x5A, size_);
  }
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;
  ~GuardedBytes() { munmap(mapping_, pages_ * kFrameBytes); }

  [[nodiscard]] std::span<std::byte> bytes() const { return {data_, size_}; }

 private:
  std::size_t pages_;
  std::byte* mapping_ = nullptr;
  std::byte* data_ = nullptr;
  std::size_t size_;
};

}  // namespace assay
