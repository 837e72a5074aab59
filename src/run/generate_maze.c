/* generate_maze.c - hrm data maze: mazes in order of their index, without rotations and mirrors of
 * earlier ones. */
#include <string.h>

#include "base/mem.h"
#include "base/os.h"
#include "base/pool.h"
#include "base/text.h"
#include "run/dataset.h"
#include "run/generate.h"
#include "run/keyset.h"
#include "run/progress.h"
#include "task/maze.h"

enum {
    ROUND = 16,
    TRIES = 100
}; /* mazes made at once; rounds without a new one before giving up */

typedef struct job {
    const hr_task *task;
    hr_maze_wish wish;
    uint64_t seed, first;
    hr_progress *progress;
    uint8_t *cells; /* (ROUND x 3 x seq) question, answer, key */
    struct made {
        int moves;
        hr_status status;
        char error[160];
    } made[ROUND];
} job;

static uint8_t *cells_of(const job *j, int task, int part) {
    return j->cells + ((size_t)task * 3 + (size_t)part) * (size_t)j->task->seq;
}

static void make(void *context, int task, int worker) {
    job *j = context;
    struct made *m = &j->made[task];
    hr_stop stop = hr_progress_stop(j->progress, worker);
    m->status = hr_maze_generate(j->task, &j->wish, j->seed, j->first + (uint64_t)task, &stop,
                                 cells_of(j, task, 0), cells_of(j, task, 1), &m->moves);
    if (m->status) snprintf(m->error, sizeof m->error, "%s", hr_error_text());
    else hr_maze_canonical(j->task, cells_of(j, task, 0), cells_of(j, task, 2));
}

static void print_row(const job *j, int i, char *text, hr_buffer *out) {
    hr_buffer_print(out, "generated");
    for (int part = 0; part < 2; part++) {
        j->task->ops->format(j->task, cells_of(j, i, part), text);
        hr_buffer_print(out, ",%s", text);
    }
    hr_buffer_print(out, ",%d\n", j->made[i].moves);
}

static hr_status draw(job *j, hr_pool *pool, hr_keyset *seen, hr_buffer *out) {
    hr_progress *p = j->progress;
    size_t idle = 0;
    char *text = hr_alloc((size_t)j->task->seq + 1);
    hr_status status = text ? HR_OK : HR_ERR_MEM;
    for (; !status && p->done < p->total && idle < TRIES; j->first += ROUND) {
        size_t before = p->done;
        hr_pool_run(pool, ROUND, make, j);
        for (int i = 0; !status && i < ROUND && p->done < p->total; i++) {
            bool fresh = false;
            if (j->made[i].status) status = hr_fail(j->made[i].status, "%s", j->made[i].error);
            else status = hr_keyset_add(seen, cells_of(j, i, 2), &fresh);
            if (status || !fresh) continue;
            print_row(j, i, text, out);
            if (!hr_progress_step(p))
                status =
                    hr_fail(HR_ERR_STOPPED, "stopped after %zu of %zu mazes", p->done, p->total);
        }
        idle = p->done > before ? 0 : idle + 1;
    }
    hr_free(text);
    if (!status && p->done < p->total)
        status = hr_fail(HR_ERR_TASK,
                         "only %zu mazes of this kind differ from each other and are free to use; "
                         "ask for fewer",
                         p->done);
    return status;
}

static hr_status avoid(hr_keyset *seen, const hr_task *task, const char *path) {
    hr_dataset *data;
    uint8_t *key = hr_alloc((size_t)task->seq);
    hr_status status = key ? hr_dataset_open(path, NULL, task, &data) : HR_ERR_MEM;
    if (!status) {
        bool fresh;
        for (size_t i = 0; !status && i < data->examples; i++) {
            hr_maze_canonical(task, data->inputs + i * (size_t)task->seq, key);
            status = hr_keyset_add(seen, key, &fresh);
        }
        hr_dataset_free(data);
    }
    hr_free(key);
    return status;
}

/* The options with their defaults, as a wish. */
static hr_status wish_of(const hrm_maze_options *o, int side, hr_maze_wish *out) {
    bool given = o->density_low != 0 || o->density_high != 0;
    *out = (hr_maze_wish){.low = given ? o->density_low : 0.2,
                          .high = given ? o->density_high : 0.5,
                          .min_moves = o->min_moves ? o->min_moves
                                       : side == 30 ? 109
                                                    : 2 * side};
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
    int side = o->side ? o->side : 30;
    hr_status status = hr_task_maze(side, &task);
    if (status) return hr_fail_in(HR_ERR_ARG, "size");
    hr_progress p = {.tell = progress, .user = user, .total = (size_t)o->count};
    job j = {.task = &task, .seed = o->seed, .progress = &p};
    status = wish_of(o, side, &j.wish);
    if (status) return status;
    hr_keyset seen = {.size = (size_t)task.seq};
    hr_buffer text = {0};
    hr_writer out = {0};
    hr_pool *pool = NULL;
    j.cells = hr_alloc((size_t)ROUND * 3 * (size_t)task.seq);
    if (!j.cells) status = HR_ERR_MEM;
    if (!status) status = hr_pool_new(o->run.threads, &pool);
    if (!status && o->avoid) status = avoid(&seen, &task, o->avoid);
    if (!status) status = hr_os_create(path, &out); /* before the work, to hear of a wrong path */
    hr_buffer_print(&text, "source,question,answer,rating\n");
    if (!status) status = draw(&j, pool, &seen, &text);
    if (!status && text.failed) status = hr_fail(HR_ERR_MEM, "out of memory for the mazes");
    if (!status) status = hr_os_complete(&out, text.text, text.size);
    else hr_os_abandon(&out);
    hr_buffer_free(&text);
    hr_keyset_free(&seen);
    hr_free(j.cells);
    hr_pool_free(pool);
    return status;
}
