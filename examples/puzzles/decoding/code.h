/* code.h - a cyclic code, the channel that its words go through, and what a model is shown of them.
 *
 * A word of n bits is a number: bit i is sent i-th, 0 as +1 and 1 as -1, and arrives with normal
 * noise added. By hard decision a bit is 1 where a value below 0 arrived; how far from 0 it lies
 * says how sure that is. Multiples of the generator polynomial, modulo x^n - 1, are the code. */
#ifndef CODE_H
#define CODE_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BITS_MAX = 17, WORDS_MAX = 1 << 9, LEVELS = 16 };

typedef struct code {
    int n, k;
    uint32_t generator;       /* of degree n - k */
    uint32_t check[BITS_MAX]; /* the n turns of a word of the dual code with fewest ones */
    uint32_t shown[BITS_MAX]; /* and of one that stays as it is when bit i goes to 2 i mod n */
    uint32_t word[WORDS_MAX]; /* all 2^k */
} code;

static inline int parity(uint32_t bits) {
    return __builtin_popcount(bits) & 1;
}

/* Every bit goes one place on, the last to the front. */
static inline uint32_t turn(uint32_t word, int n) {
    return (word << 1 | word >> (n - 1)) & (((uint32_t)1 << n) - 1);
}

/* Bit i goes to place 2 i. */
static inline uint32_t twice(uint32_t word, int n) {
    uint32_t moved = 0;
    for (int i = 0; i < n; i++) moved |= (word >> i & 1) << (2 * i % n);
    return moved;
}

/* The product of polynomials over two elements. */
static inline uint32_t multiply(uint32_t a, uint32_t b) {
    uint32_t product = 0;
    for (; b; b >>= 1, a <<= 1)
        if (b & 1) product ^= a;
    return product;
}

/* The polynomial of the dual code: (x^n - 1) / generator, its coefficients in reverse. */
static uint32_t dual_generator(const code *c) {
    uint64_t rest = ((uint64_t)1 << c->n) + 1;
    uint32_t reversed = 0;
    for (int i = c->k; i >= 0; i--)
        if (rest >> (i + c->n - c->k) & 1) {
            rest ^= (uint64_t)c->generator << i;
            reversed |= (uint32_t)1 << (c->k - i);
        }
    return reversed;
}

static void code_make(code *c, int n, int k, uint32_t generator) {
    *c = (code){.n = n, .k = k, .generator = generator};
    for (uint32_t m = 0; m < (uint32_t)1 << k; m++) c->word[m] = multiply(m, generator);
    uint32_t dual = dual_generator(c), fewest = 0, shown = 0;
    for (uint32_t m = 1; m < (uint32_t)1 << (n - k); m++) {
        uint32_t word = multiply(m, dual);
        int ones = __builtin_popcount(word);
        if (!fewest || ones < __builtin_popcount(fewest)) fewest = word;
        if (twice(word, n) == word && (!shown || ones < __builtin_popcount(shown))) shown = word;
    }
    for (int i = 0; i < n; i++, fewest = turn(fewest, n), shown = turn(shown, n))
        c->check[i] = fewest, c->shown[i] = shown;
}

/* The code of the quadratic residues modulo 17: 9 bits of information in 17, any two errors can be
 * corrected. */
static inline void code_residues(code *c) {
    code_make(c, 17, 9, 0x139);
}

/* Bit i: whether check i fails. */
static inline uint32_t syndrome(const code *c, uint32_t word) {
    uint32_t failed = 0;
    for (int i = 0; i < c->n; i++) failed |= (uint32_t)parity(word & c->shown[i]) << i;
    return failed;
}

/* ---- the channel ----------------------------------------------------------------------------- */

typedef struct received {
    uint32_t sent, hard; /* a word of the code, and what hard decisions make of what arrived */
    double value[BITS_MAX];
} received;

/* splitmix64 (Steele, Lea, Flood 2014). */
static inline uint64_t random_bits(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* Above 0, at most 1. */
static inline double random_share(uint64_t *state) {
    return (double)((random_bits(state) >> 11) + 1) * 0x1p-53;
}

/* Standard deviation of the noise where a bit of information has `ebn0` dB. */
static inline double deviation(const code *c, double ebn0) {
    return sqrt(0.5 * c->n / c->k / pow(10, ebn0 / 10));
}

/* What arrives of a word with noise of a standard deviation of 1. */
static inline void receive(const code *c, double sigma, const double *noise, received *out) {
    out->hard = 0;
    for (int i = 0; i < c->n; i++) {
        out->value[i] = (out->sent >> i & 1 ? -1 : 1) + sigma * noise[i];
        out->hard |= (uint32_t)(out->value[i] < 0) << i;
    }
}

/* The number-th word of a seed. The channel treats all bits alike, so noise in another order is as
 * likely as it was: order 0 leaves it, others shuffle it, each in a way of its own. */
static void transmit(const code *c, double ebn0, uint64_t seed, uint64_t number, uint64_t order,
                     received *out) {
    uint64_t state = seed;
    state = random_bits(&state) ^ number;
    const double circle = 2 * acos(-1);
    double noise[BITS_MAX];
    out->sent = c->word[random_bits(&state) >> (64 - c->k)];
    for (int i = 0; i < c->n; i++) {
        double u = random_share(&state), v = random_share(&state);
        noise[i] = sqrt(-2 * log(u)) * cos(circle * v);
    }
    state ^= order << 32;
    for (int i = c->n - 1; i > 0 && order; i--) {
        int k = (int)(random_bits(&state) % (uint64_t)(i + 1));
        double kept = noise[i];
        noise[i] = noise[k];
        noise[k] = kept;
    }
    receive(c, deviation(c, ebn0), noise, out);
}

/* ---- what a model is shown ------------------------------------------------------------------- */

/* The distance from 0 in eighths, at most LEVELS - 1: four bits, as receivers have them. */
static inline int level(double value) {
    double eighths = fabs(value) * 8;
    return eighths < LEVELS - 1 ? (int)eighths : LEVELS - 1;
}

/* One letter for each bit: how sure it is, from a to p, a capital where the check that begins there
 * fails. Which word was sent does not show: it is all the same to code and channel. */
static inline void question_of(const code *c, const received *r, char *text) {
    uint32_t failed = syndrome(c, r->hard);
    for (int i = 0; i < c->n; i++)
        text[i] = (char)((failed >> i & 1 ? 'A' : 'a') + level(r->value[i]));
    text[c->n] = 0;
}

/* The same with the distance as the number that it is, beside a letter that says only whether the
 * check fails (x) or holds (o). */
static inline void plain_question_of(const code *c, const received *r, char *text) {
    uint32_t failed = syndrome(c, r->hard);
    for (int i = 0; i < c->n; i++) text[i] = failed >> i & 1 ? 'x' : 'o';
    text[c->n] = 0;
}

/* And its answer: 1 for each bit that hard decision has wrong. */
static inline void answer_of(const code *c, const received *r, char *text) {
    for (int i = 0; i < c->n; i++) text[i] = (char)('0' + ((r->sent ^ r->hard) >> i & 1));
    text[c->n] = 0;
}

#endif
