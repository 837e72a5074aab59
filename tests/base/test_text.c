/* test_text.c - texts and messages at their limits: letters that are cut, numbers that overflow,
 * threads that have no memory for a message. What is wrong here is shown, garbled, to everybody. */
#include "test.h"

#include <pthread.h>
#include <wchar.h>

#include "base/kind.h"
#include "base/mem.h"
#include "base/text.h"

static void letters_are_told_from_bytes(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t size; /* 0: none */
    } cases[] = {{"a", 1},
                 {"\t", 0},
                 {"\x7f", 0},
                 {"\x80", 0},
                 {"\xc1\x80", 0}, /* longer than it needs to be */
                 {"\xc3\xa4", 2},
                 {"\xc3", 0},
                 {"\xc3x", 0},
                 {"\xe0\x9f\x80", 0},
                 {"\xe0\xa0\x80", 3},
                 {"\xe2\x82\xac", 3},
                 {"\xe2\x82x", 0},
                 {"\xed\x9f\xbf", 3},
                 {"\xed\xa0\x80", 0}, /* half of a letter of UTF-16 */
                 {"\xf0\x8f\xbf\xbf", 0},
                 {"\xf0\x9f\x98\x80", 4},
                 {"\xf1\x80\x80\x80", 4},
                 {"\xf4\x8f\xbf\xbf", 4},
                 {"\xf4\x90\x80\x80", 0}, /* beyond Unicode */
                 {"\xf5\x80\x80\x80", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t size = hr_text_letter(cases[i].text, strlen(cases[i].text));
        if (size != cases[i].size) fail_msg("letter %zu: %zu bytes", i, size);
    }
    assert_true(hr_text_blank("", 0) && hr_text_blank(" \n", 2) && !hr_text_blank(" x", 2));
}

/* Each is cut to `size` bytes, and must end with a whole letter. */
static void cut_messages_end_with_a_letter(void **state) {
    (void)state;
    static const struct {
        const char *text, *left;
        int size;
    } cases[] = {{"a\xf0\x9f\x98\x80", "a", 2},
                 {"a\xf0\x9f\x98\x80", "a", 4},
                 {"a\xf0\x9f\x98\x80", "a\xf0\x9f\x98\x80", 5},
                 {"a\xe2\x82\xac", "a", 3},
                 {"\x80\x80\x80\x80\x80", "\x80\x80\x80\x80", 4}, /* no letters at all */
                 {"\xe2\x82\xac", "", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hr_fail(HR_ERR_TASK, "%.*s", cases[i].size, cases[i].text);
        assert_string_equal(hr_error_text(), cases[i].left);
    }
    hr_fail(HR_ERR_TASK, "%.3d%%", 7);
    assert_string_equal(hr_error_text(), "007%");
    char name[1200], format[1400];
    memset(name, 'n', sizeof name);
    memcpy(name + 1022, "\xe2\x82\xac", 4); /* a letter at the end of the room for a message */
    hr_fail(HR_ERR_TASK, "%s", name);
    assert_int_equal(strlen(hr_error_text()), 1022);
    memset(format, 'f', sizeof format); /* too long to mark where it is cut */
    strcpy(format + 1100, "%.2s");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    hr_fail(HR_ERR_TASK, format, "xyz");
#pragma GCC diagnostic pop
    assert_int_equal(strlen(hr_error_text()), 1023);
    hr_fail_in(HR_ERR_TASK, "%s", name); /* leaves no room for what was said before */
    assert_int_equal(strlen(hr_error_text()), 1023);
    hr_fail(HR_ERR_TASK, "%s", "\xc2\xa9 \xc2"); /* no order to a terminal */
    assert_string_equal(hr_error_text(), "\xc2\xa9 \xc2");
}

static void numbers_end_somewhere(void **state) {
    (void)state;
    int64_t n;
    double x = 0.1 + 0.2;
    char text[HR_REAL_SIZE];
    static const char *const bad[] = {"-", "9223372036854775808", "-x", "1e300", "1e", "2.5e0"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (hr_text_integer(bad[i], &n)) fail_msg("%s: %lld", bad[i], (long long)n);
    hr_text_real(x, text);
    assert_string_equal(text, "0.30000000000000004");
    hr_text_real(0.1, text);
    assert_string_equal(text, "0.1");
}

static void words_too_long_are_like_none(void **state) {
    (void)state;
    char longer[80];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    const char *const words[] = {NULL, "hidden", longer};
    assert_null(hr_text_nearest(longer, words, 2));
    assert_string_equal(hr_text_nearest("hidde", words, 3), "hidden");
}

/* What cannot be written as text in the C locale makes no text, and no half of one. */
static void what_cannot_be_printed_is_none(void **state) {
    (void)state;
    static const wchar_t letter[] = {0x20ac, 0};
    hr_buffer b = {0};
    assert_null(hr_text_format("%ls", letter));
    hr_buffer_print(&b, "fine");
    hr_buffer_print(&b, "%ls", letter);
    assert_true(b.failed);
    assert_string_equal(b.text, "fine");
    hr_buffer_free(&b);
}

/* Millions of values in a file of megabytes would take gigabytes. */
static void json_of_too_many_values_is_refused(void **state) {
    (void)state;
    enum { LISTS = 2000000 };
    char *text = hr_alloc(3 * LISTS + 2);
    *text = '[';
    for (size_t i = 0; i < LISTS; i++) memcpy(text + 1 + 3 * i, "[],", 3);
    assert_int_equal(hr_text_check_json(text, 3 * LISTS + 1), HR_ERR_FORMAT);
    assert_non_null(strstr(hr_error_text(), "so many values"));
    OK(hr_text_check_json(text, LISTS / 2)); /* fewer */
    *text = '"';                             /* is a text, then */
    OK(hr_text_check_json(text, 3 * LISTS + 1));
    OK(hr_text_check_json(" \t\n", 3));
    OK(hr_text_check_json("", 0));
    OK(hr_text_check_json(" {\"a\\\"[[\": 1}", 13));
    hr_free(text);
}

/* Without a byte order mark too. */
static void utf16_is_named(void **state) {
    (void)state;
    assert_non_null(strstr(hr_kind_other("q\0u\0", 4), "UTF-16"));
    assert_non_null(strstr(hr_kind_other("\0q\0u", 4), "UTF-16"));
    assert_null(hr_kind_other("q\0\0u", 4));
    assert_null(hr_kind_other("ques", 4));
}

/* ---- threads that never failed, or have no memory for a message ------------------------------ */

static _Thread_local bool none; /* of this thread's allocations with calloc succeeds */

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
extern void *__libc_calloc(size_t count, size_t size);
void *calloc(size_t count, size_t size) {
    return none ? NULL : __libc_calloc(count, size);
}
enum { CAN_FAIL = 1 };
#else
enum { CAN_FAIL = 0 };
#endif

static void *first_failures(void *argument) {
    bool *good = argument;
    none = CAN_FAIL;
    *good = !*hr_error_text() && hr_error_failure().status == HR_OK;
    if (!CAN_FAIL) return NULL;
    *good &= hr_fail(HR_ERR_ARG, "anything") == HR_ERR_MEM;
    *good &= hr_fail_in(HR_ERR_ARG, "file") == HR_ERR_MEM;
    *good &= hr_fail_place(HR_ERR_ARG, "file", 1, 1) == HR_ERR_ARG;
    *good &= hr_fail_option(HR_ERR_ARG, "option") == HR_ERR_ARG;
    *good &= hr_fail_puzzle(HR_ERR_ARG, 1) == HR_ERR_ARG;
    *good &= hr_fail_cell(HR_ERR_ARG, 1) == HR_ERR_ARG;
    *good &= hr_fail_offset(HR_ERR_ARG, 1) == HR_ERR_ARG;
    *good &= hr_error_failure().status == HR_ERR_MEM;
    *good &= !strcmp(hr_error_text(), "out of memory");
    none = false;
    *good &= hr_fail(HR_ERR_ARG, "said") == HR_ERR_MEM; /* what was short is told at last */
    *good &= !strcmp(hr_error_text(), "out of memory: said");
    hr_fail_told();
    *good &= hr_fail(HR_ERR_ARG, "said") == HR_ERR_ARG;
    return NULL;
}

static void threads_begin_without_a_failure(void **state) {
    (void)state;
    bool good = false;
    pthread_t id;
    assert_int_equal(pthread_create(&id, NULL, first_failures, &good), 0);
    pthread_join(id, NULL);
    assert_true(good);
    assert_string_equal(hr_status_name(1), "unknown");
    assert_string_equal(hr_status_name(-99), "unknown");
    hr_fail(HR_ERR_ARG, "one"); /* memory that was short is said of the last failure */
    hr_fail_puzzle(HR_ERR_ARG, 3);
    assert_int_equal(hr_error_failure().puzzle, 3);
    hr_fail_short();
    assert_int_equal(hr_error_failure().status, HR_ERR_MEM);
    hr_fail_told();
}

HR_TEST_MAIN(cmocka_unit_test(letters_are_told_from_bytes),
             cmocka_unit_test(cut_messages_end_with_a_letter),
             cmocka_unit_test(numbers_end_somewhere),
             cmocka_unit_test(words_too_long_are_like_none),
             cmocka_unit_test(what_cannot_be_printed_is_none),
             cmocka_unit_test(json_of_too_many_values_is_refused), cmocka_unit_test(utf16_is_named),
             cmocka_unit_test(threads_begin_without_a_failure))
