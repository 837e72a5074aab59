/* arc_like_objects.c - generated tasks about objects: their colours, sizes and shapes, where they
 * move, what is cut out or put around. */
#include "data/arc_like_objects.h"

enum { BOXES_MAX = 16 };

/* Adds shapes of the colours low..high, as many as there is room for, at least `fewest`. Returns
 * how many; 0: too few. */
static int add_some(hr_kit *k, hr_kit_kind kind, int size, int colour, hr_kit_box *box) {
    int n = 0, want = least(hr_kit_some(k, 2, 4), BOXES_MAX), low = kind == HR_KIT_FRAME ? 3 : 2;
    while (n < want && hr_kit_add(k, kind, low, size, colour ? colour : draw(k, 2, 9), &box[n]))
        n++;
    return n > 1 ? n : 0;
}

/* A shape's place in another grid. */
static void stamp(const grid *in, const hr_kit_box *b, int r, int c, grid *out) {
    grid shape;
    hr_kit_crop(in, b->r, b->c, b->rows, b->cols, &shape);
    hr_kit_paste(out, r, c, &shape);
}

/* Recolours a shape. */
static void dye(grid *g, const hr_kit_box *b, int colour) {
    for (int r = b->r; r < b->r + b->rows; r++)
        for (int c = b->c; c < b->c + b->cols; c++)
            if (at(g, r, c)) put(g, r, c, colour);
}

/* ---- moved ----------------------------------------------------------------------------------- */

/* Single cells fall; cells of colour 1 stay where they are. */
static bool gravity(hr_kit *k, grid *in, grid *out) {
    int shelves = rule(k, 0, 1);
    hr_kit_scene(k, 5, k->side);
    for (int i = shelves ? hr_kit_some(k, 1, 3) : 0; i > 0; i--)
        hr_kit_rect(in, draw(k, 2, in->rows - 1), draw(k, 0, in->cols - 2), 1, draw(k, 2, 4), 1);
    EACH_CELL (in, r, c)
        if (!at(in, r, c) && chance(k, 15)) put(in, r, c, draw(k, 2, 9));
    hr_kit_blank(out, in->rows, in->cols, 0);
    for (int c = 0; c < in->cols; c++)
        for (int r = in->rows - 1, floor = in->rows; r >= 0; r--) {
            if (!at(in, r, c)) continue;
            floor = at(in, r, c) == 1 ? r : floor - 1;
            put(out, floor, c, at(in, r, c));
        }
    return true;
}

/* Shapes slide to the side that has a wall. */
static bool slide(hr_kit *k, grid *in, grid *out) {
    grid shape;
    hr_kit_scene(k, 7, k->side);
    hr_kit_blank(out, in->rows, in->cols, 0);
    for (int c = draw(k, 0, 1); c < in->cols - 2; c += shape.cols + draw(k, 1, 2)) {
        hr_kit_blob(k, draw(k, 1, 3), draw(k, 1, 3), draw(k, 2, 6), draw(k, 2, 9), &shape);
        if (c + shape.cols > in->cols) break;
        hr_kit_paste(in, draw(k, 0, in->rows - shape.rows - 2), c, &shape);
        hr_kit_paste(out, in->rows - shape.rows - 1, c, &shape);
    }
    hr_kit_rect(in, in->rows - 1, 0, 1, in->cols, 1);
    hr_kit_rect(out, in->rows - 1, 0, 1, in->cols, 1);
    hr_kit_spin(k);
    return true;
}

/* Shapes move by a step that belongs to their colour; colour 3 stays. */
static bool move_by(hr_kit *k, grid *in, grid *out) {
    int step[4] = {0, rule(k, 0, 7), rule(k, 0, 7)}, length[4] = {0, rule(k, 1, 2), rule(k, 1, 2)};
    hr_kit_scene(k, 7, k->side);
    hr_kit_blank(out, in->rows, in->cols, 0);
    for (int i = hr_kit_some(k, 2, 3); i > 0; i--) {
        hr_kit_box b, moved;
        int colour = draw(k, 1, 3);
        if (!hr_kit_add(k, HR_KIT_BLOB, 1, 3, colour, &b)) return false;
        moved = b;
        moved.r += length[colour] * hr_kit_dr[step[colour]];
        moved.c += length[colour] * hr_kit_dc[step[colour]];
        if (!hr_kit_free(out, &moved, 0)) return false;
        stamp(in, &b, moved.r, moved.c, out);
        show(k, colour);
    }
    return true;
}

/* A shape is repeated to the border, at a distance that the task has. */
static bool repeat_shape(hr_kit *k, grid *in, grid *out) {
    int gap = rule(k, 0, 2), top = 0;
    grid shape;
    hr_kit_scene(k, 6, k->side);
    *out = *in;
    for (int i = draw(k, 1, 3); i > 0; i--, top += shape.rows + draw(k, 1, 2)) {
        hr_kit_blob(k, draw(k, 1, 3), draw(k, 2, 3), draw(k, 2, 7), draw(k, 1, 9), &shape);
        if (top + shape.rows > in->rows) break;
        int first = draw(k, 0, 2);
        hr_kit_paste(in, top, first, &shape);
        for (int c = first; c < in->cols; c += shape.cols + gap) hr_kit_paste(out, top, c, &shape);
    }
    return true;
}

/* A line is a mirror: what is on its one side appears on the other. */
static bool mirror_line(hr_kit *k, grid *in, grid *out) {
    int dyed = rule(k, 0, 1);
    hr_kit_box box[BOXES_MAX];
    hr_kit_scene(k, 4, least(k->side, 14));
    int rows = least(2 * in->rows, k->side), cols = least(in->cols, (k->side - 1) / 2);
    hr_kit_blank(in, rows, cols, 0);
    if (!add_some(k, HR_KIT_BLOB, 3, 0, box)) return false;
    grid half = *in;
    hr_kit_blank(in, rows, 2 * cols + 1, 0);
    hr_kit_rect(in, 0, cols, rows, 1, 1);
    hr_kit_paste(in, 0, 0, &half);
    *out = *in;
    EACH_CELL (&half, r, c)
        if (at(&half, r, c)) put(out, r, 2 * cols - c, dyed ? 1 : at(&half, r, c));
    return true;
}

/* Square blocks are turned where they are. */
static bool spin_blocks(hr_kit *k, grid *in, grid *out) {
    int code = rule(k, 1, 7), n = draw(k, 2, 3);
    hr_kit_box b;
    hr_kit_scene(k, 7, k->side);
    hr_kit_blank(out, in->rows, in->cols, 0);
    for (int i = hr_kit_some(k, 1, 3); i > 0; i--) {
        grid block;
        int hue[2];
        hr_kit_distinct(k, 1, 9, 2, hue);
        hr_kit_blank(&block, n, n, hue[0]);
        EACH_CELL (&block, r, c)
            if (chance(k, 40)) put(&block, r, c, hue[1]);
        if (!hr_kit_place(k, &block, 1, &b)) return false;
        hr_kit_turn(&block, code);
        hr_kit_paste(out, b.r, b.c, &block);
    }
    return true;
}

/* ---- recoloured ------------------------------------------------------------------------------ */

/* Shapes get a colour by how many cells they have. */
static bool size_colour(hr_kit *k, grid *in, grid *out) {
    int most = rule(k, 3, 5);
    hr_kit_scene(k, 6, k->side);
    hr_kit_blank(out, in->rows, in->cols, 0);
    for (int i = hr_kit_some(k, 2, 4); i > 0; i--) {
        grid shape;
        hr_kit_box b;
        int n = draw(k, 1, most);
        hr_kit_blob(k, 3, 3, n, 9, &shape);
        if (!hr_kit_place(k, &shape, 1, &b)) return false;
        hr_kit_swap(&shape, 9, n);
        hr_kit_paste(out, b.r, b.c, &shape);
        show(k, n);
    }
    return true;
}

/* Blocks get a colour by how many holes they have. */
static bool hole_colour(hr_kit *k, grid *in, grid *out) {
    hr_kit_scene(k, 7, k->side);
    hr_kit_blank(out, in->rows, in->cols, 0);
    for (int i = hr_kit_some(k, 2, 3); i > 0; i--) {
        grid shape;
        hr_kit_box b;
        int n = draw(k, 1, 3);
        hr_kit_blank(&shape, 3, 2 * n + 1, 9);
        for (int j = 0; j < n; j++) put(&shape, 1, 2 * j + 1, 0);
        hr_kit_turn(&shape, draw(k, 0, 1));
        if (!hr_kit_place(k, &shape, 1, &b)) return false;
        hr_kit_swap(&shape, 9, n);
        hr_kit_paste(out, b.r, b.c, &shape);
        show(k, n);
    }
    return true;
}

/* Which of n boxes has the most cells, or the fewest; -1 where two have. */
static int extreme(const hr_kit_box *box, int n, bool fewest) {
    int best = 0, ties = 0;
    for (int i = 1; i < n; i++)
        if (fewest ? box[i].cells < box[best].cells : box[i].cells > box[best].cells) best = i;
    for (int i = 0; i < n; i++) ties += box[i].cells == box[best].cells;
    return n && ties == 1 ? best : -1;
}

/* Picks the largest shape or the smallest; -1: the scene is of no use. */
static int pick(hr_kit *k, hr_kit_box *box) {
    int fewest = rule(k, 0, 1), alike = rule(k, 0, 1);
    hr_kit_scene(k, 7, k->side);
    return extreme(box, add_some(k, HR_KIT_BLOB, 4, alike ? 9 : 0, box), fewest);
}

static bool dye_extreme(hr_kit *k, grid *in, grid *out) {
    hr_kit_box box[BOXES_MAX];
    int best = pick(k, box);
    *out = *in;
    if (best >= 0) dye(out, &box[best], 1);
    return best >= 0;
}

static bool keep_extreme(hr_kit *k, grid *in, grid *out) {
    hr_kit_box box[BOXES_MAX];
    int best = pick(k, box);
    hr_kit_blank(out, in->rows, in->cols, 0);
    if (best >= 0) stamp(in, &box[best], box[best].r, box[best].c, out);
    return best >= 0;
}

static bool crop_extreme(hr_kit *k, grid *in, grid *out) {
    hr_kit_box box[BOXES_MAX];
    int best = pick(k, box);
    if (best >= 0) hr_kit_crop(in, box[best].r, box[best].c, box[best].rows, box[best].cols, out);
    return best >= 0;
}

/* Shapes at the border get one colour, those within another. */
static bool border_touch(hr_kit *k, grid *in, grid *out) {
    hr_kit_box box[BOXES_MAX];
    hr_kit_scene(k, 7, least(k->side, 16));
    int n = add_some(k, HR_KIT_BLOB, 3, 9, box);
    *out = *in;
    for (int i = 0; i < n; i++) {
        const hr_kit_box *b = &box[i];
        bool touches = !b->r || !b->c || b->r + b->rows == in->rows || b->c + b->cols == in->cols;
        dye(out, b, touches ? 1 : 2);
        show(k, touches);
    }
    return n;
}

/* Blocks that are tall get one colour, wide ones another, squares a third. */
static bool orientation(hr_kit *k, grid *in, grid *out) {
    hr_kit_box box[BOXES_MAX];
    hr_kit_scene(k, 7, k->side);
    int n = add_some(k, HR_KIT_RECT, 4, 9, box);
    *out = *in;
    for (int i = 0; i < n; i++) {
        int kind = box[i].rows > box[i].cols ? 1 : box[i].rows < box[i].cols ? 2 : 3;
        dye(out, &box[i], kind);
        show(k, kind);
    }
    return n;
}

/* A cell of another colour in a shape gives the whole of it its colour. */
static bool seeded(hr_kit *k, grid *in, grid *out) {
    hr_kit_box box[BOXES_MAX];
    hr_kit_scene(k, 7, k->side);
    int n = add_some(k, HR_KIT_BLOB, 4, 1, box);
    *out = *in;
    for (int i = 0; i < n; i++) {
        int r = box[i].r + draw(k, 0, box[i].rows - 1), c = box[i].c + draw(k, 0, box[i].cols - 1);
        int colour = draw(k, 2, 9);
        show(k, at(in, r, c) == 1);
        if (!at(in, r, c)) continue;
        dye(out, &box[i], colour);
        put(in, r, c, colour);
    }
    return n;
}

/* Shapes of colour 1 get the colour of the shape that is like them. */
static bool shape_colour(hr_kit *k, grid *in, grid *out) {
    int n = draw(k, 2, 3), copies = draw(k, 1, n), hue[3];
    grid shape[3];
    hr_kit_box b;
    hr_kit_distinct(k, 2, 9, n, hue);
    hr_kit_scene(k, 8, k->side);
    hr_kit_blank(out, in->rows, in->cols, 0);
    for (int i = 0; i < n; i++) {
        hr_kit_blob(k, 3, 3, draw(k, 3, 6), 1, &shape[i]);
        for (int j = 0; j < i; j++)
            if (hr_arc_same(&shape[i], &shape[j])) return false;
    }
    for (int i = 0; i < n + copies; i++) {
        grid own = shape[i % n];
        if (i < n) hr_kit_swap(&own, 1, hue[i]);
        if (!hr_kit_place(k, &own, 1, &b)) return false;
        if (i >= n) hr_kit_swap(&own, 1, hue[i % n]);
        hr_kit_paste(out, b.r, b.c, &own);
    }
    return true;
}

/* ---- cut out --------------------------------------------------------------------------------- */

/* The shape whose colour no other has. */
static bool odd_colour(hr_kit *k, grid *in, grid *out) {
    int hue[2];
    hr_kit_box box[BOXES_MAX], odd;
    hr_kit_distinct(k, 1, 9, 2, hue);
    hr_kit_scene(k, 8, k->side);
    if (!hr_kit_add(k, HR_KIT_BLOB, 2, 4, hue[0], &odd)) return false;
    int n = add_some(k, HR_KIT_BLOB, 4, hue[1], box);
    hr_kit_crop(in, odd.r, odd.c, odd.rows, odd.cols, out);
    return n;
}

/* The shape that is not like the others. */
static bool odd_shape(hr_kit *k, grid *in, grid *out) {
    grid usual, odd;
    hr_kit_box b;
    (void)in;
    hr_kit_scene(k, 8, k->side);
    int n = hr_kit_some(k, 2, 3);
    hr_kit_blob(k, 3, 3, draw(k, 4, 7), 9, &usual);
    hr_kit_blob(k, 3, 3, draw(k, 4, 7), 9, &odd);
    if (hr_arc_same(&usual, &odd)) return false;
    for (int i = 0; i <= n; i++) {
        grid own = i ? usual : odd;
        hr_kit_swap(&own, 9, draw(k, 1, 9));
        if (!i) *out = own;
        if (!hr_kit_place(k, &own, 1, &b)) return false;
    }
    return true;
}

/* What four cells of colour 1 are the corners of, in a mess. */
static bool crop_corners(hr_kit *k, grid *in, grid *out) {
    int rows = draw(k, 6, k->side), cols = draw(k, 6, k->side);
    int h = draw(k, 4, rows), w = draw(k, 4, cols);
    int r = draw(k, 0, rows - h), c = draw(k, 0, cols - w);
    hr_kit_blank(in, rows, cols, 0);
    EACH_CELL (in, y, x)
        if (chance(k, 35)) put(in, y, x, draw(k, 2, 9));
    for (int i = 0; i < 4; i++) put(in, r + i / 2 * (h - 1), c + i % 2 * (w - 1), 1);
    hr_kit_crop(in, r + 1, c + 1, h - 2, w - 2, out);
    return true;
}

/* The block with the most cells of colour 1. */
static bool fullest_block(hr_kit *k, grid *in, grid *out) {
    int h = draw(k, 3, 4), w = draw(k, 3, 4), dots[30], most = 0;
    (void)in;
    hr_kit_scene(k, 8, k->side);
    int n = least(hr_kit_some(k, 2, 3), 6);
    hr_kit_distinct(k, 0, 7, n, dots);
    for (int i = 0; i < n; i++) {
        grid block;
        int cells[30];
        hr_kit_blank(&block, h, w, draw(k, 2, 9));
        hr_kit_distinct(k, 0, h * w - 1, dots[i], cells);
        for (int j = 0; j < dots[i]; j++) put(&block, cells[j] / w, cells[j] % w, 1);
        if (!hr_kit_place(k, &block, 1, NULL)) return false;
        if (dots[i] >= most) *out = block;
        most = most > dots[i] ? most : dots[i];
    }
    return true;
}

/* The colours of shapes from left to right. */
static bool read_colours(hr_kit *k, grid *in, grid *out) {
    int n = 0, c = draw(k, 0, 1);
    grid shape;
    hr_kit_scene(k, 6, k->side);
    hr_kit_blank(out, 1, 9, 0);
    for (; n < 9 && c < in->cols; n++, c += shape.cols + draw(k, 0, 4)) {
        int colour = draw(k, 1, 9);
        hr_kit_blob(k, draw(k, 1, 3), draw(k, 1, 3), 5, colour, &shape);
        if (c + shape.cols > in->cols) break;
        hr_kit_paste(in, draw(k, 0, in->rows - shape.rows), c, &shape);
        put(out, 0, n, colour);
        if (n && at(out, 0, n - 1) == colour) return false; /* two that touch would look as one */
    }
    out->cols = n;
    return n > 1;
}

/* ---- filled, hollowed, framed ---------------------------------------------------------------- */

/* Closed frames are filled, open ones are not. */
static bool fill_frames(hr_kit *k, grid *in, grid *out) {
    hr_kit_box box[BOXES_MAX];
    hr_kit_scene(k, 8, k->side);
    int n = add_some(k, HR_KIT_FRAME, 6, 0, box), closed = 0;
    *out = *in;
    for (int i = 0; i < n; i++) {
        const hr_kit_box *b = &box[i];
        bool open = chance(k, 35);
        int gap = b->c + draw(k, 1, b->cols - 2);
        show(k, open);
        closed += !open;
        if (!open) hr_kit_rect(out, b->r + 1, b->c + 1, b->rows - 2, b->cols - 2, 1);
        if (open) put(in, b->r, gap, 0);
        if (open) put(out, b->r, gap, 0);
    }
    return closed;
}

/* Of blocks only the edges stay. */
static bool hollow(hr_kit *k, grid *in, grid *out) {
    hr_kit_box box[BOXES_MAX];
    hr_kit_scene(k, 7, k->side);
    int n = add_some(k, HR_KIT_RECT, 6, 0, box);
    *out = *in;
    for (int i = 0; i < n; i++)
        hr_kit_rect(out, box[i].r + 1, box[i].c + 1, box[i].rows - 2, box[i].cols - 2, 0);
    return n;
}

static bool solid(hr_kit *k, grid *in, grid *out) {
    bool made = hollow(k, in, out);
    const grid full = *in;
    *in = *out;
    *out = full;
    return made;
}

/* A frame and what it holds change colours. */
static bool inside_out(hr_kit *k, grid *in, grid *out) {
    hr_kit_box box[BOXES_MAX];
    hr_kit_scene(k, 7, k->side);
    int n = add_some(k, HR_KIT_FRAME, 6, 0, box);
    *out = *in;
    for (int i = 0; i < n; i++) {
        const hr_kit_box *b = &box[i];
        int colour = b->colour % 9 + 1;
        hr_kit_rect(in, b->r + 1, b->c + 1, b->rows - 2, b->cols - 2, colour);
        hr_kit_rect(out, b->r, b->c, b->rows, b->cols, colour);
        hr_kit_rect(out, b->r + 1, b->c + 1, b->rows - 2, b->cols - 2, b->colour);
    }
    return n;
}

/* Blocks get colour 1 in those of their cells that `inlaid` says. */
static bool inlay(hr_kit *k, bool (*inlaid)(int r, int c, int rows, int cols, int variant)) {
    int variant = rule(k, 0, 1);
    hr_kit_box box[BOXES_MAX];
    hr_kit_scene(k, 7, k->side);
    int n = add_some(k, HR_KIT_RECT, 7, 0, box);
    k->out = k->in;
    for (int i = 0; i < n; i++)
        for (int r = 0; r < box[i].rows; r++)
            for (int c = 0; c < box[i].cols; c++)
                if (inlaid(r, c, box[i].rows, box[i].cols, variant))
                    put(&k->out, box[i].r + r, box[i].c + c, 1);
    return n;
}

/* How far from the edge a cell lies. */
static int depth(int r, int c, int rows, int cols) {
    return least(least(r, rows - 1 - r), least(c, cols - 1 - c));
}
static bool is_odd(int r, int c, int rows, int cols, int variant) {
    (void)rows, (void)cols;
    return (r + c) % 2 == variant;
}
static bool is_ring(int r, int c, int rows, int cols, int variant) {
    return depth(r, c, rows, cols) % 2 == variant;
}
static bool is_edge(int r, int c, int rows, int cols, int variant) {
    return (depth(r, c, rows, cols) > 0) == (variant > 0);
}
static bool is_corner(int r, int c, int rows, int cols, int variant) {
    bool corner = (!r || r == rows - 1) && (!c || c == cols - 1);
    return variant ? !depth(r, c, rows, cols) && !corner : corner;
}
static bool checkered(hr_kit *k, grid *in, grid *out) {
    (void)in, (void)out;
    return inlay(k, is_odd);
}
static bool ringed(hr_kit *k, grid *in, grid *out) {
    (void)in, (void)out;
    return inlay(k, is_ring);
}
static bool edged(hr_kit *k, grid *in, grid *out) {
    (void)in, (void)out;
    return inlay(k, is_edge);
}
static bool cornered(hr_kit *k, grid *in, grid *out) {
    (void)in, (void)out;
    return inlay(k, is_corner);
}

/* Shapes get a border of colour 1 on the ground around them: by sides, by corners, or by both. */
static bool outline(hr_kit *k, grid *in, grid *out) {
    int how = rule(k, 1, 3);
    hr_kit_box box[BOXES_MAX];
    hr_kit_scene(k, 6, k->side);
    int n = add_some(k, HR_KIT_BLOB, 3, 0, box);
    *out = *in;
    EACH_CELL (in, r, c)
        for (int d = how == 2 ? 4 : 0; d < (how == 1 ? 4 : 8) && !at(in, r, c); d++)
            if (at(in, r + hr_kit_dr[d], c + hr_kit_dc[d]) > 0) put(out, r, c, 1);
    return n;
}

/* The box around each shape is filled up with colour 1. */
static bool fill_box(hr_kit *k, grid *in, grid *out) {
    hr_kit_box box[BOXES_MAX];
    hr_kit_scene(k, 7, k->side);
    int n = add_some(k, HR_KIT_BLOB, 5, 0, box);
    *out = *in;
    for (int i = 0; i < n; i++) {
        hr_kit_rect(out, box[i].r, box[i].c, box[i].rows, box[i].cols, 1);
        stamp(in, &box[i], box[i].r, box[i].c, out);
    }
    return n;
}

/* A frame of colour 1 around each shape. */
static bool frame_shapes(hr_kit *k, grid *in, grid *out) {
    hr_kit_box box[BOXES_MAX];
    hr_kit_scene(k, 8, k->side);
    int n = add_some(k, HR_KIT_BLOB, 3, 0, box);
    *out = *in;
    for (int i = 0; i < n; i++)
        hr_kit_frame(out, box[i].r - 1, box[i].c - 1, box[i].rows + 2, box[i].cols + 2, 1);
    return n;
}

/* Blocks throw a shadow of colour 1. */
static bool shadow(hr_kit *k, grid *in, grid *out) {
    hr_kit_scene(k, 7, k->side);
    *out = *in;
    for (int i = hr_kit_some(k, 2, 4); i > 0; i--) {
        int colour = draw(k, 2, 9);
        hr_kit_box b = {.rows = draw(k, 2, 5), .cols = draw(k, 2, 5)};
        if (!hr_kit_find(k, &b, 1)) return false;
        hr_kit_rect(in, b.r, b.c, b.rows - 1, b.cols - 1, colour);
        hr_kit_rect(out, b.r + 1, b.c + 1, b.rows - 1, b.cols - 1, 1);
        hr_kit_rect(out, b.r, b.c, b.rows - 1, b.cols - 1, colour);
    }
    return true;
}

/* Single cells of colour 1 are no part of the picture, on ground or on blocks. */
static bool denoise(hr_kit *k, grid *in, grid *out) {
    int share = rule(k, 3, 10);
    hr_kit_box box[BOXES_MAX];
    hr_kit_scene(k, 7, k->side);
    int n = add_some(k, HR_KIT_RECT, 6, 0, box);
    *out = *in;
    EACH_CELL (in, r, c) {
        if (!chance(k, share)) continue;
        put(in, r, c, 1);
        show(k, at(out, r, c) > 0);
    }
    return n;
}

#define FAMILIES(X)                                                                                \
    X(gravity), X(slide), X(move_by), X(repeat_shape), X(mirror_line), X(spin_blocks),             \
        X(size_colour), X(hole_colour), X(dye_extreme), X(keep_extreme), X(crop_extreme),          \
        X(border_touch), X(orientation), X(seeded), X(shape_colour), X(odd_colour), X(odd_shape),  \
        X(crop_corners), X(fullest_block), X(read_colours), X(fill_frames), X(hollow), X(solid),   \
        X(inside_out), X(checkered), X(ringed), X(edged), X(cornered), X(outline), X(fill_box),    \
        X(frame_shapes), X(shadow), X(denoise)

const hr_kit_family hr_arc_like_objects[] = {FAMILIES(HR_KIT_FAMILY), {NULL, NULL}};
