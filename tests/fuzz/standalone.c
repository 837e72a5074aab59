/* standalone.c - runs a fuzz target without a fuzzing engine: over files, then over random
 * mutations of them. Every run is the same, so a crash can be repeated; under the sanitizers it is
 * a report.
 *
 * usage: fuzz_NAME ROUNDS FILE... */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIZE_MAX_ = 1 << 16, SEEDS_MAX = 64 };

typedef struct seed {
    uint8_t *data;
    size_t size;
} seed;

static seed read_seed(const char *path) {
    seed s = {malloc(SIZE_MAX_), 0};
    FILE *file = fopen(path, "rb");
    if (!file || !s.data) {
        fprintf(stderr, "%s: cannot read\n", path);
        exit(2);
    }
    s.size = fread(s.data, 1, SIZE_MAX_, file);
    fclose(file);
    return s;
}

/* A few of: a bit flipped, a byte set, a piece cut, doubled, taken from another seed, a number made
 * huge. */
static size_t mutate(uint8_t *data, size_t size, const seed *other, hr_rng rng) {
    static const char *const tokens[] = {"18446744073709551615",
                                         "-1",
                                         "9999999999",
                                         "{",
                                         "[",
                                         "\"",
                                         "\n",
                                         ",",
                                         "\\u0000",
                                         "1e999",
                                         ":",
                                         "&a *a",
                                         "nan"};
    uint64_t at = 0, count = 1 + hr_rng_below(rng, at++, 4);
    for (uint64_t i = 0; i < count; i++) {
        size_t place = size ? (size_t)hr_rng_below(rng, at++, size) : 0;
        size_t length = 1 + (size_t)hr_rng_below(rng, at++, 16);
        uint64_t kind = hr_rng_below(rng, at++, 7);
        if (kind == 0 && size) data[place] ^= (uint8_t)(1u << hr_rng_below(rng, at++, 8));
        else if (kind == 1 && size) data[place] = (uint8_t)hr_rng_u64(rng, at++);
        else if (kind == 2) size = place;
        else if (kind == 3 && place + length <= size) {
            memmove(data + place, data + place + length, size - place - length);
            size -= length;
        } else if (kind == 4 && place + length <= size && size + length <= SIZE_MAX_) {
            memmove(data + place + length, data + place, size - place);
            size += length;
        } else if (kind == 5 && other->size > length && place + length <= size) {
            size_t from = (size_t)hr_rng_below(rng, at++, other->size - length);
            memcpy(data + place, other->data + from, length);
        } else if (kind == 6) {
            const char *token = tokens[hr_rng_below(rng, at++, sizeof tokens / sizeof *tokens)];
            size_t n = strlen(token);
            if (size + n > SIZE_MAX_) continue;
            memmove(data + place + n, data + place, size - place);
            memcpy(data + place, token, n);
            size += n;
        }
    }
    return size;
}

/* The target gets a block of exactly its size, so that the sanitizer sees one byte too many. */
static void run(const uint8_t *data, size_t size) {
    uint8_t *exact = malloc(size ? size : 1);
    if (!exact) exit(2);
    memcpy(exact, data, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

int main(int argc, char **argv) {
    static uint8_t work[SIZE_MAX_];
    seed seeds[SEEDS_MAX];
    size_t count = 0;
    uint64_t rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
    for (int i = 2; i < argc && count < SEEDS_MAX; i++) seeds[count++] = read_seed(argv[i]);
    if (!count) {
        fputs("usage: fuzz_NAME ROUNDS FILE...\n", stderr);
        return 2;
    }
    for (size_t i = 0; i < count; i++) run(seeds[i].data, seeds[i].size);
    for (uint64_t round = 0; round < rounds; round++) {
        hr_rng rng = hr_rng_sub(hr_rng_stream(1, "fuzz"), round);
        const seed *from = &seeds[round % count], *other = &seeds[(round / count) % count];
        memcpy(work, from->data, from->size);
        run(work, mutate(work, from->size, other, rng));
    }
    for (size_t i = 0; i < count; i++) free(seeds[i].data);
    return 0;
}
