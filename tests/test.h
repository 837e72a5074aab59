/* test.h - what every unit test program needs: cmocka, and a skip with a clear message.
 *
 * A test file defines tests as `static void name(void **state)` and ends with
 *     HR_TEST_MAIN(cmocka_unit_test(a), cmocka_unit_test(b))                                     */
#ifndef HR_TEST_H
#define HR_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

/* Fails the test with the library's own message when `call` fails. */
#define OK(call)                                                                                   \
    do {                                                                                           \
        if ((call) != HR_OK) fail_msg("%s: %s", #call, hr_error_text());                           \
    } while (0)

/* Where the shared benchmark data and fixtures are: HRM_SHARED (empty: nowhere), else ../shared.
 * NULL where nothing is there. */
static inline const char *test_shared(void) {
    const char *dir = getenv("HRM_SHARED");
    if (!dir) dir = "../shared";
    if (!*dir) return NULL;
    char probe[512];
    snprintf(probe, sizeof probe, "%s/fixtures/manifest.json", dir);
    FILE *f = fopen(probe, "rb");
    if (!f) return NULL;
    fclose(f);
    return dir;
}

#define SKIP_WITHOUT_SHARED(dir)                                                                   \
    const char *dir = test_shared();                                                               \
    if (!dir) {                                                                                    \
        print_message("# skipped: no fixtures; set HRM_SHARED to the folder that holds them\n");   \
        skip();                                                                                    \
    }

#define HR_TEST_MAIN(...)                                                                          \
    int main(void) {                                                                               \
        const struct CMUnitTest tests[] = {__VA_ARGS__};                                           \
        return cmocka_run_group_tests(tests, NULL, NULL);                                          \
    }

#endif
