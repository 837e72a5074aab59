/* xxh64.c - see xxh64.h; the names are those of the specification. */
#include "base/xxh64.h"

#include <string.h>

#define PRIME1 UINT64_C(0x9E3779B185EBCA87)
#define PRIME2 UINT64_C(0xC2B2AE3D27D4EB4F)
#define PRIME3 UINT64_C(0x165667B19E3779F9)
#define PRIME4 UINT64_C(0x85EBCA77C2B2AE63)
#define PRIME5 UINT64_C(0x27D4EB2F165667C5)

static uint64_t rotate(uint64_t x, int bits) {
    return x << bits | x >> (64 - bits);
}

static uint64_t read(const unsigned char *at, int bytes) {
    uint64_t x = 0;
    for (int i = 0; i < bytes; i++) x |= (uint64_t)at[i] << 8 * i; /* compilers make one load */
    return x;
}

static uint64_t mixed(uint64_t lane, uint64_t input) {
    return rotate(lane + input * PRIME2, 31) * PRIME1;
}

/* Whole stripes of 32 bytes, in four lanes. */
static uint64_t stripes(const unsigned char *at, const unsigned char *end, uint64_t seed) {
    uint64_t a = seed + PRIME1 + PRIME2, b = seed + PRIME2, c = seed, d = seed - PRIME1;
    for (; end - at >= 32; at += 32) {
        a = mixed(a, read(at, 8));
        b = mixed(b, read(at + 8, 8));
        c = mixed(c, read(at + 16, 8));
        d = mixed(d, read(at + 24, 8));
    }
    uint64_t h = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
    h = (h ^ mixed(0, a)) * PRIME1 + PRIME4;
    h = (h ^ mixed(0, b)) * PRIME1 + PRIME4;
    h = (h ^ mixed(0, c)) * PRIME1 + PRIME4;
    return (h ^ mixed(0, d)) * PRIME1 + PRIME4;
}

uint64_t hr_xxh64(const void *data, size_t size, uint64_t seed) {
    const unsigned char *at = data, *end = at + size;
    uint64_t h = (size >= 32 ? stripes(at, end, seed) : seed + PRIME5) + size;
    for (at += size / 32 * 32; end - at >= 8; at += 8)
        h = rotate(h ^ mixed(0, read(at, 8)), 27) * PRIME1 + PRIME4;
    if (end - at >= 4) {
        h = rotate(h ^ read(at, 4) * PRIME1, 23) * PRIME2 + PRIME3;
        at += 4;
    }
    for (; at < end; at++) h = rotate(h ^ *at * PRIME5, 11) * PRIME1;
    h = (h ^ h >> 33) * PRIME2;
    h = (h ^ h >> 29) * PRIME3;
    return h ^ h >> 32;
}
