/* generate.h - what the three generators beside it share: random numbers that are the same on every
 * machine, a set of what was made already, and two CSV files to fill.
 *
 * usage of each: generate TRAIN.csv TEST.csv [SEED [COUNT]]                                      */
#ifndef GENERATE_H
#define GENERATE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t generate_state;

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t random_bits(void) {
    uint64_t z = generate_state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* 0 .. n-1. */
static inline int random_below(int n) {
    return (int)((random_bits() >> 32) * (uint64_t)n >> 32);
}

static inline void shuffle(int *list, int n) {
    for (int i = 0; i < n; i++) list[i] = i;
    for (int i = n - 1; i > 0; i--) {
        int j = random_below(i + 1), kept = list[i];
        list[i] = list[j];
        list[j] = kept;
    }
}

/* FNV-1a. */
static inline uint64_t hash_of(const char *text) {
    uint64_t hash = 0xcbf29ce484222325;
    for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
    return hash;
}

/* Adds a hash to the set; false when it was there. */
static inline bool is_new(uint64_t hash) {
    enum { SLOTS = 1 << 20 };
    static uint64_t slot[SLOTS];
    size_t at = hash % SLOTS;
    hash |= 1; /* 0 marks a free slot */
    while (slot[at] && slot[at] != hash) at = (at + 1) % SLOTS;
    if (slot[at]) return false;
    slot[at] = hash;
    return true;
}

/* Makes one puzzle; returns false when it is no good. `kind` is equal for puzzles that must not be
 * parted between the two files. */
typedef bool make_puzzle(char *question, char *answer, uint64_t *kind);

/* Fills both files with `count` different puzzles each. Which file a kind belongs to is in its
 * hash, so that nothing of the test file has a relative among the training puzzles. */
static inline int generate(int argc, char **argv, make_puzzle *make) {
    if (argc < 3 || argc > 5) {
        fprintf(stderr, "usage: %s TRAIN.csv TEST.csv [SEED [COUNT]]\n", argv[0]);
        return 2;
    }
    FILE *file[2] = {fopen(argv[1], "w"), fopen(argv[2], "w")};
    int count = argc > 4 ? atoi(argv[4]) : 1000, made[2] = {0, 0};
    if (!file[0] || !file[1] || count < 1) {
        fprintf(stderr, "%s: cannot write %s and %s, or the count is not above 0\n", argv[0],
                argv[1], argv[2]);
        return 1;
    }
    generate_state = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
    for (int f = 0; f < 2; f++) fprintf(file[f], "question,answer\n");
    for (long tries = 0; made[0] + made[1] < 2 * count && tries < 1000L * count; tries++) {
        char question[256], answer[256];
        uint64_t kind;
        if (!make(question, answer, &kind)) continue;
        int f = (int)(kind >> 40 & 1);
        if (made[f] == count || !is_new(hash_of(question))) continue;
        fprintf(file[f], "%s,%s\n", question, answer);
        made[f]++;
    }
    int failed = made[0] + made[1] < 2 * count;
    for (int f = 0; f < 2; f++) failed |= fclose(file[f]) != 0;
    if (failed) fprintf(stderr, "%s: could not make or write that many\n", argv[0]);
    return failed;
}

#endif
