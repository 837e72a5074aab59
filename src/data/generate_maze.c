/* generate_maze.c - hrm data maze: none is a rotation or mirror image of another. */
#include "data/generate.h"
#include "task/maze.h"
#include "task/maze_gen.h"

typedef struct wish {
    hr_maze_wish maze;
    uint64_t seed;
} wish;

static hr_status make(const hr_generator *g, uint64_t i, const hr_stop *stop, uint8_t *question,
                      uint8_t *answer, int *moves) {
    const wish *w = g->options;
    return hr_maze_generate(g->task, &w->maze, w->seed, i, stop, question, answer, moves);
}

static void make_key(const hr_generator *g, const uint8_t *question, const uint8_t *answer,
                     uint8_t *key) {
    (void)answer;
    hr_maze_canonical(g->task, question, key);
}

/* The options with their defaults, as a wish. */
static hr_status wish_of(const hrm_maze_options *o, int side, hr_maze_wish *out) {
    bool given = o->density_low != 0 || o->density_high != 0;
    *out = (hr_maze_wish){.low = given ? o->density_low : 0.2,
                          .high = given ? o->density_high : 0.5,
                          .min_moves = o->min_moves ? o->min_moves
                                       : side == 30 ? 109
                                       : side > 2   ? 2 * side
                                                    : 2};
    if (!(out->low >= 0 && out->low <= out->high && out->high <= 1))
        return hr_fail(HR_ERR_ARG, "density: %g to %g is no range of shares between 0 and 1",
                       out->low, out->high);
    if (o->count < 1 || o->min_moves < 0)
        return hr_fail(HR_ERR_ARG, "count and min-length must be at least 1");
    if (out->min_moves >= side * side)
        return hr_fail(HR_ERR_ARG, "min-length: no way in %d x %d cells has %d moves", side, side,
                       out->min_moves);
    return HR_OK;
}

hr_status hr_generate_maze(const char *path, const hrm_maze_options *o, hrm_progress progress,
                           void *user) {
    hr_task task;
    wish w = {.seed = o->seed};
    int side = o->side ? o->side : 30;
    hr_status status = hr_task_maze(side, &task);
    if (status) return hr_fail_in(HR_ERR_ARG, "size");
    status = wish_of(o, side, &w.maze);
    if (status) return status;
    const hr_generator g = {.task = &task,
                            .what = "mazes",
                            .round = 16,
                            .rounds = 100,
                            .make = make,
                            .key = make_key,
                            .options = &w};
    return hr_generate(&g, path, (size_t)o->count, o->avoid, &o->run, progress, user);
}
