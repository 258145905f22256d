#include "impls/buddy/buddy.h"

#include <algorithm>
#include <bit>

namespace assay {

namespace {

/// In pairs_: 3 + the order of a block of more than one frame.
constexpr unsigned kOrderZero = 3;

unsigned lowest_bit(std::uint32_t bits) { return static_cast<unsigned>(std::countr_zero(bits)); }

}  // namespace

template <unsigned WordBits>
unsigned Buddy<WordBits>::orders_in(FrameCount frames) {
  return static_cast<unsigned>(std::bit_width(frames.value()));
}

/// The numbers of the blocks of an order. A buddy beyond them lies in the same word of a set, so
/// that it can be asked for all the same.
template <unsigned WordBits>
auto Buddy<WordBits>::bounds(const MemoryMap& map, unsigned order) -> Bounds {
  const Frame first = map.base.value();
  const Frame last = first + (map.frames.value() - 1);
  return {.low = first >> order, .high = last >> order};
}

template <unsigned WordBits>
std::uint32_t Buddy<WordBits>::pairs_in(const MemoryMap& map) {
  const auto [low, high] = bounds(map, 1);
  return high - low + 1;
}

template <unsigned WordBits>
std::uint64_t Buddy<WordBits>::metadata_bytes(const MemoryMap& map) {
  const unsigned orders = orders_in(map.frames);
  std::uint64_t words = 0;
  for (unsigned order = 0; order < orders; ++order) {
    const auto [low, high] = bounds(map, order);
    words += Set::words_for(low, high);
  }
  return orders * sizeof(Set) + words * sizeof(typename Set::Word) + pairs_in(map);
}

template <unsigned WordBits>
void Buddy<WordBits>::init(const MemoryMap& map, FrameWindow /*window*/,
                           std::span<std::byte> metadata) {
  *this = Buddy{};
  base_ = map.base.value();
  frames_ = map.frames.value();
  const unsigned orders = orders_in(map.frames);
  sets_ = reinterpret_cast<Set*>(metadata.data());
  auto* words = reinterpret_cast<typename Set::Word*>(sets_ + orders);
  for (unsigned order = 0; order < orders; ++order) {
    const auto [low, high] = bounds(map, order);
    sets_[order].init(words, low, high);
    words += Set::words_for(low, high);
  }
  pairs_ = reinterpret_cast<std::uint8_t*>(words);
  std::fill_n(pairs_, pairs_in(map), std::uint8_t{0});
  for (const Run& run : map.usable) add_usable(run);
}

template <unsigned WordBits>
void Buddy<WordBits>::add_usable(Run run) {
  managed_ += run.count;
  free_ += run.count;
  Frame first = run.first.value();
  std::uint32_t left = run.count.value();
  while (left != 0) {
    const unsigned order = std::min(lowest_bit(first), orders_in(FrameCount{left}) - 1);
    release(first, order);
    first += size_of(order);
    left -= size_of(order);
  }
}

template <unsigned WordBits>
Pfn Buddy<WordBits>::allocate(FrameCount count, FrameCount alignment) {
  if (!is_satisfiable(count, alignment) || count > free_) return Pfn::none();
  const auto order = static_cast<unsigned>(std::bit_width(count.value() - 1));
  if (alignment.value() > size_of(order)) {
    return allocate_aligned(order, lowest_bit(alignment.value()));
  }
  const std::uint32_t large_enough = (orders_ | rest_) >> order;
  if (large_enough == 0) return Pfn::none();
  const unsigned from = order + lowest_bit(large_enough);
  const bool is_rest = (rest_ >> from & 1) != 0;
  return hand_out(
      is_rest ? take_from_rest(order, from) : take_from_set(order, from, sets_[from].lowest()),
      order);
}

/// Where the natural alignment of the order is not enough: a block that is too small to be aligned
/// by itself may yet lie at the right place.
template <unsigned WordBits>
Pfn Buddy<WordBits>::allocate_aligned(unsigned order, unsigned alignment_order) {
  settle(rest_);
  for (unsigned from = order; from < orders_in(FrameCount{frames_}); ++from) {
    if (sets_[from].is_empty()) continue;
    const std::uint32_t number = lowest_aligned(from, alignment_order);
    if (number != Set::kNone) return hand_out(take_from_set(order, from, number), order);
  }
  return Pfn::none();
}

/// The lowest free block of an order that is aligned, by its number, or kNone.
template <unsigned WordBits>
std::uint32_t Buddy<WordBits>::lowest_aligned(unsigned order, unsigned alignment_order) const {
  std::uint32_t number = sets_[order].lowest();
  if (order >= alignment_order) return number;
  const std::uint32_t last_number = (base_ + (frames_ - 1)) >> order;
  const std::uint32_t low_bits = size_of(alignment_order - order) - 1;
  while (number != Set::kNone && (number & low_bits) != 0) {
    const std::uint32_t before_next = number | low_bits;
    if (before_next >= last_number) return Set::kNone;
    number = sets_[order].next_behind(before_next);
  }
  return number;
}

template <unsigned WordBits>
Pfn Buddy<WordBits>::hand_out(Frame first, unsigned order) {
  mark_block(first, order);
  free_ -= FrameCount{size_of(order)};
  return Pfn{first};
}

/// The front of the rest's piece of order `from`. What lies in front of that piece is smaller.
template <unsigned WordBits>
auto Buddy<WordBits>::take_from_rest(unsigned order, unsigned from) -> Frame {
  settle(rest_ & (size_of(from) - 1));
  const Frame first = rest_begin();
  rest_ -= size_of(order);
  if (rest_ == 0) rest_end_ = 0;
  return first;
}

/// The front of a block of order `from`; what it does not need becomes the rest.
template <unsigned WordBits>
auto Buddy<WordBits>::take_from_set(unsigned order, unsigned from, std::uint32_t number) -> Frame {
  erase(number, from);
  const Frame first = number << from;
  if (from > order) {
    settle(rest_);
    rest_ = size_of(from) - size_of(order);
    rest_end_ = first + size_of(from);
  }
  return first;
}

/// The smallest pieces of the rest become blocks of the sets. Requires: they are a low part of it.
template <unsigned WordBits>
void Buddy<WordBits>::settle(std::uint32_t pieces) {
  while (pieces != 0) {
    const unsigned order = lowest_bit(pieces);
    insert(rest_begin(), order);
    rest_ -= size_of(order);
    pieces -= size_of(order);
  }
  if (rest_ == 0) rest_end_ = 0;
}

template <unsigned WordBits>
FreeResult Buddy<WordBits>::free(Pfn first) {
  if (!is_inside(first)) return std::unexpected(Misuse::outside_arena);
  const unsigned order = block_order(first.value());
  if (order == kNoOrder) return std::unexpected(misuse_of(first));
  unmark_block(first.value(), order);
  free_ += FrameCount{size_of(order)};
  release(first.value(), order);
  return FrameCount{size_of(order)};
}

/// Coalesces a block that is free now, and keeps it: in the rest if it lies in front of it.
template <unsigned WordBits>
void Buddy<WordBits>::release(Frame first, unsigned order) {
  while (joins_buddy(first, order)) {
  }
  if (rest_ == 0) rest_end_ = 0;  // where no block ends
  if (first + size_of(order) != rest_begin()) return insert(first, order);
  rest_ += size_of(order);
}

/// Makes the block and its buddy the larger block that they are, if the buddy is free.
template <unsigned WordBits>
bool Buddy<WordBits>::joins_buddy(Frame& first, unsigned& order) {
  const std::uint32_t buddy = first >> order ^ 1;
  if (sets_[order].contains(buddy)) {
    erase(buddy, order);
    first &= ~size_of(order);
    ++order;
    return true;
  }
  if ((rest_ >> order & 1) == 0 || first + size_of(order) != rest_begin()) return false;
  // The buddy is the lowest piece of the rest: the lowest of the sum is what they have become.
  const std::uint32_t sum = rest_ + size_of(order);
  order = lowest_bit(sum);
  rest_ = sum - size_of(order);
  return true;
}

template <unsigned WordBits>
void Buddy<WordBits>::insert(Frame first, unsigned order) {
  sets_[order].insert(first >> order);
  orders_ |= size_of(order);
}

template <unsigned WordBits>
void Buddy<WordBits>::erase(std::uint32_t number, unsigned order) {
  sets_[order].erase(number);
  if (sets_[order].is_empty()) orders_ &= ~size_of(order);
}

/// The order of the block in use that starts at a frame, or kNoOrder.
template <unsigned WordBits>
unsigned Buddy<WordBits>::block_order(Frame first) const {
  const unsigned pair = pair_of(first);
  const unsigned odd = first & 1;
  if (pair <= kOrderZero) return (pair >> odd & 1) != 0 ? 0 : kNoOrder;
  return odd == 0 ? pair - kOrderZero : kNoOrder;
}

template <unsigned WordBits>
void Buddy<WordBits>::mark_block(Frame first, unsigned order) {
  std::uint8_t& pair = pair_of(first);
  pair = static_cast<std::uint8_t>(order == 0 ? pair | 1U << (first & 1) : kOrderZero + order);
}

template <unsigned WordBits>
void Buddy<WordBits>::unmark_block(Frame first, unsigned order) {
  std::uint8_t& pair = pair_of(first);
  pair = static_cast<std::uint8_t>(order == 0 ? pair & ~(1U << (first & 1)) : 0);
}

/// Why no block can be freed at a frame of the arena. Requires: none starts there.
template <unsigned WordBits>
Misuse Buddy<WordBits>::misuse_of(Pfn pfn) const {
  if (block_at(pfn)) return Misuse::inside_block;
  return is_free(pfn.value()) ? Misuse::already_free : Misuse::reserved;
}

template <unsigned WordBits>
bool Buddy<WordBits>::is_free(Frame frame) const {
  if (frame - rest_begin() < rest_) return true;
  for (unsigned order = 0; order < orders_in(FrameCount{frames_}); ++order) {
    if (sets_[order].contains(frame >> order)) return true;
  }
  return false;
}

template <unsigned WordBits>
std::optional<Run> Buddy<WordBits>::block_at(Pfn pfn) const {
  if (!is_inside(pfn)) return std::nullopt;
  for (unsigned order = 0; order < orders_in(FrameCount{frames_}); ++order) {
    const Frame first = pfn.value() & ~(size_of(order) - 1);
    if (first < base_) return std::nullopt;
    const unsigned found = block_order(first);
    if (found != kNoOrder && found >= order) return Run{Pfn{first}, FrameCount{size_of(found)}};
  }
  return std::nullopt;
}

/// Neighbours need not be buddies: what is free in a row may be many blocks.
template <unsigned WordBits>
FrameCount Buddy<WordBits>::largest_free_run() const {
  std::uint32_t longest = 0;
  std::uint32_t free_in_a_row = 0;
  for (std::uint32_t i = 0; i < frames_;) {
    const std::uint32_t free = free_from(base_ + i);
    free_in_a_row = free != 0 ? free_in_a_row + free : 0;
    longest = std::max(longest, free_in_a_row);
    i += free != 0 ? free : 1;
  }
  return FrameCount{longest};
}

/// Frames in the free block or in the rest that starts here; 0 if none does.
template <unsigned WordBits>
std::uint32_t Buddy<WordBits>::free_from(Frame first) const {
  if (rest_ != 0 && first == rest_begin()) return rest_;
  for (unsigned order = 0; order < orders_in(FrameCount{frames_}); ++order) {
    if ((first & (size_of(order) - 1)) != 0) return 0;
    if (sets_[order].contains(first >> order)) return size_of(order);
  }
  return 0;
}

template <unsigned WordBits>
const char* Buddy<WordBits>::validate() const {
  if (rest_ == 0 && rest_end_ != 0) return "I4: an empty rest has an end";
  if ((rest_end_ & (size_of(orders_in(FrameCount{rest_})) - 1)) != 0) {
    return "I4: the rest's end is not aligned";
  }
  if (const char* broken = validate_sets()) return broken;
  return validate_frames();
}

template <unsigned WordBits>
const char* Buddy<WordBits>::validate_sets() const {
  const MemoryMap map{.base = Pfn{base_}, .frames = FrameCount{frames_}, .usable = {}};
  for (unsigned order = 0; order < orders_in(map.frames); ++order) {
    const auto [low, high] = bounds(map, order);
    if (const char* broken = sets_[order].validate(low, high)) return broken;
    if ((orders_ >> order & 1) == sets_[order].is_empty()) return "I3: an order's bit is wrong";
  }
  if (orders_ >> orders_in(map.frames) != 0) return "I3: an order is larger than the arena";
  return nullptr;
}

/// Walks from block to block.
template <unsigned WordBits>
const char* Buddy<WordBits>::validate_frames() const {
  const MemoryMap map{.base = Pfn{base_}, .frames = FrameCount{frames_}, .usable = {}};
  std::uint32_t free_blocks = 0;
  FrameCount free;
  FrameCount used;
  for (std::uint32_t i = 0; i < frames_;) {
    const Frame first = base_ + i;
    const std::uint32_t freed = free_from(first);
    const unsigned order = block_order(first);
    const std::uint32_t size = freed != 0 ? freed : order != kNoOrder ? size_of(order) : 1;
    if (size > frames_ - i) return "I1: a block ends behind the arena";
    for (std::uint32_t k = freed != 0 ? 0 : 1; k < size; ++k) {
      if (block_order(first + k) != kNoOrder) return "I1: a block starts inside another one";
    }
    if (freed != 0) {
      free += FrameCount{size};
      const bool is_rest = rest_ != 0 && first == rest_begin();
      free_blocks += is_rest ? 0 : 1;
      const std::uint32_t lowest_piece = is_rest ? 1U << lowest_bit(size) : size;
      if (has_free_buddy(first, lowest_piece)) return "I2: two buddies are free";
    } else if (order != kNoOrder) {
      used += FrameCount{size};
    }
    i += size;
  }
  for (unsigned order = 0; order < orders_in(map.frames); ++order) {
    const auto [low, high] = bounds(map, order);
    free_blocks -= sets_[order].count_members(low, high);
  }
  if (free_blocks != 0) return "I1: a set holds what is not a free block";
  if (free != free_) return "I5: the free count is wrong";
  if (used != used_frames()) return "I5: the managed count is wrong";
  return nullptr;
}

template <unsigned WordBits>
bool Buddy<WordBits>::has_free_buddy(Frame first, std::uint32_t size) const {
  const unsigned order = lowest_bit(size);
  return sets_[order].contains(first >> order ^ 1);
}

template class Buddy<2>;
template class Buddy<4>;
template class Buddy<8>;
template class Buddy<32>;
template class Buddy<64>;

}  // namespace assay
