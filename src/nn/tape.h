/* tape.h - the memory of a block (block.h) at work on a row block of n tokens, of rows of T; what
 * it holds has block.h's names. */
#ifndef HR_TAPE_H
#define HR_TAPE_H

#include "base/mem.h"
#include "nn/dims.h"

/* What a block's forward leaves behind for its backward; the rest is computed again, x0 too. In the
 * forward x0 stands where x1 comes to stand, or y where nothing mixes. */
typedef struct hr_tape {
    hr_real *in;          /* (n x D); borrowed: the tape below's y, or the call's input */
    hr_real *heads;       /* attention: the heads' outputs (n x D) */
    hr_real *x1;          /* (n x D); NULL where nothing mixes */
    hr_real *y;           /* (n x D) */
    hr_real *inv1, *inv2; /* post-norm: (n), token MLP (rows D), no mixing none; (n) */
} hr_tape;
/* Takes the tape of n tokens, whole rows, from the arena, all but `in`. */
void hr_tape_take(hr_tape *tape, const hr_dims *dims, size_t n, hr_arena *arena);

/* Buffers of one worker for one row block. */
typedef struct hr_scratch {
    hr_real *f, *norm;        /* (n x D); forward: pre-norm alone needs them */
    hr_real *inv;             /* (n) */
    hr_real *mean, *joint;    /* channels: their mean, and what it becomes (n / F x D) */
    hr_real *x0, *inv0;       /* convolution or channels, backward: (n x D), (n) */
    hr_real *dqkv;            /* attention, backward: (n x 3D) */
    hr_real *attention, *mlp; /* of the kernels */
    hr_real *packed_a;        /* attention: its input, for the kernels */
    hr_real *head;            /* attention: q, k, v after RoPE of one head (n x 3 width) */
    hr_real *rows, *panel;    /* narrow weights: a part of them as floats, and packed */
    hr_real *hidden; /* the MLP's hidden numbers, where threads share a stage; training: what
                        a mask leaves (n x D) */
} hr_scratch;
/* For row blocks of up to n tokens, of rows no longer than dims says. */
typedef enum hr_work { HR_WORK_SOLVE, HR_WORK_NARROW, HR_WORK_TRAIN } hr_work;
void hr_scratch_take(hr_scratch *scratch, const hr_kern *kern, const hr_dims *dims, size_t n,
                     hr_work work, hr_arena *arena);

/* What the weight gradients of one block need beside its tape, for one row block. */
typedef struct hr_deltas {
    hr_real *mlp;                /* operands of n rows */
    hr_real *mix;                /* token MLP: operands of D columns for each row */
    hr_real *o[2];               /* attention: operands of o's gradient */
    hr_real *qkv[2];             /* attention: operands of qkv's gradient */
    hr_real *symbol_operands[2]; /* channels: operands of symbol_mix's gradient */
    hr_real *ds0;                /* convolution or channels: gradient at their output (n x D) */
    hr_real *in;                 /* the same, pre-norm: their input (n x D) */
} hr_deltas;
void hr_deltas_take(hr_deltas *deltas, const hr_kern *kern, const hr_dims *dims, size_t n,
                    hr_arena *arena);

#endif
