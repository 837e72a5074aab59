/* official.c - the published configuration keys and their names here. */
#include "model/official.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "io/yaml.h"
#include "task/task_json.h"

/* One table for both ways. needed: without it the weights would mean something else. */
static const struct {
    const char *key, *recipe;
    bool needed;
} keys[] = {
    {"arch.hidden_size", "hidden", true},
    {"arch.num_heads", "heads", true},
    {"arch.expansion", "expansion", true},
    {"arch.L_layers", "l_layers", true},
    {"arch.H_cycles", "h_cycles", true},
    {"arch.L_cycles", "l_cycles", true},
    {"arch.pos_encodings", "pos", true},
    {"arch.halt_max_steps", "halt_max_steps", true},
    {"arch.halt_exploration_prob", "halt_exploration", false},
    {"arch.rope_theta", "rope_theta", false},
    {"global_batch_size", "batch", false},
    {"epochs", "epochs", false},
    {"lr", "lr", false},
    {"lr_min_ratio", "lr_min_ratio", false},
    {"lr_warmup_steps", "warmup", false},
    {"weight_decay", "weight_decay", false},
    {"beta1", "beta1", false},
    {"beta2", "beta2", false},
    {"puzzle_emb_lr", "puzzle_emb_lr", false},
    {"puzzle_emb_weight_decay", "puzzle_emb_weight_decay", false},
    {"seed", "seed", false},
};
enum { KEYS = sizeof keys / sizeof *keys };

/* What else the published code writes under arch: read elsewhere here, or no part of the net. */
static const char *const others[] = {"arch.name",
                                     "arch.H_layers",
                                     "arch.puzzle_emb_ndim",
                                     "arch.puzzle_emb_len",
                                     "arch.mlp_t",
                                     "arch.loss.name",
                                     "arch.loss.loss_type",
                                     "arch.forward_dtype",
                                     "arch.no_ACT_continue",
                                     "arch.rms_norm_eps",
                                     "arch.batch_size",
                                     "arch.seq_len",
                                     "arch.vocab_size",
                                     "arch.num_puzzle_identifiers"};
enum { OTHERS = sizeof others / sizeof *others };

/* What it writes beside arch, above or as a key of its own: no part of the net. */
static const char *const outer[] = {"data_path",
                                    "data_paths",
                                    "data_paths_test",
                                    "evaluators",
                                    "eval_interval",
                                    "min_eval_interval",
                                    "checkpoint_every_eval",
                                    "checkpoint_path",
                                    "project_name",
                                    "run_name",
                                    "eval_save_outputs",
                                    "load_checkpoint",
                                    "freeze_weights",
                                    "ema",
                                    "ema_rate",
                                    "hrm_spec",
                                    "hrm_task",
                                    "hrm_training"};
enum { OUTER = sizeof outer / sizeof *outer };

/* Of these arch alone may speak. */
static const char *const of_net[] = {
    "hidden_size",    "num_heads",    "expansion",      "L_layers",       "H_layers",
    "H_cycles",       "L_cycles",     "mlp_t",          "pos_encodings",  "rope_theta",
    "halt_max_steps", "rms_norm_eps", "puzzle_emb_len", "puzzle_emb_ndim"};
enum { OF_NET = sizeof of_net / sizeof *of_net };

static const char *const hrm_name = "hrm.hrm_act_v1@HierarchicalReasoningModel_ACTV1";
static const char *const trm_name = "recursive_reasoning.trm@TinyRecursiveReasoningModel_ACTV1";

/* ---- reading --------------------------------------------------------------------------------- */

static hr_status set(hr_recipe *recipe, const char *name, const char *value, const char *where) {
    char *setting = hr_text_format("%s=%s", name, value);
    hr_status status = setting ? hr_recipe_set(recipe, setting, where) : HR_ERR_MEM;
    hr_free(setting);
    /* a wrong value is the file's fault, not the caller's */
    return status == HR_ERR_ARG ? HR_ERR_FORMAT : status;
}

/* "package.module@Class": the module says which model it is. */
static hr_status read_arch(const hr_yaml *yaml, const char *where, hr_recipe *recipe) {
    const char *name = hr_yaml_find(yaml, "arch.name");
    if (!name)
        return hr_fail(
            HR_ERR_FORMAT,
            "%s: has no key arch.name; it should be the all_config.yaml that was written "
            "beside the checkpoint",
            where);
    size_t end = strcspn(name, "@"), begin = end;
    while (begin && name[begin - 1] != '.') begin--;
    char *module = hr_text_format("%.*s", (int)(end - begin), name + begin);
    if (!module) return HR_ERR_MEM;
    bool hrm = !strcmp(module, "hrm_act_v1") || !strcmp(module, "hrm"),
         trm = !strcmp(module, "trm");
    hr_free(module);
    const char *class = name[end] ? name + end + 1 : strrchr(hrm ? hrm_name : trm_name, '@') + 1;
    bool own = !strcmp(class, strrchr(hrm ? hrm_name : trm_name, '@') + 1);
    if ((hrm || trm) && own) return set(recipe, "arch", hrm ? "hrm" : "trm", where);
    return hr_fail(
        HR_ERR_UNSUPPORTED,
        "%s: arch.name %.80s is not supported; HRM (%s; also of a module hrm) and TRM (%s) are",
        where, name, hrm_name, trm_name);
}

static bool is_given(const char *value) {
    return value && *value;
}

static bool is_true(const hr_yaml *yaml, const char *key) {
    const char *value = hr_yaml_find(yaml, key);
    bool yes = false;
    return value && hr_text_bool(value, &yes) && yes;
}

/* References to other keys, "${.hidden_size}" beside their own and "${arch.hidden_size}" from the
 * top, become what they name; what names nothing stays, and is no number for whoever reads it. */
static hr_status resolve(hr_yaml *yaml) {
    enum { HOPS = 8 };
    for (size_t i = 0; i < yaml->count * HOPS; i++) {
        hr_yaml_entry *e = &yaml->entries[i / HOPS];
        size_t size = strlen(e->value);
        if (size < 4 || strncmp(e->value, "${", 2) || e->value[size - 1] != '}') continue;
        const char *dot = strrchr(e->key, '.'), *name = e->value + 2;
        int above = *name == '.' && dot ? (int)(dot + 1 - e->key) : 0;
        if (*name == '.') name++;
        char *key =
            hr_text_format("%.*s%.*s", above, e->key, (int)(e->value + size - 1 - name), name);
        const char *found = key ? hr_yaml_find(yaml, key) : NULL;
        char *value = found ? hr_text_copy(found) : NULL;
        hr_free(key);
        if (!key || (found && !value)) return HR_ERR_MEM;
        if (!value) continue;
        hr_free(e->value);
        e->value = value;
    }
    return HR_OK;
}

static bool is_known(const char *key) {
    bool known = false;
    for (int i = 0; i < KEYS; i++) known |= !strcmp(key, keys[i].key);
    for (int i = 0; i < OTHERS; i++) known |= !strcmp(key, others[i]);
    size_t root = strcspn(key, ".");
    for (int i = 0; i < OUTER; i++)
        known |= strlen(outer[i]) == root && !strncmp(key, outer[i], root);
    return known;
}

/* Whether a key that is not known may say something of the net: all of arch do, and elsewhere those
 * of a name that arch has. */
static bool may_be_of_net(const char *key) {
    const char *dot = strrchr(key, '.'), *last = dot ? dot + 1 : key;
    bool of = !strncmp(key, "arch.", 5);
    for (int i = 0; i < OF_NET; i++) of |= !strcmp(last, of_net[i]);
    return of;
}

/* A key that the published code does not have may stand for a net that this is not; the rest is
 * listed. */
static hr_status check_known(const hr_yaml *yaml, const char *where, char **unused) {
    hr_buffer lists[2] = {{0}, {0}};
    for (size_t i = 0; i < yaml->count; i++) {
        const char *key = yaml->entries[i].key;
        hr_buffer *list = &lists[may_be_of_net(key)];
        if (!is_known(key) && is_given(hr_yaml_find(yaml, key)))
            hr_buffer_print(list, "%s%s", list->size ? ", " : "", key);
    }
    hr_status status = lists[0].failed || lists[1].failed ? HR_ERR_MEM : HR_OK;
    if (lists[1].size)
        status =
            hr_fail(HR_ERR_UNSUPPORTED,
                    "%s: not known here: %.200s; such weights may belong to another net. Where "
                    "it does not change the net, take it out of the file",
                    where, lists[1].text);
    hr_buffer_free(&lists[1]);
    *unused = lists[0].text;
    return status;
}

/* What is known, but not with any value. */
static hr_status check_values(const hr_yaml *yaml, const char *where, const hr_recipe *r) {
    const char *loss = hr_yaml_find(yaml, "arch.loss.loss_type");
    const char *head = hr_yaml_find(yaml, "arch.loss.name"), *known = "@ACTLossHead";
    const char *at = is_given(head) ? strrchr(head, '@') : known;
    const char *mix = hr_yaml_find(yaml, "arch.mlp_t"), *end = "_cross_entropy";
    const char *length = hr_yaml_find(yaml, "arch.puzzle_emb_len");
    bool trm = !strcmp(r->arch, "trm"), by_tokens;
    int64_t len = 0, own = (r->puzzle_emb_ndim + r->hidden - 1) / (r->hidden ? r->hidden : 1);
    if (!at || strcmp(at, known))
        return hr_fail(HR_ERR_UNSUPPORTED,
                       "%s: arch.loss.name: %.60s is not known; losses%s, of HRM and TRM, is",
                       where, head, known);
    if (is_given(loss) && strcmp(loss, "softmax_cross_entropy") &&
        strcmp(loss, "stablemax_cross_entropy"))
        return hr_fail(HR_ERR_UNSUPPORTED,
                       "%s: arch.loss.loss_type: %.60s is not known; "
                       "stablemax%s and softmax%s are",
                       where, loss, end, end);
    if (is_given(mix) && !hr_text_bool(mix, &by_tokens))
        return hr_fail(HR_ERR_FORMAT, "%s: arch.mlp_t: %.60s is neither true nor false", where,
                       mix);
    if (!trm && is_true(yaml, "arch.mlp_t"))
        return hr_fail(HR_ERR_UNSUPPORTED, "%s: arch.mlp_t: HRM mixes by attention alone", where);
    if (!trm && is_given(length) && (!hr_text_integer(length, &len) || (len && len != own)))
        return hr_fail(HR_ERR_UNSUPPORTED,
                       "%s: arch.puzzle_emb_len: %.60s is not the %d tokens that "
                       "HRM's puzzle embedding takes",
                       where, length, (int)own);
    return HR_OK;
}

/* Keys whose meaning depends on the model. */
static hr_status read_special(const hr_yaml *yaml, const char *where, hr_recipe *recipe) {
    bool trm = !strcmp(recipe->arch, "trm");
    const char *layers = hr_yaml_find(yaml, "arch.H_layers");
    const char *ndim = hr_yaml_find(yaml, "arch.puzzle_emb_ndim");
    const char *length = hr_yaml_find(yaml, "arch.puzzle_emb_len");
    const char *loss = hr_yaml_find(yaml, "arch.loss.loss_type");
    const char *rate = hr_yaml_find(yaml, "ema_rate");
    bool prefix = is_given(ndim) && strcmp(ndim, "0");
    hr_status status = HR_OK;
    if (!trm && !is_given(layers))
        return hr_fail(HR_ERR_FORMAT, "%s: has no key arch.H_layers", where);
    if (!trm) status = set(recipe, "h_layers", layers, where);
    if (!status) status = set(recipe, "puzzle_emb_ndim", prefix ? ndim : "0", where);
    if (!status && trm && prefix) /* 16 is the published default */
        status = set(recipe, "puzzle_emb_len", is_given(length) ? length : "16", where);
    if (!status && trm && is_true(yaml, "arch.mlp_t"))
        status = set(recipe, "mix", "token_mlp", where);
    if (!status && loss && !strcmp(loss, "softmax_cross_entropy"))
        status = set(recipe, "loss", "softmax", where);
    if (!status && is_true(yaml, "ema"))
        status = set(recipe, "ema", is_given(rate) ? rate : "0.999", where);
    return status;
}

/* The first data set: data_path of HRM, data_paths of TRM. */
static hr_status read_data(const hr_yaml *yaml, const char *where, hr_recipe *recipe) {
    const char *path = hr_yaml_find(yaml, "data_path");
    if (!is_given(path)) path = hr_yaml_find(yaml, "data_paths");
    if (!is_given(path)) return HR_OK;
    char *first = hr_text_format("%.*s", (int)strcspn(path, ","), path);
    hr_status status = first ? set(recipe, "data", first, where) : HR_ERR_MEM;
    hr_free(first);
    return status;
}

static hr_status read_keys(const hr_yaml *yaml, const char *where, hr_official *out) {
    hr_status status = read_arch(yaml, where, &out->recipe);
    if (!status) status = check_known(yaml, where, &out->unused);
    for (int i = 0; i < KEYS && !status; i++) {
        const char *value = hr_yaml_find(yaml, keys[i].key);
        if (is_given(value)) status = set(&out->recipe, keys[i].recipe, value, where);
        else if (keys[i].needed)
            status = hr_fail(HR_ERR_FORMAT, "%s: has no key %s, which the weights do not tell",
                             where, keys[i].key);
    }
    if (!status) status = read_special(yaml, where, &out->recipe);
    if (!status) status = check_values(yaml, where, &out->recipe);
    if (!status) status = read_data(yaml, where, &out->recipe);
    const char *eps = hr_yaml_find(yaml, "arch.rms_norm_eps");
    if (!status && is_given(eps) && !hr_text_number(eps, &out->rms_eps))
        status = hr_fail(HR_ERR_FORMAT, "%s: arch.rms_norm_eps is not a number", where);
    return status;
}

static hr_status copy(const hr_yaml *yaml, const char *key, char **out) {
    const char *value = hr_yaml_find(yaml, key);
    if (!value) return HR_OK;
    *out = hr_text_copy(value);
    return *out ? HR_OK : HR_ERR_MEM;
}

static bool is_object(const char *text) {
    json_t *value = json_loads(text, 0, NULL);
    bool good = json_is_object(value);
    json_decref(value);
    return good;
}

/* The configuration that the keys give; frees them. */
static hr_status read_yaml(hr_yaml *yaml, const char *where, hr_official *out) {
    hr_recipe_defaults(&out->recipe);
    out->rms_eps = hr_spec_defaults().rms_eps;
    hr_status status = resolve(yaml);
    if (!status) status = copy(yaml, "hrm_spec", &out->spec);
    if (!status) status = copy(yaml, "hrm_task", &out->task);
    if (!status) status = copy(yaml, "hrm_training", &out->training);
    if (!status && out->training && !is_object(out->training))
        status = hr_fail(HR_ERR_FORMAT, "%s: hrm_training is not a JSON object", where);
    /* models that the published code does not have are described by these alone */
    bool own = out->spec && out->task && !hr_yaml_find(yaml, "arch.name");
    out->published = !own;
    if (!status && !own) status = read_keys(yaml, where, out);
    if (status) hr_official_free(out);
    hr_yaml_close(yaml);
    return status;
}

hr_status hr_official_parse(const void *data, size_t size, const char *name, hr_official *out) {
    hr_yaml yaml;
    *out = (hr_official){0};
    hr_status status = hr_yaml_parse(data, size, name, &yaml);
    return status ? status : read_yaml(&yaml, name, out);
}

hr_status hr_official_read(const char *path, hr_official *out) {
    hr_yaml yaml;
    *out = (hr_official){0};
    hr_status status = hr_yaml_open(path, &yaml);
    return status ? status : read_yaml(&yaml, path, out);
}

void hr_official_free(hr_official *official) {
    hr_free(official->spec);
    hr_free(official->task);
    hr_free(official->training);
    hr_free(official->unused);
    *official = (hr_official){0};
}

/* ---- writing --------------------------------------------------------------------------------- */

/* The published code has no candidates, no looped net, no positions of row and column, no
 * convolution, no fields of symbols, no numbers beside cells, no norms before a layer and no ReLU;
 * it computes all cells and has its puzzle embedding before them. */
static bool is_published(const hr_spec *spec) {
    return (spec->arch == HR_ARCH_HRM || spec->arch == HR_ARCH_TRM) && !spec->symbols &&
           spec->pos <= HR_POS_LEARNED && !spec->conv && !spec->skip_padding &&
           !spec->puzzle_emb_cells && !spec->symbol_channels && !spec->numbers &&
           spec->norm == HR_NORM_POST && spec->act == HR_ACT_SILU;
}

static void add_quoted(hr_buffer *out, const char *key, const char *text) {
    hr_buffer_print(out, "%s", key);
    hr_buffer_quote(out, text);
    hr_buffer_print(out, "\n");
}

/* With a point, without which Python's YAML takes an exponent for text. */
static void add_real(hr_buffer *out, const char *key, double value) {
    char text[HR_REAL_SIZE];
    hr_text_real(value, text);
    const char *exponent = strchr(text, 'e');
    if (exponent && !strchr(text, '.'))
        hr_buffer_print(out, "%s: %.*s.0%s\n", key, (int)(exponent - text), text, exponent);
    else hr_buffer_print(out, "%s: %s\n", key, text);
}

static void add_integer(hr_buffer *out, const char *key, int64_t value) {
    hr_buffer_print(out, "%s: %" PRId64 "\n", key, value);
}

static void add_arch(hr_buffer *out, const hr_spec *spec, bool trm, const hr_recipe *r) {
    hr_buffer_print(out, "arch:\n  name: %s\n", trm ? trm_name : hrm_name);
    hr_buffer_print(out, "  loss:\n    loss_type: %s_cross_entropy\n    name: losses@ACTLossHead\n",
                    r->loss);
    add_integer(out, "  H_cycles", spec->h_cycles);
    add_integer(out, "  L_cycles", spec->l_cycles);
    add_integer(out, "  H_layers", trm ? 0 : spec->h_layers);
    add_integer(out, "  L_layers", spec->l_layers);
    add_integer(out, "  hidden_size", spec->hidden);
    add_integer(out, "  num_heads", spec->heads);
    add_real(out, "  expansion", spec->expansion);
    hr_buffer_print(out, "  pos_encodings: %s\n", hr_pos_name(spec->pos));
    add_real(out, "  rope_theta", spec->rope_theta);
    add_real(out, "  rms_norm_eps", spec->rms_eps);
    add_integer(out, "  puzzle_emb_ndim", spec->puzzle_emb_ndim);
    if (trm) {
        add_integer(out, "  puzzle_emb_len", spec->puzzle_emb_len);
        hr_buffer_print(out, "  mlp_t: %s\n  no_ACT_continue: true\n",
                        spec->mix == HR_MIX_TOKEN_MLP ? "true" : "false");
    }
    add_integer(out, "  halt_max_steps", spec->halt_max_steps);
    add_real(out, "  halt_exploration_prob", hr_recipe_real(r, "halt_exploration"));
    hr_buffer_print(out, "  forward_dtype: bfloat16\n");
}

static void add_training(hr_buffer *out, const hr_recipe *r, bool trm) {
    add_quoted(out, trm ? "data_paths:\n- " : "data_path: ", r->data);
    add_integer(out, "global_batch_size", r->batch);
    add_integer(out, "epochs", (int64_t)r->epochs);
    add_real(out, "lr", r->lr);
    add_real(out, "lr_min_ratio", r->lr_min_ratio);
    add_integer(out, "lr_warmup_steps", r->warmup);
    add_real(out, "weight_decay", r->weight_decay);
    add_real(out, "beta1", r->beta1);
    add_real(out, "beta2", r->beta2);
    add_real(out, "puzzle_emb_lr", r->puzzle_emb_lr < 0 ? r->lr : r->puzzle_emb_lr);
    add_real(out, "puzzle_emb_weight_decay",
             r->puzzle_emb_weight_decay < 0 ? r->weight_decay : r->puzzle_emb_weight_decay);
    add_integer(out, "seed", r->seed);
    if (!trm) return;
    hr_buffer_print(out, "ema: %s\n", r->ema > 0 ? "true" : "false");
    add_real(out, "ema_rate", r->ema > 0 ? r->ema : 0.999);
}

char *hr_official_text(const hr_spec *spec, const hr_task *task, const hr_recipe *recipe,
                       const char *training) {
    hr_buffer out = {0};
    hr_recipe preset;
    hr_recipe_defaults(&preset);
    if (!recipe) recipe = &preset;
    bool trm = spec->arch == HR_ARCH_TRM;
    char *spec_text = hr_spec_to_json(spec), *task_text = hr_task_to_json(task);
    if (is_published(spec)) {
        add_arch(&out, spec, trm, recipe);
        add_training(&out, recipe, trm);
    }
    hr_buffer_print(&out, "# Read back by hrm, in place of the keys of arch:\n");
    if (spec_text) add_quoted(&out, "hrm_spec: ", spec_text);
    if (task_text) add_quoted(&out, "hrm_task: ", task_text);
    if (training) add_quoted(&out, "hrm_training: ", training);
    if (!spec_text || !task_text || out.failed) hr_buffer_free(&out);
    hr_free(spec_text);
    hr_free(task_text);
    return out.text;
}
