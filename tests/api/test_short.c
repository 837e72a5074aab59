/* test_short.c - memory that runs out at any point of any kind of work: the call says so, gives
 * nothing and loses nothing, and works again as soon as there is memory. tests/fault/alloc.py tries
 * the same of whole commands, where the sanitizers cannot look for leaks. */
#include "work.h"

#include <unistd.h>

#include "base/mem.h"

/* What waits for a disk, thousands of times, tells nothing. */
int fsync(int fd) {
    (void)fd;
    return 0;
}

/* EVERY=1: at all of them. */
static void memory_runs_out(void **state) {
    (void)state;
    bool every = getenv("EVERY") != NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        int failures = 0;
        bool reached = true;
        for (uint64_t n = 1; reached; n += every || n < kinds[i].most ? 1 : 1 + n / 24) {
            uint64_t before = hr_alloc_count();
            hr_alloc_fail_after(n);
            hrm_status status = kinds[i].work();
            hr_alloc_fail_after(0);
            reached = hr_alloc_count() - before >= n; /* some can be done without */
            if (status && status != HRM_STATUS_MEM)
                fail_msg("%s, allocation %d: %d, %s", kinds[i].name, (int)n, (int)status,
                         hrm_error());
            if (status && !reached) fail_msg("%s: %s", kinds[i].name, hrm_error());
            failures += status != HRM_STATUS_OK;
        }
        print_message("# %s: %d points\n", kinds[i].name, failures);
        if (failures < 10) fail_msg("%s: failed only %d times", kinds[i].name, failures);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(memory_runs_out)};
    return cmocka_run_group_tests(tests, begin, remove_folder);
}
