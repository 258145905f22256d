/// Sequences that the loader brings as modules, in their byte form: each runs on a second instance
/// of the design, judged by the oracle, over the same map as on the host. Behind each frame of that
/// map is a frame of the kernel; so is all memory that the trial works in.
#include "kernel-shim/boot/boot_info.h"
#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/memory/mapped_frames.h"
#include "kernel-shim/tests/operation_watch.h"
#include "kernel-shim/tests/tests.h"
#include "oracle/operations/bytes.h"
#include "oracle/trial.h"

namespace assay::kernel {

namespace {

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
  OperationWatch watch(name);
  bool passing = trial.begin(survey);
  while (passing && reader.next(operation)) {
    watch.begin(operation);
    passing = trial.step(operation);
    ++operations;
  }
  watch.finish();
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
  const std::uint64_t ram_bytes = bytes_of(survey.arena.frames);
  MappedFrames metadata;
  MappedFrames books;
  MappedFrames ram;
  if (!books.allocate(kTrialBooks, book_bytes) ||
      !metadata.allocate(kTrialMetadata, metadata_bytes) || !ram.allocate(kTrialRam, ram_bytes)) {
    TextBuffer why;
    why << "its arena of " << survey.arena.frames
        << " frames and the oracle's books do not fit into " << frames().managed_frames()
        << " frames; "
        << (memory().layout.left_out_bytes > 0 ? "the kernel uses no more than 768 MiB"
                                               : "give the machine more memory");
    return fail_for(test, name, why.c_str());
  }
  run_trial(test, name, bytes, survey,
            {.ram = FrameWindow(ram.bytes(ram_bytes).data(), survey.arena.base),
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
