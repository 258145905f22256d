#include "impls/paged/paged_designs.h"

namespace assay {

#define ASSAY_PAGED_DESIGN(name, type) template class Paged<type>;
ASSAY_DESIGNS(ASSAY_PAGED_DESIGN)
#undef ASSAY_PAGED_DESIGN

}  // namespace assay
