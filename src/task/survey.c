/* survey.c - data tried against each family in turn. */
#include "task/survey.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "task/families.h"
#include "task/family.h"
#include "task/grid.h"
#include "task/lines.h"

/* What a pair is to a family: one of it; perhaps one, of whose answer some cells are not known; one
 * whose question is of it and whose answer is wrong, though in its characters; none. */
typedef enum kin { IS, PARTLY, BROKEN, NONE } kin;

/* Whether an answer that is read as a question keeps all givens and leaves some cells open. */
static bool is_partial(const hr_task *task, const uint8_t *q, const uint8_t *a) {
    bool open = false;
    for (int t = 0; t < task->seq; t++) {
        bool known = task->alphabet[a[t]] != '.';
        if (known && task->alphabet[q[t]] != '.' && q[t] != a[t]) return false;
        open |= !known;
    }
    return open;
}

/* q: (2 seq). length: of either text. why: of what is not IS. */
static kin judge(const hr_task *task, const char *question, const char *answer, size_t length,
                 uint8_t *q, char why[96]) {
    uint8_t *a = q + task->seq;
    const hr_task_ops *ops = task->ops;
    char conflict[96];
    bool reads = !hr_task_parse(task, question, length, false, q);
    bool whole = reads && !hr_task_parse_open(task, question, answer, length, a);
    if (whole && hr_task_is(task, q, a)) return IS;
    if (whole) ops->check(task, q, a, why, 96);
    else snprintf(why, 96, "%s", hr_error_text());
    if (!reads || (!whole && hr_task_parse(task, answer, length, false, a))) return NONE;
    bool open = memchr(answer, '.', length) || !memcmp(question, answer, length);
    if (!whole && open && is_partial(task, q, a) &&
        !(ops->hopeless && ops->hopeless(task, a, why, 96)))
        return PARTLY;
    return ops->hopeless && ops->hopeless(task, q, conflict, sizeof conflict) ? NONE : BROKEN;
}

/* How many conflicts the known cells of a grid would have by chance, were only rows and columns
 * free of them, as in many other puzzles. */
static double chance(const hr_task *task, const uint8_t *q) {
    int pairs = 0, cells, first = task->vocab - task->symbols;
    uint32_t *cell = task->ops->group ? HR_NEW(uint32_t, (size_t)task->seq) : NULL;
    for (int g = 0; cell && (cells = task->ops->group(task, g, cell)); g++)
        for (int k = 0; k < cells; k++)
            for (int l = 0; l < k; l++) {
                int x = (int)cell[k], y = (int)cell[l], cols = task->cols;
                pairs +=
                    q[x] >= first && q[y] >= first && x / cols != y / cols && x % cols != y % cols;
            }
    hr_free(cell);
    return pairs ? (double)pairs / task->symbols : 0;
}

/* As many conflicts that might be there, and are not, are no chance. */
static const double CHANCE = 1.5;

/* Whether so many pairs are of a family that the others look like mistakes. */
static bool nearly_all(const hr_task_survey *survey, size_t family) {
    return survey->pairs >= 10 && survey->other[family].count * 10 <= survey->pairs;
}

/* Whether so many questions keep the family's rules, more than chance explains, that the answers
 * that break them look like mistakes. */
static bool asked_by(const hr_task_survey *survey, size_t family) {
    double none = (double)survey->other[family].none, chance = survey->other[family].chance;
    return chance >= CHANCE && none * 10 <= chance && none * 10 <= (double)survey->pairs;
}

/* The family's task for a text; false where there is none of its size. */
static bool task_of(const hr_task_ops *family, const char *text, size_t length, hr_task *out) {
    size_t cells = 0; /* where they stand apart, which those with rows of their own allow */
    if (!family->of_length) return false;
    if (!family->of_length(length, out)) return true;
    for (size_t i = 0; family->line_rows && i < length; i++)
        cells += !hr_task_is_one_of(text[i], " |");
    return cells && !family->of_length(cells, out);
}

static void try_family(hr_task_survey *survey, size_t i, const char *question, const char *answer,
                       size_t length) {
    hr_task task;
    char why[96] = "its size";
    kin pair = NONE;
    size_t *cells = &survey->other[i].cells;
    if (task_of(hr_family_at(i), question, length, &task) &&
        (!*cells || *cells == (size_t)task.seq)) {
        uint8_t *q = hr_alloc(2 * (size_t)task.seq);
        if (q) pair = judge(&task, question, answer, length, q, why);
        if (pair == BROKEN) survey->other[i].chance += chance(&task, q);
        if (pair == PARTLY) survey->other[i].chance += chance(&task, q + task.seq);
        if (pair != NONE) *cells = (size_t)task.seq;
        hr_free(q);
    }
    survey->other[i].shown |= pair == IS;
    survey->other[i].partial |= pair == PARTLY;
    survey->other[i].none += pair == NONE;
    if (pair == IS || pair == PARTLY || survey->other[i].count++) return;
    survey->other[i].line = survey->place || survey->line ? survey->line : (long)survey->pairs;
    memcpy(survey->other[i].why, why, sizeof why);
}

/* Tries a pair against the families that nearly all earlier questions belong to. */
static void try_families(hr_task_survey *survey, const char *question, const char *answer,
                         size_t length) {
    for (size_t i = 0; hr_family_at(i); i++)
        if (survey->family == hr_family_at(i) || survey->other[i].none * 10 <= survey->pairs + 10)
            try_family(survey, i, question, answer, length);
}

/* A letter, or a byte beyond ASCII that is part of none, as `bytes` says. */
static void mark_letter(hr_task_survey *survey, const char *at, size_t bytes) {
    if (bytes > 1 && !*survey->letter) {
        memcpy(survey->letter, at, bytes);
        survey->letter_line = survey->place || survey->line ? survey->line : (long)survey->pairs;
    }
    survey->letters += bytes > 1;
    survey->stray += !bytes;
}

static hr_status mark(hr_task_survey *survey, const char *text, size_t size, bool answer) {
    for (size_t i = 0, next = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c == 0x7f)
            return hr_task_refuse(i + 1, text[i], "a visible character or a blank");
        if (i == next) {
            size_t letter = hr_text_letter(text + i, size - i);
            next += letter ? letter : 1;
            mark_letter(survey, text + i, letter);
        }
        survey->seen[c] = true;
        survey->in_answer[c] |= answer;
    }
    return HR_OK;
}

static hr_status check_length(const hr_task_survey *survey, const char *text, size_t size,
                              const char *what) {
    bool possible = size >= 1 && size <= HR_TASK_CELLS_MAX;
    if (possible && (survey->varying || !survey->length || size == survey->length)) return HR_OK;
    size_t letters = hr_task_letters(text, size);
    if (letters < size)
        return hr_fail(HR_ERR_TASK,
                       "%s has %zu characters, some of them beyond ASCII; a symbol is one byte "
                       "(ASCII), so write other letters for them",
                       what, letters);
    if (!possible)
        return hr_fail(HR_ERR_TASK, "%s of %zu characters is not possible; 1 to %d are", what, size,
                       HR_TASK_CELLS_MAX);
    return hr_fail(HR_ERR_TASK,
                   "%s has %zu character%s, other rows %zu; all must have the same number, or "
                   "be padded (task=sequence)",
                   what, size, size == 1 ? "" : "s", survey->length);
}

/* Refuses a word among texts without letters ("todo", the names of columns). */
static hr_status refuse_word(const char *text, size_t size, bool answer) {
    return hr_fail(HR_ERR_TASK, "the %s is the word \"%.*s\"%s", answer ? "answer" : "question",
                   (int)size, text,
                   answer ? "; leave it empty where it is not known" : ", and no puzzle");
}

static bool is_word(const char *text, size_t size, const char *other, size_t other_size) {
    size_t letters = 0;
    while (letters < size && isalpha((unsigned char)text[letters])) letters++;
    if (size < 2 || size > 20 || letters < size) return false;
    for (size_t i = 0; i < other_size; i++)
        if (isalpha((unsigned char)other[i])) return false;
    return true;
}

/* Refuses a pair of two lengths. */
static hr_status refuse_pair(const char *question, size_t question_size, const char *answer,
                             size_t answer_size) {
    if (is_word(answer, answer_size, question, question_size))
        return refuse_word(answer, answer_size, true);
    if (is_word(question, question_size, answer, answer_size))
        return refuse_word(question, question_size, false);
    size_t q = hr_task_letters(question, question_size), a = hr_task_letters(answer, answer_size);
    bool beyond = q < question_size || a < answer_size;
    return hr_fail(HR_ERR_TASK, "the question has %zu character%s and its answer %zu%s", q,
                   q == 1 ? "" : "s", a,
                   beyond ? ", some of them beyond ASCII; a symbol is one byte (ASCII), so write "
                            "other letters for them"
                          : "; both must have the same number, or be padded (task=sequence)");
}

/* Whether a text is a list of cells: [[1, 2], [3, 4]]; where nothing is known of the data also
 * [1, 2] and 1,2,3,4. */
static bool is_list(const hr_task_survey *survey, const char *text, size_t size) {
    size_t second = 1, at = 1;
    if (survey->lists || size < 5) return false;
    while (second < size && text[second] == ' ') second++;
    if (*text == '[')
        return text[size - 1] == ']' && memchr(text, ',', size) &&
               (text[second] == '[' || !survey->plain);
    if (survey->plain || size < 7 || size % 2 == 0 || *text == ',') return false;
    while (at < size && text[at] == ',' && text[at + 1] != ',') at += 2;
    return at == size;
}

static hr_status refuse_list(const char *text, size_t size) {
    return hr_fail(HR_ERR_TASK,
                   "\"%.*s\" is a list; write one character for each cell, without brackets and "
                   "commas",
                   size < 40 ? (int)size : 40, text);
}

hr_status hr_task_survey_add(hr_task_survey *survey, const char *question, size_t question_size,
                             const char *answer, size_t answer_size) {
    if (is_list(survey, question, question_size)) return refuse_list(question, question_size);
    if (!answer) answer_size = question_size;
    else if (is_list(survey, answer, answer_size)) return refuse_list(answer, answer_size);
    while (question_size > answer_size && question[question_size - 1] == ' ') question_size--;
    while (answer_size > question_size && answer[answer_size - 1] == ' ') answer_size--;
    for (; question_size > answer_size && *question == ' '; question++) question_size--;
    for (; answer && answer_size > question_size && *answer == ' '; answer++) answer_size--;
    if (question_size != answer_size && !survey->varying)
        return refuse_pair(question, question_size, answer, answer_size);
    hr_status status = check_length(survey, question, question_size, "the question");
    if (status == HR_OK && answer) status = check_length(survey, answer, answer_size, "the answer");
    if (status == HR_OK) status = mark(survey, question, question_size, false);
    if (status == HR_OK && answer) status = mark(survey, answer, answer_size, true);
    if (status != HR_OK) return status;
    survey->pairs++;
    if (question_size > survey->length) survey->length = question_size;
    if (answer_size > survey->length) survey->length = answer_size;
    if (question_size != answer_size) survey->plain = true;
    /* an answer that is not known is one of which no cell beyond the givens is */
    if (!survey->plain) try_families(survey, question, answer ? answer : question, question_size);
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

static const char *place_of(const hr_task_survey *survey) {
    return survey->place ? survey->place : "line";
}

hr_status hr_task_refuse_letter(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        size_t letter = hr_text_letter(text + i, size - i);
        if (letter > 1)
            return hr_fail(
                HR_ERR_TASK,
                "holds \"%.*s\", a letter of %zu bytes; a symbol is one byte (ASCII), so "
                "write another one for it",
                (int)letter, text + i, letter);
        if (byte >= 0x80)
            return hr_fail(HR_ERR_TASK, "holds the byte 0x%02x, which is no letter of UTF-8", byte);
    }
    return HR_OK;
}

hr_status hr_task_survey_letters(const hr_task_survey *survey) {
    if (survey->letters <= survey->stray) return HR_OK; /* bytes that may look like letters */
    return hr_fail(HR_ERR_TASK,
                   "%s %ld holds \"%s\", a letter of %zu bytes; a symbol is one byte (ASCII), so "
                   "write another one for it",
                   place_of(survey), survey->letter_line, survey->letter, strlen(survey->letter));
}

/* The family that was asked for; refuses pairs that are none of it. */
static hr_status end_family(const hr_task_survey *survey, hr_task *out) {
    size_t i = 0;
    while (hr_family_at(i) != survey->family) i++;
    size_t cells = survey->other[i].cells;
    hr_status status = survey->family->of_length(cells ? cells : survey->length, out);
    if (status || survey->most || !survey->other[i].count) return status;
    return hr_fail(HR_ERR_TASK,
                   "%s %ld is no %s (%s), as %zu of %zu rows are none; mend or leave them out, or "
                   "set another task",
                   place_of(survey), survey->other[i].line, survey->family->name,
                   survey->other[i].why, survey->other[i].count, survey->pairs);
}

/* The family that all or nearly all pairs are of, or nearly all questions; *found: there is one. */
static hr_status end_told(const hr_task_survey *survey, hr_task *out, bool *found) {
    enum { ALL, MOST, QUESTIONS, TRIES };
    *found = true;
    for (int by = ALL; by < TRIES; by++)
        for (size_t i = 0; !survey->plain && hr_family_at(i); i++) {
            const hr_task_ops *family = hr_family_at(i);
            size_t others = survey->other[i].count;
            if (family->shows && !survey->seen[(unsigned char)family->shows]) continue;
            if (survey->other[i].partial && !survey->other[i].shown &&
                survey->other[i].chance < CHANCE)
                continue; /* may be another puzzle, whose answers hold '.' */
            if (by == ALL ? others > 0 : by == MOST ? !nearly_all(survey, i) : !asked_by(survey, i))
                continue;
            size_t cells = survey->other[i].cells;
            if (!others || survey->most)
                return family->of_length(cells ? cells : survey->length, out);
            if (by == MOST)
                return hr_fail(HR_ERR_TASK,
                               "%s %ld is no %s (%s), but %zu of %zu rows are; mend it or leave "
                               "it out, or set task to grid for plain grids",
                               place_of(survey), survey->other[i].line, family->name,
                               survey->other[i].why, survey->pairs - others, survey->pairs);
            return hr_fail(HR_ERR_TASK,
                           "looks like %s, by its questions, but %zu of %zu answers are wrong; the "
                           "first is in %s %ld (%s); mend them (hrm data check lists them), or "
                           "set task to grid for plain grids",
                           family->name, others, survey->pairs, place_of(survey),
                           survey->other[i].line, survey->other[i].why);
        }
    *found = false;
    return HR_OK;
}

hr_status hr_task_survey_end(const hr_task_survey *survey, hr_task *out) {
    char alphabet[256];
    bool found;
    if (!survey->pairs)
        return hr_fail(HR_ERR_TASK, "no puzzle to tell the task from; the data are empty");
    if (survey->family) return end_family(survey, out);
    hr_status status = end_told(survey, out, &found);
    if (found) return status;
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
