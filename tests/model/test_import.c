/* test_import.c - published checkpoints become models, and models checkpoints: every weight in its
 * place and to the bit; sizes that no file says come from the tensors; what is missing, left over
 * or made for other puzzles is refused with the reason. */
#include "golden.h"

#include <unistd.h>

#include "hrm_tools.h"

#include "base/os.h"
#include "base/text.h"
#include "io/npy.h"
#include "io/npz.h"
#include "io/tensors_open.h"
#include "io/torchpt.h"
#include "model/checkpoint.h"
#include "model/import.h"
#include "model/official.h"

/* OK for public functions. */
#define DONE(call) OK((hr_status)(call))

static void says(const char *what) {
    if (!strstr(hr_error_text(), what))
        fail_msg("\"%s\" does not say \"%s\"", hr_error_text(), what);
}

/* ---- a small made-up TRM with attention, as its published code would save it ----------------- */

enum { WIDTH = 8, INNER = 256, VOCAB = 6, PUZZLES = 3, TENSORS = 12, ELEMENTS = 2 * INNER * WIDTH };

static const char config[] =
    "arch:\n  name: recursive_reasoning.trm@TinyRecursiveReasoningModel_ACTV1\n"
    "  H_cycles: 2\n  L_cycles: 3\n  H_layers: 0\n  L_layers: 1\n  hidden_size: 8\n"
    "  num_heads: 2\n  expansion: 4\n  pos_encodings: learned\n  puzzle_emb_ndim: ${.hidden_size}\n"
    "  puzzle_emb_len: 2\n  halt_max_steps: 5\n  halt_exploration_prob: 0.2\n"
    "  loss:\n    loss_type: softmax_cross_entropy\n"
    "evaluators:\n- name: arc@ARC\n  submission_K: 2\n"
    "lr: 3.0e-04\nlr_warmup_steps: 7\nema: true\nema_rate: 0.99\nload_checkpoint: null\n"
    "data_paths:\n- data/mine\n";

typedef struct model {
    hr_tensor tensors[TENSORS + 4];
    char names[TENSORS + 4][128];
    float values[TENSORS + 4][ELEMENTS];
    size_t count;
} model;

static void add(model *m, const char *prefix, const char *name, int64_t rows, int64_t cols) {
    hr_tensor *t = &m->tensors[m->count];
    snprintf(m->names[m->count], sizeof m->names[0], "%s%s", prefix, name);
    *t = (hr_tensor){.name = m->names[m->count], .dims = cols ? 2 : 1, .shape = {rows, cols}};
    t->count = (size_t)(rows * (cols ? cols : 1));
    for (size_t i = 0; i < t->count; i++)
        m->values[m->count][i] = (float)((i * 7 + m->count * 13) % 101) / 64 - 0.75f;
    t->data = m->values[m->count++];
}

static void make(model *m, const char *prefix) {
    m->count = 0;
    add(m, prefix, "H_init", WIDTH, 0);
    add(m, prefix, "L_init", WIDTH, 0);
    add(m, prefix, "embed_tokens.embedding_weight", VOCAB, WIDTH);
    add(m, prefix, "embed_pos.embedding_weight", 2 + 4, WIDTH); /* two of prefix, 2 x 2 cells */
    add(m, prefix, "lm_head.weight", VOCAB, WIDTH);
    add(m, prefix, "q_head.weight", 2, WIDTH);
    add(m, prefix, "q_head.bias", 2, 0);
    add(m, prefix, "puzzle_emb.weights", PUZZLES, WIDTH);
    add(m, prefix, "L_level.layers.0.self_attn.qkv_proj.weight", 3 * WIDTH, WIDTH);
    add(m, prefix, "L_level.layers.0.self_attn.o_proj.weight", WIDTH, WIDTH);
    add(m, prefix, "L_level.layers.0.mlp.gate_up_proj.weight", 2 * INNER, WIDTH);
    add(m, prefix, "L_level.layers.0.mlp.down_proj.weight", WIDTH, INNER);
}

static char folder[64];
static char paths[32][128];

/* folder/name, one of a few at a time */
static const char *in_folder(const char *name) {
    static int next;
    char *out = paths[next++ % 32];
    snprintf(out, sizeof paths[0], "%s/%s", folder, name);
    return out;
}

static int open_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/hrm-import-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    return hr_os_write_file(in_folder("all_config.yaml"), config, strlen(config));
}

static int close_folder(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

/* 2 x 2 cells over the letters a to e, for `puzzles` puzzle identifiers; or CSV: 1. */
static const char *data_for(int puzzles) {
    static const char csv[] = "question,answer\nabcd,eabc\n";
    if (puzzles == 1) {
        OK(hr_os_write_file(in_folder("data.csv"), csv, strlen(csv)));
        return in_folder("data.csv");
    }
    char name[64], text[512];
    snprintf(name, sizeof name, "data%d", puzzles);
    const char *dir = in_folder(name);
    OK(hr_os_mkdirs(dir));
    snprintf(text, sizeof text,
             "{\"seq_len\": 4, \"vocab_size\": 6, \"pad_id\": 0, \"ignore_label_id\": 0, "
             "\"blank_identifier_id\": 0, \"num_puzzle_identifiers\": %d, \"total_groups\": 1, "
             "\"mean_puzzle_examples\": 1, \"sets\": [\"all\"]}",
             puzzles);
    const struct {
        const char *name;
        int dims, rows;
        uint8_t values[4];
    } arrays[] = {{"inputs", 2, 1, {1, 2, 3, 4}},
                  {"labels", 2, 1, {5, 1, 2, 3}},
                  {"puzzle_identifiers", 1, 1, {0}},
                  {"puzzle_indices", 1, 2, {0, 1}},
                  {"group_indices", 1, 2, {0, 1}}};
    for (size_t i = 0; i < 5; i++) {
        hr_tensor t = {.dtype = HR_U8,
                       .dims = arrays[i].dims,
                       .shape = {arrays[i].rows, 4},
                       .count = (size_t)(arrays[i].dims == 2 ? 4 : arrays[i].rows),
                       .data = arrays[i].values};
        snprintf(name, sizeof name, "data%d/all__%s.npy", puzzles, arrays[i].name);
        OK(hr_npy_write(in_folder(name), &t));
    }
    snprintf(name, sizeof name, "data%d/dataset.json", puzzles);
    OK(hr_os_write_file(in_folder(name), text, strlen(text)));
    return dir;
}

static const hrm_convert_options none = {.size = sizeof none};

/* The model file's tensors are the made-up ones. */
static void check_model(const char *path, const model *m, size_t count) {
    hr_safetensors file;
    OK(hr_safetensors_open(path, &file));
    for (size_t i = 0; i < count; i++) {
        const char *name = strstr(m->names[i], "model.inner.");
        const hr_tensor *t = hr_safetensors_find(&file, name);
        if (!t) fail_msg("%s is not in %s", name, path);
        assert_int_equal(t->count, m->tensors[i].count);
        assert_memory_equal(t->data, m->values[i], t->count * sizeof(float));
    }
    assert_int_equal(file.count, count);
    hr_safetensors_close(&file);
}

static void names_of_every_wrapper_match(void **state) {
    (void)state;
    static const char *const prefixes[] = {"_orig_mod.model.inner.", "model.inner.",
                                           "module._orig_mod.model.inner.",
                                           "model._orig_mod.model.inner."};
    static model m;
    for (size_t i = 0; i < 4; i++) {
        make(&m, prefixes[i]);
        OK(hr_torch_write(in_folder("step_12"), m.tensors, m.count));
        hrm_conversion *report;
        DONE(hrm_convert(in_folder("step_12"), in_folder("m.safetensors"), &none, &report));
        assert_true(report->complete && !report->missing && !report->left_over);
        assert_string_equal(report->out, in_folder("m.safetensors"));
        hrm_conversion_free(report);
        check_model(in_folder("m.safetensors"), &m, TENSORS);
    }
    OK(hr_npz_write(in_folder("w.npz"), m.tensors, m.count));
    DONE(hrm_convert(in_folder("w.npz"), in_folder("m.safetensors"), &none, NULL));
    check_model(in_folder("m.safetensors"), &m, TENSORS);
    OK(hr_safetensors_write(in_folder("w.safetensors"), m.tensors, m.count, NULL, 0));
    DONE(hrm_convert(in_folder("w.safetensors"), in_folder("m.safetensors"), &none, NULL));
    check_model(in_folder("m.safetensors"), &m, TENSORS);
}

static void sizes_and_settings_are_found(void **state) {
    (void)state;
    static model m;
    hr_import import;
    hr_import_options options = {0};
    make(&m, "_orig_mod.model.inner.");
    OK(hr_torch_write(in_folder("step_12"), m.tensors, m.count));
    OK(hr_import_open(in_folder("step_12"), &options, &import));
    const hr_spec *s = &import.spec;
    assert_true(s->arch == HR_ARCH_TRM && s->pos == HR_POS_LEARNED && s->mix == HR_MIX_ATTENTION);
    assert_true(s->vocab == VOCAB && s->seq == 4 && s->puzzles == PUZZLES && s->hidden == WIDTH);
    assert_true(s->heads == 2 && s->h_cycles == 2 && s->l_cycles == 3 && s->l_layers == 1);
    assert_true(s->puzzle_emb_ndim == 8 && s->puzzle_emb_len == 2 && s->halt_max_steps == 5);
    assert_true(import.task.rows == 2 && import.task.cols == 2 && import.task.vocab == VOCAB);
    const hr_recipe *r = &import.recipe;
    assert_true(r->lr == 3e-4 && r->warmup == 7 && r->ema == 0.99 &&
                hr_recipe_real(r, "halt_exploration") == 0.2);
    assert_string_equal(r->loss, "softmax");
    assert_string_equal(r->data, "data/mine");
    OK(hr_import_complete(&import));
    hr_import_close(&import);
    /* data name the symbols */
    options.data = data_for(1);
    options.puzzle_emb = "mean";
    OK(hr_import_open(in_folder("step_12"), &options, &import));
    assert_memory_equal(import.task.alphabet + 1, "abcde", 5);
    hr_import_close(&import);
}

static void puzzle_tables_are_resized_as_asked(void **state) {
    (void)state;
    static model m;
    make(&m, "_orig_mod.model.inner.");
    const float *table = m.values[7];
    OK(hr_torch_write(in_folder("step_12"), m.tensors, m.count));
    const struct {
        int puzzles;
        const char *how, *reason; /* "" where it works */
        int kept;
        bool zero;
    } cases[] = {
        {3, NULL, "", 3, false},
        {2, NULL, "truncate", 0, false},
        {5, NULL, "extend", 0, false},
        {2, "truncate", "", 2, false},
        {5, "extend", "", 3, false},
        {2, "extend", "truncate", 0, false},
        {5, "truncate", "extend", 0, false},
        {5, "mean", "", 0, false},
        {2, "zero", "", 0, true},
        {3, "zero", "", 0, true},
        {3, "extend", "", 3, false},
        {3, "some", "one of mean", 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hrm_convert_options options = {
            .size = sizeof options, .data = data_for(cases[i].puzzles), .puzzle_emb = cases[i].how};
        hrm_status status =
            hrm_convert(in_folder("step_12"), in_folder("m.safetensors"), &options, NULL);
        if (*cases[i].reason) {
            if (!status) fail_msg("case %zu passed", i);
            says(cases[i].reason);
            continue;
        }
        if (status) fail_msg("case %zu: %s", i, hr_error_text());
        hr_safetensors file;
        OK(hr_safetensors_open(in_folder("m.safetensors"), &file));
        const hr_tensor *t = hr_safetensors_find(&file, "model.inner.puzzle_emb.weights");
        assert_true(t->shape[0] == cases[i].puzzles && t->shape[1] == WIDTH);
        for (int r = 0; r < cases[i].puzzles; r++)
            for (int c = 0; c < WIDTH; c++) {
                double mean =
                    ((double)table[c] + (double)table[WIDTH + c] + (double)table[2 * WIDTH + c]) /
                    3;
                float want = r < cases[i].kept ? table[r * WIDTH + c]
                             : cases[i].zero   ? 0
                                               : (float)mean;
                assert_true(hr_tensor_at(t, (size_t)(r * WIDTH + c)) == (double)want);
            }
        hr_safetensors_close(&file);
        hrm_model *loaded;
        DONE(hrm_model_load(in_folder("m.safetensors"), NULL, &loaded));
        hrm_model_free(loaded);
    }
    hrm_convert_options options = {.size = sizeof options, .puzzle_emb = "mean"};
    assert_int_equal(hrm_convert(in_folder("step_12"), NULL, &options, NULL), HRM_STATUS_ARG);
    says("needs data");
}

/* A model that holds an infinity is refused by whoever reads it: it must not be written. */
static void numbers_beyond_32_bits_are_refused(void **state) {
    (void)state;
    static model m;
    static double wide[VOCAB * WIDTH];
    const struct {
        int tensor;
        double value;
        int puzzles; /* 0: the file's own table */
        const char *how, *reason;
    } cases[] = {{4, 1e39, 0, NULL, "lm_head.weight holds 1e+39"},
                 {4, -2.5e300, 0, NULL, "lm_head.weight holds -2.5e+300"},
                 {4, 3.4e38, 0, NULL, ""},
                 {7, 1e39, 0, NULL, "puzzle_emb.weights holds 1e+39"},
                 {7, 1e39, 5, "extend", "puzzle_emb.weights holds 1e+39"},
                 {7, 1e39, 5, "mean", "puzzle_emb.weights holds 1e+39"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make(&m, "");
        hr_tensor *t = &m.tensors[cases[i].tensor];
        for (size_t k = 0; k < t->count; k++) wide[k] = 0.5;
        wide[3] = cases[i].value;
        t->dtype = HR_F64;
        t->data = wide;
        OK(hr_safetensors_write(in_folder("wide.safetensors"), m.tensors, m.count, NULL, 0));
        hrm_convert_options options = {.size = sizeof options,
                                       .data = cases[i].puzzles ? data_for(cases[i].puzzles) : NULL,
                                       .puzzle_emb = cases[i].how};
        OK(hr_os_remove(in_folder("m.safetensors")));
        hrm_status status =
            hrm_convert(in_folder("wide.safetensors"), in_folder("m.safetensors"), &options, NULL);
        if (status != (*cases[i].reason ? HRM_STATUS_NUMERIC : HRM_STATUS_OK))
            fail_msg("case %zu: %d, %s", i, (int)status, hr_error_text());
        if (status) says(cases[i].reason);
        assert_true(hr_os_is_file(in_folder("m.safetensors")) == !status);
    }
}

static void what_does_not_match_is_told(void **state) {
    (void)state;
    static model m;
    hrm_conversion *report;
    const char *in = in_folder("step_12"), *out = in_folder("never.safetensors");
    make(&m, "_orig_mod.model.inner.");
    OK(hr_torch_write(in, m.tensors, m.count - 1));
    assert_int_equal(hrm_convert(in, out, &none, &report), HRM_STATUS_FORMAT);
    assert_null(report);
    says("lacks model.inner.L_level.layers.0.mlp.down_proj.weight");
    DONE(hrm_convert(in, NULL, &none, &report));
    assert_true(!report->complete && report->missing && !report->out);
    bool told = false;
    for (size_t i = 0; i < report->tensor_count; i++)
        told |= strstr(report->tensors[i].name, "down_proj.weight") &&
                !strcmp(report->tensors[i].status, "missing") && !report->tensors[i].dtype;
    assert_true(told);
    hrm_conversion_free(report);
    add(&m, "_orig_mod.model.inner.", "L_level.layers.1.mlp.down_proj.weight", WIDTH, INNER);
    OK(hr_torch_write(in, m.tensors, m.count));
    assert_int_equal(hrm_convert(in, out, &none, NULL), HRM_STATUS_FORMAT);
    says("L_level.layers.1.mlp.down_proj.weight, which a model of its configuration does not have");
    m.count--;
    add(&m, "_orig_mod.model.inner.", "rotary_emb.cos_cached", 6,
        WIDTH); /* of older code: a constant */
    add(&m, "", "optimizer.state.0", 6, WIDTH);
    OK(hr_torch_write(in, m.tensors, m.count));
    DONE(hrm_convert(in, in_folder("m.safetensors"), &none, &report));
    assert_int_equal(report->left_over, 2);
    assert_string_equal(report->tensors[report->tensor_count - 1].status, "left over");
    hrm_conversion_free(report);
    check_model(in_folder("m.safetensors"), &m, TENSORS);
    make(&m, "_orig_mod.model.inner.");
    m.tensors[8].shape[0] = 2 * WIDTH;
    m.tensors[8].count = 2 * WIDTH * WIDTH;
    OK(hr_torch_write(in, m.tensors, m.count));
    assert_int_equal(hrm_convert(in, out, &none, NULL), HRM_STATUS_FORMAT);
    says("qkv_proj.weight is 16 x 8, but its configuration makes it 24 x 8");
    make(&m, "_orig_mod.model.inner.");
    m.values[4][3] = NAN;
    OK(hr_torch_write(in, m.tensors, m.count));
    assert_int_equal(hrm_convert(in, out, &none, NULL), HRM_STATUS_NUMERIC);
    says("lm_head.weight");
    assert_false(hr_os_is_file(out)); /* nothing was begun */
}

static void averages_are_completed_from_another_file(void **state) {
    (void)state;
    static model m, average, both;
    make(&m, "_orig_mod.model.inner.");
    OK(hr_torch_write(in_folder("step_12"), m.tensors, m.count));
    make(&average, "_orig_mod.model.inner.");
    for (size_t i = 0; i < average.count; i++) average.values[i][0] += 1;
    /* parameters only: an average has no H_init, L_init, puzzle table */
    hr_tensor parameters[TENSORS];
    size_t n = 0;
    for (size_t i = 2; i < average.count; i++)
        if (i != 7) parameters[n++] = average.tensors[i];
    OK(hr_torch_write(in_folder("ema.pt"), parameters, n));
    assert_int_equal(hrm_convert(in_folder("ema.pt"), NULL, &none, NULL), HRM_STATUS_OK);
    assert_int_equal(hrm_convert(in_folder("ema.pt"), in_folder("m.safetensors"), &none, NULL),
                     HRM_STATUS_FORMAT);
    says("a base");
    hrm_convert_options options = {.size = sizeof options, .base = in_folder("step_12")};
    DONE(hrm_convert(in_folder("ema.pt"), in_folder("m.safetensors"), &options, NULL));
    model *want = &both;
    make(want, "_orig_mod.model.inner.");
    for (size_t i = 2; i < want->count; i++)
        if (i != 7) want->values[i][0] += 1;
    check_model(in_folder("m.safetensors"), want, TENSORS);
    /* both sets in one file */
    hr_tensor all[2 * TENSORS];
    static char names[2 * TENSORS][160];
    size_t count = 0;
    for (size_t i = 0; i < m.count; i++, count++) {
        snprintf(names[count], sizeof names[0], "model.%s", m.names[i]);
        all[count] = m.tensors[i];
        all[count].name = names[count];
    }
    for (size_t i = 0; i < n; i++, count++) {
        snprintf(names[count], sizeof names[0], "ema.%s", parameters[i].name);
        all[count] = parameters[i];
        all[count].name = names[count];
    }
    OK(hr_torch_write(in_folder("both.pt"), all, count));
    assert_int_equal(hrm_convert(in_folder("both.pt"), NULL, &none, NULL), HRM_STATUS_FORMAT);
    says("which part");
    options = (hrm_convert_options){.size = sizeof(hrm_convert_options), .part = "ema"};
    DONE(hrm_convert(in_folder("both.pt"), in_folder("m.safetensors"), &options, NULL));
    check_model(in_folder("m.safetensors"), want, TENSORS);
    options.part = "model";
    DONE(hrm_convert(in_folder("both.pt"), in_folder("m.safetensors"), &options, NULL));
    check_model(in_folder("m.safetensors"), &m, TENSORS);
    options.part = "modle";
    assert_int_equal(hrm_convert(in_folder("both.pt"), NULL, &options, NULL), HRM_STATUS_ARG);
}

static void configurations_are_checked(void **state) {
    (void)state;
    const struct {
        const char *from, *to, *reason;
    } cases[] = {
        {"arch:", "arch: {}\nother:", "arch.name"},
        {".trm@", ".trm_singlez@", "not supported"},
        {"  num_heads: 2\n", "", "no key arch.num_heads"},
        {"num_heads: 2", "num_heads: many", "heads"},
        {"num_heads: 2", "num_heads: 3", "multiple of heads"},
        {"pos_encodings: learned", "pos_encodings: spiral", "pos"},
        {"hidden_size: 8", "hidden_size: 80000", "hidden"},
        {"hidden_size: 8", "hidden_size: 8\n  residual_connections: true\n  skip_prefix: true",
         "arch.residual_connections, arch.skip_prefix"},
        {"hidden_size: 8", "hidden_size: 8\n  adaptive_depth_controller:\n    rate: 1",
         "arch.adaptive_depth_controller.rate"},
        {"hidden_size: 8", "hidden_size: ${.width}", "hidden"},
        {"hidden_size: 8", "hidden_size: ${.hidden_size}", "hidden"},
        {"softmax_cross_entropy", "focal", "loss_type: focal"},
        {"hidden_size: 8", "hidden_size: 8\n  mlp_t: maybe", "neither true nor false"},
        {"  loss:\n", "  loss:\n    name: losses@FocalHead\n", "losses@FocalHead is not known"},
        {"  loss:\n", "  loss:\n    name: mine\n", "arch.loss.name: mine"},
        {"  loss:\n", "  loss:\n    gamma: 2\n", "arch.loss.gamma"},
        {"lr: 3", "L_cycles: 6\nlr: 3", "not known here: L_cycles;"},
        {"lr: 3", "model:\n  hidden_size: 16\n  layers: 3\nlr: 3",
         "not known here: model.hidden_size;"},
        {"Model_ACTV1", "Model_ACTV2", "not supported"},
        {"hidden_size: 8", "hidden_size: 16", "embed_tokens"},
        {"puzzle_emb_len: 2", "puzzle_emb_len: 7", "prefix"},
    };
    static model m;
    make(&m, "_orig_mod.model.inner.");
    OK(hr_torch_write(in_folder("step_12"), m.tensors, m.count));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[2048];
        const char *at = strstr(config, cases[i].from);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - config), config, cases[i].to,
                 at + strlen(cases[i].from));
        OK(hr_os_write_file(in_folder("other.yaml"), text, strlen(text)));
        hrm_convert_options options = {.size = sizeof options, .config = in_folder("other.yaml")};
        hrm_status status =
            hrm_convert(in_folder("step_12"), in_folder("never.safetensors"), &options, NULL);
        if (!status) fail_msg("case %zu passed", i);
        if (status == HRM_STATUS_ARG) fail_msg("case %zu: the caller is blamed", i);
        says(cases[i].reason);
    }
    OK(hr_os_mkdirs(in_folder("bare")));
    OK(hr_torch_write(in_folder("bare/step_1"), m.tensors, m.count));
    assert_int_equal(hrm_convert(in_folder("bare/step_1"), NULL, &none, NULL), HRM_STATUS_IO);
    says("all_config.yaml");
}

/* A checkpoint that another program cut, turned or filled otherwise tells no sizes, and a spec of
 * some hundred million rows is not believed. */
static void shapes_that_say_nothing_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *tensor;
        int dims;
        int64_t rows, cols;
        const char *says; /* NULL: is read */
    } cases[] = {{"embed_tokens.embedding_weight", 1, 48, 0, "holds no embed_tokens"},
                 {"embed_tokens.embedding_weight", 2, 1, 8, "holds no embed_tokens"},
                 {"embed_tokens.embedding_weight", 2, 257, 8, "holds no embed_tokens"},
                 {"embed_pos.embedding_weight", 2, 2, 8, "has 2 tokens, of which 2 would be"},
                 {"embed_pos.embedding_weight", 1, 48, 0, "embed_pos.embedding_weight is 48"},
                 {"puzzle_emb.weights", 1, 24, 0, "puzzle_emb.weights is no table"},
                 {"puzzle_emb.weights", 2, 0, 8, "puzzle_emb.weights is no table"},
                 {"lm_head.weight", 1, 48, 0, "lm_head"},
                 {"q_head.bias", 1, 3, 0, "q_head"}};
    static model m;
    OK(hr_os_write_file(in_folder("all_config.yaml"), config, sizeof config - 1));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make(&m, "_orig_mod.model.inner.");
        for (size_t k = 0; k < m.count; k++) {
            hr_tensor *t = &m.tensors[k];
            if (!strstr(t->name, cases[i].tensor)) continue;
            t->dims = cases[i].dims;
            t->shape[0] = cases[i].rows;
            t->shape[1] = cases[i].cols;
            t->count = (size_t)(cases[i].rows * (t->dims > 1 ? cases[i].cols : 1));
        }
        OK(hr_torch_write(in_folder("step_9"), m.tensors, m.count));
        hrm_status status =
            hrm_convert(in_folder("step_9"), in_folder("never.safetensors"), &none, NULL);
        if (!cases[i].says != !status) fail_msg("case %zu: %s", i, hr_error_text());
        if (status) says(cases[i].says);
    }
    assert_int_not_equal(access(in_folder("never.safetensors"), F_OK), 0);
    make(&m, "_orig_mod.model.inner.");
    OK(hr_torch_write(in_folder("step_9"), m.tensors, m.count));
    static const char *const other[] = {"question,answer\nab..,abab\n", "question,answer\n"
                                                                        "ab.......,ababababa\n"};
    for (int i = 0; i < 2; i++) { /* of another alphabet, and of another size */
        OK(hr_os_write_file(in_folder("other.csv"), other[i], strlen(other[i])));
        hrm_convert_options options = {
            .size = sizeof options, .data = in_folder("other.csv"), .puzzle_emb = "mean"};
        assert_int_equal(hrm_convert(in_folder("step_9"), NULL, &options, NULL), HRM_STATUS_TASK);
        says("has 4 cells and a vocabulary of 6");
    }
    hrm_convert_options options = {.size = sizeof options, .data = in_folder("nowhere.csv")};
    assert_int_equal(hrm_convert(in_folder("step_9"), NULL, &options, NULL), HRM_STATUS_IO);
}

/* Keys of another program's training are no reason to refuse its weights, nor to say nothing. */
static void what_is_not_used_is_listed(void **state) {
    (void)state;
    static model m;
    char text[2048];
    hrm_conversion *report;
    make(&m, "_orig_mod.model.inner.");
    OK(hr_torch_write(in_folder("step_12"), m.tensors, m.count));
    const char *at = strstr(config, "lr: 3"), *loss = strstr(config, "    loss_type");
    snprintf(text, sizeof text, "%.*s    name: models.losses@ACTLossHead\n%.*s%s%s",
             (int)(loss - config), config, (int)(at - loss), loss,
             "grad_clip: 1.0\nproject_name: mine\nlogger:\n  entity: me\n  seed: "
             "null\neval_interval: 5\n"
             "eval_save_outputs: []\nseed: 0\nempty:\n",
             at);
    OK(hr_os_write_file(in_folder("other.yaml"), text, strlen(text)));
    hrm_convert_options options = {.size = sizeof options, .config = in_folder("other.yaml")};
    DONE(hrm_convert(in_folder("step_12"), in_folder("noted.safetensors"), &options, &report));
    if (!strstr(report->note, "not used: grad_clip, logger.entity, which"))
        fail_msg("%s", report->note);
    hrm_conversion_free(report);
    OK(hr_os_write_file(in_folder("other.yaml"), config, strlen(config)));
    DONE(hrm_convert(in_folder("step_12"), in_folder("noted.safetensors"), &options, &report));
    if (strstr(report->note, "not used")) fail_msg("%s", report->note);
    hrm_conversion_free(report);
}

/* A model goes out in every form and comes back the same, its task and sizes too. */
static void exports_come_back(void **state) {
    (void)state;
    static const char *const out[] = {"a/step_3", "b/model.pt", "c/model.npz"};
    static model m;
    make(&m, "_orig_mod.model.inner.");
    OK(hr_torch_write(in_folder("step_12"), m.tensors, m.count));
    hrm_convert_options options = {
        .size = sizeof options, .data = data_for(1), .puzzle_emb = "truncate"};
    DONE(hrm_convert(in_folder("step_12"), in_folder("m.safetensors"), &options, NULL));
    for (int i = 0; i < 3; i++) {
        char dir[8] = {out[i][0], 0};
        hr_safetensors a, b;
        hrm_convert_options how = {.size = sizeof how, .compiled = i == 1};
        OK(hr_os_mkdirs(in_folder(dir)));
        DONE(hrm_convert(in_folder("m.safetensors"), in_folder(out[i]), &how, NULL));
        DONE(hrm_convert(in_folder("m.safetensors"), in_folder(out[i]), &how,
                         NULL)); /* same config */
        DONE(hrm_convert(in_folder(out[i]), in_folder("back.safetensors"), &none, NULL));
        OK(hr_safetensors_open(in_folder("m.safetensors"), &a));
        OK(hr_safetensors_open(in_folder("back.safetensors"), &b));
        assert_string_equal(hr_safetensors_meta(&a, "spec"), hr_safetensors_meta(&b, "spec"));
        assert_string_equal(hr_safetensors_meta(&a, "task"), hr_safetensors_meta(&b, "task"));
        assert_non_null(strstr(hr_safetensors_meta(&b, "training"), "lr: 0.0003"));
        assert_int_equal(a.count, b.count);
        for (size_t k = 0; k < a.count; k++) {
            assert_string_equal(a.tensors[k].name, b.tensors[k].name);
            assert_memory_equal(a.tensors[k].data, b.tensors[k].data, a.tensors[k].count * 4);
        }
        hr_safetensors_close(&a);
        hr_safetensors_close(&b);
    }
    hr_tensors file;
    OK(hr_tensors_open(in_folder("b/model.pt"), &file));
    const hr_tensor *t = file.tensors;
    while (strcmp(t->name, "_orig_mod.model.inner.H_init"))
        assert_true(++t - file.tensors < (long)file.count);
    assert_int_equal(t->dtype, HR_BF16); /* as the published code has it; nothing is lost */
    hr_tensors_close(&file);
    /* a configuration that says something else is not overwritten, nor is anything written beside
     * it */
    assert_int_equal(hrm_convert(in_folder("m.safetensors"), in_folder("step_13"), &none, NULL),
                     HRM_STATUS_ARG);
    says("all_config.yaml");
    assert_false(hr_os_is_file(in_folder("step_13")));
    assert_int_equal(hrm_convert(in_folder("m.safetensors"), in_folder("x.onnx"), &none, NULL),
                     HRM_STATUS_ARG);
    options = (hrm_convert_options){.size = sizeof(hrm_convert_options), .compiled = true};
    assert_int_equal(
        hrm_convert(in_folder("m.safetensors"), in_folder("x.safetensors"), &options, NULL),
        HRM_STATUS_ARG);
}

/* ---- the fixtures ---------------------------------------------------------------------------- */

static void check_import(const char *fixtures, const char *file, const char *expected) {
    char path[512], yaml[512];
    hr_safetensors got, want;
    snprintf(path, sizeof path, "%s/ckpt/%s", fixtures, file);
    snprintf(yaml, sizeof yaml, "%s/ckpt/%s/all_config.yaml", fixtures, expected);
    hrm_convert_options options = {.size = sizeof options, .config = yaml};
    DONE(hrm_convert(path, in_folder("m.safetensors"), &options, NULL));
    snprintf(path, sizeof path, "%s/ckpt/%s/expected.safetensors", fixtures, expected);
    OK(hr_safetensors_open(path, &want));
    OK(hr_safetensors_open(in_folder("m.safetensors"), &got));
    golden_tensors(got.tensors, got.count, "", &want, false);
    hr_safetensors_close(&got);
    hr_safetensors_close(&want);
    hrm_model *loaded;
    DONE(hrm_model_load(in_folder("m.safetensors"), NULL, &loaded));
    hrm_model_free(loaded);
}

static void fixtures_become_models(void **state) {
    (void)state;
    check_import(FIXTURES, "hrm_nocompile/step_52083", "hrm");
    check_import(FIXTURES, "hrm_newlayout/step_52083", "hrm");
}

static void more_fixtures_become_models(void **state) {
    (void)state;
    SKIP_WITHOUT(shared, "fixtures/manifest.json");
    char fixtures[400];
    snprintf(fixtures, sizeof fixtures, "%s/fixtures", shared);
    check_import(fixtures, "hrm/step_52083", "hrm");
    check_import(fixtures, "trm/step_65104", "trm");
    check_import(fixtures, "hrm_nocompile/step_52083", "hrm");
    check_import(fixtures, "hrm_newlayout/step_52083", "hrm");
}

HR_TEST_MAIN(
    cmocka_unit_test_setup_teardown(names_of_every_wrapper_match, open_folder, close_folder),
    cmocka_unit_test_setup_teardown(sizes_and_settings_are_found, open_folder, close_folder),
    cmocka_unit_test_setup_teardown(puzzle_tables_are_resized_as_asked, open_folder, close_folder),
    cmocka_unit_test_setup_teardown(numbers_beyond_32_bits_are_refused, open_folder, close_folder),
    cmocka_unit_test_setup_teardown(what_does_not_match_is_told, open_folder, close_folder),
    cmocka_unit_test_setup_teardown(averages_are_completed_from_another_file, open_folder,
                                    close_folder),
    cmocka_unit_test_setup_teardown(configurations_are_checked, open_folder, close_folder),
    cmocka_unit_test_setup_teardown(shapes_that_say_nothing_are_refused, open_folder, close_folder),
    cmocka_unit_test_setup_teardown(what_is_not_used_is_listed, open_folder, close_folder),
    cmocka_unit_test_setup_teardown(exports_come_back, open_folder, close_folder),
    cmocka_unit_test_setup_teardown(fixtures_become_models, open_folder, close_folder),
    cmocka_unit_test_setup_teardown(more_fixtures_become_models, open_folder, close_folder))
