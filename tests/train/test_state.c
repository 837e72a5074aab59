/* test_state.c - states of runs: what is in them is checked before a run goes on. */
#include "run_folder.h"

#include <math.h>

#include "io/json.h"
#include "io/safetensors.h"
#include "train/schedule.h"
#include "train/train.h"

static const char recipe[] =
    "arch: hrm\nhidden: 16\nheads: 2\nexpansion: 1\nh_layers: 1\nl_layers: 1\n"
    "h_cycles: 1\nl_cycles: 1\nbatch: 4\nsteps: 10\nhalt_max_steps: 3\nema: 0.9\n"
    "eval_every: 5\neval_limit: 4\nsave_every: 5\n";
static const char *const lattice[] = {"regime=lattice", "arch=loop", "pos=grid", "loss=softmax"};
enum { LATTICE = sizeof lattice / sizeof *lattice };

static int open_run(void **state) {
    (void)state;
    return open_run_folder(recipe, true);
}

/* Five steps of a run. */
static void begin(const char *name, const char *const *settings, size_t count) {
    hrm_trainer *t;
    int64_t stop = 5;
    OK(hr_trainer_new(at("recipe.yaml"), settings, count, at(name), NULL, &t));
    assert_int_equal(hr_trainer_run(t, &(hrm_train_options){.event = stop_at, .user = &stop}),
                     HR_ERR_STOPPED);
    hr_trainer_free(t);
}

/* Writes a state anew with the last element of a tensor, or a number of its progress, as given. */
static void spoil(const char *path, const char *tensor, const char *key, double value) {
    hr_safetensors file;
    hr_tensor tensors[HR_LEARNER_ARRAYS];
    hr_meta meta[8];
    OK(hr_safetensors_open(path, &file));
    assert_in_range(file.count, 1, HR_LEARNER_ARRAYS);
    memcpy(tensors, file.tensors, file.count * sizeof *tensors);
    memcpy(meta, file.meta, file.meta_count * sizeof *meta);
    unsigned char *changed = NULL;
    char *text = NULL;
    for (size_t i = 0; tensor && i < file.count; i++) {
        if (strcmp(tensors[i].name, tensor)) continue;
        size_t unit = hr_dtype_size(tensors[i].dtype), size = tensors[i].count * unit;
        float real = (float)value;
        int32_t whole = (int32_t)value;
        changed = hr_alloc(size);
        memcpy(changed, tensors[i].data, size);
        memcpy(changed + size - unit, tensors[i].dtype == HR_F32 ? (void *)&real : &whole, unit);
        tensors[i].data = changed;
    }
    for (size_t i = 0; key && i < file.meta_count; i++) {
        if (strcmp(meta[i].key, "progress")) continue;
        json_t *o = json_loads(meta[i].value, 0, NULL);
        json_object_set_new(
            o, key, value == floor(value) ? json_integer((json_int_t)value) : json_real(value));
        OK(hr_json_text(o, 0, "a state", &text));
        meta[i].value = text;
    }
    assert_true(changed || text);
    OK(hr_safetensors_write(path, tensors, file.count, meta, file.meta_count));
    hr_free(changed);
    hr_free(text);
    hr_safetensors_close(&file);
}

static void copy(const char *from, const char *to) {
    hr_file file;
    OK(hr_os_load(from, &file));
    OK(hr_os_write_file(to, file.data, file.size));
    hr_os_unload(&file);
}

/* A number that rotted would be trained on, and end in a model that nothing loads, or overflow. */
static void states_out_of_range_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *tensor, *key;
        double value;
    } bad[] = {{"params", NULL, (double)NAN},
               {"optim.m", NULL, (double)INFINITY},
               {"optim.v", NULL, (double)NAN},
               {"optim.v", NULL, -1},
               {"ema", NULL, (double)NAN},
               {"carry.z_H", NULL, (double)NAN},
               {"carry.steps", NULL, 1 << 30},
               {"batch.inputs", NULL, -1},
               {"batch.labels", NULL, 1 << 30},
               {"batch.ids", NULL, 1 << 30},
               {"pool.age", NULL, 0x7fffffff},
               {"pool.age", NULL, -1},
               {"pool.truth", NULL, 4},
               {"pool.sets", NULL, 1 << 29},
               {NULL, "step", 0x1p62},
               {NULL, "optim_t", 0x1p62},
               {NULL, "optim_t", 6},
               {NULL, "evaluated", 6},
               {NULL, "seconds", -1},
               {NULL, "best_exact", 1.5},
               {NULL, "best_cells", -7.5},
               {NULL, "stale", 0x1p62},
               {NULL, "epoch", 0x1p62},
               {NULL, "at", 0x1p62},
               {NULL, "drawn", 0x1p62},
               {NULL, "grown", 1.5},
               {NULL, "grown_exact", -1}};
    hrm_trainer *t;
    char kept[64], path[64];
    for (int pool = 0; pool < 2; pool++) {
        const char *dir = pool ? "spoilt pool" : "spoilt";
        begin(dir, pool ? lattice : NULL, pool ? LATTICE : 0);
        snprintf(path, sizeof path, "%s/state.safetensors", dir);
        snprintf(kept, sizeof kept, "%s/kept.safetensors", dir);
        assert_int_equal(rename(at(path), at(kept)), 0);
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            bool pools = bad[i].tensor && !strncmp(bad[i].tensor, "pool", 4);
            bool rows = bad[i].tensor && !pools && strcmp(bad[i].tensor, "params") &&
                        strncmp(bad[i].tensor, "optim", 5);
            if (pool ? rows : pools) continue;
            copy(at(kept), at(path));
            spoil(at(path), bad[i].tensor, bad[i].key, bad[i].value);
            if (hr_trainer_resume(at(dir), NULL, 0, NULL, &t) == HR_OK)
                fail_msg("%s %g is gone on with", bad[i].tensor ? bad[i].tensor : bad[i].key,
                         bad[i].value);
            assert_null(t);
        }
        copy(at(kept), at(path));
        assert_same_file(kept, path);
        OK(hr_trainer_resume(at(dir), NULL, 0, NULL, &t));
        hr_trainer_free(t);
    }
}

/* Writes a state anew with another value (JSON; NULL: none) in its progress, or, where `meta`,
 * beside it. */
static void alter(const char *path, const char *key, const char *value, bool meta) {
    hr_safetensors file;
    hr_tensor tensors[HR_LEARNER_ARRAYS];
    hr_meta own[8];
    char *text = NULL;
    size_t count = 0;
    OK(hr_safetensors_open(path, &file));
    memcpy(tensors, file.tensors, file.count * sizeof *tensors);
    for (size_t i = 0; i < file.meta_count; i++) {
        hr_meta m = file.meta[i];
        if (meta && !strcmp(m.key, key)) m.value = value;
        else if (!meta && !strcmp(m.key, "progress")) {
            json_t *o = json_loads(m.value, 0, NULL);
            if (value) json_object_set_new(o, key, json_loads(value, JSON_DECODE_ANY, NULL));
            else json_object_del(o, key);
            OK(hr_json_text(o, 0, "a state", &text));
            m.value = text;
        }
        if (m.value && !strstr(m.key, "xxh64")) own[count++] = m;
    }
    OK(hr_safetensors_write(path, tensors, file.count, own, count));
    hr_free(text);
    hr_safetensors_close(&file);
}

/* What a state may not say, but for NULL: then the run goes on. */
static const struct {
    const char *key, *value, *says; /* NULL: goes on */
    bool meta;
} altered[] = {
    {"format", "hrm", "is not a trainer state", true},
    {"format", NULL, "is not a trainer state", true},
    {"recipe", NULL, "is not a trainer state", true},
    {"progress", NULL, "is not a trainer state", true},
    {"progress", "{", "progress", true},
    {"version", "2", "a newer version", true},
    {"version", NULL, "a newer version", true},
    {"data_hash", "\"0123456789abcdef\"", "is not the data this run was started on", false},
    {"data_hash", NULL, "data_hash", false},
    {"isa", "\"abacus\"", "was computed with abacus kernels", false},
    {"isa", NULL, "isa", false},
    {"isas", "\"<b>\"", "isas holds what is no name", false},
    {"isas", "7", "isas", false},
    {"init_hash", "\"x\"", "init_hash is no hash", false},
    {"init_hash", "\"\"", "init_hash is no hash", false},
    {"init_hash", "\"00ff\"", NULL, false},
    {"window", "[1]", "window is not 12 numbers", false},
    {"window", NULL, "window is not 12 numbers", false},
    {"window", "[-1,0,0,0,0,0,0,0,0,0,0,0]", "window holds a number out of range", false},
    {"window", "[0,0,0,0,1e15,0,0,0,0,0,0,0]", "window holds a number out of range", false},
    {"window", "[5,1,1,1,4,2,8,2.5,0,0,0]", NULL, false},
    {"window", "[5,1,1,1,4,2,8,2.5,3,0,0]", NULL, false},
    {"from", "[-1,0,0,0]", "from holds a number out of range", false},
    {"from", "[6,0,0,0]", "from holds a number out of range", false},
    {"from", "[0,-1,0,0]", "from holds a number out of range", false},
    {"from", "[0,0,1.5,0]", "from holds a number out of range", false},
    {"from", "[0,0,0,-0.5]", "from holds a number out of range", false},
    {"from", "[0,0,-1,0]", "from holds a number out of range", false},
    {"from", "[0,0,0,1.5]", "from holds a number out of range", false},
    {"from", "[2,0.5,0.5,0.5]", NULL, false},
    {"from", NULL, NULL, false},
    {"changes", "7", "changes", false},
    {"changes", "\"steps=9\"", NULL, false},
    {"changes", "\"\"", NULL, false},
    {"changes", "\"a\\u0007\"", "changes holds what is no list of keys", false},
    {"metrics", "[7]", "metrics is not a length and a checksum", false},
    {"metrics", "[7,\"0\"]", "metrics is not a length and a checksum", false},
    {"metrics", "[7,\"xxxxxxxxxxxxxxxx\"]", "metrics is not a length and a checksum", false},
    {"metrics", "[-7,\"0123456789abcdef\"]", "metrics is not a length and a checksum", false},
    {"metrics", "[0.5,\"0123456789abcdef\"]", "metrics is not a length and a checksum", false},
    {"metrics", NULL, NULL, false},
    {"valid_hash", "7", "valid_hash", false},
    {"valid_hash", NULL, NULL, false},
    {"evaluated", NULL, NULL, false},
    {"step", NULL, "step", false},
    {"seconds", "\"long\"", "seconds", false},
    {"best_cells", NULL, "best_cells", false},
    {"best_cells", "\"x\"", "best_cells", false},
    {"best_exact", "-2", "is out of range", false},
    {"best_cells", "2", "is out of range", false},
    {"grown", "0", "grown or grown_exact is out of range", false},
    {"grown_exact", "2", "grown or grown_exact is out of range", false},
    {"grown_exact", "\"x\"", "grown_exact", false},
    {"init_hash", "7", "init_hash", false},
    {"drawn", NULL, "drawn", false}};

/* A state that tells of another run, or in a way that is not known, is refused with what is wrong;
 * what earlier versions did not write may be missing. */
static void states_of_other_runs_are_refused(void **state) {
    (void)state;
    hrm_trainer *t;
    begin("other", NULL, 0);
    assert_int_equal(rename(at("other/state.safetensors"), at("other/kept")), 0);
    for (size_t i = 0; i < sizeof altered / sizeof *altered; i++) {
        copy(at("other/kept"), at("other/state.safetensors"));
        alter(at("other/state.safetensors"), altered[i].key, altered[i].value, altered[i].meta);
        hr_status status = hr_trainer_resume(at("other"), NULL, 0, NULL, &t);
        if (!altered[i].says && status) fail_msg("case %zu: %s", i, hr_error_text());
        if (altered[i].says && !status)
            fail_msg("case %zu, %s, is gone on with", i, altered[i].key);
        if (altered[i].says && !strstr(hr_error_text(), altered[i].says))
            fail_msg("case %zu: \"%s\"", i, hr_error_text());
        hr_trainer_free(t);
    }
}

/* A run that goes by minutes goes on by them, from the time that its state tells, and its state may
 * be of a version that wrote fewer keys of the recipe. */
static void minutes_go_on(void **state) {
    (void)state;
    static const char *const timed[] = {"steps=1000000", "minutes=50", "schedule=minutes",
                                        "lr_min_ratio=0.1", "warmup=1"};
    hr_safetensors file;
    hrm_trainer *t;
    begin("timed", timed, 5);
    OK(hr_safetensors_open(at("timed/state.safetensors"), &file));
    const char *text = hr_safetensors_meta(&file, "recipe");
    assert_true(strstr(text, "\nminutes: 50") && strstr(text, "\nschedule: 'minutes'"));
    hr_buffer old = {0}; /* keys that differ from the presets alone */
    for (size_t size; *text; text += size) {
        size = strcspn(text, "\n") + 1;
        if (strncmp(text, "cooldown:", 9) && strncmp(text, "stop_after:", 11))
            hr_buffer_add(&old, text, size);
    }
    hr_safetensors_close(&file);
    alter(at("timed/state.safetensors"), "seconds", "1500", false);
    alter(at("timed/state.safetensors"), "recipe", old.text, true);
    hr_buffer_free(&old);
    OK(hr_trainer_resume(at("timed"), NULL, 0, NULL, &t));
    assert_string_equal(t->setup.recipe.schedule, "minutes");
    assert_true(t->at.step == 5 && t->at.seconds >= 1500);
    double half = hr_schedule_rate(&t->setup, &t->at, 1, 1500);
    assert_true(fabs(half - 0.55) < 0.01); /* half-way down from 1 to 0.1, for all the steps left */
    hr_trainer_free(t);
}

/* Weights may be read in spite of what their checksums say, and a run go on with other kernels. */
static void states_are_gone_on_with_as_asked(void **state) {
    (void)state;
    hrm_trainer *t;
    const hrm_run rest = {.size = sizeof rest, .no_verify = true};
    const hrm_run other = {.size = sizeof other, .isa = "ref"};
    const hrm_run own = {.size = sizeof own, .isa = "portable"};
    static const char *const with[] = {"isa=ref"};
    begin("asked", with, 1);
    copy(at("asked/state.safetensors"), at("asked/kept"));
    hr_safetensors file;
    OK(hr_safetensors_open(at("asked/kept"), &file));
    unsigned char *moments =
        (unsigned char *)(uintptr_t)hr_safetensors_find(&file, "optim.m")->data;
    hr_file bytes;
    OK(hr_os_load(at("asked/kept"), &bytes));
    unsigned char *in = memmem(bytes.data, bytes.size, moments, 256);
    assert_non_null(in);
    *in ^= 1; /* the last bit of a number */
    OK(hr_os_write_file(at("asked/state.safetensors"), bytes.data, bytes.size));
    hr_os_unload(&bytes);
    hr_safetensors_close(&file);
    assert_int_not_equal(hr_trainer_resume(at("asked"), NULL, 0, NULL, &t), HR_OK);
    OK(hr_trainer_resume(at("asked"), NULL, 0, &rest, &t));
    hr_trainer_free(t);
    copy(at("asked/kept"), at("asked/state.safetensors"));
    OK(hr_trainer_resume(at("asked"), NULL, 0, &other, &t));
    assert_string_equal(t->at.isas, "");
    hr_trainer_free(t);
    OK(hr_trainer_resume(at("asked"), NULL, 0, &own, &t));
    assert_non_null(strstr(t->at.isas, "ref, then portable"));
    hr_trainer_free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(states_are_gone_on_with_as_asked),
                                       cmocka_unit_test(states_out_of_range_are_refused),
                                       cmocka_unit_test(states_of_other_runs_are_refused),
                                       cmocka_unit_test(minutes_go_on)};
    return cmocka_run_group_tests(tests, open_run, remove_folder);
}
