/* sudoku.c - Sudoku as a task: text, rules, symmetries. Sides 4, 6 and 9.
 *
 * Tokens as the published code has them: 0 padding, 1 blank, d + 1 for digit d.                 */
#include "task/sudoku.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "task/family.h"
#include "task/generator.h"
#include "task/sudoku_canon.h"
#include "task/sudoku_gen.h"
#include "task/sudoku_solve.h"

enum { BLANK = 1, SIDE_MAX = HR_SUDOKU_SIDE_MAX };

/* The digit of a token, 0 when it is none. */
static int digit_of(const hr_task *task, uint8_t token) {
    return token > BLANK && token <= BLANK + task->rows ? token - BLANK : 0;
}

static hr_status parse(const hr_task *task, const char *text, size_t size, bool answer,
                       uint8_t *tokens) {
    if (size != (size_t)task->seq) return hr_task_refuse_size(size, task->seq);
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (c >= '1' && c <= '0' + task->rows) {
            tokens[i] = (uint8_t)(c - '0' + BLANK);
        } else if (!answer && (c == '.' || c == '0')) {
            tokens[i] = BLANK;
        } else {
            char wanted[64];
            snprintf(wanted, sizeof wanted, answer ? "1 to %d" : "1 to %d, or . or 0 for a blank",
                     task->rows);
            return hr_task_refuse(i + 1, c, wanted);
        }
    }
    return HR_OK;
}

static void format(const hr_task *task, const uint8_t *tokens, char *text) {
    for (int i = 0; i < task->seq; i++) {
        int digit = digit_of(task, tokens[i]);
        text[i] = digit ? (char)('0' + digit) : '.';
    }
    text[task->seq] = 0;
}

/* The k-th cell of a unit: rows, then columns, then boxes. */
static int unit_cell(const hr_task *task, int unit, int k) {
    const int side = task->rows, R = task->box_rows, C = task->box_cols, n = unit % side;
    if (unit < side) return n * side + k;
    if (unit < 2 * side) return k * side + n;
    return (n / R * R + k / C) * side + n % R * C + k % C;
}

static hr_verdict check(const hr_task *task, const uint8_t *question, const uint8_t *answer,
                        char *why, size_t why_size) {
    static const char *const names[] = {"row", "column", "box"};
    const int side = task->rows;
    if (!why) why_size = 0;
    if (why_size) why[0] = 0;
    for (int i = 0; i < task->seq; i++) {
        if (digit_of(task, answer[i])) continue;
        snprintf(why, why_size, "row %d, column %d holds no digit", i / side + 1, i % side + 1);
        return HR_INCOMPLETE;
    }
    for (int i = 0; i < task->seq; i++) {
        int given = digit_of(task, question[i]), digit = digit_of(task, answer[i]);
        if (!given || given == digit) continue;
        snprintf(why, why_size, "row %d, column %d: the given %d became %d", i / side + 1,
                 i % side + 1, given, digit);
        return HR_WRONG;
    }
    for (int unit = 0; unit < 3 * side; unit++) {
        unsigned seen = 0;
        for (int k = 0; k < side; k++) {
            int digit = digit_of(task, answer[unit_cell(task, unit, k)]);
            if (seen >> digit & 1) {
                snprintf(why, why_size, "%s %d holds %d twice", names[unit / side], unit % side + 1,
                         digit);
                return HR_WRONG;
            }
            seen |= 1u << digit;
        }
    }
    return HR_SOLVED;
}

/* Lines in groups: the groups change places, and the lines within each. Uses two streams of rng
 * for every group, from `stream` on. */
static void shuffle_lines(hr_rng rng, uint64_t stream, int groups, int lines, uint8_t *out) {
    uint32_t group[SIDE_MAX], line[SIDE_MAX];
    hr_rng_permutation(hr_rng_sub(rng, stream), group, (uint32_t)groups);
    for (int g = 0; g < groups; g++) {
        hr_rng_permutation(hr_rng_sub(rng, stream + 1 + (uint64_t)g), line, (uint32_t)lines);
        for (int i = 0; i < lines; i++)
            out[g * lines + i] = (uint8_t)(group[g] * (uint32_t)lines + line[i]);
    }
}

void hr_sudoku_draw_symmetry(const hr_task *task, hr_rng rng, hr_sudoku_symmetry *out) {
    uint32_t digits[SIDE_MAX];
    memset(out, 0, sizeof *out);
    hr_rng_permutation(hr_rng_sub(rng, 0), digits, (uint32_t)task->rows);
    for (int d = 0; d < task->rows; d++) out->digits[d + 1] = (uint8_t)(digits[d] + 1);
    if (task->box_rows == task->box_cols)
        out->transpose = hr_rng_below(hr_rng_sub(rng, 1), 0, 2) == 1;
    shuffle_lines(rng, 2, task->rows / task->box_rows, task->box_rows, out->rows);
    shuffle_lines(rng, 12, task->cols / task->box_cols, task->box_cols, out->cols);
}

/* Values offset + 1 .. offset + side are digits; others move along unchanged. */
static void apply(const hr_task *task, const hr_sudoku_symmetry *s, int offset, const uint8_t *in,
                  uint8_t *out) {
    const int side = task->rows;
    for (int i = 0; i < side; i++) {
        for (int j = 0; j < side; j++) {
            int r = s->rows[i], c = s->cols[j];
            uint8_t v = s->transpose ? in[c * side + r] : in[r * side + c];
            int digit = v - offset;
            if (digit >= 1 && digit <= side) v = (uint8_t)(s->digits[digit] + offset);
            out[i * side + j] = v;
        }
    }
}

void hr_sudoku_apply(const hr_task *task, const hr_sudoku_symmetry *symmetry, const uint8_t *cells,
                     uint8_t *out) {
    apply(task, symmetry, 0, cells, out);
}

static void augment(const hr_task *task, hr_rng rng, const uint8_t *question, const uint8_t *answer,
                    uint8_t *question_out, uint8_t *answer_out) {
    hr_sudoku_symmetry symmetry;
    hr_sudoku_draw_symmetry(task, rng, &symmetry);
    apply(task, &symmetry, BLANK, question, question_out);
    apply(task, &symmetry, BLANK, answer, answer_out);
}

static void symmetry_maps(const hr_task *task, hr_rng rng, uint32_t *cell, uint8_t *token) {
    const int side = task->rows;
    hr_sudoku_symmetry s;
    hr_sudoku_draw_symmetry(task, rng, &s);
    for (int i = 0; i < task->seq; i++) {
        int r = s.rows[i / side], c = s.cols[i % side];
        cell[i] = (uint32_t)(s.transpose ? c * side + r : r * side + c);
    }
    for (int t = 0; t <= BLANK; t++) token[t] = (uint8_t)t;
    for (int d = 1; d <= side; d++) token[BLANK + d] = (uint8_t)(BLANK + s.digits[d]);
}

static hr_status of_side(int side, hr_task *out) {
    switch (side) {
    case 4:
        return hr_task_sudoku(2, 2, out);
    case 6:
        return hr_task_sudoku(2, 3, out);
    case 9:
        return hr_task_sudoku(3, 3, out);
    default:
        return hr_fail(HR_ERR_TASK, "no Sudoku has a side of %d; 4, 6 and 9 are known", side);
    }
}

/* ---- making puzzles -------------------------------------------------------------------------- */

enum { MIN_RATING, GIVENS, SIDE };

static const hr_option options[] = {
    {"min-rating", "R", HR_OPTION_INTEGER, 0, 1000000000, NULL,
     "at least so many guesses for a backtracking solver"},
    {"givens", "N", HR_OPTION_INTEGER, 1, 81, NULL,
     "easier: clues are given back, up to a number drawn between the puzzle's own and N"},
    {"side", "N", HR_OPTION_INTEGER, 4, 9, "9", "4, 6 or 9"},
    {.name = NULL},
};

static hr_status begin(hr_wish *wish) {
    int64_t side = wish->option[SIDE].integer;
    if (of_side((int)side, &wish->task))
        return hr_fail_option(hr_fail(HR_ERR_ARG, "side: %d is not 4, 6 or 9", (int)side), "side");
    if (wish->option[GIVENS].given && wish->option[MIN_RATING].integer)
        return hr_fail_option(
            hr_fail(HR_ERR_ARG, "givens makes puzzles easier; it cannot go with min-rating"),
            "givens");
    return HR_OK;
}

/* Gives clues back, in random order, up to a number drawn between the puzzle's own and `givens`. */
static void ease(const hr_wish *wish, uint64_t i, uint8_t *puzzle, const uint8_t *solution,
                 int *rating) {
    hr_rng rng = hr_rng_sub(hr_rng_stream(wish->seed, "givens"), i);
    uint32_t order[HR_SUDOKU_CELLS_MAX], cells = (uint32_t)wish->task.seq, givens = 0;
    for (uint32_t c = 0; c < cells; c++) givens += puzzle[c] != 0;
    uint32_t most = (uint32_t)wish->option[GIVENS].integer;
    most = most < cells ? most : cells;
    if (most <= givens) return;
    uint32_t wanted = givens + (uint32_t)hr_rng_below(hr_rng_sub(rng, 0), 0, most - givens + 1);
    hr_rng_permutation(hr_rng_sub(rng, 1), order, cells);
    for (uint32_t c = 0; c < cells && givens < wanted; c++) {
        givens += !puzzle[order[c]];
        puzzle[order[c]] = solution[order[c]];
    }
    hr_sudoku_solve(&wish->task, puzzle, 1, NULL, rating);
}

static hr_status make(const hr_wish *wish, uint64_t i, const hr_stop *stop, uint8_t *question,
                      uint8_t *answer, int *rating) {
    const hr_sudoku_wish order = {wish->seed, (int)wish->option[MIN_RATING].integer};
    hr_status status = hr_sudoku_generate(&wish->task, &order, i, stop, question, answer, rating);
    if (status) return status;
    if (wish->option[GIVENS].given) ease(wish, i, question, answer, rating);
    for (int c = 0; c < wish->task.seq; c++) { /* digits to tokens */
        question[c] += BLANK;
        answer[c] += BLANK;
    }
    return HR_OK;
}

/* What must not come twice. Of 9x9 the solved grid: no two puzzles even share their solution up to
 * symmetry. Small sides have too few grids for that; there it is the puzzle. */
static void make_key(const hr_task *task, const uint8_t *question, const uint8_t *answer,
                     uint8_t *key) {
    uint8_t cells[HR_SUDOKU_CELLS_MAX];
    bool whole = task->rows == 9;
    for (int c = 0; c < task->seq; c++)
        cells[c] = (uint8_t)((whole ? answer : question)[c] - BLANK);
    if (whole) hr_sudoku_canonical(task, cells, key);
    else hr_sudoku_canonical_puzzle(task, cells, key);
}

static const hr_generator generator = {
    .one = "puzzle",
    .many = "puzzles",
    .summary = "Sudoku with one solution each",
    .detail = "Minimal puzzles, hardened by search, no two of them equivalent up to symmetry. The "
              "rating is\n"
              "the number of guesses a backtracking solver needs.",
    .examples = "train.csv count=1000 seed=1\n"
                "test.csv count=1000 seed=2 avoid=train.csv\n",
    .options = options,
    .round = 64,
    .rounds = 1000,
    .begin = begin,
    .make = make,
    .key = make_key,
};

/* ---- the family ------------------------------------------------------------------------------ */

static hr_status of_length(size_t cells, hr_task *out) {
    return of_side(hr_task_side(cells), out);
}

static bool recognise(const hr_task *task, const uint8_t *question, const uint8_t *answer) {
    return check(task, question, answer, NULL, 0) == HR_SOLVED;
}

static void write_json(const hr_task *task, hr_buffer *json) {
    hr_buffer_print(json, ", \"box_rows\": %d, \"box_cols\": %d", task->box_rows, task->box_cols);
}

static hr_status read_json(json_t *root, hr_task *out) {
    static const char *const names[] = {"box_rows", "box_cols"};
    int size[2];
    hr_status status = hr_task_read_sizes(root, names, 2, 0, size);
    return status ? status : hr_task_sudoku(size[0], size[1], out);
}

const hr_task_ops hr_family_sudoku = {
    .name = "sudoku",
    .of_length = of_length,
    .recognise = recognise,
    .published = 81,
    .write_json = write_json,
    .read_json = read_json,
    .parse = parse,
    .format = format,
    .check = check,
    .augment = augment,
    .symmetry = symmetry_maps,
    .generator = &generator,
};

hr_status hr_task_sudoku(int box_rows, int box_cols, hr_task *out) {
    bool known =
        (box_rows == 2 && (box_cols == 2 || box_cols == 3)) || (box_rows == 3 && box_cols == 3);
    if (!known)
        return hr_fail(HR_ERR_TASK,
                       "Sudoku with boxes of %d x %d is not known; use 2 x 2, 2 x 3 or 3 x 3",
                       box_rows, box_cols);
    const int side = box_rows * box_cols;
    *out = (hr_task){.ops = &hr_family_sudoku,
                     .seq = side * side,
                     .rows = side,
                     .cols = side,
                     .vocab = side + 2,
                     .symbols = side,
                     .alike = side,
                     .box_rows = box_rows,
                     .box_cols = box_cols};
    out->alphabet[BLANK] = '.';
    for (int d = 1; d <= side; d++) out->alphabet[BLANK + d] = (char)('0' + d);
    return HR_OK;
}
