/* attend.c - see attend.h
 *
 * Puzzles come one by one, so that each head of a block is one thread's at a time and its sums have
 * one order; heads are added up in theirs. */
#include "look/attend.h"

#include <math.h>

#include "look/near.h"
#include "look/walk.h"

enum { MAP_CELLS = 400, PREFIX = HR_NEAR_KINDS, KINDS };

/* Of one head of one block. */
typedef struct sums {
    double weight[KINDS], count[KINDS], entropy;
} sums;

typedef struct attending {
    hr_walk walk;
    hrm_inspection *out;
    sums *of;      /* (segments x blocks x heads) */
    double *map;   /* (blocks x heads x cells x cells) or NULL */
    double *space; /* (threads x tokens) */
    int segment, first[HR_MODULES_MAX];
    hr_arena arena;
} attending;

static void layout(void *owner, hr_arena *arena) {
    attending *x = owner;
    const hr_spec *spec = &x->walk.model->spec;
    size_t cells = (size_t)spec->seq, heads = (size_t)spec->heads;
    size_t all = (size_t)x->out->blocks * heads;
    x->of = HR_TAKE(arena, sums, (size_t)x->out->segments * all);
    x->space =
        HR_TAKE(arena, double,
                (size_t)hr_pool_threads(x->walk.engine->pool) * (size_t)hr_spec_tokens(spec));
    if (cells <= MAP_CELLS) x->map = HR_TAKE(arena, double, all *cells *cells);
}

/* Softmax of a token's products with all of them, into weight; its entropy. */
static double weigh(const hr_probed_head *p, size_t i, double *weight) {
    const hr_real *q = p->q + i * p->ld;
    double top = -INFINITY, sum = 0, entropy = 0;
    for (size_t j = 0; j < p->tokens; j++) {
        const hr_real *k = p->k + j * p->ld;
        double product = 0;
        for (size_t c = 0; c < p->width; c++) product += (double)q[c] * (double)k[c];
        weight[j] = product * p->scale;
        if (weight[j] > top) top = weight[j];
    }
    for (size_t j = 0; j < p->tokens; j++) sum += weight[j] = exp(weight[j] - top);
    for (size_t j = 0; j < p->tokens; j++) {
        weight[j] /= sum;
        entropy -= weight[j] > 0 ? weight[j] * log(weight[j]) : 0;
    }
    return entropy;
}

static void told_head(void *user, const hr_probed_head *p) {
    attending *x = user;
    const hr_model *m = x->walk.model;
    const size_t prefix = (size_t)hr_spec_prefix(&m->spec), cells = (size_t)m->spec.seq;
    const size_t heads = (size_t)m->spec.heads;
    size_t block = (size_t)(x->first[m->recur.call[p->call].module] + p->layer);
    sums *of =
        &x->of[((size_t)x->segment * (size_t)x->out->blocks + block) * heads + (size_t)p->head];
    double *map = x->map ? x->map + (block * heads + (size_t)p->head) * cells * cells : NULL;
    double *weight = x->space + (size_t)p->worker * p->tokens;
    for (size_t i = 0; i < cells; i++) {
        of->entropy += weigh(p, prefix + i, weight) / (double)cells;
        for (size_t j = 0; j < p->tokens; j++) {
            int kind =
                j < prefix ? PREFIX : (int)hr_near_of(x->walk.task, (int)i, (int)(j - prefix));
            of->weight[kind] += weight[j];
            of->count[kind]++;
            if (map && j >= prefix) map[i * cells + j - prefix] += weight[j];
        }
    }
}

/* Adds the heads up. */
static void finish(attending *x) {
    hrm_inspection *out = x->out;
    const hr_spec *spec = &x->walk.model->spec;
    const size_t heads = (size_t)spec->heads, blocks = (size_t)out->blocks;
    const size_t cells = (size_t)spec->seq;
    const double tokens = hr_spec_tokens(spec), pairs = (double)(cells * cells);
    for (size_t b = 0; b < (size_t)out->segments * blocks; b++) {
        sums all = {.entropy = 0};
        double runs = 0;
        for (size_t h = 0; h < heads; h++) {
            const sums *of = &x->of[b * heads + h];
            for (int k = 0; k < KINDS; k++) all.weight[k] += of->weight[k];
            for (int k = 0; k < KINDS; k++) all.count[k] += of->count[k];
            all.entropy += of->entropy;
            for (int k = 0; k < HR_NEAR_KINDS; k++) runs += of->count[k] / pairs;
        }
        int at = (int)(b % blocks),
            module = at >= x->first[HR_MODULE_L] ? HR_MODULE_L : HR_MODULE_H;
        out->block[b] = (hrm_look_block){.segment = (int)(b / blocks) + 1,
                                         .module = module,
                                         .layer = at - x->first[module],
                                         .near = hr_near_means(all.weight, all.count, tokens),
                                         .prefix = tokens * all.weight[PREFIX] / all.count[PREFIX],
                                         .entropy = all.entropy / runs};
    }
    for (size_t b = 0; x->map && b < blocks; b++) {
        double runs = 0; /* of all heads */
        for (size_t s = 0; s < (size_t)out->segments; s++)
            for (size_t h = 0; h < heads; h++)
                runs += x->of[(s * blocks + b) * heads + h].count[HR_NEAR_SELF] / (double)cells;
        for (size_t i = 0; i < heads * cells * cells; i++)
            out->map[b * cells * cells + i % (cells * cells)] +=
                x->map[b * heads * cells * cells + i] / runs;
    }
}

hr_status hr_attend(hr_model *model, const hr_task *task, hr_pool *pool, const hr_dataset *data,
                    const hrm_inspect_options *o, hrm_inspection *out) {
    attending x = {.out = out};
    const hr_spec *spec = &model->spec;
    if (spec->mix != HR_MIX_ATTENTION || spec->skip_padding)
        return hr_fail_about(HR_ERR_UNSUPPORTED, "attention", "attention: this model %s",
                             spec->skip_padding ? "skips padding" : "has none");
    x.first[HR_MODULE_H] = 0;
    x.first[HR_MODULE_L] = model->modules[HR_MODULE_H].layers;
    out->blocks = x.first[HR_MODULE_L] + model->modules[HR_MODULE_L].layers;
    hr_status status = hr_walk_open(&x.walk, model, task, pool, 1);
    x.walk.probe.logits = NULL;
    x.walk.head = told_head;
    x.walk.user = &x;
    hr_walk_tell(&x.walk, o, out->attended);
    if (!status) status = hr_arena_fill(&x.arena, layout, &x);
    if (!status) {
        size_t cells = (size_t)spec->seq, blocks = (size_t)out->blocks;
        out->block = HR_NEW(hrm_look_block, (size_t)out->segments * blocks);
        if (x.map) out->map = HR_NEW(double, blocks *cells *cells);
        if (!out->block || (x.map && !out->map)) status = HR_ERR_MEM;
    }
    for (size_t p = 0; !status && p < out->attended; p++) {
        x.walk.batch.rows = 1;
        hr_dataset_rows(data, p, &x.walk.batch);
        hr_walk_start(&x.walk);
        for (x.segment = 0; !status && x.segment < out->segments; x.segment++)
            status = hr_walk_segment(&x.walk, !x.segment);
        if (!status) status = hr_walk_done(&x.walk, 1);
    }
    if (!status) finish(&x);
    hr_arena_close(&x.arena);
    hr_walk_close(&x.walk);
    return status;
}
