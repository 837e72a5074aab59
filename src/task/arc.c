/* arc.c - ARC grids as a task: views, tokens, crops. Finding a puzzle's rule is the puzzle, so that
 * answers cannot be checked here; see arc_vote.h for what scores them. */
#include "task/arc.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "task/dihedral.h"
#include "task/family.h"
#include "task/grid.h"

enum { MARKER = 1, FIRST = 2 };

const hr_arc_view hr_arc_plain = {0, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}};

bool hr_arc_same(const hr_arc_grid *a, const hr_arc_grid *b) {
    return a->rows == b->rows && a->cols == b->cols &&
           !memcmp(a->cell, b->cell, (size_t)(a->rows * a->cols));
}

json_t *hr_arc_grid_json(const hr_arc_grid *g) {
    json_t *rows = json_array();
    bool ok = rows;
    for (int r = 0; r < g->rows; r++) {
        json_t *row = json_array();
        for (int c = 0; c < g->cols; c++)
            ok &= !json_array_append_new(row, json_integer(g->cell[r * g->cols + c]));
        ok &= !json_array_append_new(rows, row);
    }
    if (!ok) json_decref(rows);
    return ok ? rows : NULL;
}

hr_arc_view hr_arc_view_draw(hr_rng rng, unsigned free) {
    uint32_t order[HR_ARC_COLOURS], colour[HR_ARC_COLOURS], n = 0;
    hr_arc_view view = hr_arc_plain;
    view.code = (uint8_t)hr_rng_below(hr_rng_sub(rng, 0), 0, HR_DIHEDRAL);
    for (uint32_t i = 0; i < HR_ARC_COLOURS; i++)
        if (free >> i & 1) colour[n++] = i;
    hr_rng_permutation(hr_rng_sub(rng, 1), order, n);
    for (uint32_t i = 0; i < n; i++) view.colour[colour[i]] = (uint8_t)colour[order[i]];
    return view;
}

/* Recolours, then reorients. colour: the new one of each of the ten. */
static void reorient(int code, const uint8_t *colour, const hr_arc_grid *in, hr_arc_grid *out) {
    bool transposes = hr_dihedral_transposes(code);
    hr_dihedral_map map = hr_dihedral_map_of(code, in->rows, in->cols);
    out->rows = transposes ? in->cols : in->rows;
    out->cols = transposes ? in->rows : in->cols;
    for (int r = 0, i = 0; r < out->rows; r++)
        for (int c = 0; c < out->cols; c++, i++)
            out->cell[i] = colour[in->cell[map.first + r * map.down + c * map.right]];
}

void hr_arc_apply(const hr_arc_view *view, const hr_arc_grid *in, hr_arc_grid *out) {
    reorient(view->code, view->colour, in, out);
}

void hr_arc_undo(const hr_arc_view *view, const hr_arc_grid *in, hr_arc_grid *out) {
    uint8_t back[HR_ARC_COLOURS] = {0};
    for (int i = 0; i < HR_ARC_COLOURS; i++) back[view->colour[i]] = (uint8_t)i;
    reorient(hr_dihedral_inverse(view->code), back, in, out);
}

/* ---- names ----------------------------------------------------------------------------------- */

void hr_arc_name_print(hr_buffer *out, const char *id, const hr_arc_view *view) {
    hr_buffer_print(out, "%s", id);
    if (!memcmp(view, &hr_arc_plain, sizeof *view)) return;
    char digits[HR_ARC_COLOURS + 1] = {0};
    for (int i = 0; i < HR_ARC_COLOURS; i++) digits[i] = (char)('0' + view->colour[i]);
    hr_buffer_print(out, "|||t%d|||%s", view->code, digits);
}

/* The tail of a name: "t3" `between` ten digits that are a permutation. */
static bool read_tail(const char *tail, const char *between, hr_arc_view *view) {
    size_t n = strlen(between);
    unsigned seen = 0;
    if (tail[0] != 't' || tail[1] < '0' || tail[1] > '7' || strncmp(tail + 2, between, n))
        return false;
    view->code = (uint8_t)(tail[1] - '0');
    for (int i = 0; i < HR_ARC_COLOURS; i++) {
        char c = tail[2 + n + (size_t)i];
        if (c < '0' || c > '9') return false;
        view->colour[i] = (uint8_t)(c - '0');
        seen |= 1u << (c - '0');
    }
    return seen == 0x3ff && !tail[2 + n + HR_ARC_COLOURS];
}

size_t hr_arc_name_read(const char *name, hr_arc_view *view) {
    static const char *const separator[] = {"|||", "_"}; /* TRM's builder, HRM's */
    for (int i = 0; i < 2; i++) {
        size_t n = strlen(separator[i]), tail = 2 + n + HR_ARC_COLOURS, size = strlen(name);
        if (size <= n + tail) continue;
        const char *at = name + size - tail;
        if (!strncmp(at - n, separator[i], n) && read_tail(at, separator[i], view))
            return size - tail - n;
    }
    *view = hr_arc_plain;
    return strlen(name);
}

/* ---- tokens ---------------------------------------------------------------------------------- */

void hr_arc_encode(const hr_arc_grid *grid, int row, int col, int side, uint8_t *tokens) {
    memset(tokens, 0, (size_t)(side * side));
    for (int r = 0; r < grid->rows; r++) {
        uint8_t *line = tokens + (row + r) * side + col;
        for (int c = 0; c < grid->cols; c++)
            line[c] = (uint8_t)(grid->cell[r * grid->cols + c] + FIRST);
        if (col + grid->cols < side) line[grid->cols] = MARKER;
    }
    if (row + grid->rows < side)
        memset(tokens + (row + grid->rows) * side + col, MARKER, (size_t)grid->cols);
}

void hr_arc_encode_boxed(const hr_arc_grid *grid, int rows, int cols, int side, uint8_t *tokens) {
    memset(tokens, 0, (size_t)(side * side));
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < cols; c++)
            tokens[r * side + c] =
                (uint8_t)(r < grid->rows && c < grid->cols ? grid->cell[r * grid->cols + c] + FIRST
                                                           : MARKER);
}

static bool is_colour(uint8_t token) {
    return token >= FIRST && token < HR_ARC_VOCAB;
}

void hr_arc_crop(const uint8_t *tokens, int side, hr_arc_grid *out) {
    int width = side, best = 0;
    out->rows = out->cols = 0;
    for (int rows = 1; rows <= side && width; rows++) {
        int c = 0;
        while (c < width && is_colour(tokens[(rows - 1) * side + c])) c++;
        width = c;
        if (rows * width <= best) continue;
        best = rows * width;
        out->rows = rows;
        out->cols = width;
    }
    for (int i = 0; i < best; i++)
        out->cell[i] = (uint8_t)(tokens[i / out->cols * side + i % out->cols] - FIRST);
}

/* ---- the task -------------------------------------------------------------------------------- */

static hr_verdict check(const hr_task *task, const uint8_t *question, const uint8_t *answer,
                        char *why, size_t why_size) {
    hr_arc_grid grid;
    (void)question;
    hr_arc_crop(answer, task->cols, &grid);
    if (why && why_size)
        snprintf(why, why_size, "%s",
                 grid.rows ? "the rule of a puzzle is not known; votes and solutions tell"
                           : "there is no grid at the top left");
    return grid.rows ? HR_UNKNOWN : HR_INCOMPLETE;
}

/* Whether the coloured cells fill one rectangle, wherever it lies; exact: and all other tokens are
 * as encoding that rectangle leaves them. */
static bool is_grid(const uint8_t *tokens, int side, bool exact) {
    int top = side, left = side, bottom = -1, right = -1, colours = 0;
    hr_arc_grid grid;
    uint8_t again[HR_ARC_SEQ];
    for (int i = 0; i < side * side; i++) {
        if (!is_colour(tokens[i])) continue;
        int r = i / side, c = i % side;
        grid.cell[colours] = (uint8_t)(tokens[i] - FIRST);
        top = r < top ? r : top;
        bottom = r;
        left = c < left ? c : left;
        right = c > right ? c : right;
        colours++;
    }
    if (!colours || colours != (bottom - top + 1) * (right - left + 1)) return false;
    if (!exact) return true;
    grid.rows = bottom - top + 1;
    grid.cols = right - left + 1;
    hr_arc_encode(&grid, top, left, side, again);
    return !memcmp(again, tokens, (size_t)(side * side));
}

static bool is_blank(const uint8_t *tokens, int side) {
    return !tokens[0] && !memcmp(tokens, tokens + 1, (size_t)(side * side - 1));
}

/* Data of 900 cells are hardly ever anything else. Smaller canvases may be, so there both grids
 * must be exactly as encoded; an unknown answer is all padding. */
static bool fits(const hr_task *task, const uint8_t *question, const uint8_t *answer) {
    int side = task->cols;
    if (side == HR_ARC_SIDE) return is_grid(question, side, false);
    return is_grid(question, side, true) && (is_blank(answer, side) || is_grid(answer, side, true));
}

static void extent(const hr_task *task, const uint8_t *tokens, int *rows, int *cols) {
    hr_arc_grid grid;
    hr_arc_crop(tokens, task->cols, &grid);
    *rows = grid.rows;
    *cols = grid.cols;
}

/* The colours of the ARC Prize's own pages. */
static void look(const hr_task *task, uint8_t token, hr_look *out) {
    static const uint32_t colour[HR_ARC_COLOURS] = {0x000000, 0x0074d9, 0xff4136, 0x2ecc40,
                                                    0xffdc00, 0xaaaaaa, 0xf012be, 0xff851b,
                                                    0x7fdbff, 0x870c25};
    (void)task;
    out->glyph = 0;
    out->nothing = !is_colour(token);
    if (is_colour(token)) out->fill = colour[token - FIRST];
}

static hr_status of_length(size_t cells, hr_task *out) {
    return hr_task_arc(hr_task_side(cells), out);
}

/* No side means the published canvas. */
static void write_json(const hr_task *task, hr_buffer *json) {
    if (task->rows != HR_ARC_SIDE) hr_buffer_print(json, ", \"side\": %d", task->rows);
}

static hr_status read_json(json_t *root, hr_task *out) {
    static const char *const names[] = {"side"};
    int side = HR_ARC_SIDE, given = json_object_get(root, "side") != NULL;
    hr_status status = hr_task_read_sizes(root, names, given, 0, &side);
    return status ? status : hr_task_arc(side, out);
}

const hr_task_ops hr_family_arc = {
    .name = "arc",
    .voted = true,
    .padded = true,
    .of_length = of_length,
    .shows = '_', /* its padding: digits alone may be anything */
    .published = HR_ARC_SEQ,
    .write_json = write_json,
    .read_json = read_json,
    .parse = hr_grid_parse,
    .format = hr_grid_format,
    .check = check,
    .fits = fits,
    .extent = extent,
    .look = look,
};

hr_status hr_task_arc(int side, hr_task *out) {
    if (side < 1 || side > HR_ARC_SIDE)
        return hr_fail(HR_ERR_TASK,
                       "ARC grids on %d x %d cells are not possible; 1 to %d a side are", side,
                       side, HR_ARC_SIDE);
    *out = (hr_task){.ops = &hr_family_arc,
                     .rules = HR_RULES_NONE,
                     .seq = side * side,
                     .rows = side,
                     .cols = side,
                     .vocab = HR_ARC_VOCAB,
                     .alike = HR_ARC_COLOURS - 1}; /* colour 0 is the ground */
    memcpy(out->alphabet, "_|0123456789", HR_ARC_VOCAB);
    return HR_OK;
}
