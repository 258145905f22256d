#include "fuzz/step_printer.h"

#include <fmt/format.h>

#include <vector>

#include "oracle/operations/text.h"

namespace assay {

namespace {

/// `.` free, `#` reserved, a capital the first frame of a block, small letters the rest.
std::string picture_of(const Model& model) {
  const Run arena = model.arena();
  std::string picture;
  picture.reserve(arena.count.value());
  for (std::uint32_t i = 0; i < arena.count.value(); ++i) {
    const Pfn pfn = arena.first + FrameCount{i};
    if (const auto block = model.block_at(pfn)) {
      const char letter = static_cast<char>('a' + model.owner_of_block(block->first) % 26);
      picture += block->first == pfn ? static_cast<char>(letter - 'a' + 'A') : letter;
    } else {
      picture += model.is_reserved({pfn, FrameCount{1}}) ? '#' : '.';
    }
  }
  return picture;
}

std::string picture_of(const Arena& arena) {
  std::string picture(arena.frames.value(), '.');
  for (const Run& hole : arena.hole_runs()) {
    picture.replace((hole.first - arena.base).value(), hole.count.value(), hole.count.value(), '#');
  }
  return picture;
}

std::string_view row_of(const std::string& picture, std::uint32_t row) {
  return std::string_view(picture).substr(std::size_t{row} * StepPrinter::kRow, StepPrinter::kRow);
}

}  // namespace

StepPrinter::StepPrinter(const Arena& arena, std::FILE* out, std::uint32_t first)
    : out_(out),
      base_(arena.base),
      first_(first),
      picture_(arena.frames <= kMaxPictured ? picture_of(arena) : "") {
  if (first_ == 1) show_start();
}

void StepPrinter::show_start() const {
  if (picture_.empty()) return;
  fmt::print(out_, "frames: . free, # reserved, Aaa a block that is called a\n");
  for (std::uint32_t row = 0; row < std::min(rows(), kMaxRows); ++row) {
    print_row(row == 0 ? "start" : "", picture_, row);
  }
  if (rows() > kMaxRows) {
    fmt::print(out_, "{:14}… {} rows; from here on those that change\n", "", rows());
  }
}

void StepPrinter::operator()(const StepView& step) {
  if (step.position < first_ && leave_out(step)) return;
  TextBuffer line;
  print_operation(line, step.operation, names_);
  fmt::print(out_, "{:>5}  {:<28} {}\n", step.position, line.c_str(), result_of(step));
  if (step.operation.names_block()) ++names_;
  before_ = step.outcomes;
  if (picture_.empty()) return;
  if (!step.passed) return show_broken(step);
  std::string after = picture_of(step.model);
  show_change(after);
  picture_ = std::move(after);
}

bool StepPrinter::leave_out(const StepView& step) {
  const bool is_next = step.position + 1 == first_ || !step.passed;
  if (is_next && !picture_.empty()) picture_ = picture_of(step.model);
  if (!step.passed) return false;
  if (step.operation.names_block()) ++names_;
  before_ = step.outcomes;
  if (is_next) {
    fmt::print(out_, "{:>5}  operations are not shown\n", step.position);
    show_start();
  }
  return true;
}

std::string StepPrinter::result_of(const StepView& step) const {
  if (!step.passed) return "BROKEN";
  std::string text;
  const auto add = [&](std::uint32_t now, std::uint32_t before, const char* word) {
    if (now == before) return;
    const std::string times = now - before == 1 ? "" : fmt::format(" {}x", now - before);
    text += fmt::format("{}{}{}", text.empty() ? "" : ", ", word, times);
  };
  add(step.outcomes.allocated, before_.allocated, "allocated");
  add(step.outcomes.none, before_.none, "none");
  add(step.outcomes.freed, before_.freed, "freed");
  add(step.outcomes.refused, before_.refused, "refused");
  add(step.outcomes.grown, before_.grown, "grown");
  add(step.outcomes.skipped, before_.skipped, "skipped");
  add(step.outcomes.aliased, before_.aliased, "aliased");
  add(step.outcomes.unpromised, before_.unpromised, "unpromised");
  add(step.outcomes.unsaid, before_.unsaid, "unsaid");
  return text.empty() ? "nothing to do" : text;
}

void StepPrinter::show_change(const std::string& after) const {
  std::vector<std::uint32_t> changed;
  for (std::uint32_t row = 0; row < rows(); ++row) {
    if (row_of(picture_, row) != row_of(after, row)) changed.push_back(row);
  }
  if (changed.empty() && rows() == 1) print_row("same", picture_, 0);
  if (changed.empty() && rows() > 1) fmt::print(out_, "{:>6}\n", "same");
  std::uint32_t shown = 0;
  for (const std::uint32_t row : changed) {
    if (shown++ == kMaxRows) break;
    print_row("before", picture_, row);
    print_row("after", after, row);
  }
  if (changed.size() > kMaxRows) {
    fmt::print(out_, "{:14}… and {} more rows\n", "", changed.size() - kMaxRows);
  }
}

/// The books are as before the operation: its block, or the frame that it names.
void StepPrinter::show_broken(const StepView& step) const {
  const Operation& operation = step.operation;
  const bool names_frame =
      operation.kind == OperationKind::free_at || operation.kind == OperationKind::grow;
  std::uint32_t shown = 0;
  for (std::uint32_t row = 0; row < rows() && shown < kMaxRows; ++row) {
    const Pfn first = base_ + FrameCount{row * kRow};
    bool concerned = rows() <= kMaxRows;
    for (std::uint32_t i = 0; i < row_of(picture_, row).size() && !concerned; ++i) {
      const Pfn pfn = first + FrameCount{i};
      const auto block = step.model.block_at(pfn);
      concerned = names_frame ? pfn == operation.pfn
                              : operation.refers_to_block() && block &&
                                    step.model.owner_of_block(block->first) == operation.block;
    }
    if (concerned) print_row(shown++ == 0 ? "before" : "", picture_, row);
  }
}

void StepPrinter::print_row(const char* label, const std::string& picture,
                            std::uint32_t row) const {
  fmt::print(out_, "{:>6} {:>6} |{}|\n", label, base_.value() + row * kRow, row_of(picture, row));
}

std::uint32_t StepPrinter::rows() const {
  return static_cast<std::uint32_t>((picture_.size() + kRow - 1) / kRow);
}

}  // namespace assay
