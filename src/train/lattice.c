/* lattice.c - the training pool. */
#include "train/lattice.h"

static void layout(hr_lattice *p, hr_arena *arena) {
    const hr_spec *spec = &p->model->spec;
    size_t rows = (size_t)p->rows, cells = rows * (size_t)spec->seq;
    size_t outputs = (size_t)hr_spec_outputs(spec);
    p->sets = HR_TAKE(arena, int32_t, cells);
    p->truth = HR_TAKE(arena, int32_t, cells);
    p->age = HR_TAKE(arena, int32_t, rows);
    p->fresh = HR_TAKE(arena, bool, rows);
    p->batch.inputs = HR_TAKE(arena, int32_t, cells);
    p->batch.labels = HR_TAKE(arena, int32_t, cells);
    p->batch.ids = HR_TAKE(arena, int32_t, rows);
    p->view = HR_TAKE(arena, hr_round_view, rows);
    for (size_t b = 0; b < rows; b++) {
        hr_round_view local;
        hr_round_view_take(p->view ? &p->view[b] : &local, spec, arena);
    }
    size_t state = rows * hr_spec_state(spec);
    for (int i = 0; i < p->model->recur.states; i++) p->z[i] = HR_TAKE(arena, hr_real, state);
    p->logits = HR_TAKE(arena, hr_real, cells * outputs);
    p->own = HR_TAKE(arena, hr_real, (size_t)spec->seq * outputs);
    p->order = HR_TAKE(arena, uint32_t, (size_t)spec->seq);
}

size_t hr_lattice_bytes(const hr_model *model, int rows) {
    hr_lattice p = {.model = (hr_model *)(uintptr_t)model, .rows = rows};
    hr_arena count = {0};
    layout(&p, &count);
    return count.used;
}

hr_status hr_lattice_new(hr_model *model, const hr_task *task, int rows,
                         const hr_lattice_config *config, const hr_objective *objective,
                         hr_lattice **out) {
    *out = NULL;
    hr_lattice *p = HR_NEW(hr_lattice, 1);
    if (!p) return HR_ERR_MEM;
    *p = (hr_lattice){
        .model = model, .task = task, .rows = rows, .config = *config, .objective = *objective};
    p->objective.q_continue = false;
    p->objective.global_batch = rows;
    hr_status status = hr_arena_open(&p->arena, hr_lattice_bytes(model, rows));
    if (status) {
        hr_free(p);
        return status;
    }
    layout(p, &p->arena);
    p->batch.rows = rows;
    for (int b = 0; b < rows; b++) p->fresh[b] = true;
    *out = p;
    return HR_OK;
}

void hr_lattice_free(hr_lattice *lattice) {
    if (!lattice) return;
    hr_arena_close(&lattice->arena);
    hr_free(lattice);
}

/* Gives away a random share of the open cells of a fresh row, perhaps one of them wrongly: hints
 * count as given. */
static void hint(hr_lattice *p, int row, hr_rng rng) {
    const hr_spec *spec = &p->model->spec;
    int32_t *sets = p->sets + (size_t)row * (size_t)spec->seq;
    const int32_t *truth = p->truth + (size_t)row * (size_t)spec->seq;
    double kind = hr_rng_uniform(rng, 0);
    if (kind < p->config.plain) return;
    bool wrong = kind >= p->config.plain + p->config.hinted;
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
static void refresh(hr_lattice *p, hr_sampler *sampler, uint64_t seed, int64_t step) {
    const hr_spec *spec = &p->model->spec;
    hr_rng rng = hr_rng_sub(hr_rng_stream(seed, "hints"), (uint64_t)step);
    hr_sampler_next(sampler, p->fresh, &p->batch);
    for (int b = 0; b < p->rows; b++) {
        if (!p->fresh[b]) continue;
        size_t at = (size_t)b * (size_t)spec->seq;
        hr_round_start(spec, p->task, p->batch.inputs + at, p->sets + at);
        for (int t = 0; t < spec->seq; t++) {
            int32_t symbol = p->batch.labels[at + (size_t)t] - (spec->vocab - spec->symbols);
            p->truth[at + (size_t)t] = symbol < 0 ? 0 : symbol;
        }
        hint(p, b, hr_rng_sub(rng, (uint64_t)b));
        p->age[b] = 0;
    }
}

/* How sure a row is to stay, in a step that begins at share `done` of the run. */
static double pool_share(const hr_lattice_config *c, double done) {
    if (done < c->pool_from) return 0;
    return done >= c->pool_to ? 1 : (done - c->pool_from) / (c->pool_to - c->pool_from);
}

/* One round on one row; says whether the row is to be replaced. */
static bool advance(hr_lattice *p, int row, const hr_row_report *report, hr_rng rng,
                    hr_lattice_count *count) {
    const hr_spec *spec = &p->model->spec;
    size_t at = (size_t)row * (size_t)spec->seq;
    int32_t *sets = p->sets + at, *truth = p->truth + at;
    hr_round_view_back(&p->view[row], spec, p->logits + at * (size_t)hr_spec_outputs(spec), p->own);
    hr_round_status status =
        hr_round_play(&p->config.rule, spec, sets, p->own, (double)report->q_halt, rng, NULL);
    p->age[row]++;
    bool lost = false;
    for (int t = 0; t < spec->seq; t++) lost |= !(sets[t] >> truth[t] & 1);
    count->living += !report->lost;
    if (!report->lost)
        count->cells += report->labelled ? (double)report->correct / report->labelled : 1;
    if (status == HR_ROUND_SOLVED) {
        count->solved++;
        count->right += !lost;
        count->rounds += p->age[row];
        return true;
    }
    if (status == HR_ROUND_CONFLICT) {
        count->detected += lost;
        count->false_alarms += !lost;
        if (lost) return true;
    }
    return p->age[row] >= p->config.age;
}

void hr_lattice_step(hr_lattice *p, hr_exec *exec, hr_sampler *sampler, uint64_t seed, int64_t step,
                     double done, hr_real *grads, hr_row_report *reports, hr_lattice_count *count) {
    const hr_spec *spec = &p->model->spec;
    hr_rng views = hr_rng_sub(hr_rng_stream(seed, "view"), (uint64_t)step);
    hr_rng rounds = hr_rng_sub(hr_rng_stream(seed, "round"), (uint64_t)step);
    double stay = pool_share(&p->config, done);
    *count = (hr_lattice_count){0};
    refresh(p, sampler, seed, step);
    for (int b = 0; b < p->rows; b++) {
        size_t at = (size_t)b * (size_t)spec->seq;
        hr_round_view_draw(&p->view[b], spec, p->config.views ? p->task : NULL,
                           hr_rng_sub(views, (uint64_t)b));
        hr_round_view_see(&p->view[b], spec, p->sets + at, p->batch.inputs + at, p->truth + at,
                          p->batch.labels + at);
    }
    for (int i = 0; i < p->model->recur.states; i++)
        hr_model_initial(p->model, i, p->z[i], p->rows);
    hr_exec_train(exec, &p->batch, &p->objective, NULL, p->z, grads, NULL, reports, p->logits);
    for (int b = 0; b < p->rows; b++) {
        hr_rng rng = hr_rng_sub(rounds, (uint64_t)b);
        bool finished = advance(p, b, &reports[b], rng, count);
        p->fresh[b] = finished || hr_rng_uniform(rng, 2) >= stay;
    }
}
