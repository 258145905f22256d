/// Somebody else's allocator beside the designs: judged as they are, then timed.
///
/// Designs are templates that the compiler sees whole; a plug-in is called through its adapter's
/// table of functions. Nothing else lies between: no look at its data, and no way out of the call
/// but one around all of them.
#pragma once

#include <expected>
#include <string>

#include "bench/contestant.h"
#include "impls/foreign/plugin.h"

namespace assay {

/// What the caller of an allocator keeps that wants the size back.
struct SizedBlock {
  Pfn first;
  FrameCount granted;

  [[nodiscard]] bool is_none() const { return first.is_none(); }
};

/// The calls that are timed, of an adapter with `free`.
class DirectPlugin {
 public:
  explicit DirectPlugin(const Plugin& plugin)
      : allocate_(plugin.adapter().allocate), free_(plugin.adapter().free) {}

  [[nodiscard]] Pfn allocate(FrameCount count, FrameCount alignment) {
    return Pfn{allocate_(count.value(), alignment.value())};
  }
  FreeResult free(Pfn first) { return result_of(free_(first.value())); }

  /// Of what an adapter's free returns.
  [[nodiscard]] static FreeResult result_of(std::int64_t answer) {
    if (answer < 0 && answer != ASSAY_DONE) return std::unexpected(Misuse::outside_arena);
    return kNotSaid;
  }

 private:
  decltype(assay_plugin::allocate) allocate_;
  decltype(assay_plugin::free) free_;
};

/// The same, of one with `free_sized`: the caller keeps how long a block is.
class DirectSizedPlugin {
 public:
  explicit DirectSizedPlugin(const Plugin& plugin)
      : allocate_(plugin.adapter().allocate),
        free_(plugin.adapter().free_sized),
        contract_(plugin.contract) {}

  [[nodiscard]] SizedBlock allocate(FrameCount count, FrameCount alignment) {
    return {Pfn{allocate_(count.value(), alignment.value())}, contract_.granted(count)};
  }
  FreeResult free(SizedBlock block) {
    return DirectPlugin::result_of(free_(block.first.value(), block.granted.value()));
  }

 private:
  decltype(assay_plugin::allocate) allocate_;
  decltype(assay_plugin::free_sized) free_;
  const Contract& contract_;
};

/// A loaded plug-in, by the name of its file. The error is one line.
[[nodiscard]] std::expected<Contestant, std::string> load_contestant(const std::string& path);

/// `plugin` must outlive the contestant.
[[nodiscard]] Contestant plugin_contestant(std::string name, Plugin& plugin);

/// The arena of a workload where somebody with this contract takes it: as large and with the same
/// holes, but perhaps elsewhere, so that its blocks lie at the same multiples where they can.
[[nodiscard]] Arena arena_for(const Arena& arena, const Contract& contract);

/// Why nobody with this contract can be measured on the workload, in words: what it asks for was
/// not promised, or its arena is not taken. Empty if he can.
[[nodiscard]] std::string why_left_out(const Workload& workload, const Contract& contract);

/// What a trial in a process of its own comes to, for code that may crash: `pass`, or the verdict.
[[nodiscard]] std::string judge_apart(const Contestant& contestant, HostMemory& memory,
                                      const Sequence& sequence);

/// Why the time of failing requests is not measured.
inline constexpr const char* kMayPanic = "requests fail in it, at which the machine may stop";

}  // namespace assay
