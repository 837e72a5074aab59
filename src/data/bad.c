/* bad.c - see bad.h */
#include "data/bad.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

hr_status hr_bad_add(hr_bad *bad, size_t before, size_t at, const char *why) {
    if (before >= HR_BAD_LISTED) {
        bad->more++;
        return HR_OK;
    }
    hr_status status = hr_reserve(&bad->row, &bad->capacity, bad->count, 1, sizeof *bad->row);
    char *copy = status ? NULL : hr_text_copy(why);
    if (!copy) return HR_ERR_MEM;
    if (bad->count == HR_BAD_LISTED) {
        hr_free(bad->row[--bad->count].why);
        bad->more++;
    }
    hr_bad_row *row = bad->row + before;
    memmove(row + 1, row, (bad->count++ - before) * sizeof *row);
    *row = (hr_bad_row){at, copy};
    return HR_OK;
}

hr_status hr_bad_mark(hr_bad *bad, size_t row) {
    size_t byte = row / 8;
    hr_status status = HR_OK;
    if (byte >= bad->marks)
        status = hr_reserve(&bad->mark, &bad->marks, bad->marks, byte + 1 - bad->marks, 1);
    if (!status) bad->mark[byte] |= (unsigned char)(1 << row % 8);
    return status;
}

bool hr_bad_is(const hr_bad *bad, size_t row) {
    return row / 8 < bad->marks && bad->mark[row / 8] >> row % 8 & 1;
}

void hr_bad_clear(hr_bad *bad) {
    hr_writer *good = bad->good;
    hr_bad_free(bad);
    bad->good = good;
}

void hr_bad_free(hr_bad *bad) {
    for (size_t i = 0; i < bad->count; i++) hr_free(bad->row[i].why);
    hr_free(bad->row);
    hr_free(bad->mark);
    *bad = (hr_bad){0};
}
