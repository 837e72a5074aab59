/* task.c - what all puzzle families share: telling a family from data, and JSON. */
#include "task/task.h"

#include <string.h>

#include <jansson.h>

#include "base/mem.h"
#include "base/text.h"
#include "task/arc.h"
#include "task/declared.h"
#include "task/family.h"

enum { LENGTH_MAX = 1 << 20 };

hr_status hr_task_refuse(size_t column, char c, const char *wanted) {
    unsigned char byte = (unsigned char)c;
    if (byte < 0x20 || byte >= 0x7f)
        return hr_fail(HR_ERR_TASK, "column %zu holds the byte 0x%02x; it should be %s", column,
                       byte, wanted);
    return hr_fail(HR_ERR_TASK, "column %zu holds '%c'; it should be %s", column, c, wanted);
}

hr_status hr_task_refuse_size(size_t size, int expected) {
    return hr_fail(HR_ERR_TASK, "%zu characters; this task has %d", size, expected);
}

/* ---- telling the task from the data -----------------------------------------------------------
 */

int hr_task_side(size_t n) {
    int root = 1;
    while ((size_t)root * (size_t)root < n) root++;
    return (size_t)root * (size_t)root == n ? root : 0;
}

static hr_status sudoku_of_length(size_t length, hr_task *out) {
    int side = hr_task_side(length);
    if (side == 4) return hr_task_sudoku(2, 2, out);
    if (side == 6) return hr_task_sudoku(2, 3, out);
    if (side == 9) return hr_task_sudoku(3, 3, out);
    return HR_ERR_TASK;
}

/* The published order of characters, which pretrained models rely on. */
static const char maze_symbols[] = "# SGo";

hr_status hr_task_known(const char *name) {
    static const char *const names[] = {"sudoku", "maze", "arc", "grid"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(name, names[i])) return HR_OK;
    return hr_fail(HR_ERR_ARG,
                   "task: \"%.60s\" is not known; use sudoku, maze, arc, grid, sequence or a "
                   "task file (NAME.yaml)",
                   name);
}

/* The pair is one of the family, as far as its text can say. */
static bool reads_as(const hr_task *task, const char *question, const char *answer, size_t length) {
    uint8_t *q = hr_alloc(2 * length), *a = q + length;
    bool reads = q && task->ops->parse(task, question, length, false, q) == HR_OK &&
                 task->ops->parse(task, answer, length, true, a) == HR_OK &&
                 (!task->ops->fits || task->ops->fits(task, q, a));
    hr_free(q);
    return reads;
}

static bool is_maze(const char *question, const char *answer, size_t length) {
    hr_task task;
    return hr_task_maze(hr_task_side(length), &task) == HR_OK &&
           reads_as(&task, question, answer, length);
}

static bool is_arc(const char *question, const char *answer, size_t length) {
    hr_task task;
    return hr_task_arc(hr_task_side(length), &task) == HR_OK &&
           reads_as(&task, question, answer, length);
}

static bool is_sudoku(const char *question, const char *answer, size_t length) {
    hr_task task;
    uint8_t q[81], a[81];
    return sudoku_of_length(length, &task) == HR_OK &&
           task.ops->parse(&task, question, length, false, q) == HR_OK &&
           task.ops->parse(&task, answer, length, true, a) == HR_OK &&
           task.ops->check(&task, q, a, NULL, 0) == HR_SOLVED;
}

static hr_status mark(hr_task_survey *survey, const char *text, size_t size, bool answer) {
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c == 0x7f)
            return hr_task_refuse(i + 1, text[i], "a visible character or a blank");
        survey->seen[c] = true;
        survey->in_answer[c] |= answer;
    }
    return HR_OK;
}

static hr_status check_length(const hr_task_survey *survey, size_t size, const char *what) {
    if (size < 1 || size > LENGTH_MAX)
        return hr_fail(HR_ERR_TASK, "%s of %zu characters is not possible; 1 to %d are", what, size,
                       LENGTH_MAX);
    if (survey->varying || !survey->pairs || size == survey->length) return HR_OK;
    return hr_fail(HR_ERR_TASK,
                   "%s has %zu characters, those before it %zu; all must have the same number, or "
                   "be padded (task=sequence)",
                   what, size, survey->length);
}

hr_status hr_task_survey_add(hr_task_survey *survey, const char *question, size_t question_size,
                             const char *answer, size_t answer_size) {
    if (question_size != answer_size && !survey->varying)
        return hr_fail(HR_ERR_TASK,
                       "the question has %zu characters and its answer %zu; both must have the "
                       "same number, or be padded (task=sequence)",
                       question_size, answer_size);
    hr_status status = check_length(survey, question_size, "the question");
    if (status == HR_OK) status = check_length(survey, answer_size, "the answer");
    if (status == HR_OK) status = mark(survey, question, question_size, false);
    if (status == HR_OK) status = mark(survey, answer, answer_size, true);
    if (status != HR_OK) return status;
    survey->pairs++;
    bool uneven = question_size != answer_size;
    if (question_size > survey->length) survey->length = question_size;
    if (answer_size > survey->length) survey->length = answer_size;
    if (!survey->not_sudoku)
        survey->not_sudoku = uneven || !is_sudoku(question, answer, question_size);
    if (!survey->not_maze) survey->not_maze = uneven || !is_maze(question, answer, question_size);
    if (!survey->not_arc) survey->not_arc = uneven || !is_arc(question, answer, question_size);
    return HR_OK;
}

hr_status hr_task_survey_end(const hr_task_survey *survey, hr_task *out) {
    char alphabet[256];
    size_t symbols = 0;
    bool like_maze = survey->seen['#'] && survey->seen['S'] && survey->seen['G'];
    if (!survey->pairs)
        return hr_fail(HR_ERR_TASK, "no puzzle to tell the task from; the data are empty");
    if (!survey->not_sudoku) return sudoku_of_length(survey->length, out);
    if (!survey->not_maze) return hr_task_maze(hr_task_side(survey->length), out);
    if (!survey->not_arc && hr_task_arc(hr_task_side(survey->length), out) == HR_OK &&
        survey->seen[(unsigned char)out->alphabet[0]]) /* by its padding; digits may be anything */
        return HR_OK;
    for (int c = 1; c < 256; c++) {
        if (!survey->seen[c]) continue;
        alphabet[symbols++] = (char)c;
        if (!strchr(maze_symbols, c)) like_maze = false;
    }
    int side = hr_task_side(survey->length);
    int rows = side ? side : 1, cols = side ? side : (int)survey->length;
    if (like_maze && side)
        return hr_task_grid(rows, cols, maze_symbols, sizeof maze_symbols - 1, out);
    return hr_task_grid(rows, cols, alphabet, symbols, out);
}

/* Sudoku shows by its sizes, mazes and ARC by their vocabulary; others get digits and letters. */
hr_status hr_task_of_sizes(int seq, int vocab, const char *name, hr_task *out) {
    int side = hr_task_side((size_t)seq), rows = side ? side : 1, cols = side ? side : seq;
    bool grid = name && !strcmp(name, "grid");
    if (!grid && vocab == side + 2 && sudoku_of_length((size_t)seq, out) == HR_OK) return HR_OK;
    bool maze = side && vocab == (int)sizeof maze_symbols;
    if (!grid && maze && hr_task_maze(side, out) == HR_OK) return HR_OK;
    if (!grid && side && hr_task_arc(side, out) == HR_OK && vocab == out->vocab) return HR_OK;
    char alphabet[256];
    size_t symbols = 0;
    for (int c = '0'; symbols + 1 < (size_t)vocab; c = c == 255 ? ' ' : c + 1)
        if (c != 0x7f) alphabet[symbols++] = (char)c;
    if (maze) memcpy(alphabet, maze_symbols, symbols);
    return hr_task_grid(rows, cols, alphabet, symbols, out);
}

hr_status hr_task_plain(const hr_task *task, hr_task *out) {
    const hr_task from = *task; /* which may be out */
    return hr_task_grid(from.rows, from.cols, from.alphabet + 1, (size_t)from.vocab - 1, out);
}

/* ---- JSON -------------------------------------------------------------------------------------
 */

/* A byte of the alphabet is the code point of the same number. */
void hr_task_add_byte(hr_buffer *json, unsigned char c) {
    if (c < 0x20 || c >= 0x7f) hr_buffer_print(json, "\\u%04x", c);
    else if (c == '"' || c == '\\') hr_buffer_print(json, "\\%c", c);
    else hr_buffer_print(json, "%c", c);
}

char *hr_task_to_json(const hr_task *task) {
    hr_buffer json = {0};
    hr_buffer_print(&json, "{\"task\": \"%s\"", task->ops->name);
    if (task->declared) {
        hr_declared_write_json(task, &json);
    } else if (!strcmp(task->ops->name, "arc") && task->rows == HR_ARC_SIDE) {
        hr_buffer_print(&json, "}");
    } else if (!strcmp(task->ops->name, "maze") || !strcmp(task->ops->name, "arc")) {
        hr_buffer_print(&json, ", \"side\": %d}", task->rows);
    } else if (task->box_rows) {
        hr_buffer_print(&json, ", \"box_rows\": %d, \"box_cols\": %d}", task->box_rows,
                        task->box_cols);
    } else {
        hr_buffer_print(&json, ", \"rows\": %d, \"cols\": %d, \"alphabet\": \"", task->rows,
                        task->cols);
        for (int t = 1; t < task->vocab; t++)
            hr_task_add_byte(&json, (unsigned char)task->alphabet[t]);
        hr_buffer_print(&json, "\"}");
    }
    if (json.failed) hr_buffer_free(&json);
    return json.text;
}

bool hr_task_read_bytes(const char *utf8, char *bytes, size_t most, size_t *count) {
    size_t n = 0;
    for (const unsigned char *p = (const unsigned char *)utf8; *p; p++) {
        unsigned c = *p;
        if (c >= 0x80) {
            if (c > 0xc3 || c < 0xc2) return false;
            c = (c & 3) << 6 | (*++p & 0x3f);
        }
        if (n == most) return false;
        bytes[n++] = (char)c;
    }
    *count = n;
    return true;
}

static bool fits_int(json_int_t v) {
    return v >= 0 && v <= LENGTH_MAX;
}

static hr_status read_json(json_t *root, hr_task *out) {
    const char *name, *utf8;
    json_int_t a, b;
    json_error_t error;
    json_t *own = json_object_get(root, "keys");
    if (own) return hr_declared_read_json(own, out);
    if (!json_unpack_ex(root, &error, 0, "{s:s,s:I,s:I!}", "task", &name, "box_rows", &a,
                        "box_cols", &b)) {
        if (!strcmp(name, "sudoku") && fits_int(a) && fits_int(b))
            return hr_task_sudoku((int)a, (int)b, out);
    } else if (!json_unpack_ex(root, &error, 0, "{s:s,s:I,s:I,s:s!}", "task", &name, "rows", &a,
                               "cols", &b, "alphabet", &utf8)) {
        char alphabet[255];
        size_t symbols;
        if (!strcmp(name, "grid") && fits_int(a) && fits_int(b) &&
            hr_task_read_bytes(utf8, alphabet, sizeof alphabet, &symbols))
            return hr_task_grid((int)a, (int)b, alphabet, symbols, out);
    } else if (!json_unpack_ex(root, &error, 0, "{s:s,s:I!}", "task", &name, "side", &a)) {
        if (!strcmp(name, "maze") && fits_int(a)) return hr_task_maze((int)a, out);
        if (!strcmp(name, "arc") && fits_int(a)) return hr_task_arc((int)a, out);
    } else if (!json_unpack_ex(root, &error, 0, "{s:s!}", "task", &name) && !strcmp(name, "arc")) {
        return hr_task_arc(HR_ARC_SIDE, out);
    }
    return hr_fail(HR_ERR_FORMAT,
                   "none of sudoku (task, box_rows, box_cols), maze (task, side), arc (task; side "
                   "where it is not 30) and grid (task, rows, cols, alphabet)");
}

hr_status hr_task_from_json(const char *text, hr_task *out) {
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!root && json_error_code(&error) == json_error_out_of_memory)
        return hr_fail(HR_ERR_MEM, "out of memory while reading a task's description");
    if (!root)
        return hr_fail(HR_ERR_FORMAT, "the task's description, line %d, column %d: %s", error.line,
                       error.column, error.text);
    hr_status status = read_json(root, out);
    json_decref(root);
    return status == HR_OK ? HR_OK : hr_fail_in(HR_ERR_FORMAT, "the task's description");
}

bool hr_task_equal(const hr_task *a, const hr_task *b) {
    return a->ops == b->ops && a->seq == b->seq && a->rows == b->rows && a->cols == b->cols &&
           a->vocab == b->vocab && a->box_rows == b->box_rows && a->box_cols == b->box_cols &&
           !memcmp(a->alphabet, b->alphabet, sizeof a->alphabet) &&
           hr_declared_equal(a->declared, b->declared);
}
