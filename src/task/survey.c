/* survey.c - data tried against each family in turn. */
#include "task/survey.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "task/families.h"
#include "task/family.h"
#include "task/grid.h"
#include "task/lines.h"

static bool reads_as(const hr_task *task, const char *question, const char *answer, size_t length,
                     char why[96]) {
    const hr_task_ops *ops = task->ops;
    uint8_t *q = hr_alloc(2 * length), *a = q + length;
    bool reads = q && hr_task_parse(task, question, length, false, q) == HR_OK &&
                 hr_task_parse(task, answer, length, true, a) == HR_OK;
    if (!reads) snprintf(why, 96, "%s", hr_error_text());
    else {
        if (ops->recognise) reads = ops->recognise(task, q, a);
        else if (ops->fits) reads = ops->fits(task, q, a);
        if (!reads) ops->check(task, q, a, why, 96);
    }
    hr_free(q);
    return reads;
}

/* Whether the answer reads as a question that keeps all givens: some of its cells may be unknown.
 */
static bool reads_partly(const hr_task_ops *family, const char *question, const char *answer,
                         size_t length) {
    hr_task task;
    if (!memchr(answer, '.', length) || !family->of_length || family->of_length(length, &task))
        return false;
    uint8_t *q = hr_alloc(2 * length), *a = q + length;
    bool reads = q && hr_task_parse(&task, answer, length, true, a) != HR_OK &&
                 hr_task_parse(&task, question, length, false, q) == HR_OK &&
                 hr_task_parse(&task, answer, length, false, a) == HR_OK;
    for (int t = 0; reads && t < task.seq; t++)
        reads = task.alphabet[q[t]] == '.' || task.alphabet[a[t]] == '.' || q[t] == a[t];
    hr_free(q);
    return reads;
}

/* Whether the pair is one of the family, as far as its text tells. */
static bool is_of(const hr_task_ops *family, const char *question, const char *answer,
                  size_t length, char why[96]) {
    hr_task task;
    snprintf(why, 96, "its size");
    return family->of_length && family->of_length(length, &task) == HR_OK &&
           reads_as(&task, question, answer, length, why);
}

/* Whether so many pairs are of a family that the others look like mistakes. */
static bool nearly_all(const hr_task_survey *survey, size_t family) {
    return survey->pairs >= 10 && survey->other[family].count * 10 <= survey->pairs;
}

/* Tries a pair against the families that all or nearly all earlier pairs belong to. */
static void try_families(hr_task_survey *survey, const char *question, const char *answer,
                         size_t length) {
    char why[96];
    for (size_t i = 0; hr_family_at(i); i++) {
        if (survey->other[i].count * 10 > survey->pairs + 10) continue;
        if (is_of(hr_family_at(i), question, answer, length, why)) {
            survey->other[i].shown = true;
            continue;
        }
        if (reads_partly(hr_family_at(i), question, answer, length)) {
            survey->other[i].partial = true;
            continue;
        }
        if (survey->other[i].count++) continue;
        survey->other[i].line = survey->line ? survey->line : (long)survey->pairs;
        memcpy(survey->other[i].why, why, sizeof why);
    }
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
    if (size < 1 || size > HR_TASK_CELLS_MAX)
        return hr_fail(HR_ERR_TASK, "%s of %zu characters is not possible; 1 to %d are", what, size,
                       HR_TASK_CELLS_MAX);
    if (survey->varying || !survey->pairs || size == survey->length) return HR_OK;
    return hr_fail(HR_ERR_TASK,
                   "%s has %zu characters, those before it %zu; all must have the same number, or "
                   "be padded (task=sequence)",
                   what, size, survey->length);
}

hr_status hr_task_survey_add(hr_task_survey *survey, const char *question, size_t question_size,
                             const char *answer, size_t answer_size) {
    if (!answer) answer_size = question_size;
    while (question_size > answer_size && question[question_size - 1] == ' ') question_size--;
    while (answer_size > question_size && answer[answer_size - 1] == ' ') answer_size--;
    if (question_size != answer_size && !survey->varying)
        return hr_fail(HR_ERR_TASK,
                       "the question has %zu characters and its answer %zu; both must have the "
                       "same number, or be padded (task=sequence)",
                       question_size, answer_size);
    hr_status status = check_length(survey, question_size, "the question");
    if (status == HR_OK) status = check_length(survey, answer_size, "the answer");
    if (status == HR_OK) status = mark(survey, question, question_size, false);
    if (status == HR_OK && answer) status = mark(survey, answer, answer_size, true);
    if (status != HR_OK) return status;
    survey->pairs++;
    if (question_size > survey->length) survey->length = question_size;
    if (answer_size > survey->length) survey->length = answer_size;
    if (question_size != answer_size) survey->plain = true;
    if (answer && !survey->plain) try_families(survey, question, answer, question_size);
    return HR_OK;
}

static bool all_seen(const hr_task_survey *survey, const char *list) {
    while (*list && survey->seen[(unsigned char)*list]) list++;
    return !*list;
}

/* The characters that occur, in the order of their family where they have one. */
static size_t alphabet_of(const hr_task_survey *survey, char alphabet[256]) {
    size_t symbols = 0;
    for (int c = 1; c < 256; c++)
        if (survey->seen[c]) alphabet[symbols++] = (char)c;
    alphabet[symbols] = 0;
    for (size_t i = 0; hr_task_side(survey->length) && hr_family_at(i); i++) {
        const hr_task_ops *family = hr_family_at(i);
        if (!family->symbols || !all_seen(survey, family->marks)) continue;
        if (strspn(alphabet, family->symbols) < symbols) continue;
        symbols = strlen(family->symbols);
        memcpy(alphabet, family->symbols, symbols);
    }
    return symbols;
}

static hr_status grid_of(size_t cells, const char *alphabet, size_t symbols, hr_task *out) {
    int side = hr_task_side(cells);
    return hr_task_grid(side ? side : 1, side ? side : (int)cells, alphabet, symbols, out);
}

hr_status hr_task_survey_end(const hr_task_survey *survey, hr_task *out) {
    char alphabet[256];
    if (!survey->pairs)
        return hr_fail(HR_ERR_TASK, "no puzzle to tell the task from; the data are empty");
    for (int most = 0; most < 2; most++)
        for (size_t i = 0; !survey->plain && hr_family_at(i); i++) {
            const hr_task_ops *family = hr_family_at(i);
            size_t others = survey->other[i].count;
            if (family->shows && !survey->seen[(unsigned char)family->shows]) continue;
            if (survey->other[i].partial && !survey->other[i].shown) continue;
            if (!others || (most && survey->most && nearly_all(survey, i)))
                return family->of_length(survey->length, out);
            if (most && nearly_all(survey, i))
                return hr_fail(
                    HR_ERR_TASK,
                    "line %ld is no %s (%s), but %zu of %zu rows are; mend it or leave it "
                    "out, or set task to grid for plain grids",
                    survey->other[i].line, family->name, survey->other[i].why,
                    survey->pairs - others, survey->pairs);
        }
    size_t symbols = alphabet_of(survey, alphabet);
    return grid_of(survey->length, alphabet, symbols, out);
}

/* The family with these sizes; if there is none, a grid of digits and letters. */
hr_status hr_task_of_sizes(int seq, int vocab, const char *name, hr_task *out) {
    const hr_task_ops *asked = name ? hr_family_find(name) : NULL;
    bool plain = asked && !asked->of_length;
    for (size_t i = 0; !plain && hr_family_at(i); i++) {
        const hr_task_ops *family = hr_family_at(i);
        if (family->of_length && family->of_length((size_t)seq, out) == HR_OK &&
            out->vocab == vocab)
            return HR_OK;
    }
    char alphabet[256];
    size_t symbols = 0;
    for (int c = '0'; symbols + 1 < (size_t)vocab; c = c == 255 ? ' ' : c + 1)
        if (c != 0x7f) alphabet[symbols++] = (char)c;
    for (size_t i = 0; hr_task_side((size_t)seq) && hr_family_at(i); i++) {
        const char *known = hr_family_at(i)->symbols;
        if (known && strlen(known) == symbols) memcpy(alphabet, known, symbols);
    }
    return grid_of((size_t)seq, alphabet, symbols, out);
}

hr_status hr_task_plain(const hr_task *task, hr_task *out) {
    const hr_task from = *task; /* which may be out */
    return hr_task_grid(from.rows, from.cols, from.alphabet + 1, (size_t)from.vocab - 1, out);
}
