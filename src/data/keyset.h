/* keyset.h - an ordered set of byte strings of one size: what generated puzzles may not repeat. */
#ifndef HR_KEYSET_H
#define HR_KEYSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

typedef struct hr_keyset {
    size_t size; /* of a key; set it, zero the rest */
    size_t count, capacity;
    uint8_t *keys;
} hr_keyset;

/* *fresh: the key was not there. */
hr_status hr_keyset_add(hr_keyset *set, const uint8_t *key, bool *fresh);
void hr_keyset_free(hr_keyset *set);

#endif
