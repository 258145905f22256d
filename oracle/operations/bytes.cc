#include "oracle/operations/bytes.h"

namespace assay {

OperationReader::OperationReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {
  read_arena();
}

void OperationReader::read_arena() {
  if (read_byte() != 'A') return fail("does not start with the byte 'A'");
  if (read_byte() != 1) return fail("is of a version other than 1");
  arena_.base = Pfn{read_varint()};
  arena_.frames = FrameCount{read_varint()};
  const std::uint32_t holes = read_varint();
  if (holes > Arena::kMaxHoles) return fail("has more than 16 holes");
  std::uint64_t previous_end = arena_.base.value();
  for (std::uint32_t i = 0; i < holes; ++i) {
    const std::uint64_t first = previous_end + read_varint();
    const FrameCount count{read_varint()};
    if (first + count.value() > 0xFFFF'FFFF) return fail("has a hole beyond the last frame number");
    arena_.holes[arena_.hole_count++] = {Pfn{static_cast<std::uint32_t>(first)}, count};
    previous_end = first + count.value();
  }
  const std::uint32_t ram = read_varint();
  if (ram > 1) return fail("has an unknown kind of RAM content");
  arena_.ram = ram == 1 ? RamContent::junk : RamContent::zero;
  if (ram == 1) arena_.seed = read_varint();
  if (error_ == nullptr && arena_.problem() != nullptr) fail(arena_.problem());
}

bool OperationReader::next(Operation& operation) {
  if (error_ != nullptr || at_end_) return false;
  start_ = position_;
  if (position_ < bytes_.size() && bytes_[position_] == kEndByte) return read_end();
  operation = Operation{};
  read_operation(operation);
  if (error_ != nullptr) return false;
  if (operation.names_block()) ++names_;
  return true;
}

/// Always false, so that `next` can return it.
bool OperationReader::read_end() {
  at_end_ = true;
  start_ = ++position_;
  if (position_ < bytes_.size()) fail("goes on behind its end");
  return false;
}

void OperationReader::read_operation(Operation& operation) {
  const std::uint8_t head = read_byte();
  const unsigned code = head & 7U;
  const std::uint32_t small = head >> 3;
  if (code == 7) return read_extended(operation, small);
  const std::uint64_t wide = small == 31 ? std::uint64_t{31} + read_varint() : small;
  if (wide > 0xFFFF'FFFF) return fail("has a number beyond 32 bits");
  const auto number = static_cast<std::uint32_t>(wide);
  switch (code) {
    case 0:
    case 1:
      operation.kind = OperationKind::alloc;
      operation.count = FrameCount{number};
      if (code == 1) operation.alignment = FrameCount{read_varint()};
      if (code == 1 && operation.alignment == FrameCount{1}) fail("has a needless alignment of 1");
      break;
    case 2:
      operation.kind = OperationKind::free_block;
      operation.block = block_at_distance(number);
      break;
    case 3:
      operation.kind = OperationKind::free_inner;
      operation.block = block_at_distance(number);
      operation.offset = read_varint() + 1;
      if (operation.offset == 0) fail("has an offset beyond 32 bits");
      break;
    case 4:
      operation.kind = OperationKind::free_at;
      operation.pfn = arena_.base + FrameCount{number};
      break;
    case 5:
      operation.kind = OperationKind::exhaust;
      operation.count = FrameCount{number};
      break;
    default:
      operation.kind = OperationKind::free_all;
      if (number != 0) fail("has an unknown operation");
  }
}

void OperationReader::read_extended(Operation& operation, std::uint32_t number) {
  if (number > 1) return fail("has an unknown operation");
  if (number == 0) {
    operation.kind = OperationKind::grow;
    operation.pfn = arena_.base + FrameCount{read_varint()};
    operation.count = FrameCount{read_varint()};
    return;
  }
  operation.kind = OperationKind::free_block;
  operation.block = block_at_distance(read_varint());
  operation.element = read_varint() + 1;
  if (operation.element == 0) fail("has an element beyond 32 bits");
}

std::uint32_t OperationReader::block_at_distance(std::uint32_t distance) {
  if (distance < names_) return names_ - 1 - distance;
  fail("frees a block that was never named");
  return 0;
}

std::uint8_t OperationReader::read_byte() {
  if (position_ < bytes_.size()) return bytes_[position_++];
  fail("is cut short");
  return 0;
}

std::uint32_t OperationReader::read_varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 35; shift += 7) {
    const std::uint8_t byte = read_byte();
    if (error_ != nullptr) return 0;
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte >= 0x80) continue;
    if (byte == 0 && shift > 0) break;
    if (value <= 0xFFFF'FFFF) return static_cast<std::uint32_t>(value);
    break;
  }
  fail("has a number that is too long");
  return 0;
}

void OperationReader::fail(const char* why) {
  if (error_ == nullptr) error_ = why;
}

void count_operation(Survey& survey, const Operation& operation) {
  ++survey.operations;
  if (!operation.names_block()) return;
  ++survey.names;
  const bool many = operation.kind == OperationKind::exhaust && operation.count != FrameCount{0};
  survey.elements += many ? survey.arena.frames.value() / operation.count.value() : 1;
}

Survey survey_bytes(std::span<const std::uint8_t> bytes) {
  OperationReader reader(bytes);
  Survey survey;
  survey.arena = reader.arena();
  Operation operation;
  while (reader.next(operation)) count_operation(survey, operation);
  survey.error = reader.error();
  survey.error_offset = reader.offset();
  return survey;
}

}  // namespace assay
