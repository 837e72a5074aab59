/* draw.c - grids as lines of text, with rules of dashes between boxes. */
#include "task/draw.h"

#include "base/text.h"
#include "task/lines.h"

enum { CHANGED = 0x0a7d32 }; /* green ink */

hr_look hr_task_look(const hr_task *task, uint8_t token, bool changed) {
    char c = task->alphabet[token < task->vocab ? token : 0];
    hr_look look = {.fill = 0xffffff, .ink = changed ? CHANGED : 0, .glyph = c == ' ' ? 0 : c};
    if (task->box_cols && !(token > 1 && token < task->vocab)) look.glyph = 0; /* an open cell */
    if (task->ops->look) task->ops->look(task, token, &look);
    return look;
}

void hr_task_extent(const hr_task *task, const uint8_t *tokens, int *rows, int *cols) {
    *rows = *cols = 0;
    if (task->ops->extent) task->ops->extent(task, tokens, rows, cols);
    if (*rows) return;
    *rows = *cols = 1;
    for (int i = 0; i < task->seq; i++) {
        if (hr_task_look(task, tokens[i], false).nothing) continue;
        *rows = i / task->cols + 1;
        if (i % task->cols >= *cols) *cols = i % task->cols + 1;
    }
}

static void add_rule(hr_buffer *out, const hr_task *task) {
    for (int c = 0; c < task->cols; c++) {
        if (c && c % task->box_cols == 0) hr_buffer_add(out, "+-", 2);
        hr_buffer_add(out, "--", c + 1 < task->cols ? 2 : 1);
    }
    hr_buffer_add(out, "\n", 1);
}

/* The line above row r: dashes where the region above is another. */
static void add_border(hr_buffer *out, const hr_task *task, int r) {
    const char *region = task->region + r * task->cols;
    bool any = false;
    for (int c = 0; c < task->cols; c++) any |= region[c] != region[c - task->cols];
    for (int c = 0; any && c < task->cols; c++) {
        bool here = region[c] != region[c - task->cols];
        bool next = c + 1 < task->cols && region[c + 1] != region[c + 1 - task->cols];
        hr_buffer_print(out, "%c%s", here ? '-' : ' ',
                        c + 1 == task->cols ? "\n"
                        : here && next      ? "-"
                                            : " ");
    }
}

/* The nearest of the 6 x 6 x 6 colours that every terminal with colours has. */
static int ansi_of(uint32_t rgb) {
    int code = 16;
    for (int shift = 16, weight = 36; shift >= 0; shift -= 8, weight /= 6) {
        int v = (int)(rgb >> shift & 0xff);
        code += weight * (v < 48 ? 0 : v < 115 ? 1 : (v - 35) / 40);
    }
    return code;
}

/* A cell two characters wide, which makes it about square. */
static void add_painted(hr_buffer *out, const hr_look *look) {
    if (look->nothing) {
        hr_buffer_add(out, "  ", 2);
        return;
    }
    hr_buffer_print(out, "\033[48;5;%d;38;5;%dm%c \033[0m", ansi_of(look->fill), ansi_of(look->ink),
                    look->glyph ? look->glyph : ' ');
}

/* A cell as its character; in boxes a blank or, where it differs and is marked, a star after it. */
static void add_plain(hr_buffer *out, const hr_task *task, int i, char c, bool differs,
                      hr_draw how) {
    bool paint = differs && how == HR_DRAW_COLOUR;
    bool star = differs && how == HR_DRAW_MARKED && task->box_cols;
    if (paint) hr_buffer_print(out, "\033[1;32m");
    hr_buffer_add(out, &c, 1);
    if (paint) hr_buffer_print(out, "\033[0m");
    if (star || (task->box_cols && (i + 1) % task->cols)) hr_buffer_add(out, star ? "*" : " ", 1);
}

/* Beside a drawn line: a star for each of its cells that differs, nothing when none does. */
static void add_marks(hr_buffer *out, int cols, const uint8_t *question, const uint8_t *tokens) {
    bool any = false;
    for (int c = 0; c < cols; c++) any |= question[c] != tokens[c];
    if (any) hr_buffer_add(out, "  ", 2);
    for (int c = 0; any && c < cols; c++)
        hr_buffer_add(out, question[c] != tokens[c] ? "*" : ".", 1);
}

char *hr_task_draw(const hr_task *task, const uint8_t *question, const uint8_t *tokens,
                   hr_draw how) {
    const bool painted = how == HR_DRAW_COLOUR && task->ops->look && !task->declared;
    hr_buffer out = {0};
    char unknown = hr_task_unknown_or_mark(task);
    int rows = task->rows, cols = task->cols;
    if (!task->padding) hr_task_extent(task, tokens, &rows, &cols);
    for (int i = 0; i < rows * task->cols; i++) {
        int r = i / task->cols, c = i % task->cols;
        char glyph = task->alphabet[tokens[i] < task->vocab ? tokens[i] : 0];
        if (task->box_cols && c == 0 && r && r % task->box_rows == 0) add_rule(&out, task);
        if (task->box_cols && c && c % task->box_cols == 0) hr_buffer_add(&out, "| ", 2);
        if (task->region && r && !c) add_border(&out, task, r);
        if (task->region && c)
            hr_buffer_add(&out, task->region[i] == task->region[i - 1] ? " " : "|", 1);
        hr_look look = hr_task_look(task, tokens[i], false);
        if (c < cols && painted) add_painted(&out, &look);
        else if (c < cols)
            add_plain(&out, task, i,
                      look.nothing ? ' '
                      : glyph      ? glyph
                                   : unknown,
                      question && question[i] != tokens[i], how);
        if (c + 1 < task->cols) continue;
        if (how == HR_DRAW_MARKED && question && !task->box_cols)
            add_marks(&out, cols, question + i - c, tokens + i - c);
        hr_buffer_add(&out, "\n", 1);
    }
    if (out.failed) hr_buffer_free(&out);
    return out.text;
}
