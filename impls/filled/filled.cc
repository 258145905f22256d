#include "impls/wrapped_designs.h"

namespace assay {

template class Filled<FreeList>;

}  // namespace assay
