/* inspect.c - see inspect.h
 *
 * Every row's numbers are measured by one thread and added up in the order of the rows, so that
 * neither threads nor the batch change a bit. */
#include "look/inspect.h"

#include <math.h>
#include <string.h>

#include "look/attend.h"
#include "look/deduce.h"
#include "look/measure.h"
#include "look/patch.h"
#include "look/tried.h"
#include "look/walk.h"
#include "task/lines.h"

enum {
    GROUPS = 10,            /* of puzzles, for the jackknife */
    PATHS = 8,              /* puzzles whose trajectory is kept */
    PATH_BYTES = 256 << 20, /* of their states, at most */
    AXES = 3,
    ROUNDS = 16, /* of candidates, where nobody says */
};

/* The answer of a row so far. */
typedef struct said {
    uint8_t *now, *before; /* (rows x seq) and what a cell held before it last changed */
    int *faults;           /* (rows) */
} said;

/* Measures at work. */
typedef struct inspecting {
    hr_walk walk;
    const hr_dataset *data;
    const hrm_inspect_options *options;
    hrm_inspection *out;
    hr_spread spread[HR_STATES_MAX];
    hrm_look_step *step;         /* (rows x calls + 1) of the segment at work, the whole last */
    hr_real *end[HR_STATES_MAX]; /* states after the segment before */
    said by_call, by_segment;
    uint8_t *read;         /* (threads x seq) */
    hr_real *scratch;      /* (threads x hidden x hidden) */
    double *drift;         /* (rows) means of late residuals */
    hr_groups groups;      /* none for models that have no candidates */
    hrm_look_drops *drops; /* (rows) counts of the round at work */
    double *told;          /* (rows) of them in cells whose answer is known */
    double *told_by_round; /* (segments) all rows */
    int32_t *sets;         /* (threads x 3 x seq) */
    uint8_t *label;        /* (threads x seq x symbols) */
    hr_real *path;         /* (paths x segments x numbers of a row) or NULL */
    size_t first;          /* puzzles before the batch */
    int segment;           /* at work, from 0 */
    int late;              /* segments, or calls of a round, whose residuals are drift */
    hr_arena arena;
} inspecting;

/* ---- memory ---------------------------------------------------------------------------------- */

static void take_said(said *s, size_t rows, size_t seq, hr_arena *arena) {
    s->now = HR_TAKE(arena, uint8_t, rows * seq);
    s->before = HR_TAKE(arena, uint8_t, rows * seq);
    s->faults = HR_TAKE(arena, int, rows);
}

static void layout(void *owner, hr_arena *arena) {
    inspecting *x = owner;
    const hr_spec *spec = &x->walk.model->spec;
    size_t rows = (size_t)x->walk.rows, d = (size_t)spec->hidden, numbers = hr_spec_state(spec);
    size_t threads = (size_t)hr_pool_threads(x->walk.engine->pool), seq = (size_t)spec->seq;
    for (int i = 0; i < x->walk.model->recur.states; i++) {
        hr_spread_take(&x->spread[i], d, GROUPS, arena);
        x->end[i] = HR_TAKE(arena, hr_real, rows * numbers);
    }
    x->scratch = HR_TAKE(arena, hr_real, threads * d * d);
    if (!x->out) return; /* fresh weights: participation alone */
    x->step = HR_TAKE(arena, hrm_look_step, rows * (size_t)(x->out->calls + 1));
    take_said(&x->by_call, rows, seq, arena);
    take_said(&x->by_segment, rows, seq, arena);
    x->read = HR_TAKE(arena, uint8_t, threads * seq);
    x->drift = HR_TAKE(arena, double, rows);
    if (x->groups.count) {
        x->drops = HR_TAKE(arena, hrm_look_drops, rows);
        x->told = HR_TAKE(arena, double, rows);
        x->told_by_round = HR_TAKE(arena, double, (size_t)x->out->segments);
        x->sets = HR_TAKE(arena, int32_t, threads * 3 * seq);
        x->label = HR_TAKE(arena, uint8_t, threads * seq * (size_t)spec->symbols);
    }
    size_t each = hr_mul((size_t)x->out->segments, numbers);
    if (hr_mul(each, PATHS * sizeof(hr_real)) <= PATH_BYTES)
        x->path = HR_TAKE(arena, hr_real, PATHS * each);
}

/* ---- a row after a call, or after a segment ---------------------------------------------------
 */

static double residual(const hr_real *now, const hr_real *before, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        double off = (double)(now[i] - before[i]);
        sum += off * off;
    }
    return sqrt(sum / (double)count);
}

/* Compares a new answer of a row with the one before, and becomes it. */
static void compare(inspecting *x, said *s, int row, const uint8_t *answer, hrm_look_step *out) {
    const hr_walk *w = &x->walk;
    const size_t seq = (size_t)w->model->spec.seq, at = (size_t)row * seq;
    const int32_t *labels = w->batch.labels + at;
    int known = 0, right = 0;
    for (size_t t = 0; t < seq; t++) {
        uint8_t old = s->now[at + t], now = answer[t];
        known += labels[t] != HR_IGNORE;
        right += labels[t] == now;
        if (old == now) continue;
        out->changed++;
        out->gained += labels[t] == now;
        out->lost += labels[t] == old;
        out->returned += s->before[at + t] == now;
        s->before[at + t] = old;
        s->now[at + t] = now;
    }
    int faults = hr_task_faults(w->task, w->question + at, answer), less = s->faults[row] - faults;
    out->faults = faults;
    out->mended = less > 0 ? less : 0;
    s->faults[row] = faults;
    out->right = (double)right / known; /* NaN: nothing is known */
    out->exact = known ? right == known : NAN;
}

static hrm_look_step *step_of(const inspecting *x, int row, int call) {
    return &x->step[row * (x->out->calls + 1) + call];
}

/* hr_walk's told. */
static void after_call(void *user, const hr_probed *p) {
    inspecting *x = user;
    const hr_walk *w = &x->walk;
    if (!x->out) return;
    const hr_spec *spec = &w->model->spec;
    hrm_look_step *out = step_of(x, p->row, p->call);
    uint8_t *answer = x->read + (size_t)p->worker * (size_t)spec->seq;
    *out = (hrm_look_step){
        .segment = x->segment + 1, .call = p->call + 1, .state = p->state, .residual_l = NAN};
    out->residual = residual(p->numbers, w->now[p->state] + (size_t)p->row * hr_spec_state(spec),
                             hr_walk_numbers(w, p->row));
    hr_walk_read(w, p->row, p->logits, answer, &out->entropy);
    compare(x, &x->by_call, p->row, answer, out);
    out->halt = spec->symbols ? -(double)p->q[0] : (double)p->q[0];
    out->go_on = spec->symbols ? NAN : (double)p->q[1];
}

/* The cells of a row as text. */
static void write_cells(const hr_walk *w, int row, const uint8_t *tokens, char *text) {
    const int seq = w->model->spec.seq;
    for (int t = 0; t < seq; t++) {
        char c = w->task->alphabet[tokens[row * seq + t]];
        text[t] = c ? c : ' ';
    }
    text[seq] = 0;
}

/* What fell in the round, and what would explain it. */
static void deduce(inspecting *x, int row, int worker) {
    const hr_walk *w = &x->walk;
    const hr_spec *spec = &w->model->spec;
    const size_t seq = (size_t)spec->seq, at = (size_t)row * seq;
    int32_t *after = x->sets + (size_t)worker * 3 * seq, *truth = after + seq;
    x->told[row] = 0;
    for (size_t t = 0; t < seq; t++) {
        after[t] = hr_walk_left(w, at + t);
        truth[t] = w->batch.labels[at + t] - (spec->vocab - spec->symbols);
        if (truth[t] >= 0)
            x->told[row] += __builtin_popcount((uint32_t)(w->batch.inputs[at + t] & ~after[t]));
    }
    x->drops[row] = (hrm_look_drops){0};
    hr_deduce_compare(&x->groups, w->batch.inputs + at, after, truth,
                      x->label + (size_t)worker * seq * (size_t)spec->symbols, truth + seq,
                      &x->drops[row]);
}

static void after_segment(void *context, int row, int worker) {
    inspecting *x = context;
    const hr_walk *w = &x->walk;
    const size_t at = (size_t)row * hr_spec_state(&w->model->spec);
    const size_t count = hr_walk_numbers(w, row), path = x->first + (size_t)row;
    if (x->groups.count) deduce(x, row, worker);
    double moved[HR_STATES_MAX] = {0, NAN};
    for (int i = 0; i < w->model->recur.states; i++) {
        moved[i] = residual(w->now[i] + at, x->end[i] + at, count);
        memcpy(x->end[i] + at, w->now[i] + at, count * sizeof *x->end[i]);
    }
    const hrm_look_step *last = step_of(x, row, x->out->calls - 1);
    hrm_look_step *out = step_of(x, row, x->out->calls);
    *out = (hrm_look_step){.segment = x->segment + 1,
                           .state = last->state,
                           .residual = moved[HR_STATE_H],
                           .residual_l = moved[HR_STATE_L],
                           .entropy = last->entropy,
                           .halt = last->halt,
                           .go_on = last->go_on};
    compare(x, &x->by_segment, row, x->by_call.now + (size_t)row * (size_t)w->model->spec.seq, out);
    bool rounds = x->out->candidates;
    if (rounds) x->drift[row] = 0;
    for (int c = x->out->calls - x->late; rounds && c < x->out->calls; c++)
        x->drift[row] += step_of(x, row, c)->residual / x->late;
    if (!rounds && x->segment >= x->out->segments - x->late)
        x->drift[row] += moved[HR_STATE_H] / x->late;
    if (path < x->out->paths)
        write_cells(w, row, x->by_segment.now,
                    x->out->path[path].answer + x->segment * (x->out->cells + 1));
    if (x->path && path < x->out->paths)
        memcpy(x->path + (path * (size_t)x->out->segments + (size_t)x->segment) *
                             hr_spec_state(&w->model->spec),
               w->now[HR_STATE_H] + at, count * sizeof *x->path);
}

/* Adds the rows of one group of puzzles to what one state spreads into. */
static void spread_task(void *context, int task, int worker) {
    inspecting *x = context;
    const hr_walk *w = &x->walk;
    const int state = task / GROUPS;
    const size_t group = (size_t)(task % GROUPS), d = (size_t)w->model->spec.hidden;
    for (int row = 0; row < w->batch.rows; row++) {
        if ((x->first + (size_t)row) % GROUPS != group) continue;
        for (int c = 0; c < hr_spec_channels(&w->model->spec); c++) {
            size_t count;
            const hr_real *cells = hr_walk_cells(w, state, row, (size_t)c, &count);
            hr_spread_add(&x->spread[state], group, w->model->kern, cells, count,
                          x->scratch + (size_t)worker * d * d);
        }
    }
}

/* ---- sums over rows ---------------------------------------------------------------------------
 */

static void add(hrm_look_step *sum, const hrm_look_step *x) {
    sum->segment = x->segment;
    sum->call = x->call;
    sum->state = x->state;
    double *to[] = {&sum->residual, &sum->residual_l, &sum->changed, &sum->gained,
                    &sum->lost,     &sum->returned,   &sum->faults,  &sum->mended,
                    &sum->entropy,  &sum->halt,       &sum->go_on};
    const double from[] = {x->residual, x->residual_l, x->changed, x->gained, x->lost, x->returned,
                           x->faults,   x->mended,     x->entropy, x->halt,   x->go_on};
    for (size_t i = 0; i < sizeof to / sizeof *to; i++) *to[i] += from[i];
    if (isnan(x->exact)) return;
    sum->right += x->right;
    sum->exact += x->exact;
}

static void divide(hrm_look_step *sum, const hrm_inspection *of) {
    double n = (double)of->puzzles, known = (double)of->known;
    double *all[] = {&sum->residual, &sum->residual_l, &sum->changed, &sum->gained,
                     &sum->lost,     &sum->returned,   &sum->faults,  &sum->mended,
                     &sum->entropy,  &sum->halt,       &sum->go_on};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) *all[i] /= n;
    sum->right /= known;
    sum->exact /= known;
}

static void add_drops(hrm_look_drops *sum, const hrm_look_drops *x) {
    double *to = &sum->dropped, *end = (double *)(sum + 1);
    for (const double *from = &x->dropped; to < end;) *to++ += *from++;
}

static void add_deduced(hrm_look_puzzle *p, const hrm_look_drops *x) {
    p->open = x->open;
    p->wrong = p->known ? p->wrong + x->wrong : NAN;
    p->left = 0;
    for (int k = 0; k < HRM_TECHNIQUES; k++) p->left += x->could[k] - x->by[k];
}

static void divide_drops(hrm_look_drops *x, double told, double puzzles) {
    double explained = 0;
    for (int k = 0; k < HRM_TECHNIQUES; k++) {
        explained += x->by[k] + x->later[k];
        x->took[k] = x->by[k] / x->could[k];
        x->by[k] /= x->dropped;
        x->later[k] /= x->dropped;
        x->could[k] /= puzzles;
    }
    x->steps /= explained;
    x->unexplained = 1 - explained / x->dropped; /* NaN: none fell */
    x->wrong /= told;                            /* NaN: the answer to none */
    x->dropped /= puzzles;
    x->open /= puzzles;
}

static void add_row(inspecting *x, int row) {
    hrm_inspection *out = x->out;
    hrm_look_puzzle *p = &out->puzzle[x->first + (size_t)row];
    const hrm_look_step *whole = step_of(x, row, out->calls);
    for (int c = 0; c < out->calls; c++)
        add(&out->call[x->segment * out->calls + c], step_of(x, row, c));
    add(&out->segment[x->segment], whole);
    p->index = x->first + (size_t)row;
    p->known = !isnan(whole->exact);
    if (x->drops) {
        add_drops(&out->drops[x->segment], &x->drops[row]);
        add_deduced(p, &x->drops[row]);
        x->told_by_round[x->segment] += x->told[row];
    }
    p->exact = p->known && whole->exact > 0;
    if (p->exact && !p->first_exact) {
        p->first_exact = x->segment + 1;
        p->kept = true;
    }
    p->kept = p->kept && p->exact;
    p->halt = whole->halt;
    p->faults = whole->faults;
    p->drift = x->drift[row];
}

/* ---- trajectories -----------------------------------------------------------------------------
 */

/* Axes of most variance of n points, from the products of their distances to the mean. */
static hr_status place_path(hrm_look_path *path, const hr_real *points, size_t n, size_t numbers) {
    double *a = HR_NEW(double, 2 * n * n + 2 * n + numbers);
    if (!a) return HR_ERR_MEM;
    double *vectors = a + n * n, *values = vectors + n * n, *mean = values + n, total = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < numbers; k++) mean[k] += (double)points[i * numbers + k] / (double)n;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = 0;
            for (size_t k = 0; k < numbers; k++)
                sum += ((double)points[i * numbers + k] - mean[k]) *
                       ((double)points[j * numbers + k] - mean[k]);
            a[i * n + j] = a[j * n + i] = sum;
        }
    hr_measure_eigen(a, n, values, vectors);
    for (size_t i = 0; i < n; i++) total += fmax(values[i], 0);
    for (size_t k = 0; k < AXES && k < n; k++) {
        double length = sqrt(fmax(values[k], 0)), sign = vectors[k] < 0 ? -1 : 1;
        path->explained[k] = total > 0 ? fmax(values[k], 0) / total : 0;
        for (size_t i = 0; i < n; i++)
            path->point[i * AXES + k] = sign * length * vectors[i * n + k];
    }
    hr_free(a);
    return HR_OK;
}

static void path_task(void *context, int task, int worker) {
    inspecting *x = context;
    size_t n = (size_t)x->out->segments, numbers = hr_spec_state(&x->walk.model->spec);
    (void)worker;
    hrm_look_path *path = &x->out->path[task];
    if (place_path(path, x->path + (size_t)task * n * numbers, n, numbers)) {
        hr_free(path->point);
        path->point = NULL;
    }
}

/* ---- all puzzles ------------------------------------------------------------------------------
 */

static void begin_rows(inspecting *x) {
    const hr_walk *w = &x->walk;
    const size_t seq = (size_t)w->model->spec.seq, rows = (size_t)w->batch.rows;
    const size_t numbers = hr_spec_state(&w->model->spec);
    for (int i = 0; i < w->model->recur.states; i++)
        memcpy(x->end[i], w->now[i], rows * numbers * sizeof(hr_real));
    said *const both[] = {&x->by_call, &x->by_segment};
    for (int k = 0; k < 2 && x->out; k++) {
        memcpy(both[k]->now, w->question, rows * seq);
        memcpy(both[k]->before, w->question, rows * seq);
        for (size_t b = 0; b < rows; b++)
            both[k]->faults[b] =
                hr_task_faults(w->task, w->question + b * seq, w->question + b * seq);
    }
    if (x->out) memset(x->drift, 0, rows * sizeof *x->drift);
}

/* Question and labels of the first puzzles. */
static void begin_paths(inspecting *x) {
    const hr_walk *w = &x->walk;
    for (int row = 0; x->out && row < w->batch.rows && x->first + (size_t)row < x->out->paths;
         row++) {
        hrm_look_path *path = &x->out->path[x->first + (size_t)row];
        const int32_t *labels = w->batch.labels + row * x->out->cells;
        path->index = x->first + (size_t)row;
        path->unknown = hr_task_mark(w->task);
        write_cells(w, row, w->question, path->question);
        for (int t = 0; t < x->out->cells; t++) {
            char c = labels[t] == HR_IGNORE ? path->unknown : w->task->alphabet[labels[t]];
            path->expected[t] = c ? c : ' ';
        }
    }
}

/* Evaluation does not score puzzles without an open cell; so their labels tell nothing here. */
static void leave_out(inspecting *x) {
    const hr_walk *w = &x->walk;
    const uint8_t *q, *a;
    for (int row = 0; row < w->batch.rows && x->first + (size_t)row < x->data->examples; row++) {
        int32_t *labels = w->batch.labels + row * w->model->spec.seq;
        hr_dataset_pair(x->data, x->first + (size_t)row, &q, &a);
        bool scored = hr_dataset_known(x->data, q, a).scored;
        for (int t = 0; t < w->model->spec.seq && !scored; t++) labels[t] = HR_IGNORE;
    }
}

static hr_status walk_rows(inspecting *x, int segments) {
    hr_walk *w = &x->walk;
    hr_pool *pool = w->engine->pool;
    hr_status status = HR_OK;
    hr_dataset_rows(x->data, x->first, &w->batch);
    leave_out(x);
    hr_walk_start(w);
    begin_rows(x);
    begin_paths(x);
    for (x->segment = 0; !status && x->segment < segments; x->segment++) {
        status = hr_walk_segment(w, !x->segment);
        if (status) break;
        hr_pool_run(pool, w->model->recur.states * GROUPS, spread_task, x);
        if (!x->out) continue;
        hr_pool_run(pool, w->batch.rows, after_segment, x);
        for (int row = 0; row < w->batch.rows; row++) add_row(x, row);
    }
    return status;
}

static hr_status walk_all(inspecting *x, size_t puzzles, int segments) {
    hr_status status = HR_OK;
    hr_walk_tell(&x->walk, x->options, puzzles);
    for (x->first = 0; !status && x->first < puzzles; x->first = x->walk.done) {
        size_t left = puzzles - x->first, most = (size_t)x->walk.rows;
        x->walk.batch.rows = (int)(left < most ? left : most);
        status = walk_rows(x, segments);
        if (!status) status = hr_walk_done(&x->walk, (size_t)x->walk.batch.rows);
    }
    return status;
}

/* ---- what follows -----------------------------------------------------------------------------
 */

/* The scores of puzzles whose answer is known: less is better of drift. */
static hrm_interval area(const hrm_inspection *of, hr_rated *rated, char what) {
    size_t n = 0;
    for (size_t i = 0; i < of->puzzles; i++) {
        const hrm_look_puzzle *p = &of->puzzle[i];
        double score = what == 'd' ? -p->drift : what == 'h' ? p->halt : p->both;
        if (p->known) rated[n++] = (hr_rated){score, p->exact};
    }
    return hr_measure_auc(rated, n);
}

static void rank(const hrm_inspection *of, hr_ranked *ranked) {
    for (int k = 0; k < 2; k++) {
        for (size_t i = 0; i < of->puzzles; i++)
            ranked[i] = (hr_ranked){k ? of->puzzle[i].halt : -of->puzzle[i].drift, 0, i};
        hr_measure_ranks(ranked, of->puzzles);
        for (size_t i = 0; i < of->puzzles; i++) of->puzzle[i].both += ranked[i].rank / 2;
    }
}

static hr_status judge(hrm_inspection *of) {
    size_t n = of->puzzles;
    double *values = HR_NEW(double, n);
    hr_rated *rated = HR_NEW(hr_rated, n);
    hr_ranked *ranked = HR_NEW(hr_ranked, n);
    bool room = values && rated && ranked;
    if (room) {
        for (size_t i = 0; i < n; i++) values[i] = log(fmax(of->puzzle[i].drift, 1e-12));
        of->threshold = exp(hr_measure_otsu(values, n));
        rank(of, ranked);
        of->auc_drift = area(of, rated, 'd');
        of->auc_halt = of->auc_both = (hrm_interval){NAN, NAN, NAN};
        if (of->halts) of->auc_halt = area(of, rated, 'h');
        if (of->halts) of->auc_both = area(of, rated, 'b');
    }
    for (size_t i = 0; room && i < n; i++) {
        hrm_look_puzzle *p = &of->puzzle[i];
        p->settled = p->drift < of->threshold;
        of->known += p->known;
        of->reached += p->first_exact > 0;
        of->kept += p->kept;
        bool stands = p->known && p->open > 0 && p->wrong == 0; /* no drops told: none open */
        of->standing += stands;
        of->standing_left += stands && p->left > 0;
        if (!p->known) continue;
        *(p->settled ? p->exact ? &of->settled_right : &of->settled_wrong
          : p->exact ? &of->moving_right
                     : &of->moving_wrong) += 1;
    }
    hr_free(values);
    hr_free(rated);
    hr_free(ranked);
    return room ? HR_OK : HR_ERR_MEM;
}

static hr_status finish(inspecting *x) {
    hrm_inspection *out = x->out;
    for (int s = 0; s < out->segments; s++) divide(&out->segment[s], out);
    for (int s = 0; x->drops && s < out->segments; s++) {
        divide_drops(&out->drops[s], x->told_by_round[s], (double)out->puzzles);
        out->drops[s].segment = s + 1;
    }
    for (int c = 0; c < out->segments * out->calls; c++) divide(&out->call[c], out);
    for (int i = 0; i < 2; i++) {
        out->participation[i] = out->untrained[i] = (hrm_interval){NAN, NAN, NAN};
        if (i < out->states) out->participation[i] = hr_spread_ratio(&x->spread[i]);
    }
    if (x->path) hr_pool_run(x->walk.engine->pool, (int)out->paths, path_task, x);
    for (size_t i = 0; i < out->paths; i++) {
        if (x->path && !out->path[i].point) return HR_ERR_MEM;
        if (x->path) continue;
        hr_free(out->path[i].point);
        out->path[i].point = NULL;
    }
    return HR_OK;
}

/* Participation ratios of a net with fresh weights. */
static hr_status compare_untrained(const inspecting *with, hr_pool *pool) {
    const hr_walk *w = &with->walk;
    hrm_inspection *out = with->out;
    hr_model *fresh;
    inspecting x = {.data = with->data, .options = with->options};
    hr_status status = hr_model_new(&w->model->spec, w->model->kern, false, &fresh);
    if (status) return status;
    hr_model_init(fresh, with->options->seed);
    hr_model_pack(fresh, pool);
    status = hr_walk_open(&x.walk, fresh, w->task, pool, w->rows);
    x.walk.told = after_call;
    x.walk.user = &x;
    x.walk.probe.logits = NULL;
    out->untrained_puzzles =
        with->options->untrained < out->puzzles ? with->options->untrained : out->puzzles;
    if (!status) status = hr_arena_fill(&x.arena, layout, &x);
    if (!status) status = walk_all(&x, out->untrained_puzzles, out->segments);
    for (int i = 0; !status && i < out->states; i++)
        out->untrained[i] = hr_spread_ratio(&x.spread[i]);
    hr_arena_close(&x.arena);
    hr_walk_close(&x.walk);
    hr_model_free(fresh);
    return status;
}

static hr_status make(inspecting *x, size_t puzzles) {
    const hr_model *m = x->walk.model;
    const hrm_inspect_options *o = x->options;
    hrm_inspection *out = HR_NEW(hrm_inspection, 1);
    if (!(x->out = out)) return HR_ERR_MEM;
    out->title =
        o->title ? hr_text_copy(o->title) : hr_text_format("Inside a model, on %s", x->data->path);
    out->puzzles = puzzles;
    out->attended = o->attention < puzzles ? o->attention : puzzles;
    out->patched = o->patch < puzzles ? o->patch : puzzles;
    out->candidates = m->spec.symbols != 0;
    out->halts = out->candidates || hr_model_halts(m);
    out->segments = o->segments ? o->segments : out->candidates ? ROUNDS : m->spec.halt_max_steps;
    out->calls = m->recur.calls;
    out->states = m->recur.states;
    out->cells = m->spec.seq;
    out->hidden = m->spec.hidden;
    out->rows = x->walk.task->rows;
    out->cols = x->walk.task->cols;
    out->groups_left_out = x->groups.left_out;
    size_t segments = (size_t)out->segments;
    out->segment = HR_NEW(hrm_look_step, segments);
    out->call = HR_NEW(hrm_look_step, segments * (size_t)out->calls);
    out->puzzle = HR_NEW(hrm_look_puzzle, puzzles);
    out->path = HR_NEW(hrm_look_path, PATHS);
    out->paths = puzzles < PATHS ? puzzles : PATHS;
    if (x->groups.count) out->drops = HR_NEW(hrm_look_drops, segments);
    bool room = out->title && out->segment && out->call && out->puzzle && out->path &&
                !x->groups.count == !out->drops;
    size_t text = (size_t)out->cells + 1;
    for (size_t i = 0; room && i < out->paths; i++) {
        hrm_look_path *path = &out->path[i];
        path->point = HR_NEW(double, segments *AXES);
        path->question = HR_NEW(char, text);
        path->expected = HR_NEW(char, text);
        path->answer = HR_NEW(char, segments *text);
        room = path->point && path->question && path->expected && path->answer;
    }
    return room ? HR_OK : HR_ERR_MEM;
}

hr_status hr_inspect(hr_model *model, const hr_task *task, hr_pool *pool, const hr_dataset *data,
                     const hrm_inspect_options *o, hrm_inspection **out) {
    inspecting x = {.data = data, .options = o};
    size_t puzzles = o->limit && o->limit < data->examples ? o->limit : data->examples;
    int rows = o->batch ? o->batch : hr_walk_rows(model);
    if ((size_t)rows > puzzles) rows = (int)puzzles;
    hr_status status = hr_walk_open(&x.walk, model, task, pool, rows);
    x.walk.told = after_call;
    x.walk.user = &x;
    if (!status && model->spec.symbols) status = hr_groups_make(&x.groups, task);
    if (!status) status = make(&x, puzzles);
    if (!status) x.late = ((x.out->candidates ? x.out->calls : x.out->segments) + 3) / 4;
    if (!status) status = hr_arena_fill(&x.arena, layout, &x);
    if (!status) status = walk_all(&x, puzzles, x.out->segments);
    if (!status) status = judge(x.out);
    if (!status) status = finish(&x);
    if (!status && o->untrained) status = compare_untrained(&x, pool);
    if (!status && x.out->attended) status = hr_attend(model, task, pool, data, o, x.out);
    if (!status && x.out->patched) status = hr_patch(model, task, pool, data, o, x.out);
    if (!status && o->filled) status = hr_try_filled(model, task, pool, data, o, x.out);
    if (!status && o->starts) status = hr_try_starts(model, task, pool, data, o, x.out);
    hr_arena_close(&x.arena);
    hr_groups_free(&x.groups);
    hr_walk_close(&x.walk);
    if (status) hr_inspection_free(x.out);
    else *out = x.out;
    return status;
}

void hr_inspection_free(hrm_inspection *of) {
    if (!of) return;
    for (size_t i = 0; of->path && i < PATHS; i++) {
        hr_free(of->path[i].point);
        hr_free(of->path[i].question);
        hr_free(of->path[i].expected);
        hr_free(of->path[i].answer);
    }
    hr_free((char *)(uintptr_t)of->title);
    hr_free(of->path);
    hr_free(of->block);
    hr_free(of->map);
    hr_free(of->moves);
    hr_free(of->drops);
    hr_free(of->filled);
    hr_free(of->puzzle);
    hr_free(of->call);
    hr_free(of->segment);
    hr_free(of);
}
