/* memset and its kin.
 *
 * Plain loops over bytes. Compilers like to make a call of memset out of such a loop, which here
 * would be a call of itself: -fno-builtin keeps clang from it, the pragma gcc.
 *
 * Under AddressSanitizer the runtime does the work: it looks at the whole range at once instead of
 * at each byte.
 */
#include "stub.h"

#if !defined(__clang__)
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ASSAY_ASAN
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define ASSAY_ASAN
#endif

#if defined(ASSAY_ASAN)
void *__asan_memset(void *to, int byte, size_t count);
void *__asan_memmove(void *to, const void *from, size_t count);
#endif

ASSAY_UNCOUNTED static void *fill(void *to, int byte, size_t count) {
#if defined(ASSAY_ASAN)
  return __asan_memset(to, byte, count);
#else
  unsigned char *bytes = to;
  for (size_t i = 0; i < count; ++i) bytes[i] = (unsigned char)byte;
  return to;
#endif
}

/* The two may overlap. */
ASSAY_UNCOUNTED static void *move(void *to, const void *from, size_t count) {
#if defined(ASSAY_ASAN)
  return __asan_memmove(to, from, count);
#else
  unsigned char *target = to;
  const unsigned char *source = from;
  if ((uintptr_t)to <= (uintptr_t)from) {
    for (size_t i = 0; i < count; ++i) target[i] = source[i];
  } else {
    for (size_t i = count; i > 0; --i) target[i - 1] = source[i - 1];
  }
  return to;
#endif
}

ASSAY_UNCOUNTED static int compare(const void *left, const void *right, size_t count) {
  const unsigned char *a = left;
  const unsigned char *b = right;
  for (size_t i = 0; i < count; ++i) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return 0;
}

ASSAY_UNCOUNTED static size_t length_of(const char *text, size_t most) {
  size_t length = 0;
  while (length < most && text[length] != '\0') ++length;
  return length;
}

/* Of at most `most` characters. */
ASSAY_UNCOUNTED static int compare_text(const char *left, const char *right, size_t most) {
  for (size_t i = 0; i < most; ++i) {
    const unsigned char a = (unsigned char)left[i];
    const unsigned char b = (unsigned char)right[i];
    if (a != b) return a < b ? -1 : 1;
    if (a == '\0') return 0;
  }
  return 0;
}

ASSAY_STUB void *memset(void *to, int byte, size_t count) { return fill(to, byte, count); }
ASSAY_STUB void bzero(void *to, size_t count) { fill(to, 0, count); }

ASSAY_STUB void *memmove(void *to, const void *from, size_t count) { return move(to, from, count); }
ASSAY_STUB void *memcpy(void *to, const void *from, size_t count) { return move(to, from, count); }
ASSAY_STUB void bcopy(const void *from, void *to, size_t count) { move(to, from, count); }

ASSAY_STUB int memcmp(const void *left, const void *right, size_t count) {
  return compare(left, right, count);
}
ASSAY_STUB int bcmp(const void *left, const void *right, size_t count) {
  return compare(left, right, count);
}

ASSAY_STUB void *memchr(const void *bytes, int byte, size_t count) {
  const unsigned char *at = bytes;
  for (size_t i = 0; i < count; ++i) {
    if (at[i] == (unsigned char)byte) return (void *)(uintptr_t)(at + i);
  }
  return NULL;
}

ASSAY_STUB size_t strlen(const char *text) { return length_of(text, SIZE_MAX); }
ASSAY_STUB size_t strnlen(const char *text, size_t most) { return length_of(text, most); }

ASSAY_STUB int strcmp(const char *left, const char *right) {
  return compare_text(left, right, SIZE_MAX);
}
ASSAY_STUB int strncmp(const char *left, const char *right, size_t most) {
  return compare_text(left, right, most);
}

ASSAY_STUB char *strcpy(char *to, const char *from) {
  return move(to, from, length_of(from, SIZE_MAX) + 1);
}

ASSAY_STUB char *strncpy(char *to, const char *from, size_t count) {
  const size_t length = length_of(from, count);
  move(to, from, length);
  fill(to + length, 0, count - length);
  return to;
}

ASSAY_STUB char *strchr(const char *text, int character) {
  for (;; ++text) {
    if (*text == (char)character) return (char *)(uintptr_t)text;
    if (*text == '\0') return NULL;
  }
}
