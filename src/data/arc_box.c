/* arc_box.c - the length of a box from those of the demonstrations' grids. */
#include "data/arc_box.h"

/* Along one side: how the demonstrations' outputs compare to their inputs. */
typedef struct lengths {
    int demos;
    int first[2], longest; /* of the first demonstration's input and output; of any output */
    bool kept, fixed, scaled, shorter;
    int ratio[2]; /* the largest of output to input, as a fraction */
} lengths;

static int larger(int a, int b) {
    return a > b ? a : b;
}

static int along(const hr_arc_grid *grid, int side) {
    return side ? grid->cols : grid->rows;
}

static void add_demo(lengths *l, int in, int out) {
    if (!l->demos++) *l = (lengths){1, {in, out}, out, true, true, true, true, {out, in}};
    l->kept &= out == in;
    l->fixed &= out == l->first[1];
    l->scaled &= out * l->first[0] == in * l->first[1];
    l->shorter &= out <= in;
    l->longest = larger(l->longest, out);
    if (out * l->ratio[1] > in * l->ratio[0]) l->ratio[0] = out, l->ratio[1] = in;
}

static int length_of(const lengths *l, int in, int side) {
    if (!l->demos || l->kept || (l->shorter && !l->fixed && !l->scaled)) return in;
    if (l->fixed) return larger(in, l->first[1]);
    int scaled = (in * l->ratio[0] + l->ratio[1] - 1) / l->ratio[1];
    int length = larger(in, scaled < side ? scaled : side);
    return l->scaled ? length : larger(length, l->longest);
}

void hr_arc_box(const hr_arc_tasks *tasks, const hr_arc_task *task, int side, uint8_t *box) {
    lengths l[2] = {{0}, {0}};
    hr_arc_grid in, out;
    for (int i = 0; i < task->demos; i++) {
        bool known = hr_arc_tasks_grid(tasks, task->first + (size_t)i, 0, &in) &&
                     hr_arc_tasks_grid(tasks, task->first + (size_t)i, 1, &out);
        for (int s = 0; known && s < 2; s++) add_demo(&l[s], along(&in, s), along(&out, s));
    }
    for (int i = 0; i < task->demos + task->tests; i++) {
        size_t pair = task->first + (size_t)i;
        hr_arc_tasks_grid(tasks, pair, 0, &in);
        bool held_back = task->scored && i >= task->demos;
        if (held_back || !hr_arc_tasks_grid(tasks, pair, 1, &out)) out = (hr_arc_grid){.rows = 0};
        for (int s = 0; s < 2; s++)
            box[2 * pair + (size_t)s] =
                (uint8_t)larger(along(&out, s), length_of(&l[s], along(&in, s), side));
    }
}
