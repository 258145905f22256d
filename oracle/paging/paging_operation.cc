#include "oracle/paging/paging_operation.h"

#include <algorithm>
#include <array>

namespace assay {

namespace {

/// How often each kind comes: one byte in so many of these.
constexpr std::array kWeighted{
    PagingKind::read,        PagingKind::read,       PagingKind::read,
    PagingKind::read,        PagingKind::read,       PagingKind::read,
    PagingKind::write,       PagingKind::write,      PagingKind::write,
    PagingKind::write,       PagingKind::write,      PagingKind::write,
    PagingKind::write,       PagingKind::write,      PagingKind::new_fixed,
    PagingKind::nalloc,      PagingKind::nalloc,     PagingKind::make_available,
    PagingKind::allocate,    PagingKind::free_block, PagingKind::free_block,
    PagingKind::free_at,     PagingKind::pin,        PagingKind::pin,
    PagingKind::unpin,       PagingKind::unpin,      PagingKind::written,
    PagingKind::page_free,   PagingKind::teardown,   PagingKind::discard,
    PagingKind::break_store, PagingKind::grow,       PagingKind::bad_space};

constexpr std::array kKindNames{"read",
                                "write",
                                "new fixed",
                                "page_nalloc",
                                "make available",
                                "allocate",
                                "free block number",
                                "free frame number",
                                "pin frame number",
                                "unpin frame number",
                                "written frame number",
                                "page_free frame number",
                                "teardown",
                                "discard",
                                "break store",
                                "grow",
                                "pages of no user's"};
static_assert(kKindNames.size() == kPagingKinds);

constexpr std::array kInsideNames{"nothing",     "allocate",  "free block", "free frame",
                                  "change page", "make page", "make room",  "tear down"};
static_assert(kInsideNames.size() == kInsides);

/// A count that is mostly small, sometimes nonsense.
FrameCount count_from(std::uint32_t pick) {
  if (pick == 0xFF) return FrameCount{0};
  if (pick == 0xFE) return FrameCount{0xFFFF'FFFF};
  return FrameCount{1 + pick % 9};
}

/// 1, 1, 2 or 4; sometimes nonsense.
FrameCount alignment_from(std::uint32_t byte, std::uint32_t pick) {
  constexpr std::array kAlignments{1U, 1U, 2U, 4U};
  return FrameCount{pick == 0xFD ? 3 : kAlignments[byte % kAlignments.size()]};
}

}  // namespace

PagingReader::PagingReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {
  Arena& arena = arena_.arena;
  arena.base = Pfn{read_byte() % 8U};
  arena.frames = FrameCount{1 + read_byte() % PagingArena::kMaxFrames};
  std::uint32_t from = 0;
  for (int i = 0; i < 2; ++i) {
    const std::uint32_t gap = read_byte() % 32;
    const std::uint32_t count = read_byte() % 4;
    if (count == 0 || from + gap + count > arena.frames.value()) continue;
    arena.holes[arena.hole_count++] = {arena.base + FrameCount{from + gap}, FrameCount{count}};
    from += gap + count + 1;
  }
  arena_.swap_pages = read_byte() % (kPagingPages + 1);
  arena.ram = RamContent::junk;
  arena.seed = read_byte();
}

bool PagingReader::next(PagingOperation& operation) {
  if (position_ >= bytes_.size()) return false;
  operation.kind = kWeighted[read_byte() % kWeighted.size()];
  const std::uint32_t page = read_byte() % kPagingPages;
  operation.page = {.space = 1 + page / kPagingNumbers, .number = page % kPagingNumbers};
  operation.pick = read_byte();
  const std::uint32_t inside = read_byte();
  operation.count = count_from(operation.pick);
  operation.alignment = alignment_from(inside >> 6, operation.pick);
  operation.inside = static_cast<Inside>(inside % kInsides);
  operation.inside_at = (inside >> 3) % 4;
  return true;
}

void print_page(TextBuffer& out, Page page) { out << page.space << ":" << page.number; }

void print_paging_operation(TextBuffer& out, const PagingOperation& operation) {
  out << kKindNames[static_cast<std::size_t>(operation.kind)] << " ";
  switch (operation.kind) {
    case PagingKind::nalloc:
    case PagingKind::make_available:
    case PagingKind::allocate: out << operation.count << " align " << operation.alignment; break;
    case PagingKind::free_block:
    case PagingKind::free_at:
    case PagingKind::pin:
    case PagingKind::unpin:
    case PagingKind::written:
    case PagingKind::page_free:
    case PagingKind::break_store: out << operation.pick; break;
    default: print_page(out, operation.page); break;
  }
  if (operation.inside == Inside::nothing) return;
  out << " (inside, at call " << operation.inside_at << ": "
      << kInsideNames[static_cast<std::size_t>(operation.inside)] << ")";
}

}  // namespace assay
