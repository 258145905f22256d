#include "fuzz/variants.h"
#include "impls/designs.h"
#include "oracle/host/extent_model.h"

namespace assay {

namespace {

template <FrameAllocator Design>
constexpr Variant on_trial(const char* name, unsigned word_bits = 0) {
  return {name, word_bits, Design::contract.can_grow, &explore<Design, Model>,
          &explore<Design, PairedModel>};
}

constexpr Variant kVariants[] = {
#define ASSAY_VARIANT(name, type) on_trial<type>(#name),
    ASSAY_DESIGNS(ASSAY_VARIANT)
#undef ASSAY_VARIANT
    // Words so narrow that their borders lie in tiny arenas.
    on_trial<Bitmap<2>>("bitmap", 2),
    on_trial<Bitmap<4>>("bitmap", 4),
    on_trial<Bitmap<8>>("bitmap", 8),
    on_trial<Bitmap<32>>("bitmap", 32),
};

}  // namespace

std::span<const Variant> design_variants() { return kVariants; }

}  // namespace assay
