#include "fuzz/answers.h"

#include <fmt/format.h>

#include <utility>

namespace assay {

namespace {

std::string describe(const FreeResult& result) {
  if (!result) return name_of(result.error());
  return *result == kNotSaid ? "unsaid" : std::to_string(result->value());
}

/// Passes all on and keeps what allocate and free return.
class Noted {
 public:
  const Contract contract;

  explicit Noted(const AnyDesign& design) : contract(design.contract), design_(design) {}

  [[nodiscard]] std::uint64_t metadata_bytes(const MemoryMap& map) const {
    return design_.metadata_bytes(map);
  }
  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    design_.init(map, window, metadata);
  }
  void add_usable(Run run) { design_.add_usable(run); }
  Pfn allocate(FrameCount count, FrameCount alignment) {
    const Pfn first = design_.allocate(count, alignment);
    note(first.is_none() ? "none" : std::to_string(first.value()));
    return first;
  }
  FreeResult free(Pfn first, FrameCount count) {
    const FreeResult result = design_.free(first, count);
    note(describe(result));
    return result;
  }
  [[nodiscard]] FrameCount free_frames() const { return design_.free_frames(); }
  [[nodiscard]] FrameCount used_frames() const { return design_.used_frames(); }
  [[nodiscard]] FrameCount managed_frames() const { return design_.managed_frames(); }
  [[nodiscard]] FrameCount largest_free_run() const { return design_.largest_free_run(); }
  [[nodiscard]] std::optional<Run> block_at(Pfn pfn) const { return design_.block_at(pfn); }
  [[nodiscard]] const char* validate() const { return design_.validate(); }
  [[nodiscard]] Mishap mishap() const { return design_.mishap(); }
  void expect_panic() { design_.expect_panic(); }
  [[nodiscard]] std::span<const Run> kept() const { return design_.kept(); }
  [[nodiscard]] std::span<const std::span<std::byte>> data() const { return design_.data(); }

  /// What was noted since the last time.
  [[nodiscard]] std::string take() { return std::exchange(noted_, {}); }

 private:
  void note(const std::string& answer) {
    if (!noted_.empty()) noted_ += ' ';
    noted_ += answer;
  }

  AnyDesign design_;
  std::string noted_;
};

}  // namespace

Answered run_with_answers(const DesignEntry& entry, HostMemory& memory, const Sequence& sequence,
                          std::uint32_t until) {
  Noted noted(entry.design);
  Answered answered;
  answered.result = run_trial(AnyDesign::around(noted), memory, sequence, until,
                              [&](const StepView&) { answered.answers.push_back(noted.take()); });
  return answered;
}

std::string answers_to_text(const std::vector<std::string>& answers) {
  std::string text;
  std::size_t number = 0;
  for (const std::string& answer : answers) text += fmt::format("{} {}\n", ++number, answer);
  return text;
}

}  // namespace assay
