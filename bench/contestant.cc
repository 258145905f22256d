#include "bench/contestant.h"

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

const Contestant& reference() {
  static const Contestant stack{.name = "reference_stack",
                                .is_reference = true,
                                .metadata_bytes = &metadata_bytes_over<ReferenceStack>,
                                .pass = &run_pass<ReferenceStack>};
  return stack;
}

}  // namespace assay
