/// The exported design's C functions: assay_allocator.h over one design of impls/designs.h. The
/// build names the design; `./assay export` makes a library of it in which nothing else has a name.
#include <new>

#include "impls/designs.h"
#include "kernel-shim/export/assay_allocator.h"

namespace assay {

namespace {

namespace named {
// NOLINTNEXTLINE(bugprone-macro-parentheses): a type
#define ASSAY_NAME_DESIGN(name, type) using name = type;
ASSAY_DESIGNS(ASSAY_NAME_DESIGN)
#undef ASSAY_NAME_DESIGN
}  // namespace named

using Design = named::ASSAY_KERNEL_DESIGN;

/// What lies in an assay_allocator.
struct Exported {
  Design design;
  assay_window window{};
};

static_assert(sizeof(Exported) <= sizeof(assay_allocator));
static_assert(alignof(Exported) <= alignof(assay_allocator));
static_assert(sizeof(Run) == sizeof(assay_run) && sizeof(Pfn) == 4 && sizeof(FrameCount) == 4);
static_assert(kFrameBytes == ASSAY_FRAME_BYTES && Pfn::none() == Pfn{ASSAY_NONE});
static_assert(kMetadataAlignment == ASSAY_METADATA_ALIGNMENT);
// What the header and the page promise of every design.
static_assert(Design::contract.can_grow && !Design::contract.free_takes_size);
static_assert(Design::contract.max_frames >= FrameCount{ASSAY_MOST_FRAMES});

Design& design_in(assay_allocator* allocator) {
  return std::launder(reinterpret_cast<Exported*>(allocator))->design;
}

const Design& design_in(const assay_allocator* allocator) {
  return std::launder(reinterpret_cast<const Exported*>(allocator))->design;
}

MemoryMap map_of(const assay_map& map) {
  const auto* usable = reinterpret_cast<const Run*>(map.usable);
  return {Pfn{map.base}, FrameCount{map.frames}, {usable, map.usable_count}};
}

std::byte* map_by_caller(void* window, Pfn pfn) {
  const auto* by = static_cast<const assay_window*>(window);
  return static_cast<std::byte*>(by->map(by->context, pfn.value()));
}

FrameWindow window_of(assay_window& window) {
  if (window.map != nullptr) return {map_by_caller, &window};
  return {static_cast<std::byte*>(window.linear), Pfn{window.first}};
}

constexpr const char* kNames[] = {name_of(Misuse::outside_arena), name_of(Misuse::reserved),
                                  name_of(Misuse::already_free), name_of(Misuse::inside_block)};

constexpr std::int32_t number_of(Misuse misuse) { return -1 - static_cast<std::int32_t>(misuse); }

static_assert(number_of(Misuse::outside_arena) == ASSAY_OUTSIDE_ARENA);
static_assert(number_of(Misuse::reserved) == ASSAY_RESERVED);
static_assert(number_of(Misuse::already_free) == ASSAY_ALREADY_FREE);
static_assert(number_of(Misuse::inside_block) == ASSAY_INSIDE_BLOCK);

}  // namespace

extern "C" {

// What the page says of the design. The build takes it out of the library (cli/exporting.py).
extern const std::uint32_t assay_facts[];
[[gnu::used, gnu::retain, gnu::section(".assay_facts")]] const std::uint32_t assay_facts[] = {
    Design::contract.rounding == Rounding::power_of_two ? 1U : 0U,
    Design::contract.naturally_aligned ? 1U : 0U,
    Design::contract.link_bytes,
};

std::uint32_t assay_metadata_bytes(const assay_map* map) {
  const MemoryMap given = map_of(*map);
  if (!given.is_valid() || map->frames > ASSAY_MOST_FRAMES) return 0;
  const std::uint64_t bytes = Design::metadata_bytes(given);
  return bytes <= 0xFFFF'FFFF ? static_cast<std::uint32_t>(bytes) : 0;
}

std::int32_t assay_init(assay_allocator* allocator, const assay_map* map,
                        const assay_window* window, void* metadata, std::uint32_t metadata_bytes) {
  const std::uint32_t needed = assay_metadata_bytes(map);
  if (needed == 0) return ASSAY_BAD_MAP;
  const bool is_aligned = reinterpret_cast<std::uintptr_t>(metadata) % kMetadataAlignment == 0;
  if (needed > metadata_bytes || !is_aligned) return ASSAY_BAD_METADATA;
  auto* made = new (allocator) Exported{.design = {}, .window = *window};
  made->design.init(map_of(*map), window_of(made->window),
                    {static_cast<std::byte*>(metadata), metadata_bytes});
  return ASSAY_OK;
}

void assay_add_usable(assay_allocator* allocator, std::uint32_t first, std::uint32_t count) {
  if (count != 0) design_in(allocator).add_usable({Pfn{first}, FrameCount{count}});
}

std::uint32_t assay_allocate(assay_allocator* allocator, std::uint32_t count,
                             std::uint32_t alignment) {
  return design_in(allocator).allocate(FrameCount{count}, FrameCount{alignment}).value();
}

std::int32_t assay_free(assay_allocator* allocator, std::uint32_t first) {
  const FreeResult freed = design_in(allocator).free(Pfn{first});
  return freed ? static_cast<std::int32_t>(freed->value()) : number_of(freed.error());
}

const char* assay_misuse_name(std::int32_t refused) {
  const bool is_known = refused <= ASSAY_OUTSIDE_ARENA && refused >= ASSAY_INSIDE_BLOCK;
  return is_known ? kNames[-1 - refused] : "no misuse";
}

std::uint32_t assay_free_frames(const assay_allocator* allocator) {
  return design_in(allocator).free_frames().value();
}

std::uint32_t assay_used_frames(const assay_allocator* allocator) {
  return design_in(allocator).used_frames().value();
}

std::uint32_t assay_managed_frames(const assay_allocator* allocator) {
  return design_in(allocator).managed_frames().value();
}

std::uint32_t assay_largest_free_run(const assay_allocator* allocator) {
  return design_in(allocator).largest_free_run().value();
}

bool assay_block_at(const assay_allocator* allocator, std::uint32_t frame, assay_run* block) {
  const std::optional<Run> found = design_in(allocator).block_at(Pfn{frame});
  if (found) *block = {found->first.value(), found->count.value()};
  return found.has_value();
}

const char* assay_validate(const assay_allocator* allocator) {
  return design_in(allocator).validate();
}

}  // extern "C"

}  // namespace assay
