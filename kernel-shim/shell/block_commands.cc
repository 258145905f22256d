/// Frames of the living zones: taken, given back, and given back wrongly.
#include <algorithm>

#include "kernel-shim/machine/console.h"
#include "kernel-shim/shell/commands.h"
#include "kernel-shim/shell/counted.h"
#include "kernel-shim/shell/dots.h"
#include "oracle/operations/random.h"

namespace assay::kernel {

namespace {

constexpr FrameCount kOne{1};
constexpr const Contract& kContract = KernelDesign::contract;
constexpr std::uint32_t kMostChurn = 1'000'000;
constexpr std::uint32_t kLongestOfChurn = 32;

/// Why nobody may ask a zone for that; nullptr if it may be asked.
const char* reason_against(const Zone& zone, FrameCount count, FrameCount alignment) {
  if (!kContract.covers(count, alignment)) {
    if (kContract.alignments == Alignments::ignored && alignment != kOne) return "alignments";
    if (count > kContract.max_block) return "blocks as long";
    return "such requests";
  }
  if (kContract.on_exhaustion != OnExhaustion::undefined) return nullptr;
  const FrameCount needed = kContract.granted(kContract.asked(count));
  const bool is_single = needed <= kOne && zone.counts().free > FrameCount{0};
  const bool is_short = kContract.knows_longest_run && zone.largest_free_run() >= needed;
  return is_single || (is_short && alignment == kOne) ? nullptr : "what it cannot serve";
}

/// Asks zones as the kernel does, high memory first, or the one that was named. `why` is why none
/// was asked.
Run take_block(const Zone* wanted, FrameCount count, FrameCount alignment, const char*& why) {
  const FrameCount granted = kContract.granted(kContract.asked(count));
  for (std::size_t i = zones().size(); i-- > 0;) {
    Zone& zone = zones()[i];
    if (wanted != nullptr && wanted != &zone) continue;
    why = reason_against(zone, count, alignment);
    const Pfn first = why == nullptr ? zone.allocate(count, alignment) : Pfn::none();
    if (!first.is_none()) return {first, granted};
  }
  return {Pfn::none(), granted};
}

/// A wrong design may hand out anything; what it may not is told, and not touched.
bool is_sound(const Shell& shell, Run block) {
  const Zone* zone = zone_of(block.first);
  if (zone != nullptr && zone->usable().contains(block) &&
      std::ranges::none_of(shell.blocks.blocks(), [&](Run other) {
        return other.first < block.end() && block.first < other.end();
      })) {
    return true;
  }
  console << "the design is wrong: it gave block " << block
          << ", in which frames are not usable, or held already\n";
  return false;
}

/// Frees a block of the shell's from one of its frames to its end. Returns: false, and says so, if
/// a page shows one of these or the design refuses.
bool give_back(Shell& shell, std::size_t number, Pfn from) {
  const Run block = shell.blocks.blocks()[number];
  const Run part{from, block.end() - from};
  if (const MappedPage* page = shell.pages.showing(part)) {
    console << "the page at " << Hex{page->address} << " shows frame " << page->frame
            << "; `unmap` it first\n";
    return false;
  }
  const FreeResult freed = zone_of(from)->free(part);
  if (freed == part.count) {
    shell.blocks.resize(number, from - block.first);
    return true;
  }
  console << "the design is wrong: a free of frames " << part << " gave ";
  if (freed) {
    console << frames(*freed) << '\n';
  } else {
    console << name_of(freed.error()) << '\n';
  }
  return false;
}

/// Why a free is not tried that must be refused; `why` stays empty if it may be. The kernel's own
/// blocks the shell keeps its hands off.
void find_reason_against_free(const Zone* zone, Pfn pfn, bool is_own, TextBuffer& why) {
  if (kContract.on_misuse == OnMisuse::undefined) {
    why << "its contract does not say what a wrong free leads to";
    return;
  }
  if (zone == nullptr || is_own || !zone->usable().contains(pfn)) return;
  if (!kContract.knows_blocks) {
    why << "it does not say whose frame " << pfn << " is; `blocks` lists the shell's";
    return;
  }
  const std::optional<Run> block = zone->block_at(pfn);
  const bool would_be_freed = block && (block->first == pfn || kContract.frees_parts);
  if (would_be_freed) why << "block " << *block << " is the kernel's own";
}

void free_wrongly(Pfn pfn, bool is_own) {
  Zone* zone = zone_of(pfn);
  TextBuffer why;
  find_reason_against_free(zone, pfn, is_own, why);
  if (!why.empty()) {
    console << "not tried: " << why.c_str() << '\n';
    return;
  }
  const FreeResult freed = (zone != nullptr ? *zone : low_zone()).free_wrongly(pfn);
  if (freed) {
    console << "the design is wrong: it freed " << frames(*freed) << " instead of refusing\n";
  } else if (kContract.on_misuse == OnMisuse::named) {
    console << "refused: " << name_of(freed.error()) << '\n';
  } else {
    console << "refused; its contract does not say why\n";
  }
}

/// What random operations came to.
struct Churn {
  std::uint32_t taken = 0;
  std::uint32_t none = 0;
  std::uint32_t given = 0;
};

/// A zone by the number of its frames.
Zone& some_zone(Random& random) {
  const FrameCount low = low_zone().counts().managed;
  const bool is_low = random.below(count_frames().managed.value()) < low.value();
  return is_low ? low_zone() : high_zone();
}

/// Short blocks are frequent, long ones rare.
FrameCount some_length(Random& random) {
  const std::uint32_t longest = std::min(kLongestOfChurn, kContract.max_block.value());
  return FrameCount{1 + random.below(1 + random.below(longest))};
}

/// One operation: a free as often as an allocation, and more often where frames run short. Returns:
/// false if the design was found wrong.
bool churn_once(Shell& shell, Random& random, Churn& sum) {
  Zone& zone = some_zone(random);
  const FrameCounts counts = zone.counts();
  const std::uint32_t kept = counts.managed.value() / 4 + kLongestOfChurn;  // for page tables
  const bool must_free = shell.blocks.is_full() || counts.free.value() < kept;
  if (shell.blocks.size() > 0 && (must_free || random.one_in(3))) {
    const std::uint32_t number = random.below(static_cast<std::uint32_t>(shell.blocks.size()));
    const Run block = shell.blocks.blocks()[number];
    if (shell.pages.showing(block) != nullptr) return true;
    ++sum.given;
    return give_back(shell, number, block.first);
  }
  const char* why = nullptr;
  const Run block = must_free ? Run{} : take_block(&zone, some_length(random), kOne, why);
  ++(block.first.is_none() ? sum.none : sum.taken);
  if (block.first.is_none()) return true;
  if (zone.usable().contains(block)) {
    shell.blocks.add(block);
    return true;
  }
  return is_sound(shell, block);
}

}  // namespace

void commands::alloc(Shell& shell, Arguments& arguments) {
  const FrameCount count{arguments.number("COUNT")};
  const FrameCount alignment{arguments.number_or(1, "ALIGNMENT")};
  const Zone* zone = arguments.zone();
  if (!arguments.are_fine()) return;
  if (shell.blocks.is_full()) {
    console << "the shell holds " << counted(shell.blocks.room(), "block")
            << ", and has no room for more; free some\n";
    return;
  }
  const char* why = nullptr;
  const Run block = take_block(zone, count, alignment, why);
  if (why != nullptr) {
    console << "not asked for: its contract does not cover " << why << '\n';
  } else if (block.first.is_none()) {
    console << (is_satisfiable(count, alignment) ? "none: no such run is free\n"
                                                 : "none: nobody gives 0 frames, nor alignments "
                                                   "that are no powers of two\n");
  } else if (is_sound(shell, block)) {
    shell.blocks.add(block);
    console << "block " << block << " of " << zone_of(block.first)->name() << " memory\n";
  }
}

void commands::free(Shell& shell, Arguments& arguments) {
  const Pfn pfn{arguments.number("FRAME")};
  if (!arguments.are_fine()) return;
  const std::size_t number = shell.blocks.find(pfn);
  const bool is_own = number != shell.blocks.size();
  const Run block = is_own ? shell.blocks.blocks()[number] : Run{};
  if (!is_own || (block.first != pfn && !kContract.frees_parts)) return free_wrongly(pfn, is_own);
  if (give_back(shell, number, pfn)) console << "freed " << frames(block.end() - pfn) << '\n';
}

void commands::blocks(Shell& shell, Arguments& arguments) {
  if (!arguments.are_fine()) return;
  constexpr std::size_t kMostShown = 200;
  shell.blocks.sort();
  const std::span<const Run> all = shell.blocks.blocks();
  std::uint32_t column = 0;
  for (const Run& block : all.first(std::min(all.size(), kMostShown))) {
    TextBuffer text;
    text << "  " << block;
    const auto width = static_cast<std::uint32_t>(std::string_view(text.c_str()).size());
    column += width;
    if (column > 78) {
      console << '\n';
      column = width;
    }
    console << text.c_str();
  }
  if (column > 0) console << '\n';
  if (all.size() > kMostShown) {
    console << "  … and " << static_cast<std::uint32_t>(all.size() - kMostShown) << " more\n";
  }
  console << counted(all.size(), "block") << ", " << frames(shell.blocks.frames()) << '\n';
}

void commands::churn(Shell& shell, Arguments& arguments) {
  const std::uint32_t operations = arguments.number("N", 1, kMostChurn);
  const std::uint32_t seed = arguments.number_or(1, "SEED");
  if (!arguments.are_fine()) return;
  Random random(seed);
  Churn sum;
  std::uint32_t done = 0;
  while (done < operations && churn_once(shell, random, sum)) show_dot(++done);
  console.finish_line();
  console << counted(done, "operation") << " of seed " << seed << ": "
          << counted(sum.taken, "block") << " taken, " << sum.given << " given back, " << sum.none
          << " times none\n"
          << "held: " << counted(shell.blocks.size(), "block") << ", "
          << frames(shell.blocks.frames()) << '\n';
}

void commands::release(Shell& shell, Arguments& arguments) {
  if (!arguments.are_fine()) return;
  const FrameCount held = shell.blocks.frames();
  const Counted pages = counted(shell.pages.size(), "page");
  if (!release_all(shell)) return;
  console << "given back: " << frames(held) << ", and " << pages << " unmapped\n";
}

bool release_all(Shell& shell) {
  while (shell.pages.size() > 0) unmap_page(shell, shell.pages.size() - 1);
  while (shell.blocks.size() > 0) {
    const std::size_t last = shell.blocks.size() - 1;
    if (!give_back(shell, last, shell.blocks.blocks()[last].first)) return false;
  }
  return true;
}

}  // namespace assay::kernel
