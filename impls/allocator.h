/// The interface that every physical page-frame allocator implements.
///
/// An allocator manages the frames of one `MemoryMap`. The caller owns all memory: the allocator
/// object, its metadata, and the frames. Designs are plain, trivially copyable objects without
/// virtual functions; they are not thread-safe (locking is a wrapper). They use no heap, no
/// exceptions and no operating system, so that a kernel compiles the same files.
///
/// Out of memory is a return value. Misuse is refused by name and changes nothing. `Cost` is the
/// worst case and stands in the cost table of each design's file comment.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <type_traits>

#include "impls/frame.h"

namespace assay {

/// Why a free was refused.
enum class Misuse : std::uint8_t {
  outside_arena,  ///< the Pfn is not in [base, base + frames), or is none
  reserved,       ///< the frame is a hole: it was never handed out
  already_free,   ///< the frame is free: a double free, or never allocated
  inside_block,   ///< the frame is in use, but its block starts earlier
};

[[nodiscard]] constexpr const char* name_of(Misuse misuse) {
  switch (misuse) {
    case Misuse::outside_arena: return "outside_arena";
    case Misuse::reserved: return "reserved";
    case Misuse::already_free: return "already_free";
    case Misuse::inside_block: return "inside_block";
  }
  return "unknown";
}

/// What a free did: the number of frames released, or why it was refused.
using FreeResult = std::expected<FrameCount, Misuse>;

/// What a free that must not be made leads to.
enum class OnMisuse : std::uint8_t {
  named,      ///< it is refused, by the right name, and changes nothing
  refused,    ///< it is refused and changes nothing; the name may be any
  panics,     ///< the machine stops, and all that was in use still is
  undefined,  ///< anything: nobody may make it
};

/// What a request leads to that cannot be served.
enum class OnExhaustion : std::uint8_t {
  none,       ///< none is returned and nothing changes
  panics,     ///< that, or the machine stops
  undefined,  ///< anything: nobody may make it
};

/// What a request for 0 frames leads to.
enum class OnZero : std::uint8_t {
  none,       ///< none is returned and nothing changes
  one,        ///< it is taken for a request for 1
  panics,     ///< none is returned, or the machine stops
  undefined,  ///< anything: nobody may make it
};

/// Which alignments may be asked for.
enum class Alignments : std::uint8_t {
  checked,  ///< all numbers; those that are no powers of two are refused
  trusted,  ///< powers of two
  ignored,  ///< only 1
};

enum class Rounding : std::uint8_t {
  exact,
  power_of_two,  ///< up to the next power of two
};

/// What a design promises, as a plain value: it is judged by this and by nothing else. What is left
/// out here is a full promise; `skips_of` (oracle/promises.h) lists what a weaker one leaves
/// unjudged.
struct Contract {
  FrameCount max_frames{1U << 28};  ///< largest arena, in frames
  bool can_grow = true;             ///< `add_usable` may be called
  std::uint32_t link_bytes = 0;     ///< at the start of a free frame, for links; a multiple of 8
  std::optional<std::byte> fill{};  ///< every other byte of a free frame has this value
  FrameCount max_block{1U << 31};   ///< longest block that may be asked for; 1: single frames only
  Rounding rounding = Rounding::exact;
  bool naturally_aligned = false;  ///< looks for a block only at multiples of what it grants
  bool free_takes_size = false;    ///< `free(first, count)`: the caller knows the size
  bool frees_parts = false;        ///< a free inside a block releases from there to its end
  OnMisuse on_misuse = OnMisuse::named;
  OnExhaustion on_exhaustion = OnExhaustion::none;
  OnZero on_zero = OnZero::none;
  Alignments alignments = Alignments::checked;
  bool finds_longer_runs = true;  ///< else completeness is promised for single frames only

  // What other people's allocators may lack; designs of this project have it all.
  bool foreign = false;           ///< behind an adapter, which may be at fault as well
  bool needs_low_memory = false;  ///< below 2^31: it takes addresses for numbers of 32 bits
  bool counts_free = true;
  bool counts_used = true;
  bool counts_managed = true;
  bool knows_longest_run = true;
  bool knows_blocks = true;
  FrameCount kept_frames{0};               ///< usable, but kept for itself: at most so many,
  std::uint32_t kept_bytes_per_frame = 0;  ///< and so many bytes for each frame of the arena
  FrameCount min_frames{1};                ///< smallest arena
  std::optional<Pfn> base{};               ///< the only one that an arena may have
  FrameCount base_multiple{1};             ///< an arena begins at a multiple of it,
  bool takes_frame_zero = true;            ///< 0 among them,
  bool takes_holes = true;                 ///< and may have holes

  /// Else it has no business in any frame.
  [[nodiscard]] constexpr bool touches_frames() const { return link_bytes != 0 || fill; }

  /// The trial on the host forbids what is behind the links, in pieces of 8 bytes.
  [[nodiscard]] constexpr bool has_whole_links() const {
    return link_bytes % 8 == 0 && link_bytes <= kFrameBytes;
  }

  /// Whether it says what such a request leads to; no other may be made.
  [[nodiscard]] constexpr bool covers(FrameCount count, FrameCount alignment) const {
    constexpr FrameCount kAnyLength{1U << 31};
    if (alignments == Alignments::ignored && alignment != FrameCount{1}) return false;
    if (alignments == Alignments::trusted && !std::has_single_bit(alignment.value())) return false;
    if (count == FrameCount{0}) return on_zero != OnZero::undefined;
    return count <= max_block || max_block == kAnyLength;
  }

  /// For how many frames a request for `count` is taken.
  [[nodiscard]] constexpr FrameCount asked(FrameCount count) const {
    return count == FrameCount{0} && on_zero == OnZero::one ? FrameCount{1} : count;
  }

  /// Frames of the arena that it may keep for itself.
  [[nodiscard]] constexpr FrameCount may_keep(FrameCount frames) const {
    const std::uint64_t bytes = std::uint64_t{kept_bytes_per_frame} * frames.value();
    const std::uint64_t table = bytes / kFrameBytes + (bytes % kFrameBytes != 0 ? 1 : 0);
    const std::uint64_t kept = kept_frames.value() + table;
    return kept < frames.value() ? FrameCount{static_cast<std::uint32_t>(kept)} : frames;
  }

  /// Frames that a request for `count` takes; 2^32 − 1 where that is more than 2^31.
  [[nodiscard]] constexpr FrameCount granted(FrameCount count) const {
    if (rounding == Rounding::exact || count == FrameCount{0}) return count;
    if (count > FrameCount{1U << 31}) return FrameCount{0xFFFF'FFFF};
    return FrameCount{std::bit_ceil(count.value())};
  }
};

/// What a free returns that does not say how many frames it released, where contract.foreign.
inline constexpr FrameCount kNotSaid{0xFFFF'FFFF};

/// How a call of foreign code went, beside what it returned.
struct Mishap {
  enum class Kind : std::uint8_t {
    none,
    panicked,      ///< it stopped the machine; it was left where it was,
    locked_twice,  ///< as here, where it waits for itself
    lock_held,     ///< it returned with a lock that it did not hold before
  };
  Kind kind = Kind::none;
  const char* message = "";  ///< in its own words, valid until the next call
};

/// The metadata span given to `init` starts at a multiple of this many bytes.
inline constexpr std::size_t kMetadataAlignment = 64;

/// What a type must offer to be an allocator. Written as calls; the meaning of each:
///
/// `D::contract`                   What the design promises.
/// `D::metadata_bytes(map)`        Bytes of metadata that `init` needs for this map.
/// `init(map, window, metadata)`   Makes the usable frames of `map` free.
///     Requires: map.is_valid(), map.frames ≤ contract.max_frames, and metadata of at least
///     metadata_bytes(map) bytes. The content of metadata and of the frames may be anything.
/// `add_usable(run)`               Makes reserved frames free: phase two of a two-phase boot.
///     Requires: every frame of `run` is in the arena and reserved.
/// `allocate(count, alignment)`    Takes a run of `count` free frames whose Pfn is a multiple of
///     `alignment`. Returns: its first frame; none if no such run exists, if count is 0, or if
///     alignment is not a power of two. On failure: nothing changes.
/// `free(first)`                   Releases the block that starts at `first`; its size was recorded
///     when it was allocated. Returns: frames released, or the Misuse. On failure: nothing changes.
///     Where contract.free_takes_size, it is `free(first, count)`, with the size that was granted.
/// `free_frames()`, `used_frames()`, `managed_frames()`   O(1) counts; managed = free + used.
/// `largest_free_run()`            Frames in the longest run of free frames.
/// `block_at(pfn)`                 The block that holds `pfn`, if the frame is in use.
/// `validate()`                    Checks the invariants. Returns: nullptr, or which one is broken.
///
/// A design that leaves something stale until it is needed (a summary, a link that nobody reads)
/// may also have
///
/// `refresh()`                     Brings it up to date. Changes nothing that a caller can see.
///     Two designs that hold the same blocks and go on alike are equal in every byte behind it.
///
/// Where contract.foreign, a design also has
///
/// `mishap()`                      The Mishap of the last call. Who has panicked returned none, or
///     some Misuse.
/// `expect_panic()`                The next call may panic: if it does, it leaves no trace, but for
///     what it wrote into frames.
/// `kept()`                        The usable runs that it has kept for itself since `init`.
template <class D>
concept AllocatorCalls =
    std::is_trivially_copyable_v<D> &&
    requires(D design, const D constant, const MemoryMap& map, FrameWindow window,
             std::span<std::byte> metadata, Pfn pfn, FrameCount count, Run run) {
      { constant.contract } -> std::same_as<const Contract&>;
      { constant.metadata_bytes(map) } -> std::same_as<std::uint64_t>;
      { design.init(map, window, metadata) } -> std::same_as<void>;
      { design.add_usable(run) } -> std::same_as<void>;
      { design.allocate(count) } -> std::same_as<Pfn>;
      { design.allocate(count, count) } -> std::same_as<Pfn>;
      { constant.free_frames() } -> std::same_as<FrameCount>;
      { constant.used_frames() } -> std::same_as<FrameCount>;
      { constant.managed_frames() } -> std::same_as<FrameCount>;
      { constant.largest_free_run() } -> std::same_as<FrameCount>;
      { constant.block_at(pfn) } -> std::same_as<std::optional<Run>>;
      { constant.validate() } -> std::same_as<const char*>;
    } &&
    (
        requires(D design, Pfn pfn) {
          { design.free(pfn) } -> std::same_as<FreeResult>;
        } ||
        requires(D design, Pfn pfn, FrameCount count) {
          { design.free(pfn, count) } -> std::same_as<FreeResult>;
        });

/// True for a design: a type that makes these calls and promises the same in each of its objects.
template <class D>
concept FrameAllocator =
    AllocatorCalls<D> && std::default_initializable<D> && D::contract.has_whole_links() &&
    requires(const MemoryMap& map) { D::metadata_bytes(map); } &&
    D::contract.free_takes_size == requires(D design, Pfn pfn) { design.free(pfn, FrameCount{}); };

/// True if a request of this shape may succeed at all.
[[nodiscard]] constexpr bool is_satisfiable(FrameCount count, FrameCount alignment) {
  // Compilers make a count of all bits of a & (a - 1), in 16 steps where no instruction counts.
  const std::uint32_t below = alignment.value() - 1;
  return count.value() != 0 && (alignment.value() ^ below) > below;
}

/// The lowest Pfn ≥ `pfn` that is a multiple of `alignment` (a power of two), as 64 bits: it may
/// lie beyond the last Pfn.
[[nodiscard]] constexpr std::uint64_t align_up(Pfn pfn, FrameCount alignment) {
  const std::uint64_t mask = std::uint64_t{alignment.value()} - 1;
  return (std::uint64_t{pfn.value()} + mask) & ~mask;
}

}  // namespace assay
