/* dataset_open.c - chooses the reader or writer, and checks what all formats have in common. */
#include "data/dataset_open.h"

#include <string.h>

#include "base/mem.h"
#include "base/os.h"
#include "base/text.h"
#include "data/dataset_csv.h"
#include "data/dataset_dir.h"

enum { COPIES = 100 }; /* examples whose symmetries are tried */

/* Every answer must keep the declared rules: tables were checked line by line. */
static hr_status check_rules(const hr_dataset *d) {
    const uint8_t *q, *a;
    char why[96];
    for (size_t i = 0; i < d->examples; i++) {
        hr_dataset_pair(d, i, &q, &a);
        if (hr_dataset_breaks(d, q, a, why))
            return hr_fail(HR_ERR_TASK, "%s: the answer of example %zu breaks the rules: %s",
                           d->path, i, why);
    }
    return HR_OK;
}

hr_status hr_dataset_check_symmetries(const hr_dataset *d, const char *file) {
    const hr_task *task = &d->task;
    size_t seq = (size_t)task->seq;
    char why[96];
    if (!task->declared || !task->ops->augment || d->make || d->unanswered) return HR_OK;
    uint8_t *copy = hr_alloc(hr_mul(seq, 2));
    hr_status status = copy ? HR_OK : HR_ERR_MEM;
    for (size_t n = 0; n < 4 * d->examples && n < 4 * COPIES && !status; n++) {
        size_t i = n / 4;
        hr_rng rng = hr_rng_sub(hr_rng_sub(hr_rng_stream(0, "declared"), i), n % 4);
        task->ops->augment(task, rng, d->inputs + i * seq, d->labels + i * seq, copy, copy + seq);
        if (hr_dataset_breaks(d, copy, copy + seq, why))
            status = hr_fail(HR_ERR_TASK,
                             "%s: symmetries: one of them makes %s %zu of %s break the rules: %s; "
                             "declare only those that hold",
                             file, hr_dataset_places(d), hr_dataset_place(d, i), d->path, why);
    }
    hr_free(copy);
    return status;
}

/* A wrong declaration would otherwise only show as a model that does not learn. */
static hr_status check_task(const hr_dataset *d, const hr_task_choice *choice) {
    if (!d->task.declared || d->make || d->unanswered) return HR_OK;
    hr_status status = hr_os_is_dir(d->path) ? check_rules(d) : HR_OK;
    return !status && choice->declared ? hr_dataset_check_symmetries(d, choice->name) : status;
}

/* Refuses examples that are not of the family, though their letters are its own. */
static hr_status check_family(const hr_dataset *d) {
    const uint8_t *q, *a;
    char why[96];
    for (size_t i = 0; i < d->examples; i++) {
        hr_dataset_pair(d, i, &q, &a);
        if (!hr_dataset_fits(d, q, a, why))
            return hr_fail(HR_ERR_TASK, "%s: example %zu is no %s (%s)", d->path, i,
                           d->task.ops->name, why);
    }
    return HR_OK;
}

/* As all of them below; how: what differs between them. text (may be NULL): a table in memory. */
static hr_status open_any(const hr_dataset *how, const char *path, const hr_file *text,
                          const char *task, const hr_task *expect, bool answers, hr_dataset **out) {
    *out = NULL;
    hr_task_choice choice;
    hr_status status = hr_task_choose(task, &choice);
    if (status) return status;
    hr_dataset *d = HR_NEW(hr_dataset, 1);
    if (d) *d = *how;
    if (d) d->path = hr_text_copy(path);
    if (!d || !d->path) status = HR_ERR_MEM;
    if (!status)
        status = text                 ? hr_dataset_parse_csv(d, text, &choice, expect, answers)
                 : hr_os_is_dir(path) ? hr_dataset_read_dir(d, &choice, expect)
                                      : hr_dataset_read_csv(d, &choice, expect, answers);
    if (!status) hr_dataset_forget_copies(d);
    if (!status && !expect && !choice.declared && choice.name &&
        strcmp(choice.name, d->task.ops->name))
        status = hr_fail(HR_ERR_TASK, "%s: is not %s data", path, choice.name);
    if (!status && !d->bad && !expect) status = check_task(d, &choice);
    if (!status && !d->bad && choice.letters && !expect && hr_os_is_dir(path))
        status = check_family(d);
    hr_task_choice_close(&choice);
    if (status) hr_dataset_free(d);
    else *out = d;
    return status;
}

hr_status hr_dataset_open_partial(const char *path, const char *task, const hr_task *expect,
                                  bool answers, hr_bad *bad, hr_dataset **out) {
    return open_any(&(hr_dataset){.bad = bad}, path, NULL, task, expect, answers, out);
}

hr_status hr_dataset_open(const char *path, const char *task, const hr_task *expect,
                          hr_dataset **out) {
    return hr_dataset_open_partial(path, task, expect, true, NULL, out);
}

hr_status hr_dataset_open_questions(const char *path, const hr_file *text, const hr_task *expect,
                                    hr_dataset **out) {
    return open_any(&(hr_dataset){.lenient = true}, path, text, NULL, expect, false, out);
}

hr_status hr_dataset_export(const hr_dataset *d, const char *path, int copies, uint64_t seed) {
    if (copies < 0 || copies > 100000)
        return hr_fail(HR_ERR_ARG, "augmentations: %d is not between 0 and 100000", copies);
    if (copies && !d->task.ops->augment)
        return hr_fail(HR_ERR_UNSUPPORTED, "%s: the task \"%s\" has no symmetry to augment with",
                       d->path, d->task.ops->name);
    if (d->unanswered)
        return hr_fail(HR_ERR_TASK, "%s: has no column answer, without which data teach nothing",
                       d->path);
    if (hr_mul(d->examples, (size_t)copies + 1) > INT32_MAX)
        return hr_fail(HR_ERR_ARG, "augmentations: %d copies of %zu examples are more than %d",
                       copies, d->examples, INT32_MAX);
    return hr_text_ends(path, ".csv") ? hr_dataset_write_csv(d, path, copies, seed)
                                      : hr_dataset_write_dir(d, path, copies, seed);
}
