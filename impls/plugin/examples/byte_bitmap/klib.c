/* The kernel's own library. */
#include "klib.h"

#include <stdarg.h>

/* What was printed last; a debugger can read it. */
static char console[256];
static size_t printed;

void *memset(void *to, int byte, size_t count) {
  unsigned char *bytes = to;
  for (size_t i = 0; i < count; ++i) bytes[i] = (unsigned char)byte;
  return to;
}

static void putchar(char character) { console[printed++ % sizeof console] = character; }

static void put_number(unsigned number) {
  if (number >= 10) put_number(number / 10);
  putchar((char)('0' + number % 10));
}

int printf(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const size_t before = printed;
  for (; *format != '\0'; ++format) {
    if (*format != '%') {
      putchar(*format);
    } else if (*++format == 'u') {
      put_number(va_arg(arguments, unsigned));
    } else {
      for (const char *text = va_arg(arguments, const char *); *text != '\0'; ++text)
        putchar(*text);
    }
  }
  va_end(arguments);
  return (int)(printed - before);
}
