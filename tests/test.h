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

/* The golden numbers that come with the source; tests run in its root. */
#define FIXTURES "tests/fixtures"

/* Ends the test as skipped; the runner tells why at its end. */
#define SKIP(...)                                                                                  \
    do {                                                                                           \
        print_message("# skipped: " __VA_ARGS__);                                                  \
        print_message("\n");                                                                       \
        skip();                                                                                    \
    } while (0)

/* The folder of what does not come with the source: HRM_SHARED (empty: nowhere), else ../shared.
 * NULL where it has no such file. */
static inline const char *test_shared(const char *file) {
    const char *dir = getenv("HRM_SHARED");
    if (!dir) dir = "../shared";
    char probe[512];
    snprintf(probe, sizeof probe, "%s/%s", dir, file);
    FILE *f = *dir ? fopen(probe, "rb") : NULL;
    if (!f) return NULL;
    fclose(f);
    return dir;
}

#define SKIP_WITHOUT(dir, file)                                                                    \
    const char *dir = test_shared(file);                                                           \
    if (!dir) SKIP("no %s in ../shared or HRM_SHARED", file)

#define HR_TEST_MAIN(...)                                                                          \
    int main(void) {                                                                               \
        const struct CMUnitTest tests[] = {__VA_ARGS__};                                           \
        return cmocka_run_group_tests(tests, NULL, NULL);                                          \
    }

#endif
