/// The functions that compilers call by name, and that a C library would bring.
///
/// String instructions do most of the work: in C++ it would be a loop a byte. The file is compiled
/// with -fno-builtin, or the compiler would recognise a loop for what it is and make it a call of
/// itself.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "kernel-shim/machine/exit.h"

extern "C" {

void* memcpy(void* __restrict to, const void* __restrict from, std::size_t size) {
  void* end = to;
  std::size_t words = size / 4;
  std::size_t bytes = size % 4;
  asm volatile("rep movsl" : "+D"(end), "+S"(from), "+c"(words) : : "memory");
  asm volatile("rep movsb" : "+D"(end), "+S"(from), "+c"(bytes) : : "memory");
  return to;
}

void* memmove(void* to, const void* from, std::size_t size) {
  const auto distance =
      reinterpret_cast<std::uintptr_t>(to) - reinterpret_cast<std::uintptr_t>(from);
  if (distance >= size) return memcpy(to, from, size);
  void* last_to = static_cast<std::byte*>(to) + size - 1;
  const void* last_from = static_cast<const std::byte*>(from) + size - 1;
  asm volatile("std; rep movsb; cld" : "+D"(last_to), "+S"(last_from), "+c"(size) : : "memory");
  return to;
}

void* memset(void* to, int byte, std::size_t size) {
  void* end = to;
  std::size_t words = size / 4;
  std::size_t bytes = size % 4;
  const std::uint32_t pattern = (static_cast<std::uint32_t>(byte) & 0xFF) * 0x0101'0101U;
  asm volatile("rep stosl" : "+D"(end), "+c"(words) : "a"(pattern) : "memory");
  asm volatile("rep stosb" : "+D"(end), "+c"(bytes) : "a"(pattern) : "memory");
  return to;
}

int memcmp(const void* left, const void* right, std::size_t size) {
  const auto* a = static_cast<const unsigned char*>(left);
  const auto* b = static_cast<const unsigned char*>(right);
  for (std::size_t i = 0; i < size; ++i) {
    if (a[i] != b[i]) return a[i] - b[i];
  }
  return 0;
}

const void* memchr(const void* memory, int byte, std::size_t size) {
  const auto* bytes = static_cast<const unsigned char*>(memory);
  for (std::size_t i = 0; i < size; ++i) {
    if (bytes[i] == static_cast<unsigned char>(byte)) return bytes + i;
  }
  return nullptr;
}

std::size_t strlen(const char* text) {
  std::size_t length = 0;
  while (text[length] != '\0') ++length;
  return length;
}

void abort() { assay::kernel::panic(assay::kernel::Exit::panic, "abort was called"); }

}  // extern "C"

/// What libstdc++ calls where it would throw.
namespace std {
void __throw_out_of_range_fmt(const char* what, ...) {
  assay::kernel::panic(assay::kernel::Exit::panic, what);
}
}  // namespace std
