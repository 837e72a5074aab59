/* maze_gen.c - mazes like the benchmark's: walls cell by cell with a random probability, two random
 * free cells as ends, kept when the way between them is long enough. Most tries fail, so they have
 * to be cheap. */
#include "task/maze_gen.h"

#include <math.h>
#include <string.h>

#include "task/dihedral.h"
#include "task/maze_way.h"

enum {
    TRIES = 20000000, /* at most for a maze, fewer for a large one */
    ASK = 4096,       /* tries between two calls of `stop` */
    CELLS_MAX = (HR_MAZE_SIDE_MAX + 2) * (HR_MAZE_SIDE_MAX + 2)
};

/* A maze with a border of walls, and what a search in it needs. */
typedef struct board {
    int side, width; /* width = side + 2 */
    int free;
    uint16_t cell[CELLS_MAX]; /* the free cells */
    uint16_t queue[CELLS_MAX];
    uint16_t moves[CELLS_MAX];
    bool open[CELLS_MAX]; /* free, and not yet reached */
} board;

/* Counter-based like hr_rng at a tenth of its cost, and good enough for walls. */
static uint64_t mix(uint64_t key, uint64_t i) {
    uint64_t x = key + (i + 1) * 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static void draw_walls(board *b, uint64_t key, double share) {
    unsigned limit = (unsigned)(share * 65536);
    uint64_t bits = 0;
    unsigned used = 0;
    b->free = 0;
    for (int r = 1; r <= b->side; r++)
        for (int c = 1; c <= b->side; c++, used++) {
            bits = used % 4 ? bits >> 16 : mix(key, used / 4);
            int at = r * b->width + c;
            b->open[at] = (bits & 0xffff) >= limit;
            b->cell[b->free] = (uint16_t)at;
            b->free += b->open[at];
        }
}

/* Moves from one cell to another, 0 where there is no way. Closes what it reaches. */
static int search(board *b, int from, int to) {
    const int step[] = {b->width, -1, 1, -b->width};
    int head = 0, tail = 0;
    b->moves[from] = 0;
    b->open[from] = false;
    b->queue[tail++] = (uint16_t)from;
    while (head < tail) {
        int at = b->queue[head++];
        for (int i = 0; i < 4; i++) {
            int next = at + step[i];
            if (!b->open[next]) continue;
            if (next == to) return b->moves[at] + 1;
            b->open[next] = false;
            b->moves[next] = (uint16_t)(b->moves[at] + 1);
            b->queue[tail++] = (uint16_t)next;
        }
    }
    return 0;
}

static void write_question(const board *b, int start, int goal, uint8_t *question) {
    memset(question, HR_MAZE_WALL, (size_t)(b->side * b->side));
    for (int i = 0; i < b->free; i++) {
        int r = b->cell[i] / b->width - 1, c = b->cell[i] % b->width - 1;
        question[r * b->side + c] = b->cell[i] == start  ? HR_MAZE_START
                                    : b->cell[i] == goal ? HR_MAZE_GOAL
                                                         : HR_MAZE_FREE;
    }
}

/* ---- the generator --------------------------------------------------------------------------- */

enum { SIZE, MIN_LENGTH, DENSITY };

static const hr_option options[] = {
    {"size", "N", HR_OPTION_INTEGER, 2, HR_MAZE_SIDE_MAX, "30", "cells of a side"},
    {"min-length", "N", HR_OPTION_INTEGER, 1, 1000000000, NULL,
     "moves of the shortest way, at least (default: 109 on 30 x 30, else twice the side)"},
    {"density", "A[:B]", HR_OPTION_SHARES, 0, 1, "0.2:0.5",
     "share of walls, drawn between A and B"},
    {.name = NULL},
};

/* No shortest way has more cells: beside each other on it are only those that follow each other, so
 * that a way of m cells leaves at least 2 m + 2 - 4 side of their 4 m neighbours to the cells
 * beside it, each of which is the neighbour of 4. */
static int64_t most_cells(int64_t side) {
    return (2 * side * side + 2 * side - 1) / 3;
}

/* Whether no try ever leaves a way of so many moves among so many walls: of a cell's ways without a
 * turn back there are at most 4 x 3 x 3..., and a way needs all its cells to be free; by that bound
 * the chance is below e to the -35. */
static bool never_open(int side, int64_t moves, double walls) {
    double open = 1 - floor(walls * 65536) / 65536;
    return open <= 0 || log(side * side * open * 4 / 3) + (double)moves * log(3 * open) < -35;
}

static hr_status begin(hr_gen_args *args) {
    int side = (int)args->option[SIZE].integer;
    const double walls = args->option[DENSITY].low;
    int64_t *moves = &args->option[MIN_LENGTH].integer;
    if (!args->option[MIN_LENGTH].given) *moves = side == 30 ? 109 : side > 2 ? 2 * side : 2;
    if (*moves >= most_cells(side))
        return hr_fail_about(HR_ERR_ARG, "min-length",
                             "min-length: no way in %d x %d cells has %d moves; at most %d", side,
                             side, (int)*moves, (int)most_cells(side) - 1);
    if (never_open(side, *moves, walls))
        return hr_fail_about(HR_ERR_ARG, "density",
                             "density: a share of walls of %g or more leaves no way of %d moves in "
                             "%d x %d cells; lower it or min-length",
                             walls, (int)*moves, side, side);
    return args->task.ops->of_length((size_t)(side * side), &args->task);
}

/* So many cells are drawn, and no more, before a maze is given up. */
static uint64_t tries_of(int cells) {
    const uint64_t all = (uint64_t)1 << 32;
    return all / (uint64_t)cells < TRIES ? all / (uint64_t)cells : TRIES;
}

static hr_status make(const hr_gen_args *args, uint64_t index, const hr_stop *stop,
                      uint8_t *question, uint8_t *answer, int *moves) {
    const hr_task *task = &args->task;
    const double low = args->option[DENSITY].low, high = args->option[DENSITY].high;
    const int min_moves = (int)args->option[MIN_LENGTH].integer;
    board b = {.side = task->rows, .width = task->rows + 2};
    hr_rng rng = hr_rng_sub(hr_rng_stream(args->seed, "maze"), index);
    uint64_t key = hr_rng_u64(rng, 0);
    const uint64_t tries = tries_of(task->seq);
    int longest = 0;
    for (uint64_t i = 0; i < tries; i++) {
        if (stop && i % ASK == 0 && stop->asked(stop->user))
            return hr_fail(HR_ERR_STOPPED, "stopped in search of a maze");
        uint64_t own = mix(key, i), cells = (uint64_t)(b.side * b.side);
        double share = (double)(mix(own, cells) >> 11) * 0x1p-53;
        draw_walls(&b, own, low + share * (high - low));
        if (b.free < 2) continue;
        uint32_t ends = (uint32_t)(mix(own, cells + 1) >> 32);
        uint32_t first = (uint32_t)((uint64_t)ends * (uint32_t)b.free >> 32);
        ends = (uint32_t)mix(own, cells + 2);
        uint32_t second = (uint32_t)((uint64_t)ends * (uint32_t)(b.free - 1) >> 32);
        second += second >= first;
        *moves = search(&b, b.cell[first], b.cell[second]);
        if (*moves > longest) longest = *moves;
        if (!*moves || *moves < min_moves) continue;
        write_question(&b, b.cell[first], b.cell[second], question);
        hr_maze_solve(task, question, answer);
        return HR_OK;
    }
    return hr_fail(HR_ERR_TASK,
                   "no maze of %d x %d with a way of %d moves in %llu tries, whose longest has %d; "
                   "ask for shorter ones",
                   task->rows, task->rows, min_moves, (unsigned long long)tries, longest);
}

/* The same for a maze and all its rotations and mirrors: the least of them, byte by byte. */
static void make_key(const hr_task *task, const uint8_t *question, const uint8_t *answer,
                     uint8_t *key) {
    uint8_t image[HR_MAZE_CELLS_MAX];
    (void)answer;
    memcpy(key, question, (size_t)task->seq);
    for (int code = 1; code < HR_DIHEDRAL; code++) {
        hr_maze_orient(task, code, question, image);
        if (memcmp(image, key, (size_t)task->seq) < 0) memcpy(key, image, (size_t)task->seq);
    }
}

const hr_generator hr_maze_generator = {
    .one = "maze",
    .many = "mazes",
    .summary = "mazes with a shortest way",
    .detail = "Square mazes like those of the benchmark Maze-Hard: walls cell by cell, S and G "
              "anywhere, kept\n"
              "when the shortest way between them is long enough; the answer marks one by the "
              "benchmark's\n"
              "rule. No maze is another turned or mirrored. The rating is the number of moves.",
    .examples = "train.csv count=1000 seed=1\n"
                "small.csv count=1000 size=10 min-length=18 density=0.3:0.4\n",
    .options = options,
    .round = 16,
    .rounds = 100,
    .begin = begin,
    .make = make,
    .key = make_key,
};
