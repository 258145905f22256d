/// How many instructions calls of a design take, call by call.
#pragma once

#include <cstdint>
#include <span>

namespace assay::kernel {

enum class CallKind : std::uint8_t { allocate_one, allocate_run, allocate_failed, free };
inline constexpr std::size_t kCallKinds = 4;
[[nodiscard]] const char* name_of(CallKind kind);

/// The time-stamp counter. Under QEMU's `-icount shift=0` it counts instructions, exactly; a
/// difference of less than 2^32 is all that anybody wants here.
[[nodiscard]] inline std::uint32_t read_instructions() {
  std::uint32_t low;
  asm volatile("rdtsc" : "=a"(low) : : "edx", "memory");
  return low;
}

struct CallCost {
  std::uint32_t instructions;
  std::uint32_t operation;  ///< of the sequence, from 1
  CallKind kind;
};

/// What many calls of a kind cost. The percentiles are exact: the value at that rank.
struct CostSummary {
  std::uint32_t calls = 0;
  std::uint64_t sum = 0;
  std::uint32_t p50 = 0;
  std::uint32_t p99 = 0;
  std::uint32_t p99_9 = 0;
  std::uint32_t max = 0;
  std::uint32_t max_at = 0;  ///< the first operation that cost so much
};

/// Keeps the cost of every call that falls into an operation it was told of.
class CostRecorder {
 public:
  explicit CostRecorder(std::span<CallCost> room) : room_(room) {}

  /// Calls from now on belong to this operation; those of operation 0 are not kept.
  void begin(std::uint32_t operation) { operation_ = operation; }

  /// Requires: no more calls than there is room for.
  void add(CallKind kind, std::uint32_t instructions) {
    if (operation_ != 0) room_[size_++] = {instructions, operation_, kind};
  }

  [[nodiscard]] std::span<CallCost> calls() const { return room_.first(size_); }
  /// Sorts the calls.
  [[nodiscard]] CostSummary summarize(CallKind kind);

 private:
  std::span<CallCost> room_;
  std::size_t size_ = 0;
  std::uint32_t operation_ = 0;
};

}  // namespace assay::kernel
