/* maze.c - mazes as a task: text, rules, symmetries. Square, with one S and one G; the answer marks
 * a shortest way between them with o. A blank in the text is a free cell.
 *
 * Of the many shortest ways the benchmark labels one, by a rule that turning and mirroring break.
 * So a way that follows the rule is solved anew in the image; any other is turned with the maze. */
#include "task/maze.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/part.h"
#include "task/dihedral.h"
#include "task/family.h"
#include "task/grid.h"
#include "task/maze_gen.h"
#include "task/maze_way.h"

static const char symbols[] = "# SGo";

static bool is_symbol(uint8_t token) {
    return token >= HR_MAZE_WALL && token <= HR_MAZE_PATH;
}

static hr_status parse(const hr_task *task, const char *text, size_t size, bool answer,
                       uint8_t *tokens) {
    if (size != (size_t)task->seq) return hr_task_refuse_size(task, text, size);
    const char *first = task->alphabet + HR_MAZE_WALL;
    const int count = answer ? HR_MAZE_PATH : HR_MAZE_GOAL;
    for (size_t i = 0; i < size; i++) {
        const char *at = memchr(first, text[i], (size_t)count);
        if (!at) {
            char wanted[32];
            snprintf(wanted, sizeof wanted, "one of \"%.*s\"", count, first);
            return hr_task_refuse(i + 1, text[i], wanted);
        }
        tokens[i] = (uint8_t)(at - first + HR_MAZE_WALL);
    }
    return HR_OK;
}

/* A free cell may turn out to be on the way or not; all others stay. */
static uint32_t candidates(const hr_task *task, uint8_t token) {
    (void)task;
    const uint32_t path = 1u << (HR_MAZE_PATH - 1);
    if (!is_symbol(token)) return 0;
    return 1u << (token - 1) | (token == HR_MAZE_FREE ? path : 0);
}

/* ---- checking -------------------------------------------------------------------------------- */

/* The first cell that differs from the question, other than a free one that is marked; or -1. */
static int first_changed(const hr_task *task, const uint8_t *question, const uint8_t *answer) {
    for (int i = 0; i < task->seq; i++)
        if (answer[i] != question[i] && !(question[i] == HR_MAZE_FREE && answer[i] == HR_MAZE_PATH))
            return i;
    return -1;
}

/* What is wrong with the marked cells, or NULL: they must lead from S to G and be exactly as many
 * as a shortest way has. */
static const char *judge_way(const hr_task *task, const uint8_t *question, const uint8_t *answer) {
    uint16_t moves[HR_MAZE_CELLS_MAX];
    int start, goal;
    if (!hr_maze_ends(task, question, &start, &goal)) return "the maze has not one S and one G";
    int best = hr_maze_solve(task, question, NULL), marked = 0;
    if (!best) return "the maze has no way from S to G";
    for (int i = 0; i < task->seq; i++) marked += answer[i] == HR_MAZE_PATH;
    hr_maze_distances(task, answer, HR_MAZE_MARKED, start, moves);
    if (moves[goal] == HR_MAZE_FAR) return "the marked cells do not lead from S to G";
    if (moves[goal] > best) return "the marked way is not a shortest one";
    return marked > best - 1 ? "cells beside the way are marked" : NULL;
}

static hr_verdict check(const hr_task *task, const uint8_t *question, const uint8_t *answer,
                        char *why, size_t why_size) {
    hr_verdict verdict = hr_task_check_filled(task, answer, HR_MAZE_WALL, "symbol", why, &why_size);
    if (verdict) return verdict;
    int i = first_changed(task, question, answer);
    if (i >= 0) {
        snprintf(why, why_size, "row %d, column %d: '%c' became '%c'", i / task->cols + 1,
                 i % task->cols + 1, is_symbol(question[i]) ? task->alphabet[question[i]] : '?',
                 task->alphabet[answer[i]]);
        return HR_WRONG;
    }
    const char *fault = judge_way(task, question, answer);
    if (fault) snprintf(why, why_size, "%s", fault);
    return fault ? HR_WRONG : HR_SOLVED;
}

static bool hopeless(const hr_task *task, const uint8_t *question, char *why, size_t why_size) {
    for (uint8_t token = HR_MAZE_START; token <= HR_MAZE_GOAL; token++) {
        int count = 0;
        for (int i = 0; i < task->seq; i++) count += question[i] == token;
        if (count == 1) continue;
        snprintf(why, why_size, "the maze has %d %c, not one", count, symbols[token - 1]);
        return true;
    }
    if (hr_maze_solve(task, question, NULL)) return false;
    snprintf(why, why_size, "the maze has no way from S to G");
    return true;
}

static bool fits(const hr_task *task, const uint8_t *question, const uint8_t *answer) {
    int start, goal;
    if (!hr_maze_ends(task, question, &start, &goal)) return false;
    for (int i = 0; i < task->seq; i++)
        if (!is_symbol(question[i]) || question[i] == HR_MAZE_PATH) return false;
    return first_changed(task, question, answer) < 0;
}

/* ---- symmetries ------------------------------------------------------------------------------ */

static void augment(const hr_task *task, hr_rng rng, const uint8_t *question, const uint8_t *answer,
                    uint8_t *question_out, uint8_t *answer_out) {
    int code = (int)hr_rng_below(rng, 0, HR_DIHEDRAL);
    size_t seq = (size_t)task->seq;
    bool by_rule = hr_maze_solve(task, question, answer_out) && !memcmp(answer, answer_out, seq);
    hr_maze_orient(task, code, question, question_out);
    if (by_rule) hr_maze_solve(task, question_out, answer_out);
    else hr_maze_orient(task, code, answer, answer_out);
}

/* Turned and mirrored, where a shortest way stays one. */
static bool view(const hr_task *task, int number, uint32_t *cell, uint8_t *token) {
    if (number >= HR_DIHEDRAL) return false;
    for (int i = 0; i < task->seq; i++)
        cell[i] = (uint32_t)hr_dihedral_source(number, task->rows, task->cols, i / task->cols,
                                               i % task->cols);
    for (int v = 0; v < task->vocab; v++) token[v] = (uint8_t)v;
    return true;
}

/* Keeps a random stretch of the way and puts S and G at its ends. A stretch of a shortest way is
 * shortest itself, and follows the benchmark's rule if the whole did: a move that comes closer to a
 * goal on the way comes closer to G, so the first such move is the same. Pairs whose marks are not
 * a single way stay whole. */
static void part(const hr_task *task, hr_rng rng, double share, uint8_t *question,
                 uint8_t *answer) {
    uint16_t moves[HR_MAZE_CELLS_MAX];
    int start, goal, marked = 0;
    if (!hr_maze_ends(task, question, &start, &goal)) return;
    hr_maze_distances(task, answer, HR_MAZE_MARKED, start, moves);
    for (int i = 0; i < task->seq; i++) marked += answer[i] == HR_MAZE_PATH;
    int whole = moves[goal];
    if (moves[goal] == HR_MAZE_FAR || marked != whole - 1) return;
    int length = (int)rint(share * whole);
    length = length < 2 ? 2 : length;
    if (length >= whole) return;
    int first = (int)hr_rng_below(rng, 0, (uint64_t)(whole - length + 1));
    for (int i = 0; i < task->seq; i++) {
        int at = answer[i] >= HR_MAZE_START && moves[i] != HR_MAZE_FAR ? moves[i] - first : -1;
        if (answer[i] < HR_MAZE_START) continue; /* walls, and free cells that are not marked */
        answer[i] = at == 0                 ? HR_MAZE_START
                    : at == length          ? HR_MAZE_GOAL
                    : at > 0 && at < length ? HR_MAZE_PATH
                                            : HR_MAZE_FREE;
        question[i] = answer[i] == HR_MAZE_PATH ? HR_MAZE_FREE : answer[i];
    }
}

static void look(const hr_task *task, uint8_t token, hr_look *out) {
    static const uint32_t fill[] = {0, 0x30343b, 0xffffff, 0x2e9e4f, 0xd64545, 0x8fb8f0};
    (void)task;
    if (!is_symbol(token)) return;
    out->fill = fill[token];
    if (token == HR_MAZE_START || token == HR_MAZE_GOAL) out->ink = 0xffffff;
    else out->glyph = 0;
}

/* ---- the family ------------------------------------------------------------------------------ */

static hr_status of_length(size_t cells, hr_task *out) {
    return hr_task_maze(hr_task_side(cells), out);
}

static void write_json(const hr_task *task, hr_buffer *json) {
    hr_buffer_print(json, ", \"side\": %d", task->rows);
}

static hr_status read_json(json_t *root, hr_task *out) {
    static const char *const names[] = {"side"};
    int side;
    hr_status status = hr_task_read_sizes(root, names, 1, 0, &side);
    return status ? status : hr_task_maze(side, out);
}

const hr_task_ops hr_family_maze = {
    .name = "maze",
    .of_length = of_length,
    .symbols = symbols,
    .marks = "#SG",
    .published = 900,
    .write_json = write_json,
    .read_json = read_json,
    .parse = parse,
    .format = hr_grid_format,
    .check = check,
    .hopeless = hopeless,
    .augment = HR_BEYOND(augment),
    .view = view,
    .part = part,
    .fits = fits,
    .candidates = candidates,
    .look = look,
    .generator = HR_BEYOND(&hr_maze_generator),
};

hr_status hr_task_maze(int side, hr_task *out) {
    if (side < 2 || side > HR_MAZE_SIDE_MAX)
        return hr_fail(HR_ERR_TASK, "a maze of %d x %d cells is not possible; 2 to %d a side are",
                       side, side, HR_MAZE_SIDE_MAX);
    *out = (hr_task){.ops = &hr_family_maze,
                     .seq = side * side,
                     .rows = side,
                     .cols = side,
                     .vocab = 6,
                     .symbols = 5};
    memcpy(out->alphabet, "_# SGo", 6);
    return HR_OK;
}
