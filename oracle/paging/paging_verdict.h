/// The checks of a paging trial, each with the clause of docs/CONTRACT.md that it judges, and what
/// a trial comes to.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "oracle/operations/text.h"

namespace assay {

enum class PagingCheck : std::uint8_t {
  passed,         ///< nothing was broken
  not_zeroed,     ///< a new page or run holds something
  not_new,        ///< a new page is not dirty, or not fixed as asked for
  fixed_evicted,  ///< a fixed page or a block was to leave
  pinned,         ///< pin or unpin did something else
  wrong_victim,   ///< another page than the queue's first was to leave
  needless,       ///< the kernel was called for nothing
  wrong_window,   ///< another window was to leave, or in another order
  not_written,    ///< a dirty page was not written back
  clean_written,  ///< a clean page was
  written,        ///< page_written did something else
  not_unmapped,   ///< a page was written back, or its frame given away, while it was mapped
  content,        ///< bytes of a page or a block have changed
  not_read,       ///< a page was not read from the store
  not_remapped,   ///< a page that stays was not mapped again
  changed,        ///< a call that failed changed something
  missed,         ///< none, though a run was free or could be made free
  granted,        ///< a request that must fail was served
  hang,           ///< a call did not return
  released,       ///< page_free or teardown did something else
  reentered,      ///< a call was not refused inside of a paging call
  overlaps,       ///< a frame that is not free was handed out
  books,          ///< counts, blocks, pages or invariants are wrong
};

struct PagingCheckInfo {
  std::uint32_t clause;  ///< P1 … P12
  const char* name;
};

inline constexpr std::array kPagingChecks{
    PagingCheckInfo{0, "passed"},       PagingCheckInfo{1, "not_zeroed"},
    PagingCheckInfo{1, "not_new"},      PagingCheckInfo{2, "fixed_evicted"},
    PagingCheckInfo{2, "pinned"},       PagingCheckInfo{3, "wrong_victim"},
    PagingCheckInfo{3, "needless"},     PagingCheckInfo{4, "wrong_window"},
    PagingCheckInfo{5, "not_written"},  PagingCheckInfo{5, "clean_written"},
    PagingCheckInfo{5, "written"},      PagingCheckInfo{6, "not_unmapped"},
    PagingCheckInfo{7, "content"},      PagingCheckInfo{7, "not_read"},
    PagingCheckInfo{8, "not_remapped"}, PagingCheckInfo{8, "changed"},
    PagingCheckInfo{9, "missed"},       PagingCheckInfo{9, "granted"},
    PagingCheckInfo{9, "hang"},         PagingCheckInfo{10, "released"},
    PagingCheckInfo{11, "reentered"},   PagingCheckInfo{12, "overlaps"},
    PagingCheckInfo{12, "books"}};
static_assert(kPagingChecks.size() == static_cast<std::size_t>(PagingCheck::books) + 1);

[[nodiscard]] constexpr const PagingCheckInfo& info_of(PagingCheck check) {
  return kPagingChecks[static_cast<std::size_t>(check)];
}

struct PagingVerdict {
  PagingCheck check = PagingCheck::passed;
  std::uint32_t operation = 0;  ///< its place, from 1; 0 = init; the last + 1 = the end
  TextBuffer text;              ///< `P3: op 9 'read 1:4': unmapped 1:2, but 1:0 came first`

  [[nodiscard]] bool passed() const { return check == PagingCheck::passed; }
};

/// What may happen in a trial; a run in which one of these never did is no test of it.
enum class PagingOutcome : std::uint8_t {
  page_made,
  page_loaded,
  page_fixed,
  page_written_clean,  ///< the first write to a clean page
  evicted_dirty,
  evicted_clean,
  window_evicted,   ///< of two pages or more
  window_given_up,  ///< a write-back failed when another page was saved already
  write_failed,
  store_full,
  read_failed,
  taken_meanwhile,  ///< a free frame of the window, by a block
  run_made,
  request_failed,
  pinned,
  unpinned,
  page_freed,
  torn_down,
  block_made,
  block_freed,
  misuse_refused,
  refused_inside,
  block_made_inside,
  block_freed_inside,
  grown,
};
inline constexpr std::array kPagingOutcomeNames{
    "page_made",      "page_loaded",     "page_fixed",        "page_written_clean", "evicted_dirty",
    "evicted_clean",  "window_evicted",  "window_given_up",   "write_failed",       "store_full",
    "read_failed",    "taken_meanwhile", "run_made",          "request_failed",     "pinned",
    "unpinned",       "page_freed",      "torn_down",         "block_made",         "block_freed",
    "misuse_refused", "refused_inside",  "block_made_inside", "block_freed_inside", "grown"};
static_assert(kPagingOutcomeNames.size() == static_cast<std::size_t>(PagingOutcome::grown) + 1);

using PagingOutcomes = std::array<std::uint64_t, kPagingOutcomeNames.size()>;

}  // namespace assay
