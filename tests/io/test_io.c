/* test_io.c - the readers and writers of files: what comes back is what went in, and outside bytes
 * that break a format are refused with the file's name, the place and the reason. */
#include "test.h"

#include <math.h>
#include <png.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/os.h"
#include "base/xxh64.h"
#include "io/canvas.h"
#include "io/csv.h"
#include "io/json.h"
#include "io/npy.h"
#include "io/safetensors.h"
#include "io/yaml.h"

static void says(const char *what) {
    if (!strstr(hr_error_text(), what))
        fail_msg("\"%s\" does not say \"%s\"", hr_error_text(), what);
}

/* ---- CSV ------------------------------------------------------------------------------------- */

static bool is(const hr_csv *csv, int field, const char *text) {
    const hr_csv_field *f = &csv->field[field];
    return f->size == strlen(text) && !memcmp(f->text, text, f->size);
}

static void csv_rows(void **state) {
    (void)state;
    static const char text[] = "a,b\r\n\r\n  x ,\"1,\"\"2\"\"\"\n\"two\nlines\",\nlast,";
    hr_csv csv;
    bool more;
    hr_csv_begin(&csv, text, sizeof text - 1, "t.csv");
    OK(hr_csv_next(&csv, &more));
    assert_true(more && csv.fields == 2 && csv.line == 1);
    assert_int_equal(hr_csv_column(&csv, "b", 0), 1);
    assert_int_equal(hr_csv_column(&csv, "a", 0), 0);
    assert_int_equal(hr_csv_column(&csv, "c", 0), -1);
    OK(hr_csv_next(&csv, &more));
    assert_true(is(&csv, 0, "  x ") && is(&csv, 1, "1,\"2\"")); /* blanks belong to mazes */
    assert_int_equal(csv.line, 3);
    OK(hr_csv_next(&csv, &more));
    assert_true(is(&csv, 0, "twolines") && is(&csv, 1, ""));
    assert_int_equal(csv.line, 4);
    OK(hr_csv_next(&csv, &more)); /* no newline at the end */
    assert_true(is(&csv, 0, "last") && is(&csv, 1, ""));
    assert_int_equal(csv.line, 6);
    OK(hr_csv_next(&csv, &more));
    assert_false(more);
    hr_csv_end(&csv);
}

static void csv_refuses(void **state) {
    (void)state;
    char wide[200];
    memset(wide, ',', sizeof wide);
    const struct {
        const char *text;
        size_t size;
        const char *reason;
    } bad[] = {{"a\n\"b", 4, "line 2: a quote"},
               {"a\nb\0c\n", 6, "line 2: holds a zero"},
               {"\"a\"b\n", 5, "line 1: text follows"},
               {wide, sizeof wide, "64 columns"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        hr_csv csv;
        bool more = true;
        hr_status status = HR_OK;
        hr_csv_begin(&csv, bad[i].text, bad[i].size, "t.csv");
        while (!status && more) status = hr_csv_next(&csv, &more);
        assert_int_equal(status, HR_ERR_FORMAT);
        says("t.csv");
        says(bad[i].reason);
        hr_csv_end(&csv);
    }
}

/* ---- npy ------------------------------------------------------------------------------------- */

static void npy_reads_back(void **state) {
    (void)state;
    static const int64_t numbers[] = {-3, 0, 5, 7, 100, 6};
    static const hr_dtype types[] = {HR_F32, HR_F64, HR_I64, HR_I32, HR_I16, HR_I8, HR_U8, HR_BOOL};
    char path[] = "/tmp/hrm-npy-XXXXXX";
    close(mkstemp(path));
    for (size_t k = 0; k < sizeof types / sizeof *types; k++) {
        unsigned char data[48];
        for (int i = 0; i < 6; i++) {
            int64_t v = types[k] == HR_U8     ? llabs(numbers[i])
                        : types[k] == HR_BOOL ? i % 2
                                              : numbers[i];
            if (types[k] == HR_F32) memcpy(data + 4 * i, &(float){(float)v}, 4);
            else if (types[k] == HR_F64) memcpy(data + 8 * i, &(double){(double)v}, 8);
            else memcpy(data + hr_dtype_size(types[k]) * (size_t)i, &v, hr_dtype_size(types[k]));
        }
        hr_tensor t = {.dtype = types[k], .dims = 2, .shape = {2, 3}, .count = 6, .data = data};
        hr_npy file;
        OK(hr_npy_write(path, &t));
        OK(hr_npy_open(path, &file));
        assert_int_equal(file.tensor.dtype, types[k]);
        assert_true(file.tensor.dims == 2 && file.tensor.shape[0] == 2 &&
                    file.tensor.shape[1] == 3);
        assert_memory_equal(file.tensor.data, data, 6 * hr_dtype_size(types[k]));
        hr_npy_close(&file);
    }
    unlink(path);
}

/* An npy file of one header and `size` bytes of data. */
static size_t npy_bytes(unsigned char *out, int version, const char *header, size_t size) {
    size_t n = strlen(header);
    memcpy(out, "\x93NUMPY", 6);
    out[6] = (unsigned char)version;
    out[7] = 0;
    out[8] = (unsigned char)n;
    out[9] = (unsigned char)(n >> 8);
    memcpy(out + 10, header, n);
    memset(out + 10 + n, 0, size);
    return 10 + n + size;
}

static void npy_refuses(void **state) {
    (void)state;
    const struct {
        int version;
        const char *header;
        size_t size;
        hr_status status;
    } cases[] = {
        {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 8, HR_OK},
        {1, "{'descr':'<f4','fortran_order':False,'shape':()}", 4, HR_OK},
        {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 7, HR_ERR_FORMAT},
        {1, "{'descr': '<f4', 'fortran_order': Perhaps, 'shape': (2,), }", 8, HR_ERR_FORMAT},
        {1, "{'descr': '<f16', 'fortran_order': False, 'shape': (2,), }", 32, HR_ERR_UNSUPPORTED},
        {1, "{'descr': '<c8', 'fortran_order': False, 'shape': (2,), }", 16, HR_ERR_UNSUPPORTED},
        {1, "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", 8, HR_ERR_UNSUPPORTED},
        {9, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 8, HR_ERR_VERSION},
        {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", 8,
         HR_ERR_FORMAT},
        {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", 8,
         HR_ERR_FORMAT},
        {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,2), }", 8,
         HR_ERR_FORMAT},
        {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", 8, HR_ERR_FORMAT},
        {1, "{'descr': '<f4', 'descr': '<f4', 'shape': (2,), }", 8, HR_ERR_FORMAT},
        {1, "{'descr': '<f4', 'shape': (2,), }", 8, HR_ERR_FORMAT},
        {1, "{'descr': '<f4", 8, HR_ERR_FORMAT},
        {1, "", 0, HR_ERR_FORMAT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned char bytes[256];
        hr_tensor t;
        size_t size = npy_bytes(bytes, cases[i].version, cases[i].header, cases[i].size);
        void *own;
        hr_status status = hr_npy_parse(bytes, size, "t.npy", &t, &own);
        assert_null(own);
        if (status != cases[i].status) fail_msg("case %zu: %d", i, status);
        if (status) says("t.npy");
    }
    hr_tensor t;
    void *own;
    assert_int_equal(hr_npy_parse("\x93NUMPY\x01\0\xff\xff{", 11, "t.npy", &t, &own),
                     HR_ERR_FORMAT);
    assert_int_equal(hr_npy_parse("PK", 2, "t.npy", &t, &own), HR_ERR_FORMAT);
}

/* ---- YAML ------------------------------------------------------------------------------------ */

static hr_status yaml(const char *text, hr_yaml *out) {
    return hr_yaml_parse(text, strlen(text), "t.yaml", out);
}

static void yaml_is_flattened(void **state) {
    (void)state;
    hr_yaml y;
    OK(yaml("# comment\na: 1\nb:\n  c: {d: x y}\n  e: [1, two, '3']\nf: \"q\"\ng:\n", &y));
    assert_int_equal(y.count, 5);
    assert_string_equal(hr_yaml_find(&y, "a"), "1");
    assert_string_equal(hr_yaml_find(&y, "b.c.d"), "x y");
    assert_string_equal(hr_yaml_find(&y, "b.e"), "1,two,3");
    assert_string_equal(hr_yaml_find(&y, "g"), "");
    assert_null(hr_yaml_find(&y, "c"));
    assert_int_equal(y.entries[0].line, 2);
    hr_yaml_close(&y);
    OK(yaml("a:\n- name: x\n  k: {d: 2}\n- name: y\nb: []\n", &y)); /* as TRM lists evaluators */
    assert_string_equal(hr_yaml_find(&y, "a.0.name"), "x");
    assert_string_equal(hr_yaml_find(&y, "a.0.k.d"), "2");
    assert_string_equal(hr_yaml_find(&y, "a.1.name"), "y");
    assert_string_equal(hr_yaml_find(&y, "b"), "");
    hr_yaml_close(&y);
    OK(yaml("", &y));
    assert_int_equal(y.count, 0);
    hr_yaml_close(&y);
    OK(yaml("# nothing\n", &y));
    hr_yaml_close(&y);
}

static void yaml_refuses(void **state) {
    (void)state;
    const struct {
        const char *text, *reason;
    } bad[] = {{"a: 1\na: 2\n", "line 2: a is given twice"},
               {"a: &x 1\n", "anchor"},
               {"a: *x\n", "t.yaml, line 1"},
               {"a: !!int 1\n", "tag"},
               {"a: 1\n---\nb: 2\n", "one document"},
               {"- a\n", "key: value"},
               {"just text\n", "key: value"},
               {"a: [[1]]\n", "list"},
               {"a: {b: {c: {d: {e: {f: {g: {h: {i: 1}}}}}}}}\n", "deep"},
               {"a: [1\n", "t.yaml, line"},
               {"a: \"\\0\"\n", "zero"},
               {"a: b: c\n", "line 1"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        hr_yaml y;
        if (yaml(bad[i].text, &y) != HR_ERR_FORMAT) fail_msg("case %zu passed", i);
        says("t.yaml");
        says(bad[i].reason);
        assert_int_equal(y.count, 0);
    }
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void json_members_are_checked(void **state) {
    (void)state;
    static const char text[] = "{\"i\": 7, \"x\": 1.5, \"b\": true, \"s\": \"t\"}";
    json_t *root;
    int64_t i = 1;
    double x;
    bool b;
    const char *s;
    OK(hr_json_parse(text, strlen(text), "t.json", &root));
    OK(hr_json_int(root, "i", true, 0, 7, &i));
    OK(hr_json_number(root, "x", true, &x));
    OK(hr_json_number(root, "i", true, &x)); /* an integer is a number */
    OK(hr_json_bool(root, "b", true, &b));
    OK(hr_json_string(root, "s", true, &s));
    assert_true(i == 7 && x == 7 && b && !strcmp(s, "t"));
    OK(hr_json_int(root, "absent", false, 0, 7, &i));
    assert_int_equal(i, 7);
    assert_int_equal(hr_json_int(root, "absent", true, 0, 7, &i), HR_ERR_FORMAT);
    assert_int_equal(hr_json_int(root, "i", true, 0, 6, &i), HR_ERR_FORMAT);
    assert_int_equal(hr_json_int(root, "x", true, 0, 7, &i), HR_ERR_FORMAT);
    assert_int_equal(hr_json_string(root, "i", true, &s), HR_ERR_FORMAT);
    json_decref(root);
}

static void json_refuses(void **state) {
    (void)state;
    const char *const bad[] = {"",         "{",          "{\"a\": 1}{", "{\"a\": 1, \"a\": 2}",
                               "{'a': 1}", "{\"a\": 01}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        json_t *root;
        if (hr_json_parse(bad[i], strlen(bad[i]), "t.json", &root) == HR_OK)
            fail_msg("case %zu passed", i);
        says("t.json");
    }
    static const char zero[] = "{\n \"a\": 1\0}"; /* which Jansson takes */
    json_t *root;
    assert_int_equal(hr_json_parse(zero, sizeof zero - 1, "t.json", &root), HR_ERR_FORMAT);
    says("t.json: line 2, column 8: not JSON: holds a zero byte");
}

/* ---- safetensors ----------------------------------------------------------------------------- */

static size_t tensor_bytes(unsigned char *out, const char *header, size_t size) {
    uint64_t n = strlen(header);
    for (int i = 0; i < 8; i++) out[i] = (unsigned char)(n >> (8 * i));
    memcpy(out + 8, header, n);
    for (size_t i = 0; i < size; i++) out[8 + n + i] = (unsigned char)i;
    return 8 + n + size;
}

static void safetensors_read_back(void **state) {
    (void)state;
    static const float values[] = {1, -2, 3.5f, 0, 1e-20f, 4};
    static const int64_t ids[] = {5, -6};
    char path[] = "/tmp/hrm-st-XXXXXX", other[] = "/tmp/hrm-st-XXXXXX";
    close(mkstemp(path));
    close(mkstemp(other));
    const hr_tensor tensors[] = {
        {.name = "w", .dtype = HR_F32, .dims = 2, .shape = {2, 3}, .count = 6, .data = values},
        {.name = "ids", .dtype = HR_I64, .dims = 1, .shape = {2}, .count = 2, .data = ids},
        {.name = "none", .dtype = HR_F32, .dims = 1, .shape = {0}, .count = 0, .data = values}};
    const hr_meta meta[] = {{"format", "hrm"}, {"quote", "a \"b\"\n\\"}};
    hr_safetensors file;
    hr_file a, b;
    OK(hr_safetensors_write(path, tensors, 3, meta, 2));
    OK(hr_safetensors_write(other, tensors, 3, meta, 2));
    OK(hr_os_load(path, &a));
    OK(hr_os_load(other, &b));
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size); /* no time, no order of hashing in the file */
    hr_os_unload(&a);
    hr_os_unload(&b);
    OK(hr_safetensors_open(path, &file));
    assert_int_equal(file.count, 3);
    const hr_tensor *w = hr_safetensors_find(&file, "w");
    assert_memory_equal(w->data, values, sizeof values);
    assert_int_equal((uintptr_t)w->data % HR_ALIGN, 0);
    assert_true(hr_tensor_at(hr_safetensors_find(&file, "ids"), 1) == -6);
    assert_int_equal(hr_safetensors_find(&file, "none")->count, 0);
    assert_null(hr_safetensors_find(&file, "x"));
    assert_string_equal(hr_safetensors_meta(&file, "quote"), meta[1].value);
    hr_safetensors_close(&file);
    unlink(path);
    unlink(other);
}

static void half_precision_is_read(void **state) {
    (void)state;
    static const uint16_t half[] = {0x3c00, 0xc000, 0x7c00, 0x0001, 0x7bff};
    static const uint16_t brain[] = {0x3f80, 0xc040};
    const hr_tensor h = {.dtype = HR_F16, .count = 5, .data = half};
    const hr_tensor b = {.dtype = HR_BF16, .count = 2, .data = brain};
    assert_true(hr_tensor_at(&h, 0) == 1 && hr_tensor_at(&h, 1) == -2 &&
                isinf(hr_tensor_at(&h, 2)));
    assert_true(hr_tensor_at(&h, 3) == 0x1p-24 && hr_tensor_at(&h, 4) == 65504);
    assert_true(hr_tensor_at(&b, 0) == 1 && hr_tensor_at(&b, 1) == -3);
}

static void safetensors_refuse(void **state) {
    (void)state;
#define ONE(dtype, shape, offsets)                                                                 \
    "{\"a\": {\"dtype\": \"" dtype "\", \"shape\": " shape ", \"data_offsets\": " offsets "}}"
    const struct {
        const char *header;
        size_t size;
        bool good;
    } cases[] = {
        {ONE("F32", "[2]", "[0, 8]"), 8, true},
        {ONE("F32", "[]", "[0, 4]"), 4, true},
        {"{}", 0, true},
        {ONE("F32", "[2]", "[0, 8]"), 7, false},
        {ONE("F32", "[2]", "[0, 8]"), 9, false},
        {ONE("F32", "[3]", "[0, 8]"), 8, false},
        {ONE("F32", "[2]", "[-8, 0]"), 8, false},
        {ONE("F32", "[2]", "[8, 0]"), 8, false},
        {ONE("F32", "[2]", "[0, 18446744073709551624]"), 8, false},
        {ONE("F32", "[4294967296, 4294967296]", "[0, 8]"), 8, false},
        {ONE("F32", "[-2]", "[0, 8]"), 8, false},
        {ONE("F32", "[2.0]", "[0, 8]"), 8, false},
        {ONE("F99", "[2]", "[0, 8]"), 8, false},
        {ONE("F32", "2", "[0, 8]"), 8, false},
        {"{\"a\": 1}", 0, false},
        {"[]", 0, false},
        {"nonsense", 0, false},
        {"{\"__metadata__\": {\"a\": 1}}", 0, false},
        {"{\"__metadata__\": []}", 0, false},
        {"{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]}, "
         "\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [4, 8]}}",
         8, false},
        {"{\"a\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 8]}, "
         "\"b\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [4, 12]}}",
         12, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned char bytes[512];
        hr_safetensors file;
        size_t size = tensor_bytes(bytes, cases[i].header, cases[i].size);
        hr_status status = hr_safetensors_parse(bytes, size, "t.safetensors", &file);
        if ((status == HR_OK) != cases[i].good)
            fail_msg("case %zu: %d %s", i, status, hr_error_text());
        if (status) says("t.safetensors");
        hr_safetensors_close(&file);
    }
    hr_safetensors file;
    static char gz[8 + 35615] = "\x1f\x8b\0\0\0\0\0\0{}"; /* a length that looks like gzip's mark */
    memset(gz + 10, ' ', sizeof gz - 10);
    OK(hr_safetensors_parse(gz, sizeof gz, "t", &file));
    hr_safetensors_close(&file);
    assert_int_equal(hr_safetensors_parse("\xff\xff\xff\xff\xff\xff\xff\x7f{}", 10, "t", &file),
                     HR_ERR_FORMAT);
    assert_int_equal(hr_safetensors_parse("", 0, "t", &file), HR_ERR_FORMAT);
}

/* A disk, a cable or memory that flips a bit must not change what a model answers or how a run goes
 * on: whichever bit of a file it is. Values of XXH64 are those of its specification. */
static void flipped_bits_are_refused(void **state) {
    (void)state;
    assert_true(hr_xxh64("", 0, 0) == 0xef46db3751d8e999);
    assert_true(hr_xxh64("Nobody inspects the spammish repetition", 39, 0) == 0xfbcea83c8a378bf1);
    static const float values[] = {1, -2, 3.5f, 0, 1e-20f, 4};
    const hr_tensor tensors[] = {
        {.name = "w", .dtype = HR_F32, .dims = 2, .shape = {2, 3}, .count = 6, .data = values},
        {.name = "v", .dtype = HR_F32, .dims = 1, .shape = {1}, .count = 1, .data = values},
        {.name = "none", .dtype = HR_F32, .dims = 1, .shape = {0}, .count = 0, .data = values}};
    const hr_meta meta[] = {{"format", "hrm"}, {"quote", "a \"b\"\n\\"}};
    char path[] = "/tmp/hrm-flip-XXXXXX";
    close(mkstemp(path));
    hr_file whole;
    OK(hr_safetensors_write(path, tensors, 3, meta, 2));
    OK(hr_os_load(path, &whole));
    unlink(path);
    unsigned char *bytes = (unsigned char *)(uintptr_t)whole.data;
    size_t passed = 0;
    for (size_t bit = 0; bit < 8 * whole.size; bit++) {
        hr_safetensors file;
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        if (!hr_safetensors_parse(bytes, whole.size, "f", &file))
            fail_msg("bit %zu of byte %zu, '%c', passed", bit % 8, bit / 8, bytes[bit / 8]);
        says("f: ");
        passed += !hr_safetensors_parse_unverified(bytes, whole.size, "f", &file);
        hr_safetensors_close(&file);
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    assert_true(passed >= 8 * 7 * sizeof(float)); /* without checksums all flips of the values */
    hr_os_unload(&whole);
}

/* ---- pictures -------------------------------------------------------------------------------- */

static uint32_t pixel(const uint8_t *rgb, int width, int x, int y) {
    const uint8_t *p = rgb + (y * width + x) * 3;
    return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

/* Read back by libpng: what was painted is there, what lies outside was cut off. */
static void pictures(void **state) {
    (void)state;
    char path[] = "/tmp/hrm-canvas-XXXXXX";
    hr_canvas canvas;
    close(mkstemp(path));
    OK(hr_canvas_open(30, 20, false, &canvas));
    hr_canvas_rect(&canvas, -5, -5, 10, 10, 0x102030);
    hr_canvas_rect(&canvas, 25, 15, 100, 100, 0xff0000);
    hr_canvas_rect(&canvas, 40, 40, 5, 5, 0);
    hr_canvas_glyph(&canvas, 8, 4, 11, '-', 0x00ff00); /* five dots in the middle */
    hr_canvas_glyph(&canvas, 26, -4, 11, '\x80', 0x0000ff);
    OK(hr_canvas_write(&canvas, path));
    hr_canvas_close(&canvas);
    uint8_t rgb[30 * 20 * 3];
    png_image image = {.version = PNG_IMAGE_VERSION};
    assert_int_equal(png_image_begin_read_from_file(&image, path), 1);
    image.format = PNG_FORMAT_RGB;
    assert_int_equal(image.width, 30);
    assert_int_equal(image.height, 20);
    assert_int_equal(png_image_finish_read(&image, NULL, rgb, 0, NULL), 1);
    assert_int_equal(pixel(rgb, 30, 4, 4), 0x102030);
    assert_int_equal(pixel(rgb, 30, 5, 4), 0xffffff);
    assert_int_equal(pixel(rgb, 30, 29, 19), 0xff0000);
    for (int x = 8; x < 19; x++)
        assert_int_equal(pixel(rgb, 30, x, 9), x >= 11 && x < 16 ? 0x00ff00 : 0xffffff);
    assert_int_equal(hr_canvas_open(0, 5, false, &canvas), HR_ERR_ARG);
    assert_int_equal(hr_canvas_open(5, HR_CANVAS_MAX + 1, true, &canvas), HR_ERR_ARG);
    OK(hr_canvas_open(30, 20, true, &canvas));
    hr_canvas_glyph(&canvas, 0, 0, 20, '<', 0x123456);
    OK(hr_canvas_write(&canvas, path));
    assert_non_null(strstr(canvas.text.text, "fill=\"#123456\">&lt;</text>"));
    hr_canvas_close(&canvas);
    remove(path);
}

HR_TEST_MAIN(cmocka_unit_test(pictures), cmocka_unit_test(csv_rows), cmocka_unit_test(csv_refuses),
             cmocka_unit_test(npy_reads_back), cmocka_unit_test(npy_refuses),
             cmocka_unit_test(yaml_is_flattened), cmocka_unit_test(yaml_refuses),
             cmocka_unit_test(json_members_are_checked), cmocka_unit_test(json_refuses),
             cmocka_unit_test(safetensors_read_back), cmocka_unit_test(half_precision_is_read),
             cmocka_unit_test(safetensors_refuse), cmocka_unit_test(flipped_bits_are_refused))
