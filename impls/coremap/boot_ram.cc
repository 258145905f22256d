#include "impls/coremap/boot_ram.h"

namespace assay {

Pfn BootRam::steal(FrameCount count) {
  if (!is_open_ || count.value() == 0 || count > top_ - first_free_) return Pfn::none();
  const Pfn stolen = first_free_;
  first_free_ = first_free_ + count;
  return stolen;
}

Run BootRam::get_size() {
  is_open_ = false;
  return {first_free_, top_ - first_free_};
}

std::optional<Run> bootstrap(Coremap& coremap, BootRam& ram, Run all, FrameWindow direct_map) {
  const Run left = ram.get_size();
  const std::uint64_t bytes = Coremap::metadata_bytes({all.first, all.count, {}});
  const auto frames = static_cast<std::uint32_t>((bytes + kFrameBytes - 1) / kFrameBytes);
  const FrameCount table{frames};
  if (table > left.count) return std::nullopt;
  const Run free{left.first + table, left.count - table};
  const std::span<const Run> usable(&free, free.count.value() == 0 ? 0 : 1);
  coremap.init({all.first, all.count, usable}, direct_map,
               {direct_map(left.first), static_cast<std::size_t>(bytes)});
  return free;
}

}  // namespace assay
