/// Runs paging trials on the host: bytes in, verdict out. Tests and the libFuzzer target share it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "oracle/paging/paging_trial.h"

namespace assay {

/// Memory for one paging trial at a time, kept from one to the next.
class PagingHost {
 public:
  PagingHost();

  /// A whole sequence, to its finish.
  template <class Pager>
  [[nodiscard]] PagingVerdict run(std::span<const std::uint8_t> bytes, PagingOutcomes& totals) {
    Pager pager;
    return run_on(AnyPager::of(pager), bytes, totals);
  }

 private:
  /// The metadata lie at such places, and end in front of somebody else's memory.
  struct alignas(kMetadataAlignment) Line {
    std::array<std::byte, kMetadataAlignment> bytes;
  };

  PagingVerdict run_on(AnyPager pager, std::span<const std::uint8_t> bytes, PagingOutcomes& totals);

  std::vector<std::byte> ram_;
  std::unique_ptr<BackingStore> store_;
};

/// What targets and keys call the paging side.
inline constexpr const char* kPagingName = "paging";

/// A design that can page.
struct PagedDesign {
  const char* name;
  PagingVerdict (*run)(PagingHost& host, std::span<const std::uint8_t> bytes,
                       PagingOutcomes& totals);
};

/// `Paged` over each design of impls/designs.h.
[[nodiscard]] std::span<const PagedDesign> paged_designs();

/// Who pages under an input whose first byte this is: each design has a place modulo 16. Nullptr
/// where nobody has that place yet.
[[nodiscard]] const PagedDesign* paged_design_at(std::uint8_t byte);

/// Random bytes that are a sequence of so many operations.
[[nodiscard]] std::vector<std::uint8_t> random_paging_bytes(std::uint64_t seed,
                                                            std::uint32_t operations);

/// The arena and the first `operations` operations, a line each.
[[nodiscard]] std::string describe_paging(std::span<const std::uint8_t> bytes,
                                          std::uint32_t operations);

/// What a finding is known by: `paging-bitmap-P3-wrong_victim`.
[[nodiscard]] std::string key_of(const char* design, const PagingVerdict& verdict);

}  // namespace assay
