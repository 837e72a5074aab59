/* generate_sudoku.c - hrm data sudoku. */
#include <string.h>

#include "data/generate.h"
#include "task/sudoku.h"
#include "task/sudoku_canon.h"
#include "task/sudoku_gen.h"
#include "task/sudoku_solve.h"

enum { CELLS = 81 };

/* Gives clues back, in random order, up to a number drawn between the puzzle's own and `most`. */
static void ease(const hr_task *task, const hrm_sudoku_options *o, uint64_t i, uint8_t *puzzle,
                 const uint8_t *solution, int *rating) {
    hr_rng rng = hr_rng_sub(hr_rng_stream(o->seed, "givens"), i);
    uint32_t order[CELLS], cells = (uint32_t)task->seq, givens = 0;
    for (uint32_t c = 0; c < cells; c++) givens += puzzle[c] != 0;
    uint32_t most = (uint32_t)o->givens < cells ? (uint32_t)o->givens : cells;
    if (most <= givens) return;
    uint32_t wanted = givens + (uint32_t)hr_rng_below(hr_rng_sub(rng, 0), 0, most - givens + 1);
    hr_rng_permutation(hr_rng_sub(rng, 1), order, cells);
    for (uint32_t c = 0; c < cells && givens < wanted; c++) {
        givens += !puzzle[order[c]];
        puzzle[order[c]] = solution[order[c]];
    }
    hr_sudoku_solve(task, puzzle, 1, NULL, rating);
}

static hr_status make(const hr_generator *g, uint64_t i, const hr_stop *stop, uint8_t *question,
                      uint8_t *answer, int *rating) {
    const hrm_sudoku_options *o = g->options;
    hr_status status =
        hr_sudoku_generate(g->task, o->seed, i, o->min_rating, stop, question, answer, rating);
    if (status) return status;
    if (o->givens) ease(g->task, o, i, question, answer, rating);
    for (int c = 0; c < g->task->seq; c++) { /* cells to tokens */
        question[c]++;
        answer[c]++;
    }
    return HR_OK;
}

/* What must not come twice. Of 9x9 the solved grid: no two puzzles even share their solution up to
 * symmetry. Small sides have too few grids for that; there it is the puzzle. */
static void make_key(const hr_generator *g, const uint8_t *question, const uint8_t *answer,
                     uint8_t *key) {
    uint8_t cells[CELLS];
    bool whole = g->task->rows == 9;
    for (int c = 0; c < g->task->seq; c++) cells[c] = (uint8_t)((whole ? answer : question)[c] - 1);
    if (whole) hr_sudoku_canonical(g->task, cells, key);
    else hr_sudoku_canonical_puzzle(g->task, cells, key);
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
    const hr_generator g = {.task = &task,
                            .what = "puzzles",
                            .round = 64,
                            .rounds = 1000,
                            .make = make,
                            .key = make_key,
                            .options = o};
    return hr_generate(&g, path, (size_t)o->count, o->avoid, &o->run, progress, user);
}
