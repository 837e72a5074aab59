/* fuzz_journal.c - a hostile metrics.jsonl, to which a run that goes on adds: after the first byte,
 * which is the step that its state stands at. */
#include <string.h>

#include "folder.h"
#include "base/os.h"
#include "base/text.h"
#include "train/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static hr_journal_mark reopen(const char *path, int64_t step, hr_journal_mark mark) {
    hr_journal j = {.mark = mark};
    if (hr_journal_open(&j, hr_text_copy(path), step)) abort();
    mark = j.mark;
    hr_journal_close(&j);
    return mark;
}

/* What is kept is whole lines, no more than there were, and kept again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[128];
    bool whole = false;
    if (!size) return 0;
    folder_open();
    folder_path("metrics.jsonl", path);
    folder_put("metrics.jsonl", data + 1, size - 1);
    hr_journal_mark mark = reopen(path, data[0], (hr_journal_mark){.bytes = -1});
    if (hr_journal_check(path, &mark, &whole) || !whole) abort();
    if (mark.bytes > (int64_t)size - 1 || (size_t)mark.bytes != hr_os_size(path)) abort();
    hr_journal_mark again = reopen(path, data[0], (hr_journal_mark){.bytes = -1});
    if (again.bytes != mark.bytes || again.sum != mark.sum) abort();
    return 0;
}
