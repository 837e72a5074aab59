/* xxh64.h - XXH64, a published hash of bytes (Yann Collet, xxHash), to tell damage. Written out,
 * since the core of the library stands on libc and Jansson alone. */
#ifndef HR_XXH64_H
#define HR_XXH64_H

#include <stddef.h>
#include <stdint.h>

uint64_t hr_xxh64(const void *data, size_t size, uint64_t seed);

#endif
