/* Printing. What a kernel prints is not on trial: it goes nowhere. Text that it makes for itself,
 * with snprintf, is made. */
#include "stub.h"

/* Where text goes: what does not fit is counted all the same. */
struct sink {
  char *to;
  size_t room;
  size_t length;
};

struct conversion {
  int left;      /* '-': fill up on the right */
  char sign;     /* '+' or ' ' in front of what is not negative; 0: nothing */
  char padding;  /* '0' or ' ' */
  int prefixed;  /* '#': 0x in front */
  int width;     /* at least so many characters */
  int precision; /* of a text at most, of a number at least so many; -1: not said */
  size_t bytes;  /* of the number that follows */
};

ASSAY_UNCOUNTED static void put(struct sink *sink, char character) {
  if (sink->length < sink->room) sink->to[sink->length] = character;
  ++sink->length;
}

ASSAY_UNCOUNTED static void put_many(struct sink *sink, char character, int count) {
  for (; count > 0; --count) put(sink, character);
}

ASSAY_UNCOUNTED static int is_digit(char character) { return character >= '0' && character <= '9'; }

/* A number in the format, or the next argument where it says '*'. */
ASSAY_UNCOUNTED static const char *read_number(const char *at, int *number, va_list *arguments) {
  if (*at == '*') {
    *number = va_arg(*arguments, int);
    return at + 1;
  }
  for (*number = 0; is_digit(*at); ++at) {
    if (*number < 1000) *number = *number * 10 + (*at - '0');
  }
  return at;
}

ASSAY_UNCOUNTED static const char *read_flags(const char *at, struct conversion *how) {
  for (;; ++at) {
    if (*at == '-') {
      how->left = 1;
    } else if (*at == '+') {
      how->sign = '+';
    } else if (*at == ' ') {
      how->sign = how->sign == '+' ? '+' : ' ';
    } else if (*at == '0') {
      how->padding = '0';
    } else if (*at == '#') {
      how->prefixed = 1;
    } else {
      return at;
    }
  }
}

ASSAY_UNCOUNTED static const char *read_length(const char *at, struct conversion *how) {
  for (;; ++at) {
    if (*at == 'l') {
      how->bytes = at[1] == 'l' ? sizeof(long long) : sizeof(long);
      if (at[1] == 'l') ++at;
    } else if (*at == 'z' || *at == 't') {
      how->bytes = sizeof(size_t);
    } else if (*at == 'j') {
      how->bytes = sizeof(intmax_t);
    } else if (*at == 'h') {
      how->bytes = at[1] == 'h' ? sizeof(char) : sizeof(short);
      if (at[1] == 'h') ++at;
    } else {
      return at;
    }
  }
}

/* Divides by 10, in pieces of 16 bits, and returns what is left: an i686 compiler would call a
 * function for it that is not there. */
ASSAY_UNCOUNTED static unsigned divide_by_ten(uint64_t *number) {
  uint64_t quotient = 0;
  uint32_t rest = 0;
  for (int shift = 48; shift >= 0; shift -= 16) {
    const uint32_t piece = (rest << 16) | (uint32_t)((*number >> shift) & 0xFFFF);
    quotient |= (uint64_t)(piece / 10) << shift;
    rest = piece % 10;
  }
  *number = quotient;
  return rest;
}

ASSAY_UNCOUNTED static void put_number(struct sink *sink, const struct conversion *how,
                                       uint64_t number, unsigned base, char sign, int capital) {
  const char *const figures = capital ? "0123456789ABCDEF" : "0123456789abcdef";
  char digits[24]; /* 22 of them are the most: 64 bits by threes */
  int count = 0;
  const int prefixed = how->prefixed && base == 16 && number != 0;
  while (number != 0) {
    if (base == 10) {
      digits[count++] = figures[divide_by_ten(&number)];
    } else {
      digits[count++] = figures[number & (base - 1)];
      number >>= base == 16 ? 4 : 3;
    }
  }
  int zeros = (how->precision < 0 ? 1 : how->precision) - count;
  if (zeros < 0) zeros = 0;
  int padding = how->width - count - zeros - (sign != 0) - (prefixed ? 2 : 0);
  if (how->padding == '0' && !how->left && how->precision < 0 && padding > 0) {
    zeros += padding;
    padding = 0;
  }
  if (!how->left) put_many(sink, ' ', padding);
  if (sign != 0) put(sink, sign);
  if (prefixed) {
    put(sink, '0');
    put(sink, capital ? 'X' : 'x');
  }
  put_many(sink, '0', zeros);
  while (count > 0) put(sink, digits[--count]);
  if (how->left) put_many(sink, ' ', padding);
}

ASSAY_UNCOUNTED static void put_text(struct sink *sink, const struct conversion *how,
                                     const char *text) {
  if (text == NULL) text = "(null)";
  int length = 0;
  while ((how->precision < 0 || length < how->precision) && text[length] != '\0') ++length;
  if (!how->left) put_many(sink, ' ', how->width - length);
  for (int i = 0; i < length; ++i) put(sink, text[i]);
  if (how->left) put_many(sink, ' ', how->width - length);
}

ASSAY_UNCOUNTED static uint64_t next_unsigned(size_t bytes, va_list *arguments) {
  if (bytes == sizeof(long long)) return va_arg(*arguments, unsigned long long);
  const unsigned number = va_arg(*arguments, unsigned);
  if (bytes == sizeof(short)) return (unsigned short)number;
  if (bytes == sizeof(char)) return (unsigned char)number;
  return number;
}

ASSAY_UNCOUNTED static int64_t next_signed(size_t bytes, va_list *arguments) {
  if (bytes == sizeof(long long)) return va_arg(*arguments, long long);
  const int number = va_arg(*arguments, int);
  if (bytes == sizeof(short)) return (short)number;
  if (bytes == sizeof(char)) return (signed char)number;
  return number;
}

/* One conversion, from behind its '%' on. Returns what follows it. */
ASSAY_UNCOUNTED static const char *convert(struct sink *sink, const char *at, va_list *arguments) {
  struct conversion how = {.padding = ' ', .precision = -1, .bytes = sizeof(int)};
  const char *const start = at;
  at = read_number(read_flags(at, &how), &how.width, arguments);
  if (how.width < 0) { /* a '*' that was negative */
    how.left = 1;
    how.width = how.width < -1000 ? 1000 : -how.width;
  }
  if (*at == '.') at = read_number(at + 1, &how.precision, arguments);
  at = read_length(at, &how);
  switch (*at) {
    case 'd':
    case 'i': {
      const int64_t number = next_signed(how.bytes, arguments);
      const uint64_t size = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
      put_number(sink, &how, size, 10, number < 0 ? '-' : how.sign, 0);
      return at + 1;
    }
    case 'u': put_number(sink, &how, next_unsigned(how.bytes, arguments), 10, 0, 0); return at + 1;
    case 'o': put_number(sink, &how, next_unsigned(how.bytes, arguments), 8, 0, 0); return at + 1;
    case 'x':
    case 'X':
      put_number(sink, &how, next_unsigned(how.bytes, arguments), 16, 0, *at == 'X');
      return at + 1;
    case 'p':
      put(sink, '0');
      put(sink, 'x');
      put_number(sink, &how, (uintptr_t)va_arg(*arguments, void *), 16, 0, 0);
      return at + 1;
    case 's': put_text(sink, &how, va_arg(*arguments, const char *)); return at + 1;
    case 'c': {
      const char text[2] = {(char)va_arg(*arguments, int), '\0'};
      put_text(sink, &how, text);
      return at + 1;
    }
    case '%': put(sink, '%'); return at + 1;
    default: put(sink, '%'); return start; /* nothing known: it stands as it is */
  }
}

ASSAY_UNCOUNTED size_t assay_format(char *to, size_t room, const char *format, va_list arguments) {
  struct sink sink = {to, room, 0};
  va_list rest; /* `arguments` may be an array, which no function can be given the address of */
  va_copy(rest, arguments);
  for (const char *at = format != NULL ? format : ""; *at != '\0';) {
    if (*at == '%') {
      at = convert(&sink, at + 1, &rest);
    } else {
      put(&sink, *at++);
    }
  }
  va_end(rest);
  if (room != 0) to[sink.length < room ? sink.length : room - 1] = '\0';
  return sink.length;
}

ASSAY_STUB int vsnprintf(char *to, size_t room, const char *format, va_list arguments) {
  return (int)assay_format(to, room, format, arguments);
}

ASSAY_STUB int snprintf(char *to, size_t room, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const size_t length = assay_format(to, room, format, arguments);
  va_end(arguments);
  return (int)length;
}

ASSAY_STUB int vsprintf(char *to, const char *format, va_list arguments) {
  return (int)assay_format(to, SIZE_MAX, format, arguments);
}

ASSAY_STUB int sprintf(char *to, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const size_t length = assay_format(to, SIZE_MAX, format, arguments);
  va_end(arguments);
  return (int)length;
}

/* Whatever follows the first argument, a list of arguments among them. */
#define SILENT(name)                             \
  ASSAY_STUB int name(const char *format, ...) { \
    (void)format;                                \
    return 0;                                    \
  }
SILENT(printf)
SILENT(kprintf)
SILENT(cprintf)
SILENT(dprintf)
SILENT(printk)
SILENT(_printk)
SILENT(vprintf)
SILENT(vkprintf)
SILENT(vcprintf)
SILENT(vprintk)
SILENT(puts)
SILENT(kputs)
SILENT(cputs)
SILENT(print)
SILENT(kprint)
SILENT(debugf)
SILENT(klog)
SILENT(klog_debug)
SILENT(klog_info)
SILENT(klog_warn)
SILENT(klog_error)
SILENT(log_debug)
SILENT(log_info)
SILENT(log_warn)
SILENT(log_error)
SILENT(console_write)
SILENT(console_puts)
SILENT(console_printf)
SILENT(terminal_write)
SILENT(terminal_writestring)
SILENT(terminal_printf)
SILENT(serial_write)
SILENT(serial_puts)
SILENT(serial_printf)
SILENT(uart_puts)
SILENT(vga_puts)

#define SILENT_CHARACTER(name) \
  ASSAY_STUB int name(int character) { return character; }
SILENT_CHARACTER(putchar)
SILENT_CHARACTER(kputchar)
SILENT_CHARACTER(cputchar)
SILENT_CHARACTER(putch)
SILENT_CHARACTER(kputc)
SILENT_CHARACTER(consputc)
SILENT_CHARACTER(console_putc)
SILENT_CHARACTER(terminal_putchar)
SILENT_CHARACTER(serial_putc)
SILENT_CHARACTER(uart_putc)
