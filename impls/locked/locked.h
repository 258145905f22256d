/// Locked: any design, one call at a time.
///
/// The lock lies at the head of the metadata, in cache lines of its own; `init` makes it there. So
/// the object stays a plain one, and any type with lock() and unlock() will do, a std::mutex too.
///
///     metadata   | lock, padded to 64 bytes | the design's metadata |
///
/// Every call takes the lock once and releases it on every path; `init` is the exception: nobody
/// may call anything before it has returned. The design and its metadata are touched by nobody who
/// does not hold the lock. A copy of the object shares the lock, but not the design's own fields:
/// all CPUs must use the same object.
///
/// Cost: the design's, and the lock's. Metadata: 64 bytes more.
#pragma once

#include <new>

#include "impls/allocator.h"

namespace assay {

template <FrameAllocator Design, class Lock>
class Locked {
 public:
  static constexpr Contract contract = Design::contract;

  [[nodiscard]] static std::uint64_t metadata_bytes(const MemoryMap& map) {
    return kLockBytes + Design::metadata_bytes(map);
  }

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    lock_ = ::new (static_cast<void*>(metadata.data())) Lock;
    design_.init(map, window, metadata.subspan(kLockBytes));
  }

  void add_usable(Run run) {
    const Held held(*lock_);
    design_.add_usable(run);
  }

  [[nodiscard]] Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Held held(*lock_);
    return design_.allocate(count, alignment);
  }

  FreeResult free(Pfn first)
    requires(!Design::contract.free_takes_size)
  {
    const Held held(*lock_);
    return design_.free(first);
  }
  FreeResult free(Pfn first, FrameCount count)
    requires(Design::contract.free_takes_size)
  {
    const Held held(*lock_);
    return design_.free(first, count);
  }

  [[nodiscard]] FrameCount free_frames() const {
    const Held held(*lock_);
    return design_.free_frames();
  }
  [[nodiscard]] FrameCount used_frames() const {
    const Held held(*lock_);
    return design_.used_frames();
  }
  [[nodiscard]] FrameCount managed_frames() const {
    const Held held(*lock_);
    return design_.managed_frames();
  }
  [[nodiscard]] FrameCount largest_free_run() const {
    const Held held(*lock_);
    return design_.largest_free_run();
  }
  [[nodiscard]] std::optional<Run> block_at(Pfn pfn) const {
    const Held held(*lock_);
    return design_.block_at(pfn);
  }
  [[nodiscard]] const char* validate() const {
    const Held held(*lock_);
    return design_.validate();
  }
  void refresh()
    requires requires(Design design) { design.refresh(); }
  {
    const Held held(*lock_);
    design_.refresh();
  }

 private:
  static_assert(alignof(Lock) <= kMetadataAlignment);
  /// What follows the lock is aligned as metadata must be.
  static constexpr std::size_t kLockBytes =
      (sizeof(Lock) + kMetadataAlignment - 1) / kMetadataAlignment * kMetadataAlignment;

  class Held {
   public:
    explicit Held(Lock& lock) : lock_(lock) { lock_.lock(); }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() { lock_.unlock(); }

   private:
    Lock& lock_;
  };

  Design design_;
  Lock* lock_ = nullptr;
};

}  // namespace assay
