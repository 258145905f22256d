/// The lock of the kernel's memory: zones, the heap, directories, and what the sources' functions
/// keep about frames.
///
/// There is one, and a CPU that has it may take it again: alloc_kpages holds it over a call of a
/// zone, and that one too takes it. No handler of an interrupt takes it, nor does a panic.
#pragma once

namespace assay::kernel {

/// Holds it while its scope lasts.
class MemoryLock {
 public:
  MemoryLock();
  ~MemoryLock();
  MemoryLock(const MemoryLock&) = delete;
  MemoryLock& operator=(const MemoryLock&) = delete;

  /// A free lock. Requires: nobody holds it, and there is one CPU yet.
  static void init();
  /// Whether this CPU has it.
  [[nodiscard]] static bool is_held();
  /// Where it lies, for who wants to know whether there is one.
  [[nodiscard]] static void* address();
};

/// Gives it back while its scope lasts, for what may sleep in between. What it guards may have
/// changed then. Ends the kernel unless this CPU holds it, and exactly once.
class MemoryUnlocked {
 public:
  MemoryUnlocked();
  ~MemoryUnlocked();
  MemoryUnlocked(const MemoryUnlocked&) = delete;
  MemoryUnlocked& operator=(const MemoryUnlocked&) = delete;
};

}  // namespace assay::kernel
