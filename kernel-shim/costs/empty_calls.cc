#include <algorithm>
#include <array>

#include "kernel-shim/costs/measured.h"

namespace assay::kernel {

namespace {

/// The calls that are counted, and nothing in them.
class Empty {
 public:
  [[maybe_unused]] static constexpr Contract contract{};

  [[nodiscard, gnu::noinline]] Pfn allocate(FrameCount /*count*/, FrameCount /*alignment*/) {
    asm volatile("");  // or nobody would call it
    return Pfn{0};
  }
  [[gnu::noinline]] FreeResult free(Pfn /*first*/) {
    asm volatile("");
    return FrameCount{1};
  }
};

}  // namespace

std::optional<CallOverhead> count_empty_calls() {
  constexpr std::size_t kTimes = 16;
  std::array<CallCost, 2 * kTimes> room{};
  CostRecorder recorder(room);
  Measured<Empty> empty(recorder, {});
  recorder.begin(1);
  for (std::size_t i = 0; i < kTimes; ++i) static_cast<void>(empty.allocate(FrameCount{1}));
  for (std::size_t i = 0; i < kTimes; ++i) {
    if (!empty.free(Pfn{0})) return std::nullopt;
  }
  const CallOverhead first{room[0].instructions, room[kTimes].instructions};
  for (const CallCost& call : room) {
    const bool is_free = call.kind == CallKind::free;
    if (call.instructions != (is_free ? first.free : first.allocate)) return std::nullopt;
  }
  return first;
}

}  // namespace assay::kernel
