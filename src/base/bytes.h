/* Bytes that must not leak: wiping and comparing. */
#ifndef MANTLE_BASE_BYTES_H
#define MANTLE_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroes memory in a way the compiler may not remove. */
void wipe(void *ptr, size_t len);

/* Compares in a time that depends on len only. */
bool equal_ct(const void *a, const void *b, size_t len);

#endif
