/// The byte form of a sequence: what libFuzzer mutates and what the kernel gets as a module.
///
///     'A' 1                      magic and version
///     base frames holes          varints; then per hole: gap from the previous end, count
///     ram [seed]                 0 zero; 1 junk, then its seed
///     operation …
///     0xFF                       the end: bytes that were cut short are told from whole ones
///
/// An operation starts with a byte: the code in its low 3 bits, a number in its high 5. The number
/// 31 says that a varint follows and is to be added. A varint has 7 bits a byte, low ones first, at
/// most 32 bits in all, and no needless byte.
///
///     code  operation             number                      then
///     0     alloc                 count
///     1     alloc … align         count                       varint alignment ≠ 1
///     2     free block            distance                    (blocks named since that one)
///     3     free block+offset     distance                    varint offset − 1
///     4     free @pfn             pfn − base, modulo 2^32
///     5     exhaust               count
///     6     free all              0
///     7     grow, element         0: varint first − base, varint count
///                                 1: varint distance, varint element − 1 (element ≥ 1)
///
/// Corpora outlive releases, so the form only grows: a new operation takes one of the numbers
/// 2 … 30 of code 7, which no bytes have had so far. Another version is only for what changes the
/// meaning of bytes that there are; its reader must read version 1, too.
///
/// There is one byte form per sequence, so bytes → operations → bytes gives the same bytes.
/// Distances count back from the newest name, so that cutting a sequence in front leaves the rest
/// as it was.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "oracle/operations/operation.h"

namespace assay {

/// The last byte of every sequence; no operation starts with it.
inline constexpr std::uint8_t kEndByte = 0xFF;

/// Reads a sequence from bytes without a heap. Cost: O(1) per operation.
class OperationReader {
 public:
  /// Reads the arena. Check `error()` before anything else.
  explicit OperationReader(std::span<const std::uint8_t> bytes);

  [[nodiscard]] const Arena& arena() const { return arena_; }

  /// Reads the next operation. Returns: false at the end and after an error. Bytes behind the end
  /// are an error.
  [[nodiscard]] bool next(Operation& operation);

  /// Nullptr, or what is wrong with the bytes, in words; `offset()` says where.
  [[nodiscard]] const char* error() const { return error_; }
  [[nodiscard]] std::size_t offset() const { return error_ != nullptr ? start_ : position_; }

  /// Blocks named so far.
  [[nodiscard]] std::uint32_t names() const { return names_; }

 private:
  void read_arena();
  bool read_end();
  void read_operation(Operation& operation);
  void read_extended(Operation& operation, std::uint32_t number);
  [[nodiscard]] std::uint8_t read_byte();
  [[nodiscard]] std::uint32_t read_varint();
  [[nodiscard]] std::uint32_t block_at_distance(std::uint32_t distance);
  void fail(const char* why);

  std::span<const std::uint8_t> bytes_;
  std::size_t position_ = 0;
  std::size_t start_ = 0;  ///< where the operation being read starts
  std::uint32_t names_ = 0;
  bool at_end_ = false;
  const char* error_ = nullptr;
  Arena arena_;
};

/// What a whole sequence needs to be run, and whether it can be read at all.
struct Survey {
  Arena arena;
  std::uint32_t operations = 0;
  std::uint32_t names = 0;      ///< blocks named: alloc and exhaust operations
  std::uint64_t elements = 0;   ///< blocks that may be made: an exhaust makes up to frames / count
  const char* error = nullptr;  ///< nullptr, or what is wrong
  std::size_t error_offset = 0;
};

/// Adds one operation to a survey.
void count_operation(Survey& survey, const Operation& operation);

/// Reads all of `bytes`. Cost: O(bytes).
[[nodiscard]] Survey survey_bytes(std::span<const std::uint8_t> bytes);

/// Writes a sequence, byte by byte, to `Sink`, which is called with each std::uint8_t: the arena,
/// then `write` for each operation, then `end`.
template <class Sink>
class OperationWriter {
 public:
  /// Requires: arena.problem() is nullptr.
  OperationWriter(const Arena& arena, Sink sink) : sink_(sink), base_(arena.base) {
    sink_(std::uint8_t{'A'});
    sink_(std::uint8_t{1});
    write_varint(arena.base.value());
    write_varint(arena.frames.value());
    write_varint(arena.hole_count);
    Pfn previous_end = arena.base;
    for (const Run& hole : arena.hole_runs()) {
      write_varint((hole.first - previous_end).value());
      write_varint(hole.count.value());
      previous_end = hole.end();
    }
    write_varint(arena.ram == RamContent::junk ? 1 : 0);
    if (arena.ram == RamContent::junk) write_varint(arena.seed);
  }

  /// Requires: the operation refers only to blocks named before.
  void write(const Operation& operation) {
    switch (operation.kind) {
      case OperationKind::alloc: write_alloc(operation); break;
      case OperationKind::exhaust: write_head(5, operation.count.value()); break;
      case OperationKind::free_block: write_free(operation); break;
      case OperationKind::free_inner:
        write_head(3, distance_to(operation.block));
        write_varint(operation.offset - 1);
        break;
      case OperationKind::free_at: write_head(4, (operation.pfn - base_).value()); break;
      case OperationKind::free_all: write_head(6, 0); break;
      case OperationKind::grow:
        write_head(7, 0);
        write_varint((operation.pfn - base_).value());
        write_varint(operation.count.value());
        break;
    }
    if (operation.names_block()) ++names_;
  }

  /// Ends the sequence.
  void end() { sink_(kEndByte); }

 private:
  void write_alloc(const Operation& operation) {
    const bool aligned = operation.alignment != FrameCount{1};
    write_head(aligned ? 1 : 0, operation.count.value());
    if (aligned) write_varint(operation.alignment.value());
  }

  void write_free(const Operation& operation) {
    if (operation.element == 0) return write_head(2, distance_to(operation.block));
    write_head(7, 1);
    write_varint(distance_to(operation.block));
    write_varint(operation.element - 1);
  }

  [[nodiscard]] std::uint32_t distance_to(std::uint32_t block) const { return names_ - 1 - block; }

  void write_head(unsigned code, std::uint32_t number) {
    const std::uint32_t small = number < 31 ? number : 31;
    sink_(static_cast<std::uint8_t>(code | small << 3));
    if (small == 31) write_varint(number - 31);
  }

  void write_varint(std::uint32_t value) {
    for (; value >= 0x80; value >>= 7) sink_(static_cast<std::uint8_t>(value | 0x80));
    sink_(static_cast<std::uint8_t>(value));
  }

  Sink sink_;
  Pfn base_;
  std::uint32_t names_ = 0;
};

}  // namespace assay
