/* check.h - what the kernel checks share: random cases, guarded buffers, comparisons.
 *
 * A check compares one entry of a table with the reference on one random case. Its buffers lie
 * between guard bytes, which are looked at once the case is over: a kernel that writes past its
 * output is found without a sanitizer, one that uses what it reads there too, since guards are no
 * numbers. */
#ifndef TEST_KERN_CHECK_H
#define TEST_KERN_CHECK_H

#include "test.h"

#include "base/rng.h"
#include "kern/kern.h"

/* One random case: shapes and values follow from `at` alone, so a failure can be repeated. */
typedef struct dice {
    hr_rng rng;
    uint64_t at;
} dice;

typedef void (*check_fn)(const hr_kern *k, dice *d);

size_t between(dice *d, size_t low, size_t high);
/* Mostly small; sometimes deeper than any block that a kernel sums at a time. */
size_t depth_of(dice *d);

/* n zeros, 64-byte aligned and guarded, until end_case. */
float *buffer(size_t n);
/* Mostly ordinary numbers, some tiny, some large, some zero. */
float *numbers(dice *d, size_t n, double scale);
float *copy(const float *from, size_t n);
/* Fails where a guard was written over; gives all buffers back. */
void end_case(const char *what);

/* What a result is added to, of n numbers: nothing, itself or others. */
typedef struct term {
    size_t kind;
    float *others;
} term;
term draw_term(dice *d, size_t n);
const float *addend_of(const term *a, const float *result);

/* To be called before each kernel that may multiply: a library beside this one uses the tiles of
 * the thread too, and a kernel that counts on finding its own there is killed in that program. */
void disturb(void);
/* What a product of this table takes in: bf16 is float without its lower half, rounded to nearest,
 * ties to even. The result replaces x. */
const float *rounded(const hr_kern *k, float *x, size_t n);

/* |got - expected| <= tolerance * (|expected| + scale) for every element. */
void same(const char *what, const float *got, const float *expected, size_t n, double tolerance,
          double scale);
/* Within a share as a whole: single numbers may lie further off where large ones cancel. */
void near_to(const char *what, const float *got, const float *expected, size_t n, double share);

/* A gated MLP on n rows of `width`, or `mixed` on n columns of it, and its weights. */
typedef struct mlp_case {
    size_t n, width, inner;
    bool mixed, relu;
    term addend;                    /* of the output and of the gradient */
    float *x, *dy, *gate_up, *down; /* weights (2 inner x width), (width x inner) */
} mlp_case;
/* Packs the weights for all directions, in buffers. */
hr_mlp mlp_pack(const hr_kern *k, const mlp_case *m);

/* The tables of hr_kern_at, then what can be emulated; NULL past the last. */
const hr_kern *table_at(int i);

void check_gemm(const hr_kern *k, dice *d);
void check_gemm_tn(const hr_kern *k, dice *d);
void check_packing(const hr_kern *k, dice *d);
void check_splits(const hr_kern *k, dice *d);
void check_activation(const hr_kern *k, dice *d);
void check_mlp(const hr_kern *k, dice *d);
void check_norm(const hr_kern *k, dice *d);
void check_norm_columns(const hr_kern *k, dice *d);
void check_rope(const hr_kern *k, dice *d);
void check_attention(const hr_kern *k, dice *d);
void check_conv(const hr_kern *k, dice *d);
void check_simple(const hr_kern *k, dice *d);
void check_optimisers(const hr_kern *k, dice *d);

#endif
