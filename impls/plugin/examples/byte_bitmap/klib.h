/* The kernel's own library: it has no other. */
#ifndef KLIB_H
#define KLIB_H

#include <stddef.h>

void *memset(void *to, int byte, size_t count);
int printf(const char *format, ...); /* %u and %s */

#endif
