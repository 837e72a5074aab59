/* keyset.c - a sorted array; sets have some thousands of keys. */
#include "data/keyset.h"

#include <string.h>

#include "base/mem.h"

static size_t lower_bound(const hr_keyset *s, const uint8_t *key) {
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (memcmp(s->keys + middle * s->size, key, s->size) < 0) low = middle + 1;
        else high = middle;
    }
    return low;
}

hr_status hr_keyset_add(hr_keyset *s, const uint8_t *key, bool *fresh) {
    size_t at = lower_bound(s, key);
    *fresh = at == s->count || memcmp(s->keys + at * s->size, key, s->size) != 0;
    if (!*fresh) return HR_OK;
    if (hr_reserve(&s->keys, &s->capacity, s->count, 1, s->size)) return HR_ERR_MEM;
    uint8_t *place = s->keys + at * s->size;
    memmove(place + s->size, place, (s->count - at) * s->size);
    memcpy(place, key, s->size);
    s->count++;
    return HR_OK;
}

void hr_keyset_free(hr_keyset *s) {
    hr_free(s->keys);
    s->keys = NULL;
    s->count = s->capacity = 0;
}
