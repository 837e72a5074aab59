/* generate.c - draws puzzles in order of their index, drops those equivalent to an earlier one. */
#include "run/generate.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/os.h"
#include "base/pool.h"
#include "base/text.h"
#include "run/dataset.h"
#include "run/keyset.h"
#include "run/progress.h"
#include "task/sudoku.h"

enum { ROUND = 64, CELLS = 81, TRIES = 1000 }; /* puzzles made at once; rounds before giving up */

typedef struct puzzle {
    uint8_t cells[CELLS], solution[CELLS], key[CELLS];
    int rating;
    hr_status status;
    char error[160];
} puzzle;

typedef struct job {
    const hr_task *task;
    const hrm_sudoku_options *options;
    hr_progress *progress;
    uint64_t first;
    puzzle *made;
} job;

/* What must not come twice. Of 9x9 the solved grid: no two puzzles even share their solution up to
 * symmetry. Small sides have too few grids for that; there it is the puzzle. */
static void make_key(const hr_task *task, const uint8_t *cells, const uint8_t *solution,
                     uint8_t *key) {
    if (task->rows == 9) hr_sudoku_canonical(task, solution, key);
    else hr_sudoku_canonical_puzzle(task, cells, key);
}

/* Gives clues back, in random order, up to a number drawn between the puzzle's own and `most`. */
static void ease(const hr_task *task, const hrm_sudoku_options *o, uint64_t i, puzzle *p) {
    hr_rng rng = hr_rng_sub(hr_rng_stream(o->seed, "givens"), i);
    uint32_t order[CELLS], cells = (uint32_t)task->seq, givens = 0;
    for (uint32_t c = 0; c < cells; c++) givens += p->cells[c] != 0;
    uint32_t most = (uint32_t)o->givens < cells ? (uint32_t)o->givens : cells;
    if (most <= givens) return;
    uint32_t wanted = givens + (uint32_t)hr_rng_below(hr_rng_sub(rng, 0), 0, most - givens + 1);
    hr_rng_permutation(hr_rng_sub(rng, 1), order, cells);
    for (uint32_t c = 0; c < cells && givens < wanted; c++) {
        givens += !p->cells[order[c]];
        p->cells[order[c]] = p->solution[order[c]];
    }
    hr_sudoku_solve(task, p->cells, 1, NULL, &p->rating);
}

static void generate_task(void *context, int task, int worker) {
    const job *j = context;
    puzzle *p = &j->made[task];
    uint64_t i = j->first + (uint64_t)task;
    hr_stop stop = hr_progress_stop(j->progress, worker);
    p->status = hr_sudoku_generate(j->task, j->options->seed, i, j->options->min_rating, &stop,
                                   p->cells, p->solution, &p->rating);
    if (!p->status && j->options->givens) ease(j->task, j->options, i, p);
    if (p->status) snprintf(p->error, sizeof p->error, "%s", hr_error_text());
    else make_key(j->task, p->cells, p->solution, p->key);
}

static hr_status add_avoided(hr_keyset *s, const hr_task *task, const char *path) {
    hr_dataset *data;
    hr_status status = hr_dataset_open(path, NULL, task, &data);
    if (status) return status;
    for (size_t i = 0; i < data->examples && !status; i++) {
        uint8_t cells[CELLS], solution[CELLS], key[CELLS];
        bool fresh;
        for (size_t c = 0; c < s->size; c++) {
            cells[c] = (uint8_t)(data->inputs[i * s->size + c] - 1);
            solution[c] = (uint8_t)(data->labels[i * s->size + c] - 1);
        }
        make_key(task, cells, solution, key);
        status = hr_keyset_add(s, key, &fresh);
    }
    hr_dataset_free(data);
    return status;
}

static void print_row(hr_buffer *text, const puzzle *p, size_t cells) {
    char question[CELLS + 1] = {0}, answer[CELLS + 1] = {0};
    for (size_t c = 0; c < cells; c++) {
        question[c] = p->cells[c] ? (char)('0' + p->cells[c]) : '.';
        answer[c] = (char)('0' + p->solution[c]);
    }
    hr_buffer_print(text, "generated,%s,%s,%d\n", question, answer, p->rating);
}

static hr_status draw(const hr_task *task, const hrm_sudoku_options *o, hr_pool *pool, puzzle *made,
                      hr_keyset *seen, hr_buffer *text, hr_progress *progress) {
    uint64_t idle = 0; /* rounds without a new puzzle */
    job j = {task, o, progress, 0, made};
    for (; progress->done < progress->total; j.first += ROUND) {
        hr_pool_run(pool, ROUND, generate_task, &j);
        size_t before = progress->done;
        for (int i = 0; i < ROUND && progress->done < progress->total; i++) {
            bool fresh = false;
            if (made[i].status) return hr_fail(made[i].status, "%s", made[i].error);
            hr_status status = hr_keyset_add(seen, made[i].key, &fresh);
            if (status) return status;
            if (!fresh) continue;
            print_row(text, &made[i], (size_t)task->seq);
            if (!hr_progress_step(progress))
                return hr_fail(HR_ERR_STOPPED, "stopped after %zu of %zu puzzles", progress->done,
                               progress->total);
        }
        idle = progress->done > before ? 0 : idle + 1;
        if (idle == TRIES)
            return hr_fail(
                HR_ERR_TASK,
                "only %zu puzzles of side %d are inequivalent up to symmetry and free to "
                "use; ask for fewer",
                progress->done, o->side ? o->side : 9);
    }
    return HR_OK;
}

static hr_status task_of_side(int side, hr_task *task) {
    if (side == 0 || side == 9) return hr_task_sudoku(3, 3, task);
    if (side == 6) return hr_task_sudoku(2, 3, task);
    if (side == 4) return hr_task_sudoku(2, 2, task);
    return hr_fail(HR_ERR_ARG, "side: %d is not 4, 6 or 9", side);
}

hr_status hr_generate_sudoku(const char *path, const hrm_sudoku_options *o, hrm_progress progress,
                             void *user) {
    hr_task task;
    hr_status status = task_of_side(o->side, &task);
    if (status) return status;
    if (o->count < 1 || o->min_rating < 0)
        return hr_fail(HR_ERR_ARG, "count must be at least 1 and min-rating at least 0");
    if (o->givens < 0 || (o->givens && o->min_rating))
        return hr_fail(HR_ERR_ARG, "givens makes puzzles easier; it cannot go with min-rating");
    hr_keyset seen = {.size = (size_t)task.seq};
    hr_buffer text = {0};
    hr_writer out = {0};
    hr_pool *pool = NULL;
    hr_progress p = {.tell = progress, .user = user, .total = (size_t)o->count};
    puzzle *made = HR_NEW(puzzle, ROUND);
    if (!made) status = HR_ERR_MEM;
    if (!status) status = hr_pool_new(o->run.threads, &pool);
    if (!status && o->avoid) status = add_avoided(&seen, &task, o->avoid);
    if (!status) status = hr_os_create(path, &out); /* before the work, to hear of a wrong path */
    hr_buffer_print(&text, "source,question,answer,rating\n");
    if (!status) status = draw(&task, o, pool, made, &seen, &text, &p);
    if (!status && text.failed) status = hr_fail(HR_ERR_MEM, "out of memory for the puzzles");
    if (!status) status = hr_os_complete(&out, text.text, text.size);
    else hr_os_abandon(&out);
    hr_buffer_free(&text);
    hr_keyset_free(&seen);
    hr_free(made);
    hr_pool_free(pool);
    return status;
}
