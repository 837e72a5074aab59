/* lattice.c - the training pool. */
#include "regime/lattice.h"

#include "base/rng.h"
#include "io/json.h"

#define REAL(field, preset, low, high, help)                                                       \
    HR_KEY(hr_lattice_keys, REAL, field, preset, low, high, "lattice: " help)

static const hr_key keys[] = {
    REAL(drop, "0.1", 0.0001, 0.5, "candidates less likely to stay are dropped"),
    REAL(conflict, "0.5", 0.01, 0.99, "rows more likely to contradict themselves stop"),
    REAL(temperature, "1.5", 0.01, 100, "of the symbol that a guess draws"),
    HR_KEY(hr_lattice_keys, BOOL, named, "false", 0, 1,
           "lattice: a cell's last candidate falls where the model names another"),
    HR_KEY(hr_lattice_keys, BOOL, confirm, "true", 0, 1,
           "lattice: complete rows are looked at once more before they count"),
    HR_KEY(hr_lattice_keys, INT, pool_age, "100", 1, 1 << 20,
           "lattice: rounds after which a row is replaced"),
    REAL(pool_from, "0", 0, 1, "share of the steps in which every row is fresh"),
    REAL(pool_to, "0", 0, 1, "share after which rows stay until they are done"),
    REAL(plain_share, "0.2", 0, 1, "fresh rows without hints"),
    REAL(hint_share, "0.55", 0, 1, "fresh rows with right hints; the rest has a wrong one"),
    REAL(keep_weight, "4", 0, 1e6, "loss of candidates that are true"),
    REAL(drop_weight, "0.5", 0, 1e6, "loss of candidates that are not"),
    REAL(symbol_weight, "1", 0, 1e6, "loss of the symbols"),
    REAL(conflict_weight, "0.1", 0, 1e6, "loss of the conflict"),
    {"eval_rounds", HR_KEY_INT, offsetof(hr_lattice_keys, eval_rounds), "1000", 0, 1 << 20, NULL,
     true,
     "lattice: most rounds for a puzzle in evaluations of a run; 0: halt_max_steps, as in hrm "
     "eval"},
};

static hr_status check(const void *values) {
    const hr_lattice_keys *k = values;
    if (k->plain_share + k->hint_share > 1)
        return hr_fail(HR_ERR_ARG, "hint_share: plain_share and hint_share are above 1 together");
    if (k->pool_to < k->pool_from) return hr_fail(HR_ERR_ARG, "pool_to: comes before pool_from");
    return HR_OK;
}

static int64_t eval_rounds(const void *values) {
    return ((const hr_lattice_keys *)values)->eval_rounds;
}

static void objective(const void *values, hr_objective *out) {
    const hr_lattice_keys *k = values;
    out->keep_weight = k->keep_weight;
    out->drop_weight = k->drop_weight;
    out->symbol_weight = k->symbol_weight;
    out->conflict_weight = k->conflict_weight;
}

static hr_status fits(const hr_dataset *data) {
    if (data->task.symbols) return hr_dataset_check_whole(data);
    return hr_fail(HR_ERR_TASK,
                   "regime: lattice needs a task whose open cells hold symbols; "
                   "%s is a plain grid; a task file that names the blank makes it one",
                   data->path);
}

static void take(void *self, const hr_step_rows *r, hr_arena *arena) {
    hr_lattice *p = self;
    const hr_spec *spec = &r->model->spec;
    size_t rows = (size_t)r->count, cells = rows * (size_t)spec->seq;
    p->sets = HR_TAKE(arena, int32_t, cells);
    p->truth = HR_TAKE(arena, int32_t, cells);
    p->age = HR_TAKE(arena, int32_t, rows);
    p->fresh = HR_TAKE(arena, bool, rows);
    p->view = HR_TAKE(arena, hr_round_view, rows);
    for (size_t b = 0; b < rows; b++) {
        hr_round_view local;
        hr_round_view_take(p->view ? &p->view[b] : &local, spec, arena);
    }
    p->own = HR_TAKE(arena, hr_real, (size_t)spec->seq * (size_t)hr_spec_outputs(spec));
    p->order = HR_TAKE(arena, uint32_t, (size_t)spec->seq);
}

static void begin(void *self, const hr_step_rows *r, const void *values, bool views) {
    hr_lattice *p = self;
    if (values) p->keys = *(const hr_lattice_keys *)values;
    p->views = views;
    p->rule = (hr_round_rule){.drop = p->keys.drop,
                              .conflict = p->keys.conflict,
                              .temperature = p->keys.temperature,
                              .named = p->keys.named,
                              .confirm = p->keys.confirm};
    for (int b = 0; b < r->count; b++) p->fresh[b] = true;
}

/* Gives away a random share of the open cells of a fresh row, perhaps one of them wrongly: hints
 * count as given. */
static void hint(hr_lattice *p, const hr_spec *spec, int row, hr_rng rng) {
    int32_t *sets = p->sets + (size_t)row * (size_t)spec->seq;
    const int32_t *truth = p->truth + (size_t)row * (size_t)spec->seq;
    double kind = hr_rng_uniform(rng, 0);
    if (kind < p->keys.plain_share) return;
    bool wrong = kind >= p->keys.plain_share + p->keys.hint_share;
    int open = 0;
    for (int t = 0; t < spec->seq; t++)
        if (!(sets[t] & HR_GIVEN)) p->order[open++] = (uint32_t)t;
    if (!open) return;
    for (int i = open - 1; i > 0; i--) { /* shuffled */
        uint64_t j = hr_rng_below(hr_rng_sub(rng, 1), (uint64_t)i, (uint64_t)i + 1);
        uint32_t kept = p->order[i];
        p->order[i] = p->order[j];
        p->order[j] = kept;
    }
    int hints = (int)hr_rng_below(rng, 1, (uint64_t)open + 1);
    if (wrong && !hints) hints = 1;
    uint32_t cell = p->order[hints ? hr_rng_below(rng, 2, (uint64_t)hints) : 0];
    int32_t others = sets[cell] & ~((int32_t)1 << truth[cell]);
    for (int i = 0; i < hints; i++) sets[p->order[i]] = HR_GIVEN | (int32_t)1 << truth[p->order[i]];
    if (!wrong || !others) return;
    for (uint64_t nth = hr_rng_below(rng, 3, (uint64_t)hr_round_count(others)); nth; nth--)
        others &= others - 1;
    sets[cell] = HR_GIVEN | (others & -others);
}

/* New puzzles for the rows that are due. */
static void refresh(hr_lattice *p, hr_step_rows *r, const hr_step_how *how) {
    const hr_spec *spec = &r->model->spec;
    hr_rng rng = hr_rng_sub(hr_rng_stream(how->seed, "hints"), (uint64_t)how->step);
    if (how->sampler) hr_sampler_next(how->sampler, p->fresh, &r->batch);
    for (int b = 0; b < r->count; b++) {
        if (!p->fresh[b]) continue;
        size_t at = (size_t)b * (size_t)spec->seq;
        hr_round_start(spec, r->task, r->batch.inputs + at, p->sets + at);
        for (int t = 0; t < spec->seq; t++) {
            int32_t symbol = r->batch.labels[at + (size_t)t] - (spec->vocab - spec->symbols);
            p->truth[at + (size_t)t] = symbol < 0 ? 0 : symbol;
        }
        hint(p, spec, b, hr_rng_sub(rng, (uint64_t)b));
        p->age[b] = 0;
    }
}

static void draw(void *self, hr_step_rows *r, const hr_step_how *how) {
    hr_lattice *p = self;
    const hr_spec *spec = &r->model->spec;
    hr_rng views = hr_rng_sub(hr_rng_stream(how->seed, "view"), (uint64_t)how->step);
    refresh(p, r, how);
    for (int b = 0; b < r->count; b++) {
        size_t at = (size_t)b * (size_t)spec->seq;
        hr_round_view_draw(&p->view[b], spec, p->views ? r->task : NULL,
                           hr_rng_sub(views, (uint64_t)b));
        hr_round_view_see(&p->view[b], spec, p->sets + at, r->batch.inputs + at, p->truth + at,
                          r->batch.labels + at);
    }
    hr_regime_reset(r, NULL);
}

/* How sure a row is to stay, in a step that begins at share `done` of the run. */
static double pool_share(const hr_lattice_keys *k, double done) {
    if (done < k->pool_from) return 0;
    return done >= k->pool_to ? 1 : (done - k->pool_from) / (k->pool_to - k->pool_from);
}

/* Rows whose truth was possible; conflicts noticed, real ones and others. */
enum { LIVING, DETECTED, FALSE_ALARMS };

/* One round on one row; says whether the row is to be replaced. */
static bool advance(hr_lattice *p, const hr_step_rows *r, int row, hr_rng rng,
                    hr_regime_count *count) {
    const hr_spec *spec = &r->model->spec;
    const hr_row_report *report = &r->reports[row];
    size_t at = (size_t)row * (size_t)spec->seq;
    int32_t *sets = p->sets + at, *truth = p->truth + at;
    hr_round_view_back(&p->view[row], spec, r->logits + at * (size_t)hr_spec_outputs(spec), p->own);
    hr_round_status status =
        hr_round_play(&p->rule, spec, sets, p->own, (double)report->q_halt, rng, NULL);
    p->age[row]++;
    bool lost = false;
    for (int t = 0; t < spec->seq; t++) lost |= !(sets[t] >> truth[t] & 1);
    count->own[LIVING] += !report->lost;
    if (!report->lost && report->labelled) {
        count->scored++;
        count->cells += (double)report->correct / report->labelled;
    }
    if (status == HR_ROUND_SOLVED) {
        count->finished++;
        count->exact += !lost;
        count->segments += p->age[row];
        return true;
    }
    if (status == HR_ROUND_CONFLICT) {
        count->own[DETECTED] += lost;
        count->own[FALSE_ALARMS] += !lost;
        if (lost) return true;
    }
    return p->age[row] >= p->keys.pool_age;
}

static void judge(void *self, const hr_step_rows *r, const hr_step_how *how,
                  hr_regime_count *count) {
    hr_lattice *p = self;
    hr_rng rounds = hr_rng_sub(hr_rng_stream(how->seed, "round"), (uint64_t)how->step);
    double stay = pool_share(&p->keys, how->done);
    for (int b = 0; b < r->count; b++) {
        hr_rng rng = hr_rng_sub(rounds, (uint64_t)b);
        bool finished = advance(p, r, b, rng, count);
        p->fresh[b] = finished || hr_rng_uniform(rng, 2) >= stay;
    }
}

static void tell(const hr_regime_count *sum, double rows, json_t *line) {
    json_object_set(line, "hinted_exact", json_object_get(line, "exact"));
    json_object_del(line, "exact"); /* which it is not: most rows had hints */
    json_object_set_new(line, "living", hr_json_real((double)sum->own[LIVING] / rows));
    json_object_set_new(line, "detected", json_integer(sum->own[DETECTED]));
    json_object_set_new(line, "false_alarms", json_integer(sum->own[FALSE_ALARMS]));
}

static int arrays(void *self, hr_step_rows *r, hr_regime_array *out) {
    hr_lattice *p = self;
    size_t rows = (size_t)r->count, cells = rows * (size_t)r->model->spec.seq;
    int n = 0;
    out[n++] = (hr_regime_array){"pool.sets", HR_I32, p->sets, .count = cells};
    out[n++] = (hr_regime_array){"pool.truth", HR_I32, p->truth, .count = cells};
    out[n++] = (hr_regime_array){"pool.age", HR_I32, p->age, .count = rows};
    out[n++] = (hr_regime_array){"pool.fresh", HR_BOOL, p->fresh, .count = rows};
    return n;
}

static bool sound(const void *self, const hr_step_rows *r) {
    const hr_lattice *p = self;
    const hr_spec *spec = &r->model->spec;
    int32_t all = (int32_t)(((uint32_t)1 << spec->symbols) - 1);
    bool good = true;
    for (size_t i = 0; i < (size_t)r->count * (size_t)spec->seq; i++) {
        good &= !(p->sets[i] & ~(all | HR_GIVEN));
        good &= p->truth[i] >= 0 && p->truth[i] < spec->symbols;
    }
    for (int b = 0; b < r->count; b++) good &= p->age[b] >= 0 && p->age[b] <= p->keys.pool_age;
    return good;
}

const hr_regime hr_regime_lattice = {
    .name = "lattice",
    .candidates = true,
    .views = true,
    .logits = true,
    .keys = keys,
    .key_count = sizeof keys / sizeof *keys,
    .check = check,
    .objective = objective,
    .eval_rounds = eval_rounds,
    .fits = fits,
    .take = take,
    .begin = begin,
    .draw = draw,
    .judge = judge,
    .tell = tell,
    .arrays = arrays,
    .sound = sound,
};
_Static_assert(sizeof(hr_lattice) <= HR_REGIME_BYTES, "more than its place");
_Static_assert(sizeof(hr_lattice_keys) <= HR_REGIME_KEYS, "more than their place");
