#include "fuzz/variants.h"
#include "oracle/zoo/zoo.h"

namespace assay {

namespace {

/// One oracle is enough to catch what is wrong on purpose, and halves the time to compile.
template <FrameAllocator Design>
constexpr Variant in_zoo(const char* name) {
  return {name, 0, Design::contract.can_grow, &explore<Design, Model>, &explore<Design, Model>};
}

constexpr Variant kVariants[] = {
#define ASSAY_VARIANT(name, type) in_zoo<type>(#name),
    ASSAY_ZOO(ASSAY_VARIANT)
#undef ASSAY_VARIANT
};

}  // namespace

std::span<const Variant> zoo_variants() { return kVariants; }

}  // namespace assay
