/// What a design does not promise is not judged; this says so, check by check, with the reason.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "impls/allocator.h"
#include "oracle/verdict.h"

namespace assay {

/// A check that a design is not held to.
struct Skip {
  Clause clause = Clause::passed;
  const char* check = "";
  const char* reason = "";
};

class Skips {
 public:
  constexpr void add(Skip skip) { skips_[count_++] = skip; }
  [[nodiscard]] constexpr std::span<const Skip> all() const { return {skips_.data(), count_}; }

 private:
  std::array<Skip, 8> skips_{};
  std::size_t count_ = 0;
};

/// Every check that the trial leaves out for a design with this contract.
[[nodiscard]] constexpr Skips skips_of(const Contract& contract) {
  Skips skips;
  if (contract.max_block < Contract{}.max_block) {
    skips.add({Clause::completeness, "longer requests are served", "it limits a block's length"});
  }
  if (contract.naturally_aligned) {
    skips.add({Clause::completeness, "every free run is found",
               "it looks only at multiples of what it grants"});
  }
  if (contract.on_exhaustion == OnExhaustion::panics) {
    skips.add(
        {Clause::failed_call, "a failed request changes nothing", "it panics when out of memory"});
  }
  if (contract.free_takes_size) {
    skips.add({Clause::exact_free, "it knows the size of a block", "its caller says the size"});
  }
  if (contract.frees_parts) {
    skips.add({Clause::misuse, "a free inside a block is refused", "it frees parts of blocks"});
  }
  if (contract.on_misuse == OnMisuse::refused) {
    skips.add({Clause::misuse, "misuse is named", "it refuses without saying why"});
  }
  if (contract.on_misuse == OnMisuse::undefined) {
    skips.add({Clause::misuse, "misuse is refused", "it does not say what misuse leads to"});
  }
  if (!contract.can_grow) {
    skips.add({Clause::capacity, "frames are added", "it cannot grow"});
  }
  return skips;
}

}  // namespace assay
