/* deduce.c - see deduce.h */
#include "look/deduce.h"

#include <string.h>

#include "base/mem.h"
#include "regime/rounds.h"

/* ---- groups -----------------------------------------------------------------------------------
 */

/* place (cells): zeroes, as it is left. */
static void relate(hr_groups *g, uint32_t *place) {
    const size_t count = (size_t)g->count, width = (size_t)g->symbols;
    for (size_t a = 0; a < count; a++) {
        for (int i = 0; i < g->size[a]; i++) place[g->cell[a * width + (size_t)i]] = 1u << i;
        for (size_t b = 0; b < count; b++)
            for (int j = 0; j < g->size[b]; j++)
                g->common[a * count + b] |= place[g->cell[b * width + (size_t)j]];
        for (int i = 0; i < g->size[a]; i++) place[g->cell[a * width + (size_t)i]] = 0;
    }
}

hr_status hr_groups_make(hr_groups *g, const hr_task *task) {
    const int symbols = task->symbols;
    *g = (hr_groups){.cells = task->seq, .symbols = symbols};
    if (!task->ops->group || !symbols || symbols > 30) return HR_OK;
    uint32_t *cell = HR_NEW(uint32_t, (size_t)task->seq);
    size_t most = 0;
    for (int i = 0, size; cell && (size = task->ops->group(task, i, cell)); i++)
        most += size >= 2 && size <= symbols;
    if (most > HRM_LOOK_GROUPS) {
        g->left_out = (int)most;
        most = 0;
    }
    g->size = HR_NEW(int, most + 1);
    g->cell = HR_NEW(uint32_t, most * (size_t)symbols + 1);
    g->common = HR_NEW(uint32_t, most * most + 1);
    bool room = cell && g->size && g->cell && g->common;
    for (int i = 0; room && g->count < (int)most; i++) {
        int size = task->ops->group(task, i, cell);
        if (size < 2 || size > symbols) continue;
        memcpy(g->cell + g->count * symbols, cell, (size_t)size * sizeof *cell);
        g->size[g->count++] = size;
    }
    if (room) {
        memset(cell, 0, (size_t)task->seq * sizeof *cell);
        relate(g, cell);
    } else hr_groups_free(g);
    hr_free(cell);
    return room ? HR_OK : HR_ERR_MEM;
}

void hr_groups_free(hr_groups *g) {
    hr_free(g->size);
    hr_free(g->cell);
    hr_free(g->common);
    *g = (hr_groups){0};
}

/* ---- techniques -------------------------------------------------------------------------------
 */

/* Sets at work. */
typedef struct deducing {
    const hr_groups *g;
    const int32_t *sets;
    uint8_t *label;
} deducing;

static uint32_t set_of(const deducing *x, uint32_t cell) {
    return (uint32_t)x->sets[cell] & ~(uint32_t)HR_GIVEN;
}

/* Candidates of a cell fall by a technique, if they are there; the simplest is kept. */
static void fall(const deducing *x, uint32_t cell, uint32_t candidates, hrm_technique by) {
    for (uint32_t left = candidates & set_of(x, cell); left; left &= left - 1) {
        uint8_t *label = x->label + cell * (uint32_t)x->g->symbols + __builtin_ctz(left);
        if (!*label || *label > by + 1) *label = (uint8_t)(by + 1);
    }
}

/* Candidates of a group's cells but those at some places. */
static void fall_beside(const deducing *x, int group, uint32_t places, uint32_t candidates,
                        hrm_technique by) {
    const uint32_t *cell = x->g->cell + group * x->g->symbols;
    for (int i = 0; i < x->g->size[group]; i++)
        if (!(places >> i & 1)) fall(x, cell[i], candidates, by);
}

/* One or two cells that hold as many symbols. */
static void naked(const deducing *x, int group) {
    const uint32_t *cell = x->g->cell + group * x->g->symbols;
    for (int i = 0; i < x->g->size[group]; i++) {
        uint32_t set = set_of(x, cell[i]);
        int many = __builtin_popcount(set);
        if (many == 1) fall_beside(x, group, 1u << i, set, HRM_NAKED_SINGLE);
        for (int j = i + 1; many == 2 && j < x->g->size[group]; j++)
            if (set_of(x, cell[j]) == set)
                fall_beside(x, group, 1u << i | 1u << j, set, HRM_NAKED_PAIR);
    }
}

/* One or two symbols with as many places; and those whose places lie in another group too. */
static void hidden(const deducing *x, int group) {
    const hr_groups *g = x->g;
    const uint32_t *cell = g->cell + group * g->symbols;
    uint32_t place[32] = {0};
    for (int i = 0; i < g->size[group]; i++)
        for (int s = 0; s < g->symbols; s++) place[s] |= (set_of(x, cell[i]) >> s & 1) << i;
    for (int s = 0; s < g->symbols; s++) {
        int many = __builtin_popcount(place[s]);
        if (!many) continue;
        if (many == 1) fall(x, cell[__builtin_ctz(place[s])], ~(1u << s), HRM_HIDDEN_SINGLE);
        for (int other = 0; other < g->count; other++) {
            const uint32_t *within = g->common + (size_t)group * (size_t)g->count + other;
            if (other == group || place[s] & ~*within) continue;
            uint32_t spared = g->common[(size_t)other * (size_t)g->count + (size_t)group];
            fall_beside(x, other, spared, 1u << s, many == 1 ? HRM_HIDDEN_SINGLE : HRM_POINTING);
        }
        for (int r = s + 1; many == 2 && r < g->symbols; r++)
            if (place[r] == place[s])
                for (uint32_t left = place[s]; left; left &= left - 1)
                    fall(x, cell[__builtin_ctz(left)], ~(1u << s | 1u << r), HRM_HIDDEN_PAIR);
    }
}

const char *hr_technique_name(hrm_technique technique) {
    static const char *const names[HRM_TECHNIQUES] = {"naked single", "hidden single", "pointing",
                                                      "naked pair", "hidden pair"};
    return (unsigned)technique < HRM_TECHNIQUES ? names[technique] : NULL;
}

void hr_deduce(const hr_groups *g, const int32_t *sets, uint8_t *label) {
    deducing x = {g, sets, label};
    memset(label, 0, (size_t)(g->cells * g->symbols));
    for (int i = 0; i < g->count; i++) {
        naked(&x, i);
        if (g->size[i] == g->symbols) hidden(&x, i);
    }
}

/* ---- what a model dropped ---------------------------------------------------------------------
 */

/* Takes away what one step deduces; whether anything was. */
static bool step(const hr_groups *g, const uint8_t *label, int32_t *sets) {
    bool any = false;
    for (int i = 0; i < g->cells * g->symbols; i++) {
        if (!label[i]) continue;
        sets[i / g->symbols] &= ~((int32_t)1 << i % g->symbols);
        any = true;
    }
    return any;
}

void hr_deduce_compare(const hr_groups *g, const int32_t *before, const int32_t *after,
                       const int32_t *truth, uint8_t *label, int32_t *sets, hrm_look_drops *of) {
    bool fell = memcmp(before, after, (size_t)g->cells * sizeof *before);
    hr_deduce(g, before, label);
    for (int i = 0; i < g->cells * g->symbols; i++) {
        int cell = i / g->symbols, symbol = i % g->symbols;
        bool was = before[cell] >> symbol & 1, dropped = was && !(after[cell] >> symbol & 1);
        if (label[i]) of->could[label[i] - 1]++;
        if (!dropped) continue;
        of->dropped++;
        of->wrong += truth[cell] == symbol;
        if (!label[i]) continue;
        of->by[label[i] - 1]++;
        of->steps++;
    }
    for (int i = 0; i < g->cells; i++) of->open += hr_round_count(after[i]) > 1;
    memcpy(sets, before, (size_t)g->cells * sizeof *sets);
    for (int steps = 1; fell && step(g, label, sets); steps++) {
        hr_deduce(g, sets, label); /* from the second step on */
        for (int i = 0; i < g->cells * g->symbols; i++) {
            int cell = i / g->symbols;
            if (label[i] && !(after[cell] >> i % g->symbols & 1)) {
                of->later[label[i] - 1]++;
                of->steps += steps + 1;
            }
        }
    }
}
