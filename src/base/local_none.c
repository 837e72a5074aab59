/* local_none.c - local.h without the system's threads, for libhrm-core.a in place of local.c:
 * blocks stay until the program ends. */
#include "base/local.h"

#include <stdlib.h>

void *hr_local(void **slot, size_t size) {
    if (!*slot) *slot = calloc(1, size);
    return *slot;
}
