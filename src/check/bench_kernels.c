/* bench_kernels.c - matrix products of the published models' shapes, gated MLPs, which take most of
 * a training step, and the other kernels. */
#include "check/bench_kernels.h"

#include <stdio.h>

enum { BLOCK = 160, TILE = 8 }; /* rows of a task: whole tiles, at most as many as in exec.c */

/* ---- products -------------------------------------------------------------------------------- */

typedef struct product {
    hr_bencher *b;
    size_t k, n, m, block;
    hr_real *a, *w, *c, *panels;
    bool transposed; /* C (n x k) += dY^T X, dY (m x n) in c, X (m x k) in a: weight gradients */
} product;

static void product_task(void *context, int task, int worker) {
    const product *p = context;
    const hr_kern *kern = p->b->kern;
    (void)worker;
    size_t from = (size_t)task * p->block, all = p->transposed ? p->n : p->m;
    size_t rows = all - from < p->block ? all - from : p->block;
    const hr_gemm gradient = {.c = p->w + from * p->k,
                              .ldc = p->k,
                              .a = p->c + from,
                              .lda = p->n,
                              .b = p->a,
                              .ldb = p->k,
                              .m = rows,
                              .n = p->k,
                              .k = p->m};
    const hr_gemm forward = {.c = p->c + from * p->n,
                             .ldc = p->n,
                             .a = p->a + from * p->k,
                             .lda = p->k,
                             .b = p->panels,
                             .m = rows,
                             .n = p->n,
                             .k = p->k};
    if (p->transposed) kern->gemm_tn(&gradient);
    else kern->gemm(&forward);
}

static void run_product(void *context) {
    product *p = context;
    size_t all = p->transposed ? p->n : p->m;
    hr_pool_run(p->b->pool, (int)((all + p->block - 1) / p->block), product_task, p);
}

static void take_product(void *owner, hr_arena *arena) {
    product *p = owner;
    p->a = hr_bench_numbers(arena, p->m * p->k, 1);
    p->w = hr_bench_numbers(arena, p->n * p->k, 2);
    p->c = hr_bench_numbers(arena, p->m * p->n, 3);
    p->panels = HR_TAKE(arena, hr_real, p->b->kern->packed_size(HR_PACK_B, p->k, p->n));
}

/* Rows of a task: few enough that every thread has work. */
static size_t block_of(size_t rows, int threads) {
    size_t share = (rows + (size_t)threads - 1) / (size_t)threads;
    size_t block = (share + TILE - 1) / TILE * TILE;
    return block < BLOCK ? block : BLOCK;
}

hr_status hr_bench_products(hr_bencher *b) {
    static const size_t shapes[][2] = {{512, 1536}, {512, 512}, {512, 3072},
                                       {1536, 512}, {128, 384}, {128, 1024}};
    static const size_t rows[] = {97, 776, 3104};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (size_t j = 0; j < 4; j++) {
            product p = {.b = b, .k = shapes[i][0], .n = shapes[i][1], .transposed = j == 3};
            p.m = rows[j < 3 ? j : 2];
            p.block = block_of(p.transposed ? p.n : p.m, hr_pool_threads(b->pool));
            hr_arena arena;
            hr_status status = hr_arena_fill(&arena, take_product, &p);
            if (status) return status;
            b->kern->pack(p.panels, p.w, 1, p.k, p.k, p.n);
            char name[64];
            snprintf(name, sizeof name, "gemm%s %zu->%zu x %zu", p.transposed ? " dW" : "", p.k,
                     p.n, p.m);
            hr_bench_measure(
                b, name, run_product, &p,
                (hrm_bench_result){.tflops = 2.0 * (double)p.m * (double)p.n * (double)p.k});
            hr_arena_close(&arena);
        }
    return HR_OK;
}

/* ---- gated MLPs: over channels and over tokens ---------------------------------------------- */

/* Rows and their width (of tokens: columns), hidden numbers, and how the results' names begin. */
typedef struct shape {
    const char *name;
    size_t rows, width, inner;
    bool tokens, relu;
} shape;

typedef struct mlp_job {
    const hr_bencher *b;
    const shape *s;
    hr_mlp w;
    hr_real *packed[4], *weights; /* gate and up, then down */
    struct {                      /* one thread's memory */
        hr_real *x, *dy, *out, *scratch, *operands, *gate_up, *down;
    } desk[HR_POOL_THREADS];
    int what; /* forward, backward, gradient */
} mlp_job;

/* Row blocks are as in exec.c. What the backward pass computes again is not counted as work. */
static void mlp_task(void *context, int task, int worker) {
    const mlp_job *j = context;
    const hr_kern *k = j->b->kern;
    bool tokens = j->s->tokens;
    hr_mlp_call call = {.n = j->s->rows, .ld = j->s->rows};
    hr_mlp_gradient gradient = {.n = j->s->rows, .calls = 1, .parts = 1};
    call.x = j->desk[task].x;
    call.dy = j->desk[task].dy;
    call.out = j->desk[task].out;
    gradient.operands = call.operands = j->desk[task].operands;
    call.scratch = gradient.scratch = j->desk[task].scratch;
    gradient.gate_up = j->desk[task].gate_up;
    gradient.down = j->desk[task].down;
    (void)worker;
    if (j->what == 0) (tokens ? k->mix : k->mlp)(&j->w, &call);
    if (j->what == 1) (tokens ? k->mix_backward : k->mlp_backward)(&j->w, &call);
    if (j->what == 2) (tokens ? k->mix_gradient : k->mlp_gradient)(&j->w, &gradient);
}

static void run_mlp(void *context) {
    const mlp_job *j = context;
    hr_pool_run(j->b->pool, hr_pool_threads(j->b->pool), mlp_task, context);
}

/* Memory for the matrices packed in each way, and for each thread. */
static void take_mlp(void *owner, hr_arena *arena) {
    mlp_job *j = owner;
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
        j->desk[t].x = hr_bench_numbers(arena, n * w, 1);
        j->desk[t].dy = hr_bench_numbers(arena, n * w, 2);
        j->desk[t].out = HR_TAKE(arena, hr_real, n * w);
        j->desk[t].scratch = HR_TAKE(arena, hr_real, k->mlp_scratch(HR_USE_BACKWARD, n, w, i));
        j->desk[t].operands = HR_TAKE(arena, hr_real, k->mlp_operands(n, w, i));
        j->desk[t].gate_up = HR_TAKE(arena, hr_real, k->packed_size(HR_PACK_SUMS, w, 2 * i));
        j->desk[t].down = HR_TAKE(arena, hr_real, k->packed_size(HR_PACK_SUMS, w, i));
    }
    j->weights = hr_bench_numbers(arena, 3 * i * w, 3);
}

static void pack_mlp(mlp_job *j) {
    const hr_kern *k = j->b->kern;
    size_t w = j->s->width, i = j->s->inner;
    const hr_real *gate_up = j->weights, *down = j->weights + 2 * i * w;
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
    j->w = (hr_mlp){w, i, j->s->relu, p[0], p[1], p[2], p[3], 0, 0};
}

static hr_status measure_mlp(hr_bencher *b, const shape *s) {
    static const char *const what[] = {"", " backward", " gradients"};
    mlp_job j = {.b = b, .s = s};
    hr_arena arena;
    hr_status status = hr_arena_fill(&arena, take_mlp, &j);
    if (status) return status;
    pack_mlp(&j);
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

static hr_status measure_mlps(hr_bencher *b) {
    static const shape shapes[] = {
        {"mlp", 328, 512, 1536, false, false},
        {"mlp", 328, 128, 352, false, false},
        {"mlp, ReLU", 328, 128, 352, false, true},
        {"token mlp, ReLU", 128, 82, 224, true, true},
    };
    hr_status status = HR_OK;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes && !status; i++)
        status = measure_mlp(b, &shapes[i]);
    return status;
}

/* ---- the other kernels ----------------------------------------------------------------------- */

enum { TOKENS = 82, DIM = 512, HEADS = 8, PARAMS = 1 << 20, BUFFERS = 4 };

/* One thread's buffers; every kernel takes what it needs. */
typedef struct desk {
    hr_real *x[BUFFERS], *inv, *scratch;
} desk;

typedef struct kernel_job {
    const hr_bencher *b;
    void (*work)(const hr_kern *k, const desk *d);
    desk desks[HR_POOL_THREADS];
} kernel_job;

static void k_rms(const hr_kern *k, const desk *d) {
    k->rms(d->x[0], d->inv, d->x[1], TOKENS, DIM, (hr_real)1e-5);
}
static void k_rms_backward(const hr_kern *k, const desk *d) {
    k->rms_backward(d->x[0], NULL, d->x[1], d->inv, d->x[2], TOKENS, DIM);
}
static void k_rope(const hr_kern *k, const desk *d) {
    const hr_rope rope = {d->x[3], d->x[3], TOKENS, 2 * HEADS, DIM / HEADS, false};
    k->rope(d->x[0], 3 * DIM, &rope);
}
static const hr_head one_head = {TOKENS, DIM / HEADS, 3 * DIM, DIM, DIM, (hr_real)0.125};
static void k_attention(const hr_kern *k, const desk *d) {
    for (size_t h = 0; h < DIM; h += DIM / HEADS)
        k->attention(d->x[0] + h, d->x[1] + h, &one_head, d->scratch);
}
static void k_attention_backward(const hr_kern *k, const desk *d) {
    for (size_t h = 0; h < DIM; h += DIM / HEADS)
        k->attention_backward(d->x[0] + h, 3 * DIM, DIM, d->x[2] + h, d->x[1] + h, &one_head,
                              d->scratch);
}
enum { SIDE = 30, CHANNELS = 64 };
static hr_conv conv_of(const desk *d) {
    return (hr_conv){SIDE, SIDE, 3, 3, CHANNELS, d->x[3]};
}
static void k_conv(const hr_kern *k, const desk *d) {
    hr_conv conv = conv_of(d);
    k->conv(d->x[0], d->x[2], d->x[1], &conv, 0, (size_t)SIDE * SIDE);
}
static void k_conv_backward(const hr_kern *k, const desk *d) {
    hr_conv conv = conv_of(d);
    k->conv_backward(d->x[0], d->x[2], d->x[1], &conv);
}
static void k_conv_gradient(const hr_kern *k, const desk *d) {
    hr_conv conv = conv_of(d);
    k->conv_gradient(d->x[0], d->x[2], d->x[1], &conv, 0, CHANNELS);
}
static void k_add(const hr_kern *k, const desk *d) {
    k->add(d->x[0], d->x[1], d->x[2], (size_t)TOKENS * DIM);
}
static void k_transpose(const hr_kern *k, const desk *d) {
    k->transpose(d->x[0], d->x[1], TOKENS, DIM);
}
static const hr_adam adam = {(hr_real)1e-12, (hr_real)0.9, (hr_real)0.95, (hr_real)1e-8, 0,
                             (hr_real)0.27,  (hr_real)0.14};
static void k_adam_atan2(const hr_kern *k, const desk *d) {
    k->adam_atan2(d->x[0], d->x[1], d->x[2], d->x[3], PARAMS, &adam);
}
static void k_adamw(const hr_kern *k, const desk *d) {
    k->adamw(d->x[0], d->x[1], d->x[2], d->x[3], PARAMS, &adam);
}
static void k_ema(const hr_kern *k, const desk *d) {
    k->ema(d->x[0], d->x[1], PARAMS, 0.999);
}

static void kernel_task(void *context, int task, int worker) {
    const kernel_job *job = context;
    (void)worker;
    job->work(job->b->kern, &job->desks[task]);
}

static void run_kernel(void *context) {
    kernel_job *job = context;
    hr_pool_run(job->b->pool, hr_pool_threads(job->b->pool), kernel_task, job);
}

static void take_desks(void *owner, hr_arena *arena) {
    kernel_job *job = owner;
    size_t scratch = job->b->kern->attention_scratch(TOKENS, DIM / HEADS, true);
    for (desk *d = job->desks; d < job->desks + hr_pool_threads(job->b->pool); d++) {
        for (int i = 0; i < BUFFERS; i++) d->x[i] = hr_bench_numbers(arena, PARAMS, (uint64_t)i);
        for (size_t i = 0; d->x[3] && i < PARAMS; i++) {
            d->x[2][i] += (hr_real)0.5;      /* second moments: not below zero */
            d->x[3][i] = (hr_real)0.7071068; /* cosines and sines: values keep their magnitude */
        }
        d->inv = hr_bench_numbers(arena, TOKENS, BUFFERS);
        d->scratch = HR_TAKE(arena, hr_real, scratch);
    }
}

hr_status hr_bench_kernels(hr_bencher *b) {
    const double n = TOKENS * DIM, word = sizeof(hr_real);
    const double scores = 2.0 * TOKENS * TOKENS * DIM;
    const double grid = SIDE * SIDE * CHANNELS, taps = 2 * 9 * grid;
    const struct {
        const char *name;
        void (*work)(const hr_kern *, const desk *);
        double flops, bytes; /* of one thread */
    } rows[] = {
        {"rms 82 x 512", k_rms, 0, 2 * n * word},
        {"rms_backward 82 x 512", k_rms_backward, 0, 3 * n * word},
        {"rope 82 x 16 x 64", k_rope, 0, 4 * n * word},
        {"attention 82 x 8 x 64", k_attention, 2 * scores, 4 * n * word},
        {"attention_backward 82 x 8 x 64", k_attention_backward, 5 * scores, 7 * n * word},
        {"conv 3 x 3, 30 x 30 x 64", k_conv, taps, 3 * grid * word},
        {"conv_backward", k_conv_backward, taps, 3 * grid * word},
        {"conv_gradient", k_conv_gradient, taps, 2 * grid * word},
        {"add 82 x 512", k_add, 0, 3 * n * word},
        {"transpose 82 x 512", k_transpose, 0, 2 * n * word},
        {"adam_atan2 1048576", k_adam_atan2, 0, 7.0 * PARAMS * word},
        {"adamw 1048576", k_adamw, 0, 7.0 * PARAMS * word},
        {"ema 1048576", k_ema, 0, 3.0 * PARAMS * word},
    };
    kernel_job job = {.b = b};
    hr_arena arena;
    hr_status status = hr_arena_fill(&arena, take_desks, &job);
    if (status) return status;
    int threads = hr_pool_threads(b->pool);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        job.work = rows[i].work;
        hr_bench_measure(b, rows[i].name, run_kernel, &job,
                         (hrm_bench_result){.tflops = rows[i].flops * threads,
                                            .gigabytes_per_second = rows[i].bytes * threads});
    }
    hr_arena_close(&arena);
    return measure_mlps(b);
}
