/// Shows a trial to a person: each operation, what came of it, and who held which frame before and
/// after it.
#pragma once

#include <cstdio>
#include <string>

#include "oracle/host/host_trial.h"

namespace assay {

/// An observer that prints. Of arenas that do not fit into one row it shows the rows that change.
class StepPrinter {
 public:
  static constexpr std::uint32_t kRow = 64;            ///< frames
  static constexpr std::uint32_t kMaxRows = 4;         ///< of one operation
  static constexpr FrameCount kMaxPictured{1U << 16};  ///< in larger arenas there are no pictures

  /// Prints the legend and the arena as it is at the start; or, if operation `first` is not the
  /// first one, as it is in front of that, and nothing of those before.
  explicit StepPrinter(const Arena& arena, std::FILE* out = stdout, std::uint32_t first = 1);

  void operator()(const StepView& step);

 private:
  void show_start() const;
  /// Returns: false for a step that breaks, which is shown wherever it is.
  [[nodiscard]] bool leave_out(const StepView& step);
  [[nodiscard]] std::string result_of(const StepView& step) const;
  void show_change(const std::string& after) const;
  void show_broken(const StepView& step) const;
  void print_row(const char* label, const std::string& picture, std::uint32_t row) const;
  [[nodiscard]] std::uint32_t rows() const;

  std::FILE* out_;
  Pfn base_;
  std::uint32_t first_;
  std::string picture_;  ///< a letter per frame; empty if the arena is too large
  std::uint32_t names_ = 0;
  Outcomes before_;
};

}  // namespace assay
