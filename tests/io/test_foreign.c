/* test_foreign.c - files as other programs and people write them: who has one must not have to
 * rewrite it first, and is told what it is where it cannot be read. */
#include "test.h"

#include <unistd.h>

#include <zlib.h>

#include "base/mem.h"
#include "base/kind.h"
#include "base/plain.h"
#include "base/rng.h"
#include "base/text.h"
#include "io/csv.h"
#include "io/json.h"
#include "io/npy.h"
#include "io/yaml.h"

static void says(const char *what) {
    if (!strstr(hr_error_text(), what))
        fail_msg("\"%s\" does not say \"%s\"", hr_error_text(), what);
}

/* ---- text ------------------------------------------------------------------------------------ */

static char path[] = "/tmp/hrm-foreign-XXXXXX";

static void put(const void *bytes, size_t size) {
    OK(hr_os_write_file(path, bytes, size));
}

static void text_reads(const void *bytes, size_t size, const char *wanted) {
    hr_file file;
    put(bytes, size);
    OK(hr_plain_load(path, &file));
    assert_int_equal(file.size, strlen(wanted));
    assert_memory_equal(file.data, wanted, file.size);
    hr_os_unload(&file);
}

/* Packs one text as gzip does. */
static size_t pack(const char *text, unsigned char *out, size_t room) {
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)text;
    z.avail_in = (uInt)strlen(text);
    z.next_out = out;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return z.total_out;
}

static void texts_are_unpacked(void **state) {
    (void)state;
    unsigned char packed[256];
    size_t one = pack("\xef\xbb\xbf"
                      "abc",
                      packed, sizeof packed);
    size_t two = pack("def", packed + one, sizeof packed - one);
    hr_file file;
    text_reads("abc", 3, "abc");
    text_reads("\xef\xbb\xbf"
               "abc",
               6, "abc");
    text_reads("\xef\xbb\xbf", 3, "");
    text_reads("", 0, "");
    text_reads(packed, one, "abc");
    text_reads(packed, one + two, "abcdef"); /* as cat joins them */
    for (size_t cut = 2; cut < one; cut++) {
        put(packed, cut);
        assert_int_equal(hr_plain_load(path, &file), HR_ERR_FORMAT);
        says("cut off");
    }
    packed[one - 6] ^= 1; /* the checksum */
    put(packed, one);
    assert_int_equal(hr_plain_load(path, &file), HR_ERR_FORMAT);
}

/* A small file that becomes a large one takes no memory for it; tables of usual sizes are read. */
static void texts_unpack_to_a_limit(void **state) {
    (void)state;
    enum { LIMIT = 8 << 20, LONG = 12 << 20 };
    char *text = hr_alloc(LONG + 1);
    size_t room = LONG, size;
    unsigned char *packed = hr_alloc(room);
    assert_non_null(packed);
    hr_rng random = hr_rng_stream(1, "digits");
    for (size_t i = 0; i < LONG; i++) text[i] = (char)('0' + hr_rng_below(random, i, 10));
    size = pack(text, packed, room);
    assert_true(6 * size > LONG - LIMIT);
    text_reads(packed, size, text);
    memset(text, ' ', LONG);
    text[LIMIT] = 0;
    size = pack(text, packed, room);
    text_reads(packed, size, text);
    text[LIMIT] = ' ';
    size = pack(text, packed, room);
    put(packed, size);
    hr_file file;
    uint64_t before = hr_alloc_bytes();
    assert_int_equal(hr_plain_load(path, &file), HR_ERR_FORMAT);
    says("unpack it first");
    assert_true(hr_alloc_bytes() - before < 2 * size + 4096);
    hr_free(packed);
    hr_free(text);
}

static void what_is_no_text_is_named(void **state) {
    (void)state;
    const struct {
        const char *bytes;
        size_t size;
        const char *what;
    } files[] = {{"\xff\xfe"
                  "1\0",
                  4, "UTF-16"},
                 {"\xfe\xff\0"
                  "1",
                  4, "UTF-16"},
                 {"1\0002\0", 4, "UTF-16"},
                 {"PAR1....", 8, "Parquet"},
                 {"PK\3\4....", 8, "zip archive"},
                 {"\x28\xb5\x2f\xfd..", 6, "zstd"},
                 {"BZh9", 4, "bzip2"}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        hr_file file;
        put(files[i].bytes, files[i].size);
        assert_int_equal(hr_plain_load(path, &file), HR_ERR_FORMAT);
        says(files[i].what);
        says(path);
    }
    assert_null(hr_kind_other("1234", 4));
    assert_null(hr_kind_other("", 0));
}

static void json_with_a_mark(void **state) {
    (void)state;
    json_t *root;
    put("\xef\xbb\xbf{\"a\": 1}", 11);
    OK(hr_json_open(path, &root));
    json_decref(root);
}

/* ---- tables ---------------------------------------------------------------------------------- */

static void check_table(const char *text, long names) {
    hr_csv csv;
    bool more;
    hr_csv_begin(&csv, text, strlen(text), "t.csv");
    OK(hr_csv_next(&csv, &more));
    assert_int_equal(hr_csv_column(&csv, "question puzzle quizzes", 0), 1);
    assert_int_equal(hr_csv_column(&csv, "solution", 0), 2);
    OK(hr_csv_next(&csv, &more));
    assert_true(more && csv.fields == 3 && csv.line == names + 1);
    assert_true(csv.field[1].size == 4 && !memcmp(csv.field[1].text, "1,2 ", 4));
    OK(hr_csv_next(&csv, &more));
    assert_true(more && csv.line == names + 2 && csv.field[2].size == 0);
    OK(hr_csv_next(&csv, &more));
    assert_false(more);
    hr_csv_end(&csv);
}

static void tables_of_all_separators(void **state) {
    (void)state;
    check_table("id,Puzzle,solution\n1,\"1,2 \",3\n2,,\n", 1);
    check_table("id;puzzle; Solution \r\n1;1,2 ;3\r\n2;;\r\n", 1);
    check_table("id|puzzle|solution\n1|1,2 |3\n2||\n", 1);
    check_table("sep=;\r\nid;puzzle;solution\r\n1;1,2 ;3\r\n2;;\r\n", 2);
    check_table("id\tquizzes\tsolution\r1\t1,2 \t3\r2\t\t\r", 1);
}

/* ---- arrays ---------------------------------------------------------------------------------- */

/* The numbers of an array of two rows and three columns. */
static void check_array(const char *descr, const char *fortran, const void *data, size_t size,
                        const double *wanted) {
    unsigned char bytes[256] = "\x93NUMPY\x01";
    char *header = (char *)bytes + 10;
    snprintf(header, 200, "{'descr': '%s', 'fortran_order': %s, 'shape': (2, 3), }", descr,
             fortran);
    bytes[8] = (unsigned char)strlen(header);
    memcpy(header + bytes[8], data, size);
    hr_tensor t;
    void *own;
    OK(hr_npy_parse(bytes, 10 + bytes[8] + size, "t.npy", &t, &own));
    assert_true(t.dims == 2 && t.shape[0] == 2 && t.shape[1] == 3);
    for (size_t i = 0; i < 6; i++)
        if (hr_tensor_at(&t, i) != wanted[i]) fail_msg("%s %s: element %zu", descr, fortran, i);
    hr_free(own);
}

static void arrays_of_all_orders(void **state) {
    (void)state;
    static const double rows[] = {1, 2, 3, 4, 5, 6}, cols[] = {1, 3, 5, 2, 4, 6};
    static const double large[] = {1, 2, 3, 4, 5, 65535};
    static const unsigned char bytes[] = {1, 2, 3, 4, 5, 6};
    static const unsigned char big[] = {0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6};
    static const unsigned char little[] = {1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 0xff, 0xff};
    check_array("|u1", "False", bytes, 6, rows);
    check_array("|u1", "True", bytes, 6, cols);
    check_array(">i1", "False", bytes, 6, rows);
    check_array(">i2", "False", big, 12, rows);
    check_array(">u2", "True", big, 12, cols);
    check_array("<u2", "False", little, 12, large);
    static const double minus[] = {1, 2, 3, 4, 5, -1};
    check_array("<i2", "False", little, 12, minus);
    check_array("=i2", "False", little, 12, minus);
}

static void numbers_too_large_are_refused(void **state) {
    (void)state;
    unsigned char bytes[128] = "\x93NUMPY\x01";
    const char *header = "{'descr': '<u8', 'fortran_order': False, 'shape': (1,), }";
    bytes[8] = (unsigned char)strlen(header);
    memcpy(bytes + 10, header, bytes[8]);
    memset(bytes + 10 + bytes[8], 0xff, 8);
    hr_tensor t;
    void *own;
    assert_int_equal(hr_npy_parse(bytes, 18u + bytes[8], "t.npy", &t, &own), HR_ERR_FORMAT);
    says("above 9223372036854775807");
}

/* ---- YAML ------------------------------------------------------------------------------------ */

static void yaml_nulls(void **state) {
    (void)state;
    static const char text[] = "a: null\nb: ~\nc: Null\nd: 'null'\ne: \"~\"\nf: True\n";
    hr_yaml y;
    bool yes = false;
    OK(hr_yaml_parse(text, sizeof text - 1, "t.yaml", &y));
    assert_int_equal(y.count, 6);
    assert_null(hr_yaml_find(&y, "a"));
    assert_null(hr_yaml_find(&y, "b"));
    assert_null(hr_yaml_find(&y, "c"));
    assert_string_equal(hr_yaml_find(&y, "d"), "null");
    assert_string_equal(hr_yaml_find(&y, "e"), "~");
    assert_true(hr_text_bool(hr_yaml_find(&y, "f"), &yes) && yes);
    hr_yaml_close(&y);
    assert_int_equal(hr_yaml_parse("a: ~\na: 1\n", 10, "t.yaml", &y), HR_ERR_FORMAT);
}

static int make_file(void **state) {
    (void)state;
    return close(mkstemp(path));
}

static int remove_file(void **state) {
    (void)state;
    return unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_unpacked),
        cmocka_unit_test(texts_unpack_to_a_limit),
        cmocka_unit_test(what_is_no_text_is_named),
        cmocka_unit_test(json_with_a_mark),
        cmocka_unit_test(tables_of_all_separators),
        cmocka_unit_test(arrays_of_all_orders),
        cmocka_unit_test(numbers_too_large_are_refused),
        cmocka_unit_test(yaml_nulls),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
