/* test_torch.c - weights out of other programs' files: PyTorch's checkpoints come out exactly as
 * they were saved, whatever layout, view or type; a hostile pickle runs nothing and takes nothing;
 * what is written here reads back to the bit. */
#include "golden.h"

#include <unistd.h>
#include <zip.h>

#include "base/mem.h"
#include "base/os.h"
#include "base/text.h"
#include "io/npy.h"
#include "io/npz.h"
#include "io/pickle.h"
#include "io/tensors_open.h"
#include "io/torchpt.h"

static void says(const char *what) {
    if (!strstr(hr_error_text(), what))
        fail_msg("\"%s\" does not say \"%s\"", hr_error_text(), what);
}

static void same_tensor(const hr_tensor *a, const hr_tensor *b) {
    assert_int_equal(a->dims, b->dims);
    for (int d = 0; d < a->dims; d++) assert_int_equal(a->shape[d], b->shape[d]);
    for (size_t i = 0; i < a->count; i++)
        if (hr_tensor_at(a, i) != hr_tensor_at(b, i)) fail_msg("%s differs at %zu", a->name, i);
}

/* ---- fixtures -------------------------------------------------------------------------------- */

/* Every tensor of `expected` is in the file under prefix + name with the same shape and values. */
static void check_fixture(const char *folder, const char *file, const char *expected,
                          const char *prefix, bool same_types) {
    char path[512];
    hr_tensors got;
    hr_safetensors want;
    snprintf(path, sizeof path, "%s/ckpt/%s", folder, file);
    OK(hr_tensors_open(path, &got));
    assert_int_equal(got.kind, HR_TENSORS_TORCH);
    snprintf(path, sizeof path, "%s/ckpt/%s/expected.safetensors", folder, expected);
    OK(hr_safetensors_open(path, &want));
    golden_tensors(got.tensors, got.count, prefix, &want, same_types);
    hr_safetensors_close(&want);
    hr_tensors_close(&got);
}

/* Both record layouts, with and without the prefix of a compiled model. */
static void check_layouts(const char *folder) {
    check_fixture(folder, "hrm_nocompile/step_52083", "hrm", "", true);
    check_fixture(folder, "hrm_newlayout/step_52083", "hrm", "_orig_mod.", true);
    /* fp16 stands there as F32 */
    check_fixture(folder, "hrm_views/tensors.pt", "hrm_views", "", false);
    char path[512];
    hr_tensors file;
    snprintf(path, sizeof path, "%s/ckpt/hrm_legacy/step_52083", folder);
    assert_int_equal(hr_tensors_open(path, &file), HR_ERR_UNSUPPORTED);
    says("torch.save");
}

static void checkpoints_read_as_expected(void **state) {
    (void)state;
    check_layouts(FIXTURES);
}

static void more_checkpoints_read_as_expected(void **state) {
    (void)state;
    SKIP_WITHOUT(shared, "fixtures/manifest.json");
    char folder[400];
    snprintf(folder, sizeof folder, "%s/fixtures", shared);
    check_layouts(folder);
    check_fixture(folder, "hrm/step_52083", "hrm", "_orig_mod.", true);
    check_fixture(folder, "trm/step_65104", "trm", "_orig_mod.", true);
}

/* ---- round trips ----------------------------------------------------------------------------- */

static void what_is_written_reads_back(void **state) {
    (void)state;
    static unsigned char bytes[8 * 12];
    static const hr_dtype types[] = {HR_F32, HR_F64, HR_BF16, HR_F16, HR_I64,
                                     HR_I32, HR_I16, HR_I8,   HR_U8,  HR_BOOL};
    enum { TYPES = sizeof types / sizeof *types };
    char names[TYPES + 2][24], path[] = "/tmp/hrm-pt-XXXXXX", again[] = "/tmp/hrm-pt-XXXXXX";
    hr_tensor tensors[TYPES + 2];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * 37 % 63);
    for (int i = 0; i < TYPES + 2; i++) {
        snprintf(names[i], sizeof names[i], "layer.%d.w", i);
        tensors[i] = (hr_tensor){.name = names[i],
                                 .dtype = i < TYPES ? types[i] : HR_F32,
                                 .dims = 2,
                                 .shape = {3, 4},
                                 .count = 12,
                                 .data = bytes};
    }
    tensors[TYPES].dims = 0; /* a scalar, and nothing at all */
    tensors[TYPES].count = 1;
    tensors[TYPES + 1].shape[0] = 0;
    tensors[TYPES + 1].count = 0;
    close(mkstemp(path));
    close(mkstemp(again));
    for (int npz = 0; npz < 2; npz++) {
        hr_tensors file;
        hr_file a, b;
        hr_status (*write)(const char *, const hr_tensor *, size_t) =
            npz ? hr_npz_write : hr_torch_write;
        OK(write(path, tensors, TYPES + 2));
        OK(write(again, tensors, TYPES + 2));
        OK(hr_os_load(path, &a));
        OK(hr_os_load(again, &b));
        assert_int_equal(a.size, b.size);
        assert_memory_equal(a.data, b.data, a.size); /* no time, no path in it */
        hr_os_unload(&a);
        hr_os_unload(&b);
        OK(hr_tensors_open(path, &file));
        assert_int_equal(file.kind, npz ? HR_TENSORS_NPZ : HR_TENSORS_TORCH);
        assert_int_equal(file.count, TYPES + 2);
        for (int i = 0; i < TYPES + 2; i++) {
            bool widened = npz && tensors[i].dtype == HR_BF16;
            assert_string_equal(file.tensors[i].name, names[i]);
            assert_int_equal(file.tensors[i].dtype, widened ? HR_F32 : tensors[i].dtype);
            same_tensor(&file.tensors[i], &tensors[i]);
        }
        hr_tensors_close(&file);
    }
    unlink(path);
    unlink(again);
    assert_int_equal(hr_torch_write("/nowhere/x.pt", tensors, 1), HR_ERR_IO);
    assert_int_equal(hr_npz_write("/nowhere/x.npz", tensors, 1), HR_ERR_IO);
}

/* ---- pickles --------------------------------------------------------------------------------- */

#define BYTES(text) text, sizeof text - 1

static const char *const allowed[] = {"collections.OrderedDict", "good.name"};

static void pickles_become_trees(void **state) {
    (void)state;
    hr_pickle p;
    OK(hr_pickle_parse(
        BYTES("\x80\x02}q\x00(X\x01\x00\x00\x00"
              "aK\x07X\x01\x00\x00\x00"
              "b(M\x01\x01J\xff\xff\xff\xff\x8a\x02\x00\x80N\x88G\x3f\xf8\x00\x00\x00"
              "\x00\x00\x00h\x00tu."),
        "p", allowed, 2, &p));
    const hr_pickle_value *v = p.root;
    assert_true(v->kind == HR_PICKLE_MAP && v->count == 4);
    assert_true(v->item[1]->kind == HR_PICKLE_INT && v->item[1]->integer == 7);
    v = v->item[3];
    assert_true(v->kind == HR_PICKLE_TUPLE && v->count == 7);
    assert_int_equal(v->item[0]->integer, 257);
    assert_int_equal(v->item[1]->integer, -1);
    assert_int_equal(v->item[2]->integer, -32768);
    assert_true(v->item[3]->kind == HR_PICKLE_NONE && v->item[4]->integer == 1);
    assert_true(v->item[5]->number == 1.5);
    assert_true(v->item[6] == p.root); /* it holds itself: nobody may walk without a bound */
    hr_pickle_free(&p);
    OK(hr_pickle_parse(BYTES("\x80\x02"
                             "cgood\nname\nK\x01\x85R."),
                       "p", allowed, 2, &p));
    assert_true(p.root->kind == HR_PICKLE_CALL && p.root->item[0]->integer == 1 &&
                p.root->item[1]->count == 1);
    hr_pickle_free(&p);
    OK(hr_pickle_parse(BYTES("\x80\x02"
                             "ccollections\nOrderedDict\n)R}b."),
                       "p", allowed, 2, &p));
    assert_true(p.root->kind == HR_PICKLE_MAP && !p.root->count);
    hr_pickle_free(&p);
}

static const struct {
    const char *bytes;
    size_t size;
    const char *reason;
} bad_pickles[] = {
    {BYTES(""), "ends in the middle"},
    {BYTES("}."), "does not begin"},
    {BYTES("\x80\x01}."), "protocol 1"},
    {BYTES("\x80\x09}."), "protocol 9"},
    {BYTES("\x80\x02"), "ends in the middle"},
    {BYTES("\x80\x02}"), "ends in the middle"},
    {BYTES("\x80\x02."), "one value"},
    {BYTES("\x80\x02}}."), "one value"},
    {BYTES("\x80\x02(}."), "one value"},
    /* what an attack looks like */
    {BYTES("\x80\x02"
           "cos\nsystem\nX\x02\x00\x00\x00id\x85R."),
     "asks for os.system"},
    {BYTES("\x80\x04\x8c\x08"
           "builtins\x8c\x04"
           "eval\x93."),
     "asks for builtins.eval"},
    {BYTES("\x80\x02"
           "cgood\nname.__class__\n."),
     "asks for good.name.__class__"},
    {BYTES("\x80\x02(i__main__\nX\n."), "operation 0x69"},
    {BYTES("\x80\x02"
           "cgood\nname\n)\x81."),
     "operation 0x81"},
    {BYTES("\x80\x02P1\n."), "operation 0x50"},
    {BYTES("\x80\x02\x82\x01."), "operation 0x82"},
    {BYTES("\x80\x02}}b."), ""}, /* attributes of a plain map: harmless, and dropped */
    {BYTES("\x80\x02]}b."), "sets attributes"},
    {BYTES("\x80\x02]]R."), "not a name"},
    {BYTES("\x80\x02"
           "cgood\nname\n]R."),
     "not a name"},
    {BYTES("\x80\x02"
           "ccollections\nOrderedDict\n]\x85R."),
     "OrderedDict"},
    /* damage */
    {BYTES("\x80\x02\x85."), "empty stack"},
    {BYTES("\x80\x02K\x01(\x85."), "empty stack"}, /* takes across a mark */
    {BYTES("\x80\x02(u."), "empty stack"},
    {BYTES("\x80\x02t."), "did not open"},
    {BYTES("\x80\x02u."), "did not open"},
    {BYTES("\x80\x02}K\x01s."), "empty stack"},
    {BYTES("\x80\x02](K\x01u."), "do"},
    {BYTES("\x80\x02}(K\x01u."), "do"},
    {BYTES("\x80\x02K\x01K\x01\x61."), "do"},
    {BYTES("\x80\x02h\x00."), "did not remember"},
    {BYTES("\x80\x02}r\xff\xff\xff\xff."), "impossible place"},
    {BYTES("\x80\x02}r\x10\x00\x00\x00."), "impossible place"}, /* memory for nothing */
    {BYTES("\x80\x02X\xff\xff\xff\xff."), "megabyte"},
    {BYTES("\x80\x02X\x05\x00\x00\x00"
           "abc"),
     "ends in the middle"},
    {BYTES("\x80\x02X\x02\x00\x00\x00\xc0\x80."), "UTF-8"},
    {BYTES("\x80\x02X\x03\x00\x00\x00\xed\xa0\x80."), "UTF-8"},
    {BYTES("\x80\x02X\x01\x00\x00\x00\x00."), "control"},
    {BYTES("\x80\x02\x8a\x09\x01\x01\x01\x01\x01\x01\x01\x01\x01."), "64 bits"},
    {BYTES("\x80\x02"
           "cgood"),
     "ends in the middle"},
    {BYTES("\x80\x02"
           "cgood\nname"),
     "ends in the middle"},
};

static void pickles_are_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad_pickles / sizeof *bad_pickles; i++) {
        hr_pickle p;
        hr_status status =
            hr_pickle_parse(bad_pickles[i].bytes, bad_pickles[i].size, "t.pt", allowed, 2, &p);
        if (!*bad_pickles[i].reason) assert_int_equal(status, HR_OK);
        else if (!status) fail_msg("case %zu passed", i);
        else {
            says("t.pt");
            says(bad_pickles[i].reason);
        }
        hr_pickle_free(&p);
    }
    char marks[300];
    memset(marks, '(', sizeof marks);
    memcpy(marks, "\x80\x02", 2);
    hr_pickle p;
    assert_int_equal(hr_pickle_parse(marks, sizeof marks, "t.pt", allowed, 2, &p), HR_ERR_FORMAT);
    says("deeply");
}

/* ---- checkpoints that lie -------------------------------------------------------------------- */

typedef struct record {
    const char *name;
    const void *data;
    size_t size;
} record;

/* A zip archive in memory; hr_free it. */
static unsigned char *archive(const record *records, size_t count, size_t *size) {
    char path[] = "/tmp/hrm-zip-XXXXXX";
    hr_zip_writer *writer;
    hr_file file;
    close(mkstemp(path));
    OK(hr_zip_create(path, &writer));
    for (size_t i = 0; i < count; i++)
        OK(hr_zip_add(writer, records[i].name, records[i].data, records[i].size));
    OK(hr_zip_end(writer, HR_OK));
    OK(hr_os_load(path, &file));
    unsigned char *bytes = hr_alloc(file.size);
    assert_non_null(bytes);
    memcpy(bytes, file.data, file.size);
    *size = file.size;
    hr_os_unload(&file);
    unlink(path);
    return bytes;
}

#define STORAGE(elements)                                                                          \
    "((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x00"                            \
    "0X\x03\x00\x00\x00"                                                                           \
    "cpu" elements "tQ"
#define REBUILD     "X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n"
#define KEY(letter) "X\x01\x00\x00\x00" letter
/* What is no tensor: a device, a size, a type. */
#define BESIDE                                                                                     \
    KEY("d")                                                                                       \
    "ctorch\ndevice\n(X\x04\x00\x00\x00"                                                           \
    "cudaK\x00tR" KEY("s") "ctorch\nSize\n((K\x02K\x03ttR" KEY("t") "ctorch\nbfloat16\n"
#define TENSOR(elements, place) "\x80\x02}(" REBUILD STORAGE(elements) place "tRu."

#define VALUE(place) "ctorch._utils\n_rebuild_tensor_v2\n" STORAGE("K\x04") place "tR"
#define TURNED       REBUILD STORAGE("K\x04") "K\x00(K\x02K\x02t(K\x01K\x02ttR"

static void checkpoints_that_lie_are_refused(void **state) {
    (void)state;
    static const float data[4] = {1, 2, 3, 4};
    const struct {
        const char *pickle;
        size_t size;
        const char *reason; /* "" where it is good */
    } cases[] = {
        {BYTES(TENSOR("K\x04", "K\x00(K\x02K\x02t(K\x02K\x01t")), ""},
        {BYTES(TENSOR("K\x04", "K\x00(K\x02K\x02t(K\x01K\x02t")), ""},
        {BYTES(TENSOR("K\x04", "K\x03))")), ""},
        {BYTES(TENSOR("K\x04", "K\x00(K\x01K\x04t(\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7fK\x01t")),
         ""},
        {BYTES(TENSOR("K\x04", "K\x00(K\x00K\x04t(K\x04K\x01t")), ""},
        {BYTES("\x80\x02}(" BESIDE REBUILD STORAGE("K\x04") "K\x00(K\x04t(K\x01ttRu."), ""},
        {BYTES(TENSOR("K\x05", "K\x00(K\x04t(K\x01t")), "another size"},
        {BYTES(TENSOR("K\x03", "K\x00(K\x03t(K\x01t")), "larger than it may be"},
        {BYTES(TENSOR("K\x04", "K\x01(K\x04t(K\x01t")), "beyond"},
        {BYTES(TENSOR("K\x04", "K\x05))")), "beyond"},
        {BYTES(TENSOR("K\x04", "K\x00(K\x02K\x02t(K\x03K\x01t")), "beyond"},
        {BYTES(TENSOR("K\x04", "K\x00(K\x02t(\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7ft")),
         "beyond"},
        {BYTES(TENSOR("K\x04", "K\x00(K\x05t(K\x00t")), "repeats"},
        {BYTES(TENSOR("K\x04", "K\x00(\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x40K\x03t(K\x00K\x00t")),
         "repeats"},
        {BYTES(TENSOR("K\x04", "K\x00(J\xff\xff\xff\xfft(K\x01t")), "not known"},
        {BYTES(TENSOR("K\x04", "K\x00(K\x04t(J\xff\xff\xff\xfft")), "not known"},
        {BYTES(TENSOR("K\x04", "J\xff\xff\xff\xff(K\x04t(K\x01t")), "not known"},
        {BYTES(TENSOR("K\x04", "K\x00(K\x04t)")), "not known"},
        {BYTES(TENSOR("K\x04", "K\x00")), "not known"},
        {BYTES("\x80\x02}q\x00(X\x01\x00\x00\x00"
               "ah\x00X\x01\x00\x00\x00"
               "bh\x00u."),
         "deeply"},
        {BYTES("\x80\x02}(NK\x01u."), "neither text"},
        {BYTES("\x80\x02}(" TURNED TURNED TURNED "u."), "too many views"},
        {BYTES("\x80\x02}(" KEY("l") "](" VALUE("K\x00(K\x04t(K\x01t") "eu."), ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        record records[] = {{"a/data.pkl", cases[i].pickle, cases[i].size},
                            {"a/data/0", data, sizeof data}};
        size_t size;
        unsigned char *bytes = archive(records, 2, &size);
        hr_tensors file;
        hr_status status = hr_tensors_parse(bytes, size, "t.pt", &file);
        if (!*cases[i].reason && status) fail_msg("case %zu: %s", i, hr_error_text());
        else if (*cases[i].reason && !status) fail_msg("case %zu passed", i);
        if (status) {
            says("t.pt");
            says(cases[i].reason);
        }
        hr_tensors_close(&file);
        hr_free(bytes);
    }
}

static void refuse_archive(const record *records, size_t count, const char *reason) {
    size_t size;
    hr_tensors file;
    unsigned char *bytes = archive(records, count, &size);
    if (!hr_tensors_parse(bytes, size, "t.pt", &file)) fail_msg("passed: %s", reason);
    says("t.pt");
    says(reason);
    hr_free(bytes);
}

static void archives_that_lie_are_refused(void **state) {
    (void)state;
    static const float data[4] = {1, 2, 3, 4};
    const record good = {"a/data.pkl", BYTES(TENSOR("K\x04", "K\x00(K\x04t(K\x01t"))};
    const record storage = {"a/data/0", data, sizeof data};
    const record twice[] = {good, storage, {"b/data.pkl", good.data, good.size}};
    const record big[] = {good, storage, {"a/byteorder", "big", 3}};
    const record other[] = {{"readme.txt", "x", 1}};
    const record npy[] = {{"w.npy", "x", 1}};
    refuse_archive(&good, 1, "no data in the archive");
    refuse_archive(twice, 3, "two data.pkl");
    refuse_archive(big, 3, "big-endian");
    refuse_archive(other, 1, "neither a PyTorch checkpoint");
    refuse_archive(npy, 1, "NumPy");
    /* one bit of the data is another one: the checksum tells */
    const record records[] = {good, storage};
    size_t size;
    hr_tensors file;
    unsigned char *bytes = archive(records, 2, &size);
    OK(hr_tensors_parse(bytes, size, "t.pt", &file));
    hr_tensors_close(&file);
    for (size_t i = 0; i + sizeof data <= size; i++)
        if (!memcmp(bytes + i, data, sizeof data)) bytes[i + 5] ^= 1;
    assert_int_equal(hr_tensors_parse(bytes, size, "t.pt", &file), HR_ERR_FORMAT);
    says("checksum");
    for (size_t cut = 0; cut < size; cut += 7) /* cut short anywhere */
        if (!hr_tensors_parse(bytes, cut, "t.pt", &file)) fail_msg("%zu bytes passed", cut);
    hr_free(bytes);
}

/* An archive of one .npy file of zeros, packed, of so many bytes; hr_free it. */
static unsigned char *packed_zeros(size_t count, size_t *size) {
    char path[] = "/tmp/hrm-zip-XXXXXX";
    unsigned char *zeros = hr_alloc(count + 256);
    hr_buffer head = {0};
    hr_file file;
    const hr_tensor t = {.dtype = HR_U8, .dims = 1, .shape = {(int64_t)count}, .count = count};
    assert_non_null(zeros);
    OK(hr_npy_header("x", &t, &head));
    memcpy(zeros, head.text, head.size);
    close(mkstemp(path));
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    assert_non_null(zip);
    zip_source_t *source = zip_source_buffer(zip, zeros, head.size + count, 0);
    assert_true(zip_file_add(zip, "x.npy", source, 0) >= 0);
    assert_int_equal(zip_close(zip), 0);
    OK(hr_os_load(path, &file));
    unsigned char *bytes = hr_alloc(file.size);
    assert_non_null(bytes);
    memcpy(bytes, file.data, file.size);
    *size = file.size;
    hr_os_unload(&file);
    hr_buffer_free(&head);
    hr_free(zeros);
    unlink(path);
    return bytes;
}

/* A small archive took a thousand times its size in memory. What packs a little is read. */
static void archives_unpack_to_a_limit(void **state) {
    (void)state;
    enum { LIMIT = 8 << 20 };
    size_t size;
    hr_tensors file;
    unsigned char *bytes = packed_zeros(LIMIT - 4096, &size);
    if (hr_tensors_parse(bytes, size, "t.npz", &file)) fail_msg("%s", hr_error_text());
    assert_int_equal(file.tensors[0].count, LIMIT - 4096);
    hr_tensors_close(&file);
    hr_free(bytes);
    bytes = packed_zeros(LIMIT + 12 * size, &size);
    uint64_t before = hr_alloc_bytes();
    assert_int_equal(hr_tensors_parse(bytes, size, "t.npz", &file), HR_ERR_FORMAT);
    says("t.npz: entry \"x.npy\" makes more than ten times");
    assert_true(hr_alloc_bytes() - before < LIMIT / 8);
    hr_free(bytes);
}

/* What the directory of an archive says of its entry is compared with the archive before it is
 * believed. */
static void entries_that_lie_are_refused(void **state) {
    (void)state;
    static const float data[4] = {1, 2, 3, 4};
    const hr_tensor t = {.name = "x", .dims = 1, .shape = {4}, .count = 4, .data = data};
    enum { METHOD = 10, SIZE = 24 }; /* in its directory */
    static const struct {
        int at, value;
        const char *reason;
    } bad[] = {{METHOD, 12, "another way than stored or deflated"},
               {METHOD, 14, "another way than stored or deflated"},
               {SIZE + 2, 1, "claims more bytes than the archive can hold"},
               {SIZE + 3, 0x7f, "claims more bytes than the archive can hold"},
               {SIZE, 1, "can hold"}};
    char path[] = "/tmp/hrm-npz-XXXXXX";
    close(mkstemp(path));
    OK(hr_npz_write(path, &t, 1));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        hr_file file;
        hr_tensors out;
        OK(hr_os_load(path, &file));
        unsigned char *bytes = hr_alloc(file.size);
        assert_non_null(bytes);
        memcpy(bytes, file.data, file.size);
        unsigned char *entry = memmem(bytes, file.size, "PK\1\2", 4);
        assert_non_null(entry);
        entry[bad[i].at] = (unsigned char)bad[i].value;
        if (!hr_tensors_parse(bytes, file.size, "t.npz", &out)) fail_msg("case %zu passed", i);
        says("t.npz");
        says(bad[i].reason);
        hr_free(bytes);
        hr_os_unload(&file);
    }
    unlink(path);
    /* a disk without room says so */
    assert_int_equal(hr_npz_write("/dev/full", &t, 1), HR_ERR_IO);
    says("/dev/full: cannot write: ");
}

static void memory_that_is_short_is_said(void **state) {
    (void)state;
    static const float data[4] = {1, 2, 3, 4};
    const record records[] = {
        {"a/data.pkl", BYTES(TENSOR("K\x04", "K\x00(K\x02K\x02t(K\x01K\x02t"))},
        {"a/data/0", data, sizeof data}};
    size_t size;
    unsigned char *bytes = archive(records, 2, &size);
    hr_tensors file;
    hr_status status = HR_ERR_MEM;
    for (uint64_t n = 1; status && n < 200; n++) { /* each allocation fails once */
        hr_alloc_fail_after(n);
        status = hr_tensors_parse(bytes, size, "t.pt", &file);
        hr_alloc_fail_after(0);
        if (status) assert_int_equal(status, HR_ERR_MEM);
    }
    OK(status);
    hr_tensors_close(&file);
    hr_free(bytes);
}

HR_TEST_MAIN(cmocka_unit_test(checkpoints_read_as_expected),
             cmocka_unit_test(more_checkpoints_read_as_expected),
             cmocka_unit_test(what_is_written_reads_back), cmocka_unit_test(pickles_become_trees),
             cmocka_unit_test(pickles_are_refused),
             cmocka_unit_test(checkpoints_that_lie_are_refused),
             cmocka_unit_test(archives_that_lie_are_refused),
             cmocka_unit_test(archives_unpack_to_a_limit),
             cmocka_unit_test(entries_that_lie_are_refused),
             cmocka_unit_test(memory_that_is_short_is_said))
