/// Sequences that the loader brings as modules, in their byte form: each runs on a second instance
/// of the design, judged by the oracle, over the same map as on the host. The frames of that map
/// are frames of the kernel, wherever they lie; so is all memory that the trial works in.
#include "kernel-shim/boot/boot_info.h"
#include "kernel-shim/memory/owned_run.h"
#include "kernel-shim/tests/tests.h"
#include "oracle/operations/bytes.h"
#include "oracle/trial.h"

namespace assay::kernel {

namespace {

/// A real frame behind each frame of a sequence's arena.
class BackingFrames {
 public:
  BackingFrames() = default;
  BackingFrames(const BackingFrames&) = delete;
  BackingFrames& operator=(const BackingFrames&) = delete;
  ~BackingFrames() {
    for (std::uint32_t i = 0; i < taken_; ++i) {
      if (!frames().free(table_[i])) panic(Exit::panic, "the design refused the free of a frame");
    }
  }

  /// Returns: false if the kernel has too few frames.
  [[nodiscard]] bool allocate(Run arena) {
    arena_ = arena;
    const std::uint64_t table_bytes = std::uint64_t{arena.count.value()} * sizeof(Pfn);
    if (!memory_.allocate(table_bytes)) return false;
    table_ = reinterpret_cast<Pfn*>(memory_.bytes(table_bytes).data());
    for (; taken_ < arena.count.value(); ++taken_) {
      table_[taken_] = frames().allocate(FrameCount{1});
      if (table_[taken_].is_none()) return false;
    }
    return true;
  }

  [[nodiscard]] FrameWindow window() { return FrameWindow(map, this); }

 private:
  static std::byte* map(void* context, Pfn pfn) {
    const auto& backing = *static_cast<const BackingFrames*>(context);
    if (!backing.arena_.contains(pfn)) panic(Exit::panic, "a window call is outside of the arena");
    return direct_map(backing.table_[(pfn - backing.arena_.first).value()]);
  }

  Run arena_;
  OwnedRun memory_;
  Pfn* table_ = nullptr;
  std::uint32_t taken_ = 0;
};

using Bytes = std::span<const std::uint8_t>;

void report(Test& test, const char* name, const Trial<KernelDesign>& trial,
            std::uint32_t operations) {
  const Outcomes& outcomes = trial.outcomes();
  test.note() << "trace " << name << " ops=" << operations << " hash=" << LongHex{trial.hash()}
              << '\n';
  test.note() << "outcomes allocated=" << outcomes.allocated << " none=" << outcomes.none
              << " freed=" << outcomes.freed << " refused=" << outcomes.refused
              << " grown=" << outcomes.grown << " skipped=" << outcomes.skipped
              << " aliased=" << outcomes.aliased << '\n';
  if (!trial.verdict().passed()) test.fail(trial.verdict().text);
}

void run_trial(Test& test, const char* name, Bytes bytes, const Survey& survey,
               TrialMemory memory) {
  Trial<KernelDesign> trial(memory);
  OperationReader reader(bytes);
  Operation operation;
  std::uint32_t operations = 0;
  bool passing = trial.begin(survey);
  while (passing && reader.next(operation)) {
    passing = trial.step(operation);
    ++operations;
  }
  if (passing) static_cast<void>(trial.finish());
  report(test, name, trial, operations);
}

void fail_for(Test& test, const char* name, const char* why) {
  TextBuffer text;
  test.fail(text << "module " << name << ": " << why);
}

void replay(Test& test, const char* name, Bytes bytes) {
  const Survey survey = survey_bytes(bytes);
  if (survey.error != nullptr) {
    TextBuffer why;
    why << "byte " << static_cast<std::uint32_t>(survey.error_offset) << ": " << survey.error;
    return fail_for(test, name, why.c_str());
  }
  if (survey.arena.frames > KernelDesign::contract.max_frames) {
    return fail_for(test, name, "its arena is larger than the design can manage");
  }
  const UsableRuns usable(survey.arena);
  const std::uint64_t metadata_bytes =
      KernelDesign::metadata_bytes(memory_map(survey.arena, usable));
  const std::uint64_t book_bytes = trial_book_bytes(survey);
  OwnedRun metadata;
  OwnedRun books;
  BackingFrames backing;
  // Long runs first, while they can be had.
  if (!books.allocate(book_bytes) || !metadata.allocate(metadata_bytes) ||
      !backing.allocate(survey.arena.run())) {
    TextBuffer why;
    why << "its arena of " << survey.arena.frames
        << " frames and the oracle's books do not fit into " << frames().managed_frames()
        << " frames; "
        << (memory().layout.left_out_bytes > 0 ? "the kernel uses no more than 768 MiB"
                                               : "give the machine more memory");
    return fail_for(test, name, why.c_str());
  }
  run_trial(test, name, bytes, survey,
            {.ram = backing.window(),
             .metadata = metadata.bytes(metadata_bytes),
             .books = books.bytes(book_bytes)});
}

}  // namespace

void traces_pass_the_trial(Test& test) {
  if (boot_info().module_count == 0) return test.skip("no module");
  for (const BootModule& module : boot_info().boot_modules()) {
    const auto [begin, end] = module.range;
    const auto* first =
        reinterpret_cast<const std::uint8_t*>(kDirectMapBase + static_cast<std::uint32_t>(begin));
    replay(test, module.name.data(), Bytes(first, static_cast<std::size_t>(end - begin)));
  }
}

}  // namespace assay::kernel
