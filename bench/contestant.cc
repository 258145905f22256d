#include "bench/contestant.h"

#include "bench/empty_call.h"
#include "bench/reference_stack.h"
#include "impls/designs.h"

namespace assay {

const std::vector<Contestant>& designs() {
  static const std::vector<Contestant> all{
#define ASSAY_CONTESTANT(name, type) contestant<type>(#name),
      ASSAY_DESIGNS(ASSAY_CONTESTANT)
#undef ASSAY_CONTESTANT
  };
  return all;
}

namespace {

template <class Yardstick>
Contestant yardstick(const char* name) {
  return {.name = name,
          .is_reference = true,
          .metadata_bytes = &metadata_bytes_over<Yardstick>,
          .pass = &run_pass<Yardstick>,
          .count_instructions = &run_pass<Yardstick, InstructionClock>};
}

}  // namespace

const Contestant& reference() {
  static const Contestant stack = yardstick<ReferenceStack>("reference_stack");
  return stack;
}

const Contestant& empty_call() {
  static const Contestant empty = yardstick<EmptyCall>("empty_call");
  return empty;
}

}  // namespace assay
