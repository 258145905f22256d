#include "oracle/host/paging_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string_view>

#include "impls/paged/paged_designs.h"
#include "oracle/host/sanitizer.h"
#include "oracle/host/watchdog.h"

#include "oracle/operations/random.h"

namespace assay {

namespace {

template <FrameAllocator Design>
PagingVerdict run_design(PagingHost& host, std::span<const std::uint8_t> bytes,
                         PagingOutcomes& totals) {
  return host.run<Paged<Design>>(bytes, totals);
}

/// A step asks for every frame behind its call, and so does the end, for each page that leaves.
constexpr FrameCount kStepBudget{1U << 14};

void run_watched_steps(PagingTrial& trial, PagingReader& reader) {
  const auto watched = [](auto call) {
    WatchGuard guard;
    guard.entering(kStepBudget);
    const bool passing = call();
    guard.returned();
    return passing;
  };
  bool passing = watched([&] { return trial.begin(reader.arena()); });
  PagingOperation operation;
  while (passing && reader.next(operation)) {
    passing = watched([&] { return trial.step(operation); });
  }
  if (passing) watched([&] { return trial.finish(); });
}

}  // namespace

PagingHost::PagingHost()
    : ram_(bytes_of(FrameCount{PagingArena::kMaxFrames})),
      store_(std::make_unique<BackingStore>()) {}

PagingVerdict PagingHost::run_on(AnyPager pager, std::span<const std::uint8_t> bytes,
                                 PagingOutcomes& totals) {
  PagingReader reader(bytes);
  const Arena& arena = reader.arena().arena;
  const UsableRuns usable(arena);
  const std::uint64_t needed = pager.metadata_bytes({arena.base, arena.frames, usable.runs()});
  std::vector<Line> metadata((needed + kMetadataAlignment - 1) / kMetadataAlignment);
  std::byte* const end = std::as_writable_bytes(std::span(metadata)).data() + needed;
  [[maybe_unused]] const std::size_t behind = metadata.size() * sizeof(Line) - needed;
  ASAN_POISON_MEMORY_REGION(end, behind);
  PagingTrial trial(pager, {.ram = FrameWindow(ram_.data(), arena.base),
                            .metadata = std::as_writable_bytes(std::span(metadata)).first(needed),
                            .store = store_.get()});
  const auto run_all = [&] { run_watched_steps(trial, reader); };
  if (const char* broken_limit = run_watched(std::ref(run_all))) trial.give_up(broken_limit);

  ASAN_UNPOISON_MEMORY_REGION(end, behind);
  for (std::size_t i = 0; i < totals.size(); ++i) totals[i] += trial.outcomes()[i];
  return trial.verdict();
}

std::span<const PagedDesign> paged_designs() {
  static constexpr PagedDesign kDesigns[] = {
#define ASSAY_ENTRY(name, type) {#name, &run_design<type>},
      ASSAY_DESIGNS(ASSAY_ENTRY)
#undef ASSAY_ENTRY
  };
  return kDesigns;
}

const PagedDesign* paged_design_at(std::uint8_t byte) {
  // New ones go to the end: people's corpora hold such bytes.
  static constexpr std::array<std::string_view, 16> kPlaces{"bitmap", "buddy", "coremap",
                                                            "free_list", "tag_bitmap"};
  const auto found =
      std::ranges::find(paged_designs(), kPlaces[byte % kPlaces.size()], &PagedDesign::name);
  return found != paged_designs().end() ? &*found : nullptr;
}

std::vector<std::uint8_t> random_paging_bytes(std::uint64_t seed, std::uint32_t operations) {
  Random random(seed);
  std::vector<std::uint8_t> bytes(kPagingArenaBytes + operations * kPagingOperationBytes);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
  return bytes;
}

std::string describe_paging(std::span<const std::uint8_t> bytes, std::uint32_t operations) {
  PagingReader reader(bytes);
  const Arena& arena = reader.arena().arena;
  std::string text = fmt::format("base {}, {} frames, room for {} pages\n", arena.base.value(),
                                 arena.frames.value(), reader.arena().swap_pages);
  for (const Run& hole : arena.hole_runs()) {
    text += fmt::format("hole {} {}\n", hole.first.value(), hole.count.value());
  }
  PagingOperation operation;
  for (std::uint32_t i = 1; i <= operations && reader.next(operation); ++i) {
    TextBuffer line;
    print_paging_operation(line, operation);
    text += fmt::format("{:>4} {}\n", i, line.c_str());
  }
  return text;
}

std::string key_of(const char* design, const PagingVerdict& verdict) {
  const PagingCheckInfo& info = info_of(verdict.check);
  return fmt::format("{}-{}-P{}-{}", kPagingName, design, info.clause, info.name);
}

}  // namespace assay
