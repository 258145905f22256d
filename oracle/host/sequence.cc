#include "oracle/host/sequence.h"

#include <fmt/format.h>

#include <algorithm>

#include "oracle/host/file.h"
#include "oracle/operations/text.h"

namespace assay {

bool Sequence::operator==(const Sequence& other) const {
  return arena.base == other.arena.base && arena.frames == other.arena.frames &&
         arena.ram == other.arena.ram && arena.seed == other.arena.seed &&
         std::ranges::equal(arena.hole_runs(), other.arena.hole_runs()) &&
         operations == other.operations;
}

Survey survey(const Sequence& sequence) {
  Survey survey;
  survey.arena = sequence.arena;
  for (const Operation& operation : sequence.operations) count_operation(survey, operation);
  return survey;
}

std::vector<std::uint8_t> to_bytes(const Sequence& sequence) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(16 + sequence.operations.size() * 3);
  OperationWriter writer(sequence.arena, [&](std::uint8_t byte) { bytes.push_back(byte); });
  for (const Operation& operation : sequence.operations) writer.write(operation);
  writer.end();
  return bytes;
}

std::string to_text(const Sequence& sequence) {
  const Arena& arena = sequence.arena;
  std::string text =
      fmt::format("assay-ops 1\nbase {}\nframes {}\n", arena.base.value(), arena.frames.value());
  for (const Run& hole : arena.hole_runs()) {
    text += fmt::format("hole {} {}\n", hole.first.value(), hole.count.value());
  }
  text += arena.ram == RamContent::zero ? "ram zero\n" : fmt::format("ram junk {}\n", arena.seed);
  std::uint32_t names = 0;
  for (const Operation& operation : sequence.operations) {
    TextBuffer line;
    print_operation(line, operation, names);
    text += line.c_str();
    text += '\n';
    if (operation.names_block()) ++names;
  }
  return text;
}

InputError parse_bytes(std::span<const std::uint8_t> bytes, Sequence& sequence) {
  OperationReader reader(bytes);
  sequence.arena = reader.arena();
  sequence.operations.clear();
  Operation operation;
  while (reader.next(operation)) sequence.operations.push_back(operation);
  if (reader.error() == nullptr) return {};
  return fmt::format("byte {}: {}", reader.offset(), reader.error());
}

std::expected<Sequence, InputError> parse_bytes(std::span<const std::uint8_t> bytes) {
  Sequence sequence;
  const InputError error = parse_bytes(bytes, sequence);
  if (!error.empty()) return std::unexpected(error);
  return sequence;
}

std::expected<Sequence, InputError> load(const std::string& path) {
  const std::expected<std::string, InputError> content = read_file(path);
  if (!content) return std::unexpected(content.error());
  const bool is_bytes = content->starts_with('A');
  auto sequence =
      is_bytes
          ? parse_bytes({reinterpret_cast<const std::uint8_t*>(content->data()), content->size()})
          : parse_text(*content);
  if (!sequence) return std::unexpected(path + ":" + sequence.error());
  return sequence;
}

std::string save(const Sequence& sequence, const std::string& path) {
  if (path.ends_with(".ops")) return write_file(path, to_text(sequence));
  const std::vector<std::uint8_t> bytes = to_bytes(sequence);
  return write_file(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace assay
