/* arc_like.c - tasks of all families: made, checked for sense, seen through a view, written. */
#include "data/arc_like.h"

#include <string.h>

#include "base/mem.h"
#include "base/os.h"
#include "data/arc_like_lines.h"
#include "data/arc_like_objects.h"
#include "data/arc_like_panels.h"
#include "data/arc_like_whole.h"

/* Tries for a pair, for a task, and for one unlike all before. */
enum { PAIR_TRIES = 60, TASK_TRIES = 60, FRESH_TRIES = 200 };

static const hr_kit_family *find(size_t i) {
    const hr_kit_family *const lists[] = {hr_arc_like_whole, hr_arc_like_panels,
                                          hr_arc_like_objects, hr_arc_like_lines};
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++)
        for (const hr_kit_family *f = lists[l]; f->name; f++)
            if (i-- == 0) return f;
    return NULL;
}

const char *hr_arc_like_name(size_t i) {
    const hr_kit_family *f = find(i);
    return f ? f->name : NULL;
}

/* ---- one task -------------------------------------------------------------------------------- */

static unsigned colours_of(const hr_arc_grid *g) {
    unsigned set = 0;
    EACH_CELL (g, r, c) set |= 1u << at(g, r, c);
    return set;
}

/* Whether the demonstrations tell the rule as far as the test needs it: inputs differ, outputs are
 * not all one, every colour and variant of the test's output was seen. */
static bool tells(const hr_arc_like *t, const uint64_t *shown) {
    int test = t->pairs - 1, alike = 0;
    unsigned colours = colours_of(&t->in[test]);
    uint64_t variants = 0;
    for (int i = 0; i < test; i++) {
        for (int j = i + 1; j < t->pairs; j++)
            if (hr_arc_same(&t->in[i], &t->in[j])) return false;
        alike += hr_arc_same(&t->out[i], &t->out[0]);
        colours |= colours_of(&t->out[i]);
        variants |= shown[i];
    }
    return alike < test && !(colours_of(&t->out[test]) & ~colours) && !(shown[test] & ~variants);
}

static bool fits(const hr_arc_grid *g, int side) {
    return g->rows > 0 && g->cols > 0 && g->rows <= side && g->cols <= side;
}

static bool make_pair(const hr_kit_family *f, hr_kit *k, int side) {
    hr_rng all = k->pair;
    bool made = false;
    for (uint64_t i = 0; !made && i < PAIR_TRIES; i++) {
        k->pair = hr_rng_sub(all, i);
        k->task_at = k->pair_at = k->shown = 0;
        made = f->make(k, &k->in, &k->out) && fits(&k->in, side) && fits(&k->out, side) &&
               !hr_arc_same(&k->in, &k->out);
    }
    return made;
}

bool hr_arc_like_make(size_t i, hr_rng rng, int side, hr_arc_like *out) {
    const hr_kit_family *f = find(i);
    for (uint64_t t = 0; t < TASK_TRIES; t++) {
        hr_rng own = hr_rng_sub(rng, t), size = hr_rng_stream(own.key, "size");
        uint64_t shown[HR_ARC_LIKE_PAIRS], room = (uint64_t)(side - HR_ARC_LIKE_SIDE + 1);
        hr_kit k = {.task = hr_rng_stream(own.key, "task")};
        /* Small tasks are more frequent than large ones. */
        k.side = HR_ARC_LIKE_SIDE + (int)hr_rng_below(size, 0, hr_rng_below(size, 1, room) + 1);
        out->pairs = 4 + (int)hr_rng_below(size, 2, HR_ARC_LIKE_PAIRS - 3);
        int n = 0;
        for (; n < out->pairs; n++) {
            k.pair = hr_rng_sub(hr_rng_stream(own.key, "pair"), (uint64_t)n);
            if (!make_pair(f, &k, k.side)) break;
            out->in[n] = k.in;
            out->out[n] = k.out;
            shown[n] = k.shown;
        }
        if (n == out->pairs && tells(out, shown)) return true;
    }
    return false;
}

/* ---- a file of them -------------------------------------------------------------------------- */

typedef struct job {
    const hrm_arc_like_options *o;
    size_t *family; /* those wanted */
    size_t families, slots;
    uint64_t *seen; /* (slots, a power of two) sums of the tasks so far; 0: none */
    hr_buffer text;
} job;

/* Whether a task is unlike all before, whatever their views. */
static bool fresh(job *j, const hr_arc_like *t) {
    uint64_t sum = 0xcbf29ce484222325u;
    for (int i = 0; i < 2 * t->pairs; i++) {
        const hr_arc_grid *g = i % 2 ? &t->out[i / 2] : &t->in[i / 2];
        sum = (sum ^ (uint64_t)(g->rows * 32 + g->cols)) * 0x100000001b3u;
        EACH_CELL (g, r, c) sum = (sum ^ (uint64_t)at(g, r, c)) * 0x100000001b3u;
    }
    size_t slot = (size_t)sum & (j->slots - 1);
    for (sum += !sum; j->seen[slot]; slot = (slot + 1) & (j->slots - 1))
        if (j->seen[slot] == sum) return false;
    j->seen[slot] = sum;
    return true;
}

/* All colours but the ground change places; in one task of six the ground does too. */
static hr_arc_view draw_view(hr_rng rng) {
    bool all = hr_rng_below(hr_rng_stream(rng.key, "ground"), 0, 6) == 0;
    return hr_arc_view_draw(rng, all ? HR_ARC_FREE | 1 : HR_ARC_FREE);
}

static void print_grid(hr_buffer *text, const hr_arc_grid *g) {
    EACH_CELL (g, r, c)
        hr_buffer_print(text, "%s%d%s",
                        c   ? ","
                        : r ? ",["
                            : "[[",
                        at(g, r, c),
                        c < g->cols - 1   ? ""
                        : r < g->rows - 1 ? "]"
                                          : "]]");
}

static void print_task(job *j, size_t index, size_t family, const hr_arc_like *t,
                       const hr_arc_view *view) {
    hr_buffer *text = &j->text;
    char seed[24] = "";
    if (j->o->seed) snprintf(seed, sizeof seed, "%llu-", (unsigned long long)j->o->seed);
    text->size = 0;
    hr_buffer_print(text, "%s\"arclike-%s-%s%06zu\": {\"train\": [", index ? ",\n" : "{",
                    hr_arc_like_name(family), seed, index);
    for (int i = 0; i < t->pairs; i++) {
        hr_arc_grid in, out;
        hr_arc_apply(view, &t->in[i], &in);
        hr_arc_apply(view, &t->out[i], &out);
        hr_buffer_print(text, i == t->pairs - 1 ? "], \"test\": [" : i ? ", " : "");
        hr_buffer_print(text, "{\"input\": ");
        print_grid(text, &in);
        hr_buffer_print(text, ", \"output\": ");
        print_grid(text, &out);
        hr_buffer_print(text, "}");
    }
    hr_buffer_print(text, index + 1 < j->o->count ? "]}" : "]}}\n");
}

/* Task number `index`, into j->text. */
static hr_status make(job *j, size_t index) {
    size_t family = j->family[index % j->families];
    hr_rng rng = hr_rng_sub(hr_rng_stream(j->o->seed, "arc-like"), index);
    hr_arc_view view = draw_view(hr_rng_stream(rng.key, "view"));
    for (uint64_t i = 0; i < FRESH_TRIES; i++) {
        hr_arc_like task;
        if (!hr_arc_like_make(family, hr_rng_sub(rng, i), j->o->side, &task) || !fresh(j, &task))
            continue;
        print_task(j, index, family, &task, &view);
        return j->text.failed ? hr_fail(HR_ERR_MEM, "out of memory for the tasks") : HR_OK;
    }
    return hr_fail(HR_ERR_TASK, "after %zu tasks no other of family %s was found; ask for fewer",
                   index, hr_arc_like_name(family));
}

static hr_status run(job *j, const char *path) {
    hr_writer out = {0};
    hr_status status = hr_os_create(path, &out);
    for (size_t i = 0; !status && i < j->o->count; i++) {
        status = make(j, i);
        if (!status) status = hr_os_write(&out, j->text.text, j->text.size);
        if (!status && j->o->progress && !j->o->progress(j->o->user, i + 1, j->o->count))
            status = hr_fail(HR_ERR_STOPPED, "stopped after %zu of %zu tasks", i + 1, j->o->count);
    }
    return hr_os_end(&out, status);
}

/* Numbers of the families that are asked for; all where none is named. */
static hr_status choose(job *j, size_t all, const char *const *names) {
    const hrm_arc_like_options *o = j->o;
    for (size_t i = 0; i < (o->families_count ? o->families_count : all); i++) {
        size_t f = i;
        if (o->families_count)
            for (f = 0; f < all && strcmp(names[f], o->families[i]); f++) {
            }
        if (f == all) {
            const char *near = hr_text_nearest(o->families[i], names, all);
            return hr_fail_about(HR_ERR_ARG, "families", "\"%.60s\" is no family of tasks%s%s",
                                 o->families[i], near ? "; did you mean " : "", near ? near : "");
        }
        j->family[j->families++] = f;
    }
    return HR_OK;
}

hr_status hr_arc_like_write(const char *path, const hrm_arc_like_options *o) {
    enum { NAMES_MAX = 256, COUNT_MAX = 1000000 };
    const char *names[NAMES_MAX];
    size_t all = 0;
    if (o->side < HR_ARC_LIKE_SIDE || o->side > HR_ARC_SIDE)
        return hr_fail_about(HR_ERR_ARG, "side", "side: %d is not between %d and %d", o->side,
                             HR_ARC_LIKE_SIDE, HR_ARC_SIDE);
    if (o->count < 1 || o->count > COUNT_MAX)
        return hr_fail_about(HR_ERR_ARG, "count", "count: %zu is not between 1 and %d", o->count,
                             COUNT_MAX);
    while ((names[all] = hr_arc_like_name(all))) all++;
    job j = {.o = o, .slots = 4};
    while (j.slots < 2 * o->count) j.slots *= 2;
    j.family = HR_NEW(size_t, o->families_count ? o->families_count : all);
    j.seen = HR_NEW(uint64_t, j.slots);
    hr_status status = j.family && j.seen ? choose(&j, all, names) : HR_ERR_MEM;
    if (!status) status = run(&j, path);
    hr_buffer_free(&j.text);
    hr_free(j.family);
    hr_free(j.seen);
    return status;
}
