/* declared_order.c - symmetries of a user's own: the cells in another order, any number of times
 * over.
 *
 * An order falls apart into cycles, which are stored one behind the other: what a cell holds after
 * so many times lies so many places on in its cycle. */
#include "task/declared_order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static uint64_t common_divisor(uint64_t a, uint64_t b) {
    while (b) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* "2-5 1" -> 1 2 3 4 0, with each cell marked that occurs. */
static hr_status read_cells(const char *text, int seq, uint32_t *from, bool *named) {
    int count = 0;
    while (*text == ' ') text++;
    while (*text) {
        char *end;
        long first = strtol(text, &end, 10), last = first;
        if (end != text && *end == '-') last = strtol(text = end + 1, &end, 10);
        if (end == text || (*end && *end != ' ') || first < 1 || last < first || last > seq)
            return hr_fail(HR_ERR_FORMAT,
                           "cells in order reads: cells in order 2-5 1; cells count from 1 to the "
                           "last, here %d, and not as at \"%.20s\"",
                           seq, text);
        for (long c = first - 1; c < last; c++) {
            if (named[c])
                return hr_fail(HR_ERR_FORMAT, "cells in order names cell %ld twice", c + 1);
            named[c] = true;
            from[count++] = (uint32_t)c;
        }
        for (text = end; *text == ' ';) text++;
    }
    if (count == seq) return HR_OK;
    return hr_fail(HR_ERR_FORMAT, "cells in order names %d cells, but there are %d", count, seq);
}

/* Lists the cycles of an order, and tells after how many times it comes back. */
static hr_status list_cycles(const uint32_t *from, int seq, bool *listed, hr_order *out) {
    uint32_t filled = 0;
    out->times = 1;
    for (int c = 0; c < seq; c++) {
        if (listed[c]) continue;
        uint32_t start = filled, at = (uint32_t)c;
        for (; !listed[at]; at = from[at]) {
            listed[at] = true;
            out->place[at] = filled;
            out->cell[filled++] = at;
        }
        uint64_t length = filled - start;
        for (uint32_t k = start; k < filled; k++) out->start[k] = start, out->end[k] = filled;
        out->times *= length / common_divisor(out->times, length);
        if (out->times > UINT32_MAX)
            return hr_fail(HR_ERR_FORMAT, "cells in order comes back only after more than %u times",
                           UINT32_MAX);
    }
    return HR_OK;
}

hr_status hr_declared_add_order(hr_declared *d, int seq, const char *text) {
    if (d->orders == HR_ORDERS_MAX)
        return hr_fail(HR_ERR_FORMAT, "at most %d symmetries can be cells in order", HR_ORDERS_MAX);
    size_t n = (size_t)seq;
    hr_order *o = &d->order[d->orders++];
    uint32_t *from = HR_NEW(uint32_t, n);
    bool *mark = HR_NEW(bool, 2 * n);
    o->memory = HR_NEW(uint32_t, 4 * n);
    hr_status status = from && mark && o->memory ? HR_OK : HR_ERR_MEM;
    o->cell = o->memory;
    if (!status) {
        o->place = o->cell + n;
        o->start = o->place + n;
        o->end = o->start + n;
        status = read_cells(text, seq, from, mark);
    }
    if (!status) status = list_cycles(from, seq, mark + n, o);
    hr_free(from);
    hr_free(mark);
    return status;
}

void hr_declared_free_orders(hr_declared *d) {
    for (int k = 0; k < d->orders; k++) hr_free(d->order[k].memory);
    d->orders = 0;
}

void hr_declared_draw_orders(const hr_declared *d, hr_rng rng, uint64_t times[HR_ORDERS_MAX]) {
    for (int k = 0; k < d->orders; k++)
        times[k] = hr_rng_below(rng, (uint64_t)k, d->order[k].times);
}

int hr_declared_ordered(const hr_declared *d, const uint64_t times[HR_ORDERS_MAX], int i) {
    for (int k = d->orders - 1; k >= 0; k--) {
        const hr_order *o = &d->order[k];
        uint32_t at = o->place[i], start = o->start[at];
        uint64_t length = o->end[at] - start;
        i = (int)o->cell[start + (at - start + times[k]) % length];
    }
    return i;
}
