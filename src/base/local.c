/* local.c - blocks of threads: a list per thread, which a key of the system's frees at its end. */
#include "base/local.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

typedef struct block {
    _Alignas(max_align_t) struct block *next;
    void **slot;
} block;

static pthread_key_t key;
static bool has_key;

static void free_all(void *first) {
    for (block *b = first, *next; b; b = next) {
        next = b->next;
        *b->slot = NULL; /* of this thread, which may come back here while it ends */
        free(b);
    }
}

__attribute__((constructor)) static void begin(void) {
    has_key = !pthread_key_create(&key, free_all);
}

/* The code goes; other threads, if there are any, leave their blocks behind. */
__attribute__((destructor)) static void end(void) {
    if (!has_key) return;
    free_all(pthread_getspecific(key));
    pthread_key_delete(key);
    has_key = false;
}

void *hr_local(void **slot, size_t size) {
    if (*slot) return *slot;
    block *b = has_key ? calloc(1, sizeof *b + size) : NULL;
    if (!b) return NULL;
    *b = (block){pthread_getspecific(key), slot};
    if (pthread_setspecific(key, b)) free(b);
    else *slot = b + 1;
    return *slot;
}
