/* declared_sets.c - letters of a question that say what a cell may hold.
 *
 * Their tokens stand before those of the symbols; a set has bit k for the k-th symbol. */
#include "task/declared_sets.h"

#include <stdio.h>
#include <string.h>

enum { SETS_SYMBOLS_MAX = 30 }; /* a set is 32 bits wide, of which models use two otherwise */

hr_status hr_declared_set_letter(const char *line, char *letter, const char **set) {
    *letter = *line;
    const char *at = *line ? line + 1 : line;
    while (*at == ' ') at++;
    if ((unsigned char)*letter <= 0x20 || *letter == '=' || (unsigned char)*letter > 0x7e ||
        *at != '=')
        return hr_fail(HR_ERR_FORMAT,
                       "reads: a = 17, for a letter of questions that stands for 1 or 7, and not "
                       "\"%.40s\"",
                       line);
    do at++;
    while (*at == ' ');
    *set = at;
    return HR_OK;
}

hr_status hr_declared_add_set(const hr_task *task, const int *token, uint8_t letter,
                              const char *text) {
    hr_declared *d = task->declared;
    if (task->vocab - d->first > SETS_SYMBOLS_MAX)
        return hr_fail(HR_ERR_FORMAT, "is possible with at most %d symbols, and there are %d",
                       SETS_SYMBOLS_MAX, task->vocab - d->first);
    for (; *text; text++) {
        int t = token[(unsigned char)*text];
        if (*text == ' ') continue;
        if (t < d->first || !d->in_answer[t])
            return hr_fail(HR_ERR_FORMAT, "'%c' cannot stand for '%c', which no open cell can hold",
                           task->alphabet[letter], *text);
        d->may[letter] |= 1u << (t - d->first);
    }
    if (__builtin_popcount(d->may[letter]) > 1) return HR_OK;
    return hr_fail(HR_ERR_FORMAT, "'%c' needs two symbols at least to stand for",
                   task->alphabet[letter]);
}

/* What a set becomes under a map of tokens. */
static uint32_t image(const hr_declared *d, const uint8_t *token, uint32_t set) {
    uint32_t out = 0;
    for (int k = 0; k < SETS_SYMBOLS_MAX; k++)
        if (set >> k & 1) out |= 1u << (token[d->first + k] - d->first);
    return out;
}

/* The letter for a set; 0: there is none. */
static int letter_of(const hr_declared *d, uint32_t set) {
    int t = d->blank + 1;
    while (t < d->first && d->may[t] != set) t++;
    return t < d->first ? t : 0;
}

static hr_status check_map(const hr_task *task, const uint8_t *token) {
    const hr_declared *d = task->declared;
    for (int t = d->blank + 1; t < d->first; t++)
        if (!letter_of(d, image(d, token, d->may[t])))
            return hr_fail(HR_ERR_FORMAT,
                           "no letter of candidates stands for what '%c' becomes where symbols "
                           "change places",
                           task->alphabet[t]);
    return HR_OK;
}

hr_status hr_declared_check_sets(const hr_task *task) {
    const hr_declared *d = task->declared;
    uint8_t token[256];
    hr_status status = HR_OK;
    for (int k = 0; k < HR_SWAPS && !status; k++) status = check_map(task, d->swap[k]);
    for (int i = 0; d->symbols && i + 1 < d->answers && !status; i++) { /* these make all others */
        for (int t = 0; t < 256; t++) token[t] = (uint8_t)t;
        token[d->answer[i]] = d->answer[i + 1];
        token[d->answer[i + 1]] = d->answer[i];
        status = check_map(task, token);
    }
    return status;
}

void hr_declared_map_sets(const hr_declared *d, uint8_t *token) {
    for (int t = d->blank + 1; t < d->first; t++)
        token[t] = (uint8_t)letter_of(d, image(d, token, d->may[t]));
}

uint32_t hr_declared_candidates(const hr_task *task, uint8_t token) {
    const hr_declared *d = task->declared;
    if (token >= d->first) return 1u << (token - d->first);
    if (d->may[token]) return d->may[token];
    return (1u << (task->vocab - d->first)) - 1;
}

bool hr_declared_allows(const hr_task *task, uint8_t question, uint8_t answer, int cell, char *why,
                        size_t why_size) {
    const hr_declared *d = task->declared;
    const uint32_t set = question < task->vocab ? d->may[question] : 0;
    if (!set || (answer >= d->first && set >> (answer - d->first) & 1)) return true;
    char stands[2 * SETS_SYMBOLS_MAX];
    size_t n = 0;
    for (int k = 0; k < SETS_SYMBOLS_MAX; k++)
        if (set >> k & 1) stands[n++] = task->alphabet[d->first + k];
    snprintf(why, why_size, "row %d, column %d: the given %c stands for one of %.*s, not %c",
             cell / task->cols + 1, cell % task->cols + 1, task->alphabet[question], (int)n, stands,
             task->alphabet[answer < task->vocab ? answer : 0]);
    return false;
}
