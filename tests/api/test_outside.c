/* test_outside.c - memory that the libraries below do not get, Jansson, libyaml, libzip, libpng,
 * zlib and the C library itself: some say so, some take it for bad input. Whatever they do, a call
 * fails for want of memory or does without. tests/api/test_short.c does the same with our own
 * memory. */
#include "work.h"

#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/err.h"

static atomic_ulong count;
static unsigned long fail_at; /* 0: none fails */
static bool sticky;           /* all after it, too */

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
extern void *__libc_malloc(size_t size), *__libc_calloc(size_t count, size_t size),
    *__libc_realloc(void *old, size_t size);

#pragma GCC visibility push(default) /* for the libraries that are loaded */
void *malloc(size_t size);
void *calloc(size_t members, size_t size);
void *realloc(void *old, size_t size);
#pragma GCC visibility pop

static bool fails(void) {
    if (!fail_at) return false;
    unsigned long n = atomic_fetch_add(&count, 1) + 1;
    if (sticky ? n < fail_at : n != fail_at) return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size) {
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t members, size_t size) {
    return fails() ? NULL : __libc_calloc(members, size);
}

void *realloc(void *old, size_t size) {
    return size && fails() ? NULL : __libc_realloc(old, size);
}
#endif

/* What waits for a disk, thousands of times, tells nothing. */
int fsync(int fd) {
    (void)fd;
    return 0;
}

/* The allocation that fails is an ever later one; every second time the others after it fail, too.
 */
static void others_run_out_of_memory(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        int failures = 0;
        bool reached = true;
        for (unsigned long n = 1; reached; n += 1 + n / 16) {
            count = 0;
            sticky = n % 2;
            fail_at = n;
            hrm_status status = kinds[i].work();
            fail_at = 0;
            hr_fail_told();
            reached = count >= n;
            bool meant = status == HRM_STATUS_MEM || status == HRM_STATUS_IO; /* errno: ENOMEM */
            if (status && (!meant || !reached))
                fail_msg("%s, allocation %lu: %d, %s", kinds[i].name, n, (int)status, hrm_error());
            failures += status != HRM_STATUS_OK;
        }
        print_message("# %s: %d points\n", kinds[i].name, failures);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(others_run_out_of_memory)};
    return cmocka_run_group_tests(tests, begin, remove_folder);
}
