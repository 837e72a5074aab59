/* model.c - a model's memory: parameters, packed weights, RoPE tables; initial values; FLOP count.
 */
#include "nn/model.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "nn/dims.h"

/* The next entry of the table with that role. */
static const hr_param *next_param(const hr_model *m, hr_param_role role, int *next) {
    while (m->table.param[*next].role != role) ++*next;
    return &m->table.param[(*next)++];
}

/* A place among the sums of gradients, on a cache line of its own. */
static size_t take_sums(hr_model *m, size_t count) {
    size_t at = m->sums, line = HR_ALIGN / sizeof(hr_real);
    m->sums += (count + line - 1) / line * line;
    return at;
}

/* Takes a linear layer's packed copies. */
static void take_linear(hr_model *m, hr_linear *w, const hr_param *p, bool left, size_t heads,
                        hr_arena *arena) {
    *w = (hr_linear){
        .in = p->cols, .out = p->rows, .weight = p->offset, .left = left, .heads = heads};
    const hr_kern *k = m->kern;
    if (p->narrow) {
        w->narrow = m->narrow ? &m->narrow[p - m->table.param] : NULL;
        return;
    }
    size_t parts = heads ? 3 * heads : 1;
    size_t forward = left ? k->packed_size(HR_PACK_A, w->out, w->in)
                          : parts * k->packed_size(HR_PACK_B, w->in, w->out / parts);
    w->forward = HR_TAKE(arena, hr_real, forward);
    if (!m->train) return;
    size_t backward =
        left ? k->packed_size(HR_PACK_A, w->in, w->out) : k->packed_size(HR_PACK_B, w->out, w->in);
    w->backward = HR_TAKE(arena, hr_real, backward);
    w->sums = take_sums(m, k->packed_size(HR_PACK_SUMS, w->out, w->in));
}

static void take_module(hr_model *m, int index, int layers, int *next, hr_arena *arena) {
    hr_module *module = &m->modules[index];
    bool left = m->spec.mix == HR_MIX_TOKEN_MLP;
    module->layers = layers;
    module->blocks = HR_TAKE(arena, hr_block, (size_t)layers);
    for (int i = 0; i < layers; i++) {
        hr_block local, *block = module->blocks ? &module->blocks[i] : &local;
        *block = (hr_block){.sums = m->sums};
        if (m->spec.conv) {
            const hr_param *p = next_param(m, HR_ROLE_CONV, next);
            block->conv = p->offset;
            block->conv_sums = take_sums(m, p->count);
        }
        if (m->spec.symbol_channels)
            take_linear(m, &block->symbol_mix, next_param(m, HR_ROLE_LINEAR, next), false, 0,
                        arena);
        if (m->spec.mix != HR_MIX_NONE) {
            take_linear(m, &block->mix_in, next_param(m, HR_ROLE_LINEAR, next), left,
                        left ? 0 : (size_t)m->spec.heads, arena);
            take_linear(m, &block->mix_out, next_param(m, HR_ROLE_LINEAR, next), left, 0, arena);
        }
        take_linear(m, &block->gate_up, next_param(m, HR_ROLE_LINEAR, next), false, 0, arena);
        block->gate_up.gates = true;
        take_linear(m, &block->down, next_param(m, HR_ROLE_LINEAR, next), false, 0, arena);
        block->sums_end = m->sums;
    }
}

/* Takes what is in place of floats. */
static void take_narrow(hr_model *m, hr_arena *arena) {
    m->narrow = HR_TAKE(arena, hr_narrow, (size_t)m->table.count);
    for (int i = 0; i < m->table.count; i++) {
        const hr_param *p = &m->table.param[i];
        if (!p->narrow) continue;
        hr_narrow local, *w = m->narrow ? &m->narrow[i] : &local;
        w->scale = m->narrow_bytes == 1 ? HR_TAKE(arena, hr_real, p->rows) : NULL;
        w->room = m->copies ? hr_arena_take(arena, p->count, m->narrow_bytes) : NULL;
    }
}

static void layout(void *owner, hr_arena *arena) {
    hr_model *m = owner;
    const hr_spec *spec = &m->spec;
    int next = 0;
    m->sums = 0;
    m->params = HR_TAKE(arena, hr_real, m->table.total);
    if (m->narrow_bytes) take_narrow(m, arena);
    if (spec->arch == HR_ARCH_HRM) take_module(m, HR_MODULE_H, spec->h_layers, &next, arena);
    take_module(m, HR_MODULE_L, spec->l_layers, &next, arena);
    take_linear(m, &m->lm_head, next_param(m, HR_ROLE_HEAD, &next), false, 0, arena);
    m->q_sums = m->lm_head.sums + m->lm_head.out * m->lm_head.in; /* further rows of the same */
    take_sums(m, 2 * (size_t)spec->hidden);
    m->q_bias_sums = take_sums(m, 2);
    m->embed_count = 0;
    for (int i = 0; m->table.param[i].role == HR_ROLE_EMBEDDING; i++)
        m->embed_count = m->table.param[i].offset + m->table.param[i].count;
    m->embed_sums = take_sums(m, m->embed_count);
    bool turned = spec->pos == HR_POS_ROPE || spec->pos == HR_POS_ROPE2D;
    if (turned && spec->mix == HR_MIX_ATTENTION) {
        hr_dims s = hr_dims_of(spec);
        m->cos = HR_TAKE(arena, hr_real, s.tokens * s.head_dim / 2);
        m->sin = HR_TAKE(arena, hr_real, s.tokens * s.head_dim / 2);
    }
}

/* Pairs from..to-1 of token t, which stands at `place`: angle place * theta^(-2i / span) for the
 * i-th of them, rounded to float as the reference's tables are. In double before that: C libraries
 * differ in the last bit of their floats, and with it the model would. */
static void fill_angles(hr_model *m, size_t t, size_t place, size_t from, size_t to, size_t span) {
    size_t half = (size_t)(m->spec.hidden / m->spec.heads) / 2;
    for (size_t i = from; i < to; i++) {
        float exponent = (float)(2 * (i - from)) / (float)span;
        float frequency = 1.0f / (float)pow((double)(float)m->spec.rope_theta, (double)exponent);
        float angle = (float)place * frequency;
        m->cos[t * half + i] = (hr_real)(float)cos((double)angle);
        m->sin[t * half + i] = (hr_real)(float)sin((double)angle);
    }
}

static void fill_rope(hr_model *m) {
    if (!m->cos) return;
    hr_dims s = hr_dims_of(&m->spec);
    size_t half = s.head_dim / 2, cols = (size_t)m->spec.cols;
    for (size_t t = 0; t < s.tokens; t++) {
        size_t cell = t < s.prefix ? 0 : t - s.prefix;
        if (m->spec.pos == HR_POS_ROPE) {
            fill_angles(m, t, t, 0, half, s.head_dim);
            continue;
        }
        fill_angles(m, t, cell / cols, 0, half / 2, half);
        fill_angles(m, t, cell % cols, half / 2, half, half);
    }
}

static void find_places(hr_model *m) {
    const hr_param_table *t = &m->table;
    m->places = (hr_places){
        .tokens = hr_param_find(t, "model.inner.embed_tokens.embedding_weight"),
        .prefix = hr_param_find(t, "model.inner.embed_prefix.embedding_weight"),
        .pos = hr_param_find(t, "model.inner.embed_pos.embedding_weight"),
        .row = hr_param_find(t, "model.inner.embed_row.embedding_weight"),
        .col = hr_param_find(t, "model.inner.embed_col.embedding_weight"),
        .views = hr_param_find(t, "model.inner.puzzle_view.embedding_weight"),
        .numbers = hr_param_find(t, "model.inner.embed_numbers.embedding_weight"),
        .puzzles = hr_param_find(t, "model.inner.puzzle_emb.weights"),
        .q_weight = hr_param_find(t, "model.inner.q_head.weight"),
        .q_bias = hr_param_find(t, "model.inner.q_head.bias"),
        .initial = {[HR_STATE_H] = hr_param_find(t, "model.inner.H_init"),
                    [HR_STATE_L] = hr_param_find(t, "model.inner.L_init")},
    };
}

static hr_status open_model(const hr_model *from, hr_model **out) {
    *out = NULL;
    hr_status status = hr_spec_check(&from->spec);
    if (status) return status;
    hr_model *m = HR_NEW(hr_model, 1);
    if (!m) return HR_ERR_MEM;
    *m = *from;
    status = hr_param_table_new(&m->spec, &m->table);
    if (!status && m->narrow_bytes) hr_param_table_narrow(&m->table);
    if (!status) status = hr_recur_new(&m->spec, &m->recur);
    if (!status) status = hr_arena_fill(&m->arena, layout, m);
    if (status) {
        hr_model_free(m);
        return status;
    }
    find_places(m);
    fill_rope(m);
    *out = m;
    return HR_OK;
}

hr_status hr_model_new(const hr_spec *spec, const hr_kern *kern, bool train, hr_model **out) {
    return open_model(&(hr_model){.spec = *spec, .kern = kern, .train = train}, out);
}

hr_status hr_model_new_narrow(const hr_spec *spec, const hr_kern *kern, size_t bytes, bool copies,
                              hr_model **out) {
    const hr_model from = {.spec = *spec, .kern = kern, .narrow_bytes = bytes, .copies = copies};
    return open_model(&from, out);
}

void hr_model_free(hr_model *model) {
    if (!model) return;
    hr_param_table_free(&model->table);
    hr_recur_free(&model->recur);
    hr_arena_close(&model->arena);
    hr_free(model);
}

size_t hr_model_bytes(const hr_spec *spec, const hr_kern *kern, bool train) {
    hr_model m = {.spec = *spec, .kern = kern, .train = train};
    if (hr_param_table_new(spec, &m.table)) return SIZE_MAX;
    size_t bytes = hr_arena_count(layout, &m);
    hr_param_table_free(&m.table);
    return bytes;
}

void hr_model_init(hr_model *model, uint64_t seed) {
    const hr_rng rng = hr_rng_stream(seed, "init");
    double embedding = 1 / sqrt((double)model->spec.hidden);
    for (int i = 0; i < model->table.count; i++) {
        const hr_param *p = &model->table.param[i];
        hr_rng own = hr_rng_sub(rng, (uint64_t)i);
        double std = p->role == HR_ROLE_LINEAR || p->role == HR_ROLE_HEAD
                         ? 1 / sqrt((double)p->cols)
                     : p->role == HR_ROLE_CONV      ? 1 / sqrt((double)p->rows)
                     : p->role == HR_ROLE_EMBEDDING ? embedding
                     : p->role == HR_ROLE_STATE     ? 1
                                                    : 0;
        hr_real *w = model->params + p->offset;
        for (size_t j = 0; j < p->count; j++) {
            if (p->role == HR_ROLE_Q_BIAS) w[j] = model->spec.symbols ? 0 : -5;
            else w[j] = std > 0 ? (hr_real)(std * hr_rng_trunc_normal(own, j)) : 0;
        }
    }
}

typedef struct pack_job {
    hr_model *model;
    int blocks_h;
} pack_job;

static void pack_heads(const hr_kern *k, const hr_linear *w, const hr_real *weight) {
    size_t width = w->out / 3 / w->heads, each = k->packed_size(HR_PACK_B, w->in, width);
    for (size_t h = 0; h < w->heads; h++)
        for (size_t i = 0; i < 3; i++)
            k->pack(w->forward + (3 * h + i) * each, weight + (i * w->heads + h) * width * w->in, 1,
                    w->in, w->in, width);
}

static void pack_linear(const hr_model *m, const hr_linear *w) {
    if (!w->forward) return; /* the model has no such layer, or it is narrow */
    const hr_real *weight = m->params + w->weight;
    if (w->left) {
        m->kern->pack_left(w->forward, weight, w->in, 1, w->out, w->in);
        if (w->backward) m->kern->pack_left(w->backward, weight, 1, w->in, w->in, w->out);
        return;
    }
    if (w->gates) m->kern->pack_gates(w->forward, weight, w->in, w->out / 2);
    else if (w->heads) pack_heads(m->kern, w, weight);
    else m->kern->pack(w->forward, weight, 1, w->in, w->in, w->out);
    if (w->backward) m->kern->pack(w->backward, weight, w->in, 1, w->out, w->in);
}

enum { MATRICES = 5 }; /* of a block */

/* Task 0 packs the head, task 1 + 5 b + i the i-th matrix of block b (H's blocks first). */
static void pack_task(void *context, int task, int worker) {
    const pack_job *job = context;
    const hr_model *m = job->model;
    (void)worker;
    if (task == 0) {
        pack_linear(m, &m->lm_head);
        return;
    }
    int b = (task - 1) / MATRICES;
    const hr_block *block = b < job->blocks_h ? &m->modules[HR_MODULE_H].blocks[b]
                                              : &m->modules[HR_MODULE_L].blocks[b - job->blocks_h];
    const hr_linear *all[MATRICES] = {&block->symbol_mix, &block->mix_in, &block->mix_out,
                                      &block->gate_up, &block->down};
    pack_linear(m, all[(task - 1) % MATRICES]);
}

void hr_model_pack(hr_model *model, hr_pool *pool) {
    pack_job job = {model, model->modules[HR_MODULE_H].layers};
    int blocks = job.blocks_h + model->modules[HR_MODULE_L].layers;
    hr_pool_run(pool, 1 + MATRICES * blocks, pack_task, &job);
}

void hr_model_initial(const hr_model *model, int state, hr_real *z, int rows) {
    hr_dims s = hr_dims_of(&model->spec);
    const hr_real *init = model->params + model->places.initial[state]->offset;
    for (size_t i = 0; i < (size_t)rows * hr_row_tokens(&s); i++)
        memcpy(z + i * s.d, init, s.d * sizeof *z);
}

int32_t hr_padding_of(const hr_spec *spec) {
    int first = spec->vocab - spec->symbols;
    if (!spec->skip_padding) return -1;
    if (!spec->symbols) return spec->pad;
    return spec->pad < first ? -1 : (int32_t)1 << (spec->pad - first);
}

/* One block for one row. */
static double block_flops(const hr_dims *s) {
    double t = (double)s->tokens, d = (double)s->d, i = (double)s->inner, j = (double)s->inner_t;
    double mix = s->token_mlp ? 6 * d * t * j : s->attention ? 8 * t * d * d + 4 * t * t * d : 0;
    double channels = (double)s->channels, meet = s->channels > 1 ? 2 * t * d * d : 0;
    return channels * (mix + 6 * t * d * i + 2 * (double)s->seq * d * (double)s->taps) + meet;
}

double hr_model_flops(const hr_spec *spec, bool train, bool q_target) {
    hr_dims s = hr_dims_of(spec);
    hr_recur recur;
    if (hr_recur_new(spec, &recur)) return 0;
    double forward = 0, backward = 0;
    double head = 2.0 * (double)s.seq * (double)s.d * (double)s.outputs;
    for (int c = 0; c < recur.calls; c++) {
        int layers = recur.call[c].module == HR_MODULE_H ? spec->h_layers : spec->l_layers;
        forward += layers * block_flops(&s);
        if (recur.call[c].grad) backward += 2 * layers * block_flops(&s);
    }
    int readouts = recur.readouts;
    hr_recur_free(&recur);
    if (!train) return forward + head;
    return forward * (q_target ? 2 : 1) + backward + 3 * readouts * head;
}

bool hr_model_halts(const hr_model *m) {
    const hr_param *q = m->places.q_weight;
    for (size_t i = 0; i < q->count; i++)
        if (m->params[q->offset + i] != 0) return true;
    return false;
}
