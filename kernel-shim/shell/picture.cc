/// A picture of a zone: a character for a group of frames, row by row.
///
///     low memory: a character is 4 frames, a row 256
///           0  █                                      …
///         256  ██████▒·········▓█·
///
/// Without colours, groups with frames of the shell's have letters instead of shades.
#include <algorithm>
#include <bit>

#include "kernel-shim/machine/console.h"
#include "kernel-shim/shell/commands.h"
#include "kernel-shim/shell/counted.h"

namespace assay::kernel {

namespace {

constexpr FrameCount kOne{1};
constexpr std::uint32_t kGroupsPerRow = 64;
constexpr std::uint32_t kMostRows = 20;

constexpr const char* kPlain = "\x1b[0m";
constexpr const char* kDim = "\x1b[90m";
constexpr const char* kKernels = "\x1b[94m";
constexpr const char* kShells = "\x1b[92m";
constexpr const char* kBoth = "\x1b[93m";

/// How many frames of a group are whose.
struct Group {
  std::uint32_t free = 0;
  std::uint32_t kernels = 0;
  std::uint32_t shells = 0;
  std::uint32_t unknown = 0;  ///< used or free: the design does not say

  [[nodiscard]] std::uint32_t used() const { return kernels + shells; }
  [[nodiscard]] bool is_reserved() const { return free + used() + unknown == 0; }
};

struct Look {
  const char* character;
  const char* colour;
};

class Picture {
 public:
  Picture(const Zone& zone, std::span<const Run> blocks, bool has_colour)
      : zone_(zone), blocks_(blocks), has_colour_(has_colour) {
    const std::uint32_t groups = kGroupsPerRow * kMostRows;
    const std::uint32_t frames = zone.arena().count.value();
    group_frames_ = std::bit_ceil((frames + groups - 1) / groups);
  }

  void draw();

 private:
  void draw_row(Pfn first);
  void draw_legend();
  void print(Look look);
  void print_colour(const char* colour);
  /// Looks at the frames from `first` on, as far as `end`.
  [[nodiscard]] Group group_between(Pfn first, Pfn end);
  [[nodiscard]] bool is_shells(Pfn pfn);
  [[nodiscard]] bool is_kernels(Pfn pfn);
  [[nodiscard]] Look look_of(const Group& group) const;

  const Zone& zone_;
  std::span<const Run> blocks_;  ///< of the shell's that end behind the frame looked at, in order
  Run kernels_{Pfn{0}, FrameCount{0}};  ///< the block that was found last
  bool has_colour_;
  const char* colour_ = kPlain;  ///< as the terminal has it now
  std::uint32_t group_frames_;
};

void Picture::draw() {
  const std::uint32_t row = group_frames_ * kGroupsPerRow;
  console << zone_.name() << " memory, frames " << zone_.arena() << ": a character is "
          << counted(group_frames_, "frame") << ", a row " << row << '\n';
  const std::uint32_t frames = zone_.arena().count.value();
  for (std::uint32_t i = 0; i < frames; i += row) draw_row(zone_.arena().first + FrameCount{i});
  draw_legend();
}

void Picture::draw_row(Pfn first) {
  TextBuffer number;
  number << first;
  for (std::size_t i = std::string_view(number.c_str()).size(); i < 9; ++i) console << ' ';
  console << number.c_str() << "  ";
  for (std::uint32_t i = 0; i < kGroupsPerRow; ++i) {
    const Pfn begin = first + FrameCount{i * group_frames_};
    const Pfn end = std::min(begin + FrameCount{group_frames_}, zone_.arena().end());
    if (begin >= end) break;
    print(look_of(group_between(begin, end)));
  }
  print_colour(kPlain);
  console << '\n';
}

Group Picture::group_between(Pfn first, Pfn end) {
  Group group;
  for (Pfn pfn = first; pfn < end; pfn = pfn + kOne) {
    if (is_shells(pfn)) {
      ++group.shells;
    } else if (!zone_.usable().contains(pfn)) {
      continue;
    } else if (!KernelDesign::contract.knows_blocks) {
      ++group.unknown;
    } else {
      ++(is_kernels(pfn) ? group.kernels : group.free);
    }
  }
  return group;
}

bool Picture::is_shells(Pfn pfn) {
  while (!blocks_.empty() && blocks_.front().end() <= pfn) blocks_ = blocks_.subspan(1);
  return !blocks_.empty() && blocks_.front().contains(pfn);
}

bool Picture::is_kernels(Pfn pfn) {
  if (kernels_.contains(pfn)) return true;
  const std::optional<Run> block = zone_.block_at(pfn);
  if (block) kernels_ = *block;
  return block.has_value();
}

Look Picture::look_of(const Group& group) const {
  if (group.is_reserved()) return {" ", kPlain};
  if (group.shells > 0 && !has_colour_) {
    return {group.free + group.kernels + group.unknown > 0 ? "o" : "O", kPlain};
  }
  if (group.used() == 0) return {group.unknown > 0 ? "?" : "·", kDim};
  const std::uint32_t all = group.free + group.used() + group.unknown;
  const std::uint32_t thirds = group.used() * 3 / all;
  constexpr const char* kShades[] = {"░", "▒", "▓", "█"};
  const char* colour = group.shells == 0 ? kKernels : group.kernels == 0 ? kShells : kBoth;
  return {kShades[thirds], colour};
}

void Picture::print(Look look) {
  print_colour(look.colour);
  console << look.character;
}

void Picture::print_colour(const char* colour) {
  if (!has_colour_ || colour == colour_) return;
  console << colour;
  colour_ = colour;
}

void Picture::draw_legend() {
  console << "  ";
  const auto explain = [&](Look look, const char* meaning) {
    print(look);
    print_colour(kPlain);
    console << ' ' << meaning << "  ";
  };
  if (KernelDesign::contract.knows_blocks) {
    explain({"·", kDim}, "free");
    explain({"░▒▓", kKernels}, "partly used");
    explain({"█", kKernels}, "used");
  } else {
    explain({"?", kDim}, "free, or the kernel's");
  }
  if (has_colour_) {
    explain({"█", kShells}, "the shell's");
    explain({"█", kBoth}, "both");
  } else {
    explain({"O", kPlain}, "the shell's");
    explain({"o", kPlain}, "in part");
  }
  console << "(blank) reserved\n";
}

}  // namespace

void commands::picture(Shell& shell, Arguments& arguments) {
  const Zone* wanted = arguments.zone();
  if (!arguments.are_fine()) return;
  shell.blocks.sort();
  for (const Zone& zone : zones()) {
    if (wanted != nullptr && wanted != &zone) continue;
    Picture(zone, shell.blocks.blocks(), shell.has_colour).draw();
  }
}

}  // namespace assay::kernel
