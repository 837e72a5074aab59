/* tape.c - see tape.h */
#include "nn/tape.h"

/* Norms after the mixing of n tokens, whole rows. */
static size_t inv1_count(const hr_dims *s, size_t n) {
    return s->token_mlp ? n / s->tokens * s->d : n;
}

void hr_tape_take(hr_tape *tape, const hr_dims *s, size_t n, hr_arena *arena) {
    *tape = (hr_tape){0};
    if (s->attention) tape->heads = HR_TAKE(arena, hr_real, n * s->d);
    if (hr_dims_mix(s)) tape->x1 = HR_TAKE(arena, hr_real, n * s->d);
    tape->y = HR_TAKE(arena, hr_real, n * s->d);
    if (s->pre) return;
    if (hr_dims_mix(s)) tape->inv1 = HR_TAKE(arena, hr_real, inv1_count(s, n));
    tape->inv2 = HR_TAKE(arena, hr_real, n);
}

static size_t largest(size_t a, size_t b) {
    return a > b ? a : b;
}

/* Parts of weights: HR_KERN_GRAIN outputs of a matrix, gates and ups of as many hidden numbers, or
 * q, k and v of a head, the floats of one of them at a time. */
static void take_narrow(hr_scratch *scratch, const hr_kern *k, const hr_dims *s, hr_arena *arena) {
    const size_t grain = HR_KERN_GRAIN, width = s->attention ? s->head_dim : 0;
    size_t rows = grain * largest(2 * s->d, s->inner);
    size_t panel = largest(k->packed_size(HR_PACK_B, s->d, 2 * grain),
                           k->packed_size(HR_PACK_B, s->inner, grain));
    if (width) panel = largest(panel, 3 * k->packed_size(HR_PACK_B, s->d, width));
    scratch->rows = HR_TAKE(arena, hr_real, largest(rows, width * s->d));
    scratch->panel = HR_TAKE(arena, hr_real, panel);
}

void hr_scratch_take(hr_scratch *scratch, const hr_kern *k, const hr_dims *s, size_t n,
                     hr_work work, hr_arena *arena) {
    const bool train = work == HR_WORK_TRAIN;
    size_t mlp = k->mlp_scratch(train ? HR_USE_BACKWARD : HR_USE_MLP, n, s->d, s->inner);
    size_t mix = s->token_mlp ? k->mlp_scratch(train ? HR_USE_BACKWARD : HR_USE_MIX, s->d,
                                               s->tokens, s->inner_t)
                              : 0;
    scratch->f = train || (hr_dims_early(s) && s->pre) ? HR_TAKE(arena, hr_real, n * s->d) : NULL;
    scratch->norm = s->pre ? HR_TAKE(arena, hr_real, n * s->d) : NULL;
    scratch->inv = HR_TAKE(arena, hr_real, n);
    scratch->mlp = HR_TAKE(arena, hr_real, largest(mlp, mix));
    scratch->attention =
        s->attention ? HR_TAKE(arena, hr_real, k->attention_scratch(s->tokens, s->head_dim, train))
                     : NULL;
    scratch->packed_a = HR_TAKE(arena, hr_real, k->packed_size(HR_PACK_A, n, s->d));
    size_t hidden = k->packed_size(HR_PACK_A, n, s->inner);
    scratch->hidden = HR_TAKE(arena, hr_real, train ? largest(hidden, n * s->d) : hidden);
    if (work == HR_WORK_NARROW) take_narrow(scratch, k, s, arena);
    scratch->head = s->attention ? HR_TAKE(arena, hr_real, n * 3 * s->head_dim) : NULL;
    scratch->mean = s->channels > 1 ? HR_TAKE(arena, hr_real, n / s->channels * s->d) : NULL;
    scratch->joint = s->channels > 1 ? HR_TAKE(arena, hr_real, n / s->channels * s->d) : NULL;
    scratch->x0 = hr_dims_early(s) && train ? HR_TAKE(arena, hr_real, n * s->d) : NULL;
    scratch->inv0 = hr_dims_early(s) && train ? HR_TAKE(arena, hr_real, n) : NULL;
    scratch->dqkv = s->attention && train ? HR_TAKE(arena, hr_real, n * 3 * s->d) : NULL;
}

void hr_deltas_take(hr_deltas *deltas, const hr_kern *k, const hr_dims *s, size_t n,
                    hr_arena *arena) {
    *deltas = (hr_deltas){0};
    deltas->mlp = HR_TAKE(arena, hr_real, k->mlp_operands(n, s->d, s->inner));
    if (hr_dims_early(s)) deltas->ds0 = HR_TAKE(arena, hr_real, n * s->d);
    if (hr_dims_early(s) && s->pre) deltas->in = HR_TAKE(arena, hr_real, n * s->d);
    for (int i = 0; s->channels > 1 && i < 2; i++)
        deltas->symbol_operands[i] =
            HR_TAKE(arena, hr_real, k->packed_size(HR_PACK_FACTOR, n / s->channels, s->d));
    if (s->token_mlp)
        deltas->mix =
            HR_TAKE(arena, hr_real, n / s->tokens * k->mlp_operands(s->d, s->tokens, s->inner_t));
    if (!s->attention) return;
    for (int i = 0; i < 2; i++) {
        deltas->o[i] = HR_TAKE(arena, hr_real, k->packed_size(HR_PACK_FACTOR, n, s->d));
        deltas->qkv[i] =
            HR_TAKE(arena, hr_real, k->packed_size(HR_PACK_FACTOR, n, (i ? 1 : 3) * s->d));
    }
}
