/* result.c - see result.h */
#include "base/result.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

typedef struct kept {
    struct kept *next;
    void *block;
} kept;

/* Before the structure. */
typedef struct head {
    _Alignas(HR_ALIGN) kept *first;
    bool failed;
} head;

static head *head_of(const void *result) {
    return (head *)(uintptr_t)result - 1;
}

void *hr_result_new(size_t size) {
    head *h = hr_alloc(hr_add(sizeof(head), size));
    return h ? h + 1 : NULL;
}

void hr_result_free(void *result) {
    if (!result) return;
    for (kept *k = head_of(result)->first, *next; k; k = next) {
        next = k->next;
        hr_free(k->block);
        hr_free(k);
    }
    hr_free(head_of(result));
}

void *hr_result_keep(void *result, void *block) {
    head *h = head_of(result);
    kept *k = block ? HR_NEW(kept, 1) : NULL;
    if (!k) {
        h->failed = true;
        hr_free(block);
        return NULL;
    }
    *k = (kept){h->first, block};
    h->first = k;
    return block;
}

const char *hr_result_text(void *result, const char *text) {
    return text ? hr_result_keep(result, hr_text_copy(text)) : NULL;
}

/* The list moves whenever its length is a power of two. */
void hr_result_add(void *result, const char *const **list, size_t *count, char *text) {
    const char **own = (const char **)(uintptr_t)*list;
    if (!(*count & (*count - 1))) {
        own = HR_RESULT_ARRAY(result, const char *, *count ? 2 * *count : 1);
        if (own && *count) memcpy(own, *list, *count * sizeof *own);
    }
    text = hr_result_keep(result, text);
    if (!own || !text) return;
    own[(*count)++] = text;
    *list = own;
}

hr_status hr_result_give(hr_status status, void *result, void *slot) {
    if (!status) status = hr_fail_unless_short("a result");
    if (!status && (!result || head_of(result)->failed)) status = HR_ERR_MEM;
    if (status || !slot) hr_result_free(result);
    if (status) result = NULL;
    if (slot) memcpy(slot, &result, sizeof result);
    return status;
}
