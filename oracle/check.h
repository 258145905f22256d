/// The checks of the trial, each by the word that verdicts and the keys of findings use for it.
///
/// A test may switch one off and ask who gets away then (oracle/zoo/checks_test.cc): the trial goes
/// on as if the answer had been the promised one. In all other trials each is on, and asking costs
/// nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace assay {

enum class Check : std::uint8_t {
  // Of an allocation. Off: a run that is not free, or holds no frame, is taken by nobody.
  missed,      ///< none where a fitting run is free
  granted,     ///< a run for a request that must fail
  overlaps,    ///< a run that is not free throughout
  misaligned,  ///< a run that is free but starts at the wrong frame
  // Of a free. Off: a block counts as freed, misuse as refused.
  refused,     ///< of a good free
  wrong_size,  ///< of the block released
  released,    ///< by misuse
  misnamed,    ///< misuse, refused by another name
  // Of the books, after every call.
  free_frames,
  used_frames,
  managed_frames,
  // Of the books, at depth.
  invalid,  ///< the allocator's own validate() says so
  largest_free_run,
  block_at,
  // Of the frames.
  content,  ///< of a block that is being freed
  hole,     ///< content of reserved frames, at the end
  fill,     ///< of free frames, where it is promised
  // Of what foreign code does beside answering. Off: nothing is made of it.
  panicked,      ///< where its contract does not say so
  locked_twice,  ///< it waits for a lock that it holds
  lock_held,     ///< when it returned
  kept,          ///< frames that it may not keep for itself
  // Of the call itself. Off: the trial ends without a verdict.
  hang,
};

inline constexpr std::array kCheckNames{
    "missed",           "granted",   "overlaps",    "misaligned",  "refused",        "wrong_size",
    "released",         "misnamed",  "free_frames", "used_frames", "managed_frames", "invalid",
    "largest_free_run", "block_at",  "content",     "hole",        "fill",           "panicked",
    "locked_twice",     "lock_held", "kept",        "hang"};

[[nodiscard]] constexpr const char* name_of(Check check) {
  return kCheckNames[static_cast<std::size_t>(check)];
}
static_assert(kCheckNames.size() == static_cast<std::size_t>(Check::hang) + 1);

}  // namespace assay
