#include "oracle/operations/text.h"

namespace assay {

TextBuffer& TextBuffer::operator<<(std::uint32_t number) {
  char digits[10];
  unsigned count = 0;
  do {
    digits[count++] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  while (count > 0) append(digits[--count]);
  return *this;
}

TextBuffer& TextBuffer::operator<<(Run run) {
  *this << run.first.value();
  if (run.count > FrameCount{1}) *this << ".." << (run.end() - FrameCount{1}).value();
  return *this;
}

void print_name(TextBuffer& out, std::uint32_t block) {
  out.append(static_cast<char>('a' + block % 26));
  if (block >= 26) out << block / 26;
}

void print_operation(TextBuffer& out, const Operation& operation, std::uint32_t next_name) {
  if (operation.names_block()) {
    print_name(out, next_name);
    out << " = ";
  }
  print_action(out, operation);
}

void print_action(TextBuffer& out, const Operation& operation) {
  switch (operation.kind) {
    case OperationKind::alloc:
      out << "alloc " << operation.count;
      if (operation.alignment != FrameCount{1}) out << " align " << operation.alignment;
      break;
    case OperationKind::exhaust: out << "exhaust " << operation.count; break;
    case OperationKind::free_block:
      out << "free ";
      print_name(out, operation.block);
      if (operation.element != 0) out << "." << operation.element;
      break;
    case OperationKind::free_inner:
      out << "free ";
      print_name(out, operation.block);
      out << "+" << operation.offset;
      break;
    case OperationKind::free_at: out << "free @" << operation.pfn.value(); break;
    case OperationKind::free_all: out << "free all"; break;
    case OperationKind::grow:
      out << "grow " << operation.pfn.value() << " " << operation.count;
      break;
  }
}

}  // namespace assay
