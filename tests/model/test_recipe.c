/* test_recipe.c - every number of a run by name: a misspelt key must never train another model. */
#include "test.h"
#include "folder.h"

#include <math.h>

#include "base/mem.h"
#include "base/os.h"
#include "nn/spec.h"
#include "model/official.h"
#include "model/recipe.h"
#include "model/recipe_spec.h"

static hr_recipe base(void) {
    hr_recipe r;
    hr_recipe_defaults(&r);
    OK(hr_recipe_set(&r, "data=x.csv", "test"));
    return r;
}

static void defaults_are_the_published_ones(void **state) {
    (void)state;
    hr_recipe r = base();
    OK(hr_recipe_check(&r));
    assert_int_equal(r.hidden, 512);
    assert_int_equal(r.batch, 384);
    assert_true(r.lr == 7e-5 && r.weight_decay == 1 && r.beta2 == 0.95);
    assert_string_equal(r.loss, "stablemax");
    assert_int_equal(r.memory, 2LL << 30);
}

static void a_recipe_reads_back_exactly(void **state) {
    (void)state;
    hr_recipe in = base(), out;
    OK(hr_recipe_set(&in, "lr=0.00012345678901234567", "test"));
    OK(hr_recipe_set(&in, "valid=it's: a #file.csv", "test"));
    OK(hr_recipe_set(&in, "muon=yes", "test"));
    OK(hr_recipe_set(&in, "steps=2k", "test"));
    assert_int_equal(in.steps, 2000);
    char *text = hr_recipe_to_yaml(&in);
    hr_recipe_defaults(&out);
    OK(hr_recipe_read_text(&out, text, strlen(text), "text"));
    assert_memory_equal(&in, &out, sizeof in);
    hr_free(text);
}

/* Recipes and runs of earlier versions go on. */
static void earlier_spellings_are_read(void **state) {
    (void)state;
    static const char old[] = "symbol_fields: true\nreads: 3\n";
    hr_recipe r = base();
    OK(hr_recipe_read_text(&r, old, sizeof old - 1, "r.yaml"));
    assert_true(r.symbol_channels);
    assert_int_equal(r.readouts, 3);
}

/* Records of models once left out the minutes of a run that its schedule went by, which is no
 * recipe by itself: whoever trains on, adapts or converts such a model must get one that is. */
static void records_without_their_minutes_are_read(void **state) {
    (void)state;
    hr_recipe r;
    assert_true(hr_recipe_recorded(&r, "{\"recipe\": \"data: x.csv\\nschedule: minutes\\n\"}"));
    OK(hr_recipe_check(&r));
    assert_string_equal(r.schedule, "steps");
    assert_true(hr_recipe_recorded(
        &r, "{\"recipe\": \"data: x.csv\\nschedule: minutes\\nminutes: 5\\n\"}"));
    OK(hr_recipe_check(&r));
    assert_string_equal(r.schedule, "minutes");
    assert_true(r.minutes == 5);
}

static void misspelt_keys_name_the_nearest(void **state) {
    (void)state;
    hr_recipe r = base(), before = r;
    assert_int_equal(hr_recipe_set(&r, "hiden=64", "test"), HR_ERR_ARG);
    assert_non_null(strstr(hr_error_text(), "hidden"));
    assert_int_equal(hr_recipe_set(&r, "learning_rate_of_it=1", "test"), HR_ERR_ARG);
    assert_int_equal(hr_recipe_read_text(&r, "arch: hrm\nbacth: 3\n", 19, "r.yaml"), HR_ERR_FORMAT);
    assert_non_null(strstr(hr_error_text(), "r.yaml, line 2"));
    assert_non_null(strstr(hr_error_text(), "batch"));
    OK(hr_recipe_set(&before, "arch=hrm", "test"));
    assert_memory_equal(&r, &before, sizeof r);
}

static void bad_values_are_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"hidden=12.5",     "hidden=",      "hidden=0",
                                      "hidden=99999999", "lr=nan",       "lr=inf",
                                      "lr=-1",           "lr=1e-4x",     "arch=gpt",
                                      "arch=",           "muon=maybe",   "batch=-1",
                                      "steps=1e30",      "nokey",        "=3",
                                      "seed=-1",         "ema=1",        "loss=stable",
                                      "isa=a\nb",        "muon_beta2=1", "muon_rows=2",
                                      "cooldown=1.1",    "cooldown=-.1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        hr_recipe r = base();
        if (hr_recipe_set(&r, bad[i], "test") != HR_ERR_ARG) fail_msg("\"%s\" passed", bad[i]);
    }
}

static void keys_that_belong_together(void **state) {
    (void)state;
    hr_recipe r;
    hr_recipe_defaults(&r);
    assert_int_equal(hr_recipe_check(&r), HR_ERR_ARG); /* no data */
    r = base();
    OK(hr_recipe_set(&r, "valid=v.csv", "test"));
    assert_int_equal(hr_recipe_check(&r), HR_ERR_ARG); /* evaluated never */
    r = base();
    OK(hr_recipe_set(&r, "muon_rows=true", "test"));
    assert_int_equal(hr_recipe_check(&r), HR_ERR_ARG); /* of no Muon */
    OK(hr_recipe_set(&r, "muon=true", "test"));
    OK(hr_recipe_check(&r));
    r = base();
    OK(hr_recipe_set(&r, "cooldown=0.2", "test"));
    assert_int_equal(hr_recipe_check(&r), HR_ERR_ARG); /* to a rate that is no less */
    OK(hr_recipe_set(&r, "lr_min_ratio=0", "test"));
    OK(hr_recipe_check(&r));
    r = base();
    OK(hr_recipe_set(&r, "mix=token_mlp", "test"));
    hr_task task = {.seq = 81, .cols = 9, .vocab = 11};
    hr_spec spec = hr_recipe_spec(&r, &task, 1);
    OK(hr_recipe_check(&r));
    assert_int_equal(hr_spec_check(&spec), HR_ERR_ARG); /* HRM has no token MLP */
}

/* Of two values the last one counted, and nobody said so; nor of keys that do nothing. */
static void what_means_nothing_is_told(void **state) {
    (void)state;
    hr_recipe r = base();
    char *idle;
    OK(hr_recipe_set_all(&r, (const char *const[]){"steps=6", "lr=1", "steps=7"}, 3, &idle));
    assert_string_equal(idle, "steps=6, since steps=7 comes after it");
    assert_int_equal(r.steps, 7);
    hr_free(idle);
    OK(hr_recipe_set_all(&r, (const char *const[]){"reads=1", "readouts=2"}, 2, &idle));
    assert_string_equal(idle, "reads=1, since readouts=2 comes after it");
    hr_free(idle);
    r = base();
    OK(hr_recipe_set_all(&r, (const char *const[]){"steps=6", "lr=1"}, 2, &idle));
    assert_string_equal(idle, "");
    hr_free(idle);
    idle = hr_recipe_idle(&r);
    assert_string_equal(idle, "");
    hr_free(idle);
    OK(hr_recipe_set_all(&r, (const char *const[]){"muon_lr=0.1", "adam_eps=1e-6"}, 2, &idle));
    hr_free(idle);
    idle = hr_recipe_idle(&r);
    assert_string_equal(idle,
                        "adam_eps, since optimizer is not adamw; muon_lr, since muon is false");
    hr_free(idle);
    OK(hr_recipe_set_all(&r, (const char *const[]){"muon=true", "optimizer=adamw"}, 2, &idle));
    hr_free(idle);
    idle = hr_recipe_idle(&r);
    assert_string_equal(idle, "");
    hr_free(idle);
    assert_int_equal(hr_recipe_read_text(&r, "data: [a, b]", 12, "x"), HR_ERR_FORMAT);
    assert_non_null(strstr(hr_error_text(), "x, line 1: data: is a list"));
}

/* Each is refused with the key to change, before anything is read or made. */
static void settings_that_contradict_each_other(void **state) {
    (void)state;
    static const struct {
        const char *settings[3], *says; /* says NULL: fine */
    } cases[] = {{{"steps=0", "epochs=0"}, "either steps or epochs must be above 0"},
                 {{"steps=0", "epochs=3"}, NULL},
                 {{"eval_every=5"}, "valid: is empty, but eval_every is set"},
                 {{"schedule=minutes"}, "schedule: goes by minutes, but minutes is 0"},
                 {{"schedule=minutes", "minutes=3"}, NULL},
                 {{"stop_after=2"}, "stop_after: valid is empty"},
                 {{"stop_after=2", "valid=v.csv", "eval_every=1"}, NULL},
                 {{"grow_from=0.5", "halt_max_steps=1"}, "grow_from: arch hrm grows by whole"},
                 {{"grow_from=0.5", "arch=loop", "halt_max_steps=1"}, NULL},
                 {{"puzzle_emb_lr=-0.5"}, "below 0 only -1 means something"},
                 {{"puzzle_emb_weight_decay=-0.5"}, "below 0 only -1 means something"},
                 {{"puzzle_emb_weight_decay=-1"}, NULL},
                 {{"cooldown=0.2", "lr_min_ratio=1"}, "cooldown: lr_min_ratio is 1"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hr_recipe r = base();
        for (int k = 0; k < 3 && cases[i].settings[k]; k++)
            OK(hr_recipe_set(&r, cases[i].settings[k], "test"));
        hr_status status = hr_recipe_check(&r);
        if (!cases[i].says != !status) fail_msg("case %zu: %s", i, hr_error_text());
        if (status && !strstr(hr_error_text(), cases[i].says)) fail_msg("%s", hr_error_text());
    }
    hr_recipe r = base();
    OK(hr_recipe_set(&r, "pool_from=0.7", "test")); /* of another regime */
    assert_int_equal(hr_recipe_check_regime(&r), HR_ERR_ARG);
    assert_non_null(
        strstr(hr_error_text(), "pool_from: without effect in regime segments; leave it"));
    OK(hr_recipe_set(&r, "pool_to=0.9", "test"));
    assert_int_equal(hr_recipe_check_regime(&r), HR_ERR_ARG);
    assert_non_null(
        strstr(hr_error_text(), "pool_to: without effect in regime segments; leave them"));
    OK(hr_recipe_set(&r, "regime=lattice", "test"));
    OK(hr_recipe_check_regime(&r));
    assert_true(isnan(hr_recipe_real(&r, "nokey")) && hr_recipe_real(&r, "pool_to") == 0.9);
}

static void reads(hr_recipe *r, const char *text, hr_status code, const char *says) {
    *r = base();
    assert_int_equal(hr_recipe_read_text(r, text, strlen(text), "r.yaml"), code);
    if (code && !strstr(hr_error_text(), says)) fail_msg("%s", hr_error_text());
}

/* YAML has ways of its own to write what a recipe says. */
static void maps_and_nothing_are_read(void **state) {
    (void)state;
    hr_recipe r;
    char text[700];
    reads(&r, "class_weights:\n  1: 2\n  7: 0.5\n", HR_OK, NULL);
    assert_string_equal(r.class_weights, "1:2,7:0.5");
    reads(&r, "class_weights:\n  1: null\nlr: ~\n", HR_ERR_FORMAT, "class_weights.1");
    reads(&r, "lr: null\nhidden: 64\n", HR_OK, NULL);
    assert_true(r.lr == base().lr && r.hidden == 64);
    reads(&r, "hidden: [64]\n", HR_ERR_FORMAT, "hidden");
    reads(&r, "hidden: wide\n", HR_ERR_FORMAT, "hidden");
    reads(&r, "memory: little\n", HR_ERR_FORMAT, "memory");
    reads(&r, "data: \"a\\xffb\"\n", HR_OK, NULL);
    snprintf(text, sizeof text, "data: %0*d\n", 600, 7);
    reads(&r, text, HR_ERR_FORMAT, "data");
    assert_int_equal(hr_recipe_set(&r, "data=a\xff", "test"), HR_ERR_ARG);
    assert_non_null(strstr(hr_error_text(), "is not UTF-8"));
}

static void write_text(const char *name, const char *text) {
    OK(hr_os_write_file(in_folder(name), text, strlen(text)));
}

/* A recipe names its files from where it lies, from the folder above, or from what came with the
 * program; what is nowhere stays, for the message that names it. */
static void files_of_a_recipe_are_found(void **state) {
    (void)state;
    static const char *const made[] = {"own/recipes/near.csv", "own/above.csv", "lib/data/mine.csv",
                                       "lib/models/known.safetensors", "lib/tasks/rules.yaml"};
    hr_recipe r = base();
    OK(hr_os_mkdirs(in_folder("own/recipes")));
    OK(hr_os_mkdirs(in_folder("lib/data")));
    OK(hr_os_mkdirs(in_folder("lib/models")));
    OK(hr_os_mkdirs(in_folder("lib/tasks")));
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) write_text(made[i], "x");
    const char *path = in_folder("own/recipes/r.yaml");
    snprintf(r.data, sizeof r.data, "near.csv");
    snprintf(r.valid, sizeof r.valid, "above.csv");
    snprintf(r.init, sizeof r.init, "known");
    snprintf(r.task, sizeof r.task, "rules.yaml");
    OK(hr_recipe_find(&r, path, in_folder("lib")));
    assert_string_equal(r.data, in_folder("own/recipes/near.csv"));
    assert_string_equal(r.valid, in_folder("own/recipes/../above.csv"));
    assert_string_equal(r.init, in_folder("lib/models/known.safetensors"));
    assert_string_equal(r.task, in_folder("lib/tasks/rules.yaml"));
    snprintf(r.data, sizeof r.data, "mine");
    snprintf(r.valid, sizeof r.valid, "deep/mine");
    *r.init = 0;
    snprintf(r.task, sizeof r.task, "sudoku");
    OK(hr_recipe_find(&r, "r.yaml", in_folder("lib")));
    assert_string_equal(r.data, in_folder("lib/data/mine.csv"));
    assert_string_equal(r.valid, "deep/mine");
    memset(r.data, 'a', HR_RECIPE_TEXT - 1);
    OK(hr_recipe_find(&r, path, NULL));
    assert_int_equal(strlen(r.data), HR_RECIPE_TEXT - 1);
    snprintf(r.data, sizeof r.data, "mine");
    hr_alloc_fail_after(1);
    assert_int_equal(hr_recipe_find(&r, path, NULL), HR_ERR_MEM);
    hr_alloc_fail_after(0);
    write_text("task.yaml", "shape: 4 x 4\n");
    write_text("sizes.yaml", "sizes: varying\n");
    write_text("config.yaml", "arch:\n  name: trm\n");
    assert_int_equal(hr_recipe_read(&r, in_folder("task.yaml")), HR_ERR_FORMAT);
    assert_non_null(strstr(hr_error_text(), "a task file"));
    assert_int_equal(hr_recipe_read(&r, in_folder("sizes.yaml")), HR_ERR_FORMAT);
    assert_int_equal(hr_recipe_read(&r, in_folder("config.yaml")), HR_ERR_FORMAT);
    assert_non_null(strstr(hr_error_text(), "a configuration"));
}

/* What would change the bits cannot change in a run that goes on. */
static void resuming_keeps_what_decides(void **state) {
    (void)state;
    hr_recipe a = base(), b = a;
    OK(hr_recipe_set(&b, "threads=3", "test"));
    OK(hr_recipe_set(&b, "save_every=7", "test"));
    OK(hr_recipe_set(&b, "steps=500", "test"));
    assert_null(hr_recipe_conflict(&a, &b));
    char *changes = hr_recipe_changes(&a, &b);
    assert_string_equal(changes, "steps=500"); /* what is of this machine is no change */
    hr_free(changes);
    OK(hr_recipe_set(&b, "lr=1", "test"));
    OK(hr_recipe_set(&b, "lr_min_ratio=0.5", "test"));
    assert_null(hr_recipe_conflict(&a, &b)); /* the schedule says what rates mean */
    changes = hr_recipe_changes(&a, &b);
    assert_string_equal(changes, "steps=500 lr=1 lr_min_ratio=0.5");
    hr_free(changes);
    OK(hr_recipe_set(&b, "valid=my \"own\".csv", "test")); /* which model is the best, it decides */
    OK(hr_recipe_set(&b, "eval_limit=5", "test"));
    assert_null(hr_recipe_conflict(&a, &b));
    changes = hr_recipe_changes(&a, &b);
    assert_string_equal(changes,
                        "valid='my \"own\".csv' steps=500 lr=1 lr_min_ratio=0.5 eval_limit=5");
    hr_free(changes);
    OK(hr_recipe_set(&b, "beta1=0.5", "test"));
    assert_string_equal(hr_recipe_conflict(&a, &b), "beta1");
}

/* A name that a recipe takes and a model does not know would train another model. */
static void models_know_every_choice(void **state) {
    (void)state;
    hr_key key;
    const hr_key *k = &key;
    for (size_t i = 0; hr_recipe_key(i, &key); i++) {
        if (strcmp(k->name, "arch") && strcmp(k->name, "pos") && strcmp(k->name, "mix") &&
            strcmp(k->name, "norm") && strcmp(k->name, "act"))
            continue;
        int count = 0;
        for (const char *at = k->choices; *at; count++) {
            char name[32] = {0};
            size_t size = strcspn(at, "|");
            memcpy(name, at, size);
            assert_true(hr_spec_choice(k->name, name) >= 0);
            at += size + (at[size] == '|');
        }
        assert_true(count >= 2);
    }
    assert_int_equal(hr_spec_choice("pos", "attention"), -1);
}

#define HRM_NET                                                                                    \
    "hidden_size: 8, num_heads: 2, expansion: 4, L_layers: 2, H_cycles: 3, L_cycles: 6, "          \
    "pos_encodings: rope, halt_max_steps: 16"
#define HRM_ARCH "name: hrm.hrm_act_v1@HierarchicalReasoningModel_ACTV1, H_layers: 2, " HRM_NET
#define TRM_ARCH "name: a.trm@TinyRecursiveReasoningModel_ACTV1, " HRM_NET

/* Configurations of the published code: what another net could be meant by is refused with its key,
 * and what only another training could is passed over. */
static void published_configurations_are_told_apart(void **state) {
    (void)state;
    static const struct {
        const char *text, *says; /* NULL: read */
    } cases[] = {
        {"arch: {" HRM_ARCH "}", NULL},
        {"arch: {" TRM_ARCH "}", NULL},
        {"arch: {" TRM_ARCH ", mlp_t: true, puzzle_emb_ndim: 8}\nema: true\ndata_paths: [a, b]",
         NULL},
        {"arch: {" HRM_ARCH
         ", loss: {name: losses@ACTLossHead, loss_type: softmax_cross_entropy}}\ndata_path: a",
         NULL},
        {"arch: {" HRM_ARCH ", puzzle_emb_ndim: \"${.hidden_size}\", puzzle_emb_len: 1}", NULL},
        {"arch: {" HRM_ARCH
         ", puzzle_emb_ndim: \"${arch.hidden_size}\"}\nema: true\nema_rate: 0.99",
         NULL},
        {"arch: {" HRM_ARCH "}\nmy_note: x", NULL},
        {"lr: 1", "has no key arch.name"},
        {"arch: {name: other.net@Net, " HRM_NET "}", "arch.name other.net@Net is not supported"},
        {"arch: {name: a.trm@Other, " HRM_NET "}", "is not supported"},
        {"arch: {name: trm, hidden_size: 8}", "which the weights do not tell"},
        {"arch: {name: hrm, " HRM_NET "}", "has no key arch.H_layers"},
        {"arch: {" HRM_ARCH ", gate: true}", "not known here: arch.gate"},
        {"arch: {" HRM_ARCH "}\nmodel: {num_heads: 4}", "not known here: model.num_heads"},
        {"arch: {" HRM_ARCH ", mlp_t: true}", "arch.mlp_t: HRM mixes by attention alone"},
        {"arch: {" TRM_ARCH ", mlp_t: perhaps}", "arch.mlp_t: perhaps is neither"},
        {"arch: {" HRM_ARCH ", puzzle_emb_ndim: 8, puzzle_emb_len: 4}", "4 is not the 1 tokens"},
        {"arch: {" HRM_ARCH ", puzzle_emb_ndim: 8, puzzle_emb_len: x}", "x is not the 1 tokens"},
        {"arch: {" HRM_ARCH ", puzzle_emb_ndim: \"${.nothing}\"}", "puzzle_emb_ndim"},
        {"arch: {" HRM_ARCH ", loss: {name: losses@Other}}",
         "arch.loss.name: losses@Other is not known"},
        {"arch: {" HRM_ARCH ", loss: {name: losses}}", "arch.loss.name: losses is not known"},
        {"arch: {" HRM_ARCH ", loss: {loss_type: hinge}}",
         "arch.loss.loss_type: hinge is not known"},
        {"arch: {" HRM_ARCH ", rms_norm_eps: small}", "arch.rms_norm_eps is not a number"},
        {"arch: {" HRM_ARCH "}\nema: true\nema_rate: 7", "ema"},
        {"arch: {" HRM_ARCH "}\nhrm_training: '[1]'", "hrm_training is not a JSON object"},
        {"arch: {" HRM_ARCH "}\nhrm_training: '{}'", NULL},
        {"hrm_spec: '{}'\nhrm_task: '{}'", NULL}, /* of this library alone */
        {"arch: [", "line 2"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hr_official out;
        const char *text = cases[i].text, *says = cases[i].says;
        hr_status status = hr_official_parse(text, strlen(text), "all_config.yaml", &out);
        if (!says && status) fail_msg("case %zu: %s", i, hr_error_text());
        if (says && !status) fail_msg("case %zu is read", i);
        if (says && (!strstr(hr_error_text(), says) || !strstr(hr_error_text(), "all_config.yaml")))
            fail_msg("case %zu: \"%s\"", i, hr_error_text());
        if (!status) hr_official_free(&out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(models_know_every_choice),
        cmocka_unit_test(defaults_are_the_published_ones),
        cmocka_unit_test(a_recipe_reads_back_exactly),
        cmocka_unit_test(earlier_spellings_are_read),
        cmocka_unit_test(records_without_their_minutes_are_read),
        cmocka_unit_test(misspelt_keys_name_the_nearest),
        cmocka_unit_test(bad_values_are_refused),
        cmocka_unit_test(keys_that_belong_together),
        cmocka_unit_test(what_means_nothing_is_told),
        cmocka_unit_test(settings_that_contradict_each_other),
        cmocka_unit_test(maps_and_nothing_are_read),
        cmocka_unit_test(files_of_a_recipe_are_found),
        cmocka_unit_test(resuming_keeps_what_decides),
        cmocka_unit_test(published_configurations_are_told_apart),
    };
    return cmocka_run_group_tests(tests, open_folder, remove_folder);
}
