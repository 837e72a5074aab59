/* sudoku.c - Sudoku as a task: text, rules, symmetries. Sides 4, 6 and 9.
 *
 * Tokens as the published code has them: 0 padding, 1 blank, d + 1 for digit d.                 */
#include "task/sudoku.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/part.h"
#include "task/family.h"
#include "task/grid.h"
#include "task/sudoku_gen.h"
#include "task/sudoku_solve.h"

enum { BLANK = HR_SUDOKU_BLANK, SIDE_MAX = HR_SUDOKU_SIDE_MAX };

/* The digit of a token, 0 when it is none. */
static int digit_of(const hr_task *task, uint8_t token) {
    return token > BLANK && token <= BLANK + task->rows ? token - BLANK : 0;
}

/* A line between boxes, or around them. */
static bool is_border(const char *line, size_t size) {
    bool dashes = false;
    for (size_t i = 0; i < size; i++) {
        if (!hr_task_is_one_of(line[i], "-=+|*.:'` \t")) return false;
        dashes |= i && hr_task_is_one_of(line[i], "-=") && line[i] == line[i - 1];
    }
    return dashes;
}

/* What a line of a drawn grid holds. */
typedef struct drawn {
    size_t cells, words, marks; /* of a line; of its words with several digits */
    bool pencil;                /* some line has candidates where cells should be */
} drawn;

/* Adds a line's tokens (none where NULL) after `count` of them. Blanks and | are skipped, # begins
 * a comment. */
static hr_status read_line(const hr_task *task, const char *line, size_t size, bool answer,
                           uint8_t *tokens, size_t count, drawn *d) {
    d->cells = d->words = d->marks = 0;
    size_t word = 0;
    if (is_border(line, size)) return HR_OK;
    for (size_t i = 0; i < size && line[i] != '#'; i++) {
        char c = line[i];
        const char *first = task->alphabet + BLANK + 1,
                   *digit = memchr(first, c, (size_t)task->rows);
        word = hr_task_is_one_of(c, " \t|") ? 0 : word + 1;
        d->words += word == 1;
        d->marks += word == 2;
        if (!word) continue;
        if (!digit &&
            (answer || (c != task->alphabet[BLANK] && !hr_task_is_one_of(c, ".0_*xX-?~")))) {
            char wanted[64];
            bool digits = *first == '1' && first[task->rows - 1] == '0' + task->rows;
            int n = digits ? snprintf(wanted, sizeof wanted, "1 to %d", task->rows)
                           : snprintf(wanted, sizeof wanted, "one of \"%.*s\"", task->rows, first);
            if (!answer) snprintf(wanted + n, sizeof wanted - (size_t)n, ", or . or 0 for a blank");
            return hr_task_refuse(i + 1, c, wanted);
        }
        if (tokens && count + d->cells < (size_t)task->seq)
            tokens[count + d->cells] = (uint8_t)(digit ? digit - first + BLANK + 1 : BLANK);
        d->cells++;
    }
    d->pencil |= d->words == (size_t)task->rows && d->marks && d->cells != (size_t)task->seq;
    return HR_OK;
}

static hr_status parse(const hr_task *task, const char *text, size_t size, bool answer,
                       uint8_t *tokens) {
    size_t count = 0, rows = 0, odd = 0, held = 0; /* odd: the first row of another length */
    drawn d = {.pencil = size == (size_t)(task->seq * task->rows)};
    for (size_t i = 0, end; i < size; i = end + 1) {
        for (end = i; end < size && !hr_task_is_one_of(text[end], "\r\n");) end++;
        hr_status status = read_line(task, text + i, end - i, answer, tokens, count, &d);
        if (status) return status;
        count += d.cells;
        rows += d.cells > 0;
        if (odd || !d.cells || d.cells == (size_t)task->cols) continue;
        odd = rows;
        held = d.cells;
    }
    if (odd && rows > 1 && !d.pencil) return hr_task_refuse_row(task, odd, held);
    if (count == (size_t)task->seq) return HR_OK;
    if (!count && memchr(text, '#', size))
        return hr_fail(HR_ERR_TASK,
                       "holds no cell before '#', behind which is a comment; this task "
                       "has %d cells",
                       task->seq);
    return d.pencil ? hr_fail(HR_ERR_TASK, "is a grid of pencil marks, with several digits in a "
                                           "cell; give its clues alone, one character a cell")
                    : hr_task_refuse_size(task, NULL, count);
}

/* A line without cells, one row, or a whole puzzle; a line with an error counts as a whole one. */
static int line_rows(const hr_task *task, const char *line, size_t size) {
    drawn d = {.pencil = false};
    if (read_line(task, line, size, false, NULL, 0, &d)) return 1;
    return !d.cells ? 0 : d.cells == (size_t)task->cols || d.pencil ? task->rows : 1;
}

/* The k-th cell of a unit: rows, then columns, then boxes. */
static int unit_cell(const hr_task *task, int unit, int k) {
    const int side = task->rows, R = task->box_rows, C = task->box_cols, n = unit % side;
    if (unit < side) return n * side + k;
    if (unit < 2 * side) return k * side + n;
    return (n / R * R + k / C) * side + n % R * C + k % C;
}

static int group(const hr_task *task, int unit, uint32_t *cell) {
    if (unit >= 3 * task->rows) return 0;
    for (int k = 0; k < task->rows; k++) cell[k] = (uint32_t)unit_cell(task, unit, k);
    return task->rows;
}

/* Whether a unit holds a digit twice. */
static bool hopeless(const hr_task *task, const uint8_t *cells, char *why, size_t why_size) {
    static const char *const names[] = {"row", "column", "box"};
    const int side = task->rows;
    for (int unit = 0; unit < 3 * side; unit++) {
        unsigned seen = 0;
        for (int k = 0; k < side; k++) {
            int digit = digit_of(task, cells[unit_cell(task, unit, k)]);
            if (digit && seen >> digit & 1) {
                snprintf(why, why_size, "%s %d holds %d twice", names[unit / side], unit % side + 1,
                         digit);
                return true;
            }
            seen |= 1u << digit;
        }
    }
    return false;
}

/* A search takes some microseconds; one that takes milliseconds is given up. */
static bool refuted(const hr_task *task, const uint8_t *question) {
    enum { GUESSES = 5000 };
    hr_sudoku_solver solver;
    hr_sudoku_result result;
    uint8_t cells[HR_SUDOKU_CELLS_MAX];
    hr_sudoku_solver_init(&solver, task);
    solver.most = GUESSES;
    for (int i = 0; i < task->seq; i++) cells[i] = (uint8_t)digit_of(task, question[i]);
    hr_sudoku_search(&solver, cells, -1, 0, 1, NULL, &result);
    return !result.solutions && !result.given_up;
}

static hr_verdict check(const hr_task *task, const uint8_t *question, const uint8_t *answer,
                        char *why, size_t why_size) {
    const int side = task->rows;
    hr_verdict verdict = hr_task_check_filled(task, answer, BLANK + 1, "digit", why, &why_size);
    if (verdict) return verdict;
    for (int i = 0; i < task->seq; i++) {
        int given = digit_of(task, question[i]), digit = digit_of(task, answer[i]);
        if (!given || given == digit) continue;
        snprintf(why, why_size, "row %d, column %d: the given %d became %d", i / side + 1,
                 i % side + 1, given, digit);
        return HR_WRONG;
    }
    return hopeless(task, answer, why, why_size) ? HR_WRONG : HR_SOLVED;
}

/* A digit counts as often as it stands in a unit that had it before. */
static int faults(const hr_task *task, const uint8_t *question, const uint8_t *answer) {
    const int side = task->rows;
    int count = 0;
    for (int i = 0; i < task->seq; i++) {
        int given = digit_of(task, question[i]);
        count += given && given != digit_of(task, answer[i]);
    }
    for (int unit = 0; unit < 3 * side; unit++) {
        unsigned seen = 1;
        for (int k = 0; k < side; k++) {
            int digit = digit_of(task, answer[unit_cell(task, unit, k)]);
            count += digit && seen >> digit & 1;
            seen |= 1u << digit;
        }
    }
    return count;
}

/* Shuffles groups of lines, and the lines within each; uses one stream of rng and one for each
 * group, from `stream` on. */
static void shuffle_lines(hr_rng rng, uint64_t stream, int groups, int lines, uint8_t *out) {
    uint32_t group[SIDE_MAX], line[SIDE_MAX];
    hr_rng_permutation(hr_rng_sub(rng, stream), group, (uint32_t)groups);
    for (int g = 0; g < groups; g++) {
        hr_rng_permutation(hr_rng_sub(rng, stream + 1 + (uint64_t)g), line, (uint32_t)lines);
        for (int i = 0; i < lines; i++)
            out[g * lines + i] = (uint8_t)(group[g] * (uint32_t)lines + line[i]);
    }
}

void hr_sudoku_maps(const hr_task *task, const hr_sudoku_symmetry *s, uint32_t *cell,
                    uint8_t *token) {
    const int side = task->rows;
    for (int i = 0; i < task->seq; i++) {
        int r = s->rows[i / side], c = s->cols[i % side];
        cell[i] = (uint32_t)(s->transpose ? c * side + r : r * side + c);
    }
    for (int t = 0; t <= BLANK; t++) token[t] = (uint8_t)t;
    for (int d = 1; d <= side; d++) token[BLANK + d] = (uint8_t)(BLANK + s->digits[d]);
}

/* Every symmetry is equally likely. */
static void symmetry(const hr_task *task, hr_rng rng, uint32_t *cell, uint8_t *token) {
    const int side = task->rows, R = task->box_rows, C = task->box_cols;
    uint32_t digits[SIDE_MAX];
    hr_sudoku_symmetry s = {.transpose = R == C && hr_rng_below(hr_rng_sub(rng, 1), 0, 2) == 1};
    hr_rng_permutation(hr_rng_sub(rng, 0), digits, (uint32_t)side);
    for (int d = 0; d < side; d++) s.digits[d + 1] = (uint8_t)(digits[d] + 1);
    shuffle_lines(rng, 2, side / R, R, s.rows);
    shuffle_lines(rng, 12, side / C, C, s.cols);
    hr_sudoku_maps(task, &s, cell, token);
}

static void augment(const hr_task *task, hr_rng rng, const uint8_t *question, const uint8_t *answer,
                    uint8_t *question_out, uint8_t *answer_out) {
    uint32_t cell[HR_SUDOKU_CELLS_MAX];
    uint8_t token[256] = {0};
    symmetry(task, rng, cell, token);
    for (int i = 0; i < task->seq; i++) {
        question_out[i] = token[question[cell[i]]];
        answer_out[i] = token[answer[cell[i]]];
    }
}

/* ---- the family ------------------------------------------------------------------------------ */

static hr_status of_length(size_t cells, hr_task *out) {
    int side = hr_task_side(cells);
    if (side == 4 || side == 6 || side == 9)
        return hr_task_sudoku(side == 9 ? 3 : 2, side == 4 ? 2 : 3, out);
    return hr_fail(HR_ERR_TASK, "no Sudoku has a side of %d; 4, 6 and 9 are known", side);
}

static bool recognise(const hr_task *task, const uint8_t *question, const uint8_t *answer) {
    char why[64]; /* gcc warns of a NULL that is inlined */
    return check(task, question, answer, why, sizeof why) == HR_SOLVED;
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
    .line_rows = line_rows,
    .format = hr_grid_format,
    .check = check,
    .hopeless = hopeless,
    .refuted = HR_BEYOND(refuted),
    .group = group,
    .faults = faults,
    .augment = HR_BEYOND(augment),
    .symmetry = symmetry,
    .generator = HR_BEYOND(&hr_sudoku_generator),
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
                     .blank = BLANK,
                     .alike = side,
                     .least = side == 9   ? 17
                              : side == 6 ? 8
                                          : 4,
                     .box_rows = box_rows,
                     .box_cols = box_cols};
    out->alphabet[BLANK] = '.';
    for (int d = 1; d <= side; d++) out->alphabet[BLANK + d] = (char)('0' + d);
    return HR_OK;
}
