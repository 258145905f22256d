/// What the paging side is asked to do, read from bytes: any bytes are a sequence.
///
///     base frames holes×2 swap flags       8 bytes of an arena: at most 40 frames
///     operation …                          4 bytes each: kind, page, pick, inside
///
/// An operation names pages and blocks by numbers that are taken modulo what there is, so that a
/// fuzzer's changes keep their sense. `inside` is a call that is made from inside of one of the
/// kernel's functions, while this operation is under way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "impls/paged/paging_calls.h"
#include "oracle/operations/operation.h"
#include "oracle/operations/text.h"

namespace assay {

inline constexpr std::uint32_t kPagingArenaBytes = 8;
inline constexpr std::uint32_t kPagingOperationBytes = 4;

/// The memory of a sequence: an arena, and how many pages the backing store has room for.
struct PagingArena {
  static constexpr std::uint32_t kMaxFrames = 40;

  Arena arena;
  std::uint32_t swap_pages = 0;
};

/// The pages that there can be: of the spaces 1 … kSpaces, each with the numbers 0 … kNumbers − 1.
inline constexpr std::uint32_t kPagingSpaces = 3;
inline constexpr std::uint32_t kPagingNumbers = 20;
inline constexpr std::uint32_t kPagingPages = kPagingSpaces * kPagingNumbers;

enum class PagingKind : std::uint8_t {
  read,            ///< a new page where there is none; one that was evicted is loaded
  write,           ///< the same, and then the page is written to
  new_fixed,       ///< allocate_page(page, fixed), if there is none; else as read
  nalloc,          ///< page_nalloc(count, alignment)
  make_available,  ///< make_page_available(count, alignment)
  allocate,        ///< a block past the paging side
  free_block,      ///< the block number `pick`
  free_at,         ///< a free of the frame number `pick`, whatever it is
  pin,             ///< of the frame number `pick`, as the next three
  unpin,
  written,
  page_free,
  teardown,     ///< of the page's space; pick 0: of no user's space
  discard,      ///< the owner forgets a page that is only in the backing store
  break_store,  ///< the next `pick` % 4 writes fail; of reads, where pick is odd, one
  grow,         ///< the first reserved frames become usable
  bad_space,    ///< allocate_page and load_page of a page that is no user's
};
inline constexpr std::size_t kPagingKinds = 17;

/// What happens inside of one of the kernel's functions.
enum class Inside : std::uint8_t {
  nothing,
  allocate,     ///< a block of one frame
  free_block,   ///< the block number `pick`
  free_frame,   ///< a free of the frame that the function was told
  change_page,  ///< page_free, pin, unpin and page_written of that frame
  make_page,    ///< allocate_page and load_page of a page
  make_room,    ///< page_nalloc and make_page_available
  tear_down,    ///< of that page's space
};
inline constexpr std::size_t kInsides = 8;

struct PagingOperation {
  PagingKind kind = PagingKind::read;
  Page page{.space = 1, .number = 0};
  std::uint32_t pick = 0;
  FrameCount count{1};
  FrameCount alignment{1};
  Inside inside = Inside::nothing;
  std::uint32_t inside_at = 0;  ///< in the function called so many calls after the first
};

/// Reads an arena and operations. Too few bytes for an arena are followed by zeros.
class PagingReader {
 public:
  explicit PagingReader(std::span<const std::uint8_t> bytes);

  [[nodiscard]] const PagingArena& arena() const { return arena_; }
  /// Returns: false at the end.
  [[nodiscard]] bool next(PagingOperation& operation);

 private:
  [[nodiscard]] std::uint8_t read_byte() {
    return position_ < bytes_.size() ? bytes_[position_++] : std::uint8_t{0};
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t position_ = 0;
  PagingArena arena_;
};

/// `2:0x05`: space and number.
void print_page(TextBuffer& out, Page page);

/// `write 2:0x05`, and what happens inside.
void print_paging_operation(TextBuffer& out, const PagingOperation& operation);

}  // namespace assay
