/* bench_mlps.c - the gated MLPs, of which a step is made for the most part: over channels and over
 * tokens, forward, backward and weight gradients, on the row blocks that exec.c works on. What a
 * backward computes again is not counted. */
#include "check/bench_mlps.h"

#include <stdio.h>

/* Rows of width `width` (of tokens: columns), hidden numbers, and how their names begin. */
typedef struct shape {
    const char *name;
    size_t rows, width, inner;
    bool tokens, relu;
} shape;

/* One thread's memory. */
typedef struct desk {
    hr_real *x, *dy, *out, *scratch, *operands, *gate_up, *down;
} desk;

typedef struct mlp_job {
    const hr_bencher *b;
    const shape *s;
    hr_mlp w;
    hr_real *packed[4];
    desk *desks;
    int what; /* forward, backward, gradient */
} mlp_job;

static void mlp_task(void *context, int task, int worker) {
    const mlp_job *j = context;
    const hr_kern *k = j->b->kern;
    const desk *d = &j->desks[task];
    bool tokens = j->s->tokens;
    const hr_mlp_call call = {.out = d->out,
                              .x = d->x,
                              .dy = d->dy,
                              .n = j->s->rows,
                              .ld = j->s->rows,
                              .operands = d->operands,
                              .scratch = d->scratch};
    const hr_mlp_gradient gradient = {.gate_up = d->gate_up,
                                      .down = d->down,
                                      .operands = d->operands,
                                      .n = j->s->rows,
                                      .calls = 1,
                                      .parts = 1,
                                      .scratch = d->scratch};
    (void)worker;
    if (j->what == 0) (tokens ? k->mix : k->mlp)(&j->w, &call);
    if (j->what == 1) (tokens ? k->mix_backward : k->mlp_backward)(&j->w, &call);
    if (j->what == 2) (tokens ? k->mix_gradient : k->mlp_gradient)(&j->w, &gradient);
}

static void run_mlp(void *context) {
    const mlp_job *j = context;
    hr_pool_run(j->b->pool, hr_pool_threads(j->b->pool), mlp_task, context);
}

/* Matrices as large as both packed ways, and a desk for each thread. */
static void take(mlp_job *j, hr_arena *arena) {
    const hr_kern *k = j->b->kern;
    size_t n = j->s->rows, w = j->s->width, i = j->s->inner;
    for (int p = 0; p < 4; p++) {
        size_t sums = p % 2 ? i : w, out = p % 2 ? w : 2 * i;
        if (p == 2) sums = 2 * i, out = w;
        if (p == 3) sums = w, out = i;
        size_t count = j->s->tokens ? k->packed_size(HR_PACK_A, out, sums)
                                    : k->packed_size(HR_PACK_B, sums, out);
        j->packed[p] = HR_TAKE(arena, hr_real, count);
    }
    for (int t = 0; t < hr_pool_threads(j->b->pool); t++) {
        desk *d = &j->desks[t];
        d->x = hr_bench_numbers(arena, n * w, 1);
        d->dy = hr_bench_numbers(arena, n * w, 2);
        d->out = HR_TAKE(arena, hr_real, n * w);
        d->scratch = HR_TAKE(arena, hr_real, k->mlp_scratch(n, w, i));
        d->operands = HR_TAKE(arena, hr_real, k->mlp_operands(n, w, i));
        d->gate_up = HR_TAKE(arena, hr_real, k->packed_size(HR_PACK_SUMS, w, 2 * i));
        d->down = HR_TAKE(arena, hr_real, k->packed_size(HR_PACK_SUMS, w, i));
    }
}

static void pack(mlp_job *j, const hr_real *gate_up, const hr_real *down) {
    const hr_kern *k = j->b->kern;
    size_t w = j->s->width, i = j->s->inner;
    hr_real *const *p = j->packed;
    if (j->s->tokens) {
        k->pack_left(p[0], gate_up, w, 1, 2 * i, w);
        k->pack_left(p[1], down, i, 1, w, i);
        k->pack_left(p[2], gate_up, 1, w, w, 2 * i);
        k->pack_left(p[3], down, 1, i, i, w);
    } else {
        k->pack_gates(p[0], gate_up, w, i);
        k->pack(p[1], down, 1, i, i, w);
        k->pack(p[2], gate_up, w, 1, 2 * i, w);
        k->pack(p[3], down, i, 1, w, i);
    }
    j->w = (hr_mlp){w, i, j->s->relu, p[0], p[1], p[2], p[3]};
}

static hr_status measure(hr_bencher *b, const shape *s) {
    static const char *const what[] = {"", " backward", " gradients"};
    desk desks[256];
    mlp_job j = {.b = b, .s = s, .desks = desks};
    hr_arena count = {0}, arena;
    take(&j, &count);
    hr_bench_numbers(&count, 3 * s->inner * s->width, 3);
    hr_status status = hr_arena_open(&arena, count.used);
    if (status) return status;
    take(&j, &arena);
    hr_real *weights = hr_bench_numbers(&arena, 3 * s->inner * s->width, 3);
    pack(&j, weights, weights + 2 * s->inner * s->width);
    double flops = 6.0 * (double)s->rows * (double)s->width * (double)s->inner;
    for (j.what = 0; j.what < 3; j.what++) {
        char name[64];
        snprintf(name, sizeof name, "%s%s %zu x %zu x %zu", s->name, what[j.what], s->rows,
                 s->width, s->inner);
        hr_bench_measure(b, name, run_mlp, &j,
                         (hrm_bench_result){.tflops = flops * hr_pool_threads(b->pool)});
    }
    hr_arena_close(&arena);
    return HR_OK;
}

hr_status hr_bench_mlps(hr_bencher *b) {
    static const shape shapes[] = {
        {"mlp", 328, 512, 1536, false, false},
        {"mlp", 328, 128, 352, false, false},
        {"mlp, ReLU", 328, 128, 352, false, true},
        {"token mlp, ReLU", 128, 82, 224, true, true},
    };
    hr_status status = HR_OK;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes && !status; i++)
        status = measure(b, &shapes[i]);
    return status;
}
