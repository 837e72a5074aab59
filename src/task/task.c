/* task.c - what all puzzle families share: telling a family from data, JSON, pictures in text. */
#include "task/task.h"

#include <string.h>

#include <jansson.h>

#include "base/mem.h"
#include "base/text.h"
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

size_t hr_task_text_size(const hr_task *task) {
    return (size_t)task->seq + (size_t)task->rows + 1; /* a separator may end each row */
}

/* ---- telling the task from the data -----------------------------------------------------------
 */

static int root_of(size_t n) {
    int root = 1;
    while ((size_t)root * (size_t)root < n) root++;
    return (size_t)root * (size_t)root == n ? root : 0;
}

static hr_status sudoku_of_length(size_t length, hr_task *out) {
    int side = root_of(length);
    if (side == 4) return hr_task_sudoku(2, 2, out);
    if (side == 6) return hr_task_sudoku(2, 3, out);
    if (side == 9) return hr_task_sudoku(3, 3, out);
    return HR_ERR_TASK;
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
    if (question_size > survey->length) survey->length = question_size;
    if (answer_size > survey->length) survey->length = answer_size;
    if (!survey->not_sudoku)
        survey->not_sudoku =
            question_size != answer_size || !is_sudoku(question, answer, question_size);
    return HR_OK;
}

hr_status hr_task_survey_end(const hr_task_survey *survey, hr_task *out) {
    /* The published order of the maze's characters, which pretrained models rely on. */
    static const char maze[] = "# SGo";
    char alphabet[256];
    size_t symbols = 0;
    bool is_maze = survey->seen['#'] && survey->seen['S'] && survey->seen['G'];
    if (!survey->pairs)
        return hr_fail(HR_ERR_TASK, "no puzzle to tell the task from; the data are empty");
    if (!survey->not_sudoku) return sudoku_of_length(survey->length, out);
    for (int c = 1; c < 256; c++) {
        if (!survey->seen[c]) continue;
        alphabet[symbols++] = (char)c;
        if (!strchr(maze, c)) is_maze = false;
    }
    int side = root_of(survey->length);
    int rows = side ? side : 1, cols = side ? side : (int)survey->length;
    if (is_maze && side) return hr_task_grid(rows, cols, maze, sizeof maze - 1, out);
    return hr_task_grid(rows, cols, alphabet, symbols, out);
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
    }
    return hr_fail(HR_ERR_FORMAT, "neither a Sudoku (task, box_rows, box_cols) nor a grid (task, "
                                  "rows, cols, alphabet)");
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

/* ---- drawing ----------------------------------------------------------------------------------
 */

static void add_rule(hr_buffer *out, const hr_task *task) {
    for (int c = 0; c < task->cols; c++) {
        if (c && c % task->box_cols == 0) hr_buffer_add(out, "+-", 2);
        hr_buffer_add(out, "--", c + 1 < task->cols ? 2 : 1);
    }
    hr_buffer_add(out, "\n", 1);
}

char *hr_task_draw(const hr_task *task, const uint8_t *question, const uint8_t *tokens,
                   bool colour) {
    hr_buffer out = {0};
    if (task->declared) return hr_declared_draw(task, question, tokens, colour);
    char *text = hr_alloc(hr_task_text_size(task));
    if (!text) return NULL;
    task->ops->format(task, tokens, text);
    for (int i = 0; i < task->seq; i++) {
        int r = i / task->cols, c = i % task->cols;
        if (task->box_cols) {
            if (c == 0 && r && r % task->box_rows == 0) add_rule(&out, task);
            if (c && c % task->box_cols == 0) hr_buffer_add(&out, "| ", 2);
        }
        bool marked = colour && question && question[i] != tokens[i];
        if (marked) hr_buffer_print(&out, "\033[1;32m");
        hr_buffer_add(&out, text + i, 1);
        if (marked) hr_buffer_print(&out, "\033[0m");
        if (c + 1 == task->cols) hr_buffer_add(&out, "\n", 1);
        else if (task->box_cols) hr_buffer_add(&out, " ", 1);
    }
    hr_free(text);
    if (out.failed) hr_buffer_free(&out);
    return out.text;
}
