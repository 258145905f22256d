/// boot_ram: frames for those who need some before there is an allocator.
///
/// After OS/161's ram.c. Until the coremap is up, memory is stolen: `steal` moves the first free
/// frame up, and nothing ever comes back. `get_size` tells what is left and ends that, since from
/// then on somebody else gives those frames away. `bootstrap` does the rest: the table is placed by
/// hand in the first frames that are left, and what lies below stays fixed for good.
///
///     all   | kernel | stolen | stolen | table |  free …                | known later |
///           ^ bottom          first free ^     ^ free run           top ^       end of `all`
///
///     operation         worst case
///     steal, get_size   O(1)
///     bootstrap         O(frames of `all`)
///
/// Invariant: bottom ≤ first_free_ ≤ top_; no frame is stolen twice.
#pragma once

#include <optional>

#include "impls/coremap/coremap.h"

namespace assay {

class BootRam {
 public:
  /// The frames from the first behind the kernel up to `top`.
  constexpr BootRam(Pfn first_free, Pfn top) : first_free_(first_free), top_(top) {}

  /// Takes `count` frames for good (ram_stealmem).
  ///
  /// Returns: the first of them; none if count is 0, if fewer are left, or once the size was asked.
  /// On failure: nothing changes.
  [[nodiscard]] Pfn steal(FrameCount count);

  /// What nobody has stolen (ram_getsize). Ends stealing.
  [[nodiscard]] Run get_size();

 private:
  Pfn first_free_;
  Pfn top_;
  bool is_open_ = true;
};

/// Sets a coremap up over `all` frames of RAM. Free are those that nobody stole, but for the frames
/// of the table; all others, below and above, are fixed until `add_usable`.
///
/// Requires: `all` holds the frames of `ram`, and is at most contract.max_frames long; the direct
///     map shows the table's frames in one row of bytes.
/// Returns: the free run, which may be empty; nothing if the table does not fit.
/// On failure: the coremap is untouched. Stealing has ended in any case.
[[nodiscard]] std::optional<Run> bootstrap(Coremap& coremap, BootRam& ram, Run all,
                                           FrameWindow direct_map);

}  // namespace assay
