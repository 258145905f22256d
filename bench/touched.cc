#include "bench/touched.h"

#include <sys/mman.h>

#include <algorithm>
#include <span>
#include <vector>

namespace assay {

namespace {

/// Bytes of the pages of a span that begins with one; nothing where the kernel does not say.
std::optional<std::uint64_t> resident_bytes(std::span<std::byte> bytes) {
  std::vector<unsigned char> pages((bytes.size() + kFrameBytes - 1) / kFrameBytes);
  if (pages.empty()) return 0;
  if (mincore(bytes.data(), bytes.size(), pages.data()) != 0) return std::nullopt;
  const auto there = std::ranges::count_if(pages, [](unsigned char page) { return page & 1; });
  return static_cast<std::uint64_t>(there) * kFrameBytes;
}

struct Spans {
  std::span<std::byte> metadata;
  std::span<std::byte> frames;
};

/// Those that the next pass over this arena works in.
Spans spans_of(const Contestant& contestant, const Arena& arena, HostMemory& memory) {
  Survey needs;
  needs.arena = arena;
  const TrialMemory space = memory.prepare_for(contestant.any(), needs);
  return {space.metadata,
          {space.ram(arena.base), static_cast<std::size_t>(bytes_of(arena.frames))}};
}

}  // namespace

std::optional<Touched> measure_touched(const Contestant& contestant, const Arena& arena,
                                       const Plan& plan, HostMemory& memory) {
  const Spans old = spans_of(contestant, arena, memory);
  madvise(old.frames.data(), old.frames.size(), MADV_DONTNEED);
  HostMemory untouched;
  const Spans fresh = spans_of(contestant, arena, untouched);
  // A large page would count for 512.
  for (const std::span<std::byte> part : {fresh.metadata, fresh.frames}) {
    madvise(part.data(), part.size(), MADV_NOHUGEPAGE);
  }
  static_cast<void>(contestant.pass(untouched, arena, plan, 1));
  const auto metadata = resident_bytes(fresh.metadata);
  const auto frames = resident_bytes(fresh.frames);
  if (!metadata || !frames) return std::nullopt;
  return Touched{*metadata, *frames};
}

}  // namespace assay
