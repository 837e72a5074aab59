/* convert.c - what hrm_convert writes and reports. */
#include "model/convert.h"

#include <string.h>

#include "base/os.h"
#include "base/result.h"
#include "base/text.h"
#include "data/task_file.h"
#include "io/json.h"
#include "io/npz.h"
#include "io/tensors_open.h"
#include "io/torchpt.h"
#include "model/checkpoint.h"
#include "model/describe.h"
#include "model/import.h"
#include "model/official.h"
#include "model/quantise.h"
#include "model/record.h"
#include "task/task_json.h"

/* ---- what a name says ------------------------------------------------------------------------ */

static const char *file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static hr_status kind_of(const char *out, hr_tensors_kind *kind) {
    const char *name = file_name(out), *dot = strrchr(name, '.');
    bool torch = !strncmp(name, "step_", 5) || !strcmp(name, "checkpoint") ||
                 (dot && (!strcmp(dot, ".pt") || !strcmp(dot, ".pth") || !strcmp(dot, ".bin")));
    if (dot && !strcmp(dot, ".safetensors")) *kind = HR_TENSORS_SAFETENSORS;
    else if (dot && !strcmp(dot, ".npz")) *kind = HR_TENSORS_NPZ;
    else if (torch) *kind = HR_TENSORS_TORCH;
    else
        return hr_fail(
            HR_ERR_ARG,
            "%s: its name should end in .safetensors (a model for hrm), .pt (PyTorch) or "
            ".npz (NumPy)",
            out);
    return HR_OK;
}

static hr_status write_tensors(const char *path, hr_tensors_kind kind, const hr_tensor *tensors,
                               size_t count) {
    if (kind == HR_TENSORS_TORCH) return hr_torch_write(path, tensors, count);
    if (kind == HR_TENSORS_NPZ) return hr_npz_write(path, tensors, count);
    return hr_safetensors_write(path, tensors, count, NULL, 0);
}

/* ---- reports --------------------------------------------------------------------------------- */

static const char *status_of(const hr_import *m, int i) {
    switch (m->match[i].kind) {
    case HR_MATCH_MISSING:
        return "missing";
    case HR_MATCH_SHAPE:
        return "other shape";
    default:
        if (m->resize && m->table.param[i].role == HR_ROLE_PUZZLE) return "resized";
        return m->match[i].kind == HR_MATCH_BASE ? "from base" : "matched";
    }
}

static void list_tensors(const hr_import *m, hrm_conversion *r) {
    size_t n = (size_t)m->table.count;
    hrm_tensor_info *list = HR_RESULT_ARRAY(r, hrm_tensor_info, n + m->file.count);
    if (!list) return;
    for (size_t i = 0; i < n; i++)
        list[i] =
            hr_describe_tensor(r, m->table.param[i].name, status_of(m, (int)i), m->match[i].tensor);
    for (size_t i = 0; i < m->file.count; i++)
        if (m->left[i])
            list[n++] =
                hr_describe_tensor(r, m->file.tensors[i].name, "left over", &m->file.tensors[i]);
    r->tensors = list;
    r->tensor_count = n;
}

static void report_import(const hr_import *m, hrm_conversion *r) {
    r->format = m->native ? "model" : hr_tensors_kind_name(m->file.kind);
    r->arch = hr_arch_name(m->spec.arch);
    r->note = hr_result_text(r, m->note);
    r->spec = hr_result_keep(r, hr_spec_to_json(&m->spec));
    r->task = hr_result_keep(r, hr_task_to_json(&m->task));
    r->parameters = m->table.parameters;
    r->complete = hr_import_complete(m) == HR_OK;
    r->missing = m->missing;
    r->left_over = m->left_over;
    list_tensors(m, r);
}

static void report_raw(const hr_tensors *file, hrm_conversion *r) {
    hrm_tensor_info *list = HR_RESULT_ARRAY(r, hrm_tensor_info, file->count);
    r->format = hr_tensors_kind_name(file->kind);
    r->complete = true;
    for (size_t i = 0; list && i < file->count; i++) {
        r->parameters += file->tensors[i].count;
        list[i] = hr_describe_tensor(r, file->tensors[i].name, "matched", &file->tensors[i]);
    }
    r->tensors = list;
    r->tensor_count = file->count;
}

/* ---- models out ------------------------------------------------------------------------------ */

/* Where the weights come from, as the metadata of a model file. */
static char *training_text(const hr_import *m) {
    if (m->training)
        return m->names || m->resize ? hr_record_renamed(m->training, m->names)
                                     : hr_text_copy(m->training);
    const char *name = file_name(m->path);
    int64_t step = -1;
    if (strncmp(name, "step_", 5) || !hr_text_integer(name + 5, &step)) step = -1;
    char *yaml = m->has_recipe ? hr_recipe_to_yaml(&m->recipe) : NULL, *text = NULL;
    json_t *o = json_pack("{s:o, s:s}", "imported", hr_json_name(name), "format",
                          hr_tensors_kind_name(m->file.kind));
    hr_record_set_names(o, m->names);
    if (step >= 0) json_object_set_new(o, "step", json_integer((json_int_t)step));
    if (yaml) json_object_set_new(o, "recipe", json_string(yaml));
    hr_free(yaml);
    hr_json_text(o, JSON_COMPACT, "a training record", &text);
    return text;
}

static hr_status write_model(const hr_import *m, const char *out, hr_dtype dtype, double sure,
                             const hr_tensor *tensors) {
    hr_tensors owner = {.kind = HR_TENSORS_SAFETENSORS};
    char *plain = training_text(m), *training = plain;
    if (plain && sure > 0) {
        training = hr_record_sure(plain, sure);
        hr_free(plain);
    }
    hr_tensor *own;
    size_t count;
    hr_status status =
        training ? hr_quantise(&m->table, dtype, tensors, &owner, &own, &count) : HR_ERR_MEM;
    if (!status) status = hr_checkpoint_write(out, &m->spec, &m->task, training, own, count);
    hr_tensors_close(&owner);
    hr_free(training);
    return status;
}

/* ---- published checkpoints out --------------------------------------------------------------- */

/* The recipe that a model of this program was trained with. */
static bool recipe_of(const hr_import *m, hr_recipe *out) {
    if (hr_recipe_recorded(out, m->training)) return true;
    if (m->has_recipe) *out = m->recipe;
    return m->has_recipe;
}

/* all_config.yaml beside `out`: its path and text. One that is there already must be the same. */
static hr_status plan_config(const hr_import *m, const char *out, char **path, char **text) {
    hr_recipe recipe;
    bool known = recipe_of(m, &recipe);
    *path = hr_text_format("%.*sall_config.yaml", (int)(file_name(out) - out), out);
    *text = hr_official_text(&m->spec, &m->task, known ? &recipe : NULL, m->training);
    if (!*path || !*text) return HR_ERR_MEM;
    if (!hr_os_is_file(*path)) return HR_OK;
    hr_file file;
    hr_status status = hr_os_load(*path, &file);
    if (status) return status;
    bool same = file.size == strlen(*text) && !memcmp(file.data, *text, file.size);
    hr_os_unload(&file);
    return same ? HR_OK
                : hr_fail(HR_ERR_ARG,
                          "%s: is there and says something else; write to another folder, in which "
                          "it can stand for %s alone",
                          *path, file_name(out));
}

/* The published code keeps the initial states in bf16; they go back to it when that loses nothing.
 */
static hr_status narrow(hr_tensor *t, hr_tensors *owner) {
    uint16_t *half = HR_NEW(uint16_t, t->count);
    hr_status status = hr_tensors_own(owner, half);
    bool exact = !status;
    for (size_t i = 0; exact && i < t->count; i++) {
        uint32_t bits;
        memcpy(&bits, (const float *)t->data + i, sizeof bits);
        exact = !(bits & 0xffff);
        half[i] = (uint16_t)(bits >> 16);
    }
    if (!exact) return status;
    t->dtype = HR_BF16;
    t->data = half;
    return HR_OK;
}

static hr_status write_published(const hr_import *m, const char *out, hr_tensors_kind kind,
                                 bool compiled, hr_tensor *tensors) {
    hr_tensors owner = {.kind = kind};
    char *path = NULL, *text = NULL;
    hr_status status = plan_config(m, out, &path, &text);
    for (int i = 0; i < m->table.count && !status; i++) {
        if (kind == HR_TENSORS_TORCH && m->table.param[i].role == HR_ROLE_STATE)
            status = narrow(&tensors[i], &owner);
        if (!compiled || status) continue;
        char *name = hr_text_format("_orig_mod.%s", tensors[i].name);
        tensors[i].name = name;
        status = hr_tensors_own(&owner, name);
    }
    if (!status) status = write_tensors(out, kind, tensors, (size_t)m->table.count);
    if (!status) status = hr_os_write_file(path, text, strlen(text));
    hr_tensors_close(&owner);
    hr_free(path);
    hr_free(text);
    return status;
}

/* ---- the two ways ---------------------------------------------------------------------------- */

static hr_status write_out(const hr_import *m, const char *out, hr_tensors_kind kind,
                           const hrm_convert_options *o) {
    hr_dtype dtype = HR_F32;
    hr_real *params = NULL;
    hr_tensor *tensors = NULL;
    hr_status status = hr_import_complete(m);
    if (!status && o->dtype) status = hr_quantise_kind(o->dtype, &dtype);
    if (!status) status = hr_import_params(m, &params);
    if (!status) status = hr_checkpoint_views(&m->table, params, NULL, &tensors);
    if (!status && kind == HR_TENSORS_SAFETENSORS)
        status = write_model(m, out, dtype, o->sure, tensors);
    else if (!status) status = write_published(m, out, kind, o->compiled, tensors);
    hr_free(tensors);
    hr_free(params);
    return status;
}

static hr_status recipe_text(const hr_import *m, char **out) {
    hr_recipe recipe;
    if (!recipe_of(m, &recipe))
        return hr_fail(HR_ERR_FORMAT, "%s: does not tell how it was trained, so no recipe",
                       m->path);
    *out = hr_recipe_to_yaml(&recipe);
    return *out ? HR_OK : HR_ERR_MEM;
}

/* Sets another task, as the task file `name` says. A net that reads sets knows nothing of a task
 * but how many cells and symbols there are, and which of these are alike. */
static hr_status set_task(hr_import *m, const char *name) {
    hr_task_choice choice;
    hr_task task = {0};
    hr_spec *spec = &m->spec;
    if (!m->native || !spec->symbols)
        return hr_fail_about(HR_ERR_ARG, "task",
                             "%s: only models for hrm that search (regime lattice) can be given "
                             "another task",
                             m->path);
    hr_status status = hr_task_choose(name, &choice);
    if (!status && (!choice.declared || choice.letters))
        status = hr_fail_about(HR_ERR_ARG, "task",
                               "%s: is no task file that declares a task (docs/your-own-puzzle.md)",
                               name);
    else if (!status) status = hr_task_choice_make(&choice, NULL, &task);
    hr_task_choice_close(&choice);
    if (status) return status;
    bool fits = task.rows == m->task.rows && task.cols == m->task.cols &&
                task.symbols == spec->symbols && !task.padding && !task.numbers &&
                spec->skip_padding == 0 &&
                hr_spec_channels(spec) - spec->own_channels <=
                    (spec->symbol_channels ? task.alike : task.symbols);
    if (!fits) {
        status = hr_fail_about(HR_ERR_TASK, "task",
                               "%s: the model works on %d x %d cells of %d symbols each%s, which "
                               "are not those of %s",
                               m->path, m->task.rows, m->task.cols, spec->symbols,
                               spec->symbol_channels ? " that are alike" : "", name);
        hr_task_free(&task);
        return status;
    }
    hr_task_free(&m->task);
    m->task = task;
    spec->vocab = task.vocab;
    return HR_OK;
}

static hr_status convert_model(const char *in, const char *out, const hrm_convert_options *o,
                               hr_tensors_kind kind, hrm_conversion *r) {
    hr_import m;
    const hr_import_options options = {o->config, o->base, o->part, o->data, o->puzzle_emb};
    hr_status status = hr_import_open(in, &options, &m);
    if (status) return status;
    if (o->task) status = set_task(&m, o->task);
    char *yaml = NULL;
    if (!status && o->recipe) status = recipe_text(&m, &yaml); /* before anything is written */
    hr_os_hold();                                              /* all of them or none */
    if (!status && out) status = write_out(&m, out, kind, o);
    if (!status && yaml) status = hr_os_write_file(o->recipe, yaml, strlen(yaml));
    status = hr_os_release(status);
    if (!status) report_import(&m, r);
    hr_free(yaml);
    hr_import_close(&m);
    return status;
}

static hr_status convert_raw(const char *in, const char *out, hr_tensors_kind kind,
                             hrm_conversion *r) {
    hr_tensors file;
    hr_status status = hr_tensors_open(in, &file);
    size_t all = file.count + file.file.scales;
    if (!status && out) status = write_tensors(out, kind, file.tensors, all);
    if (!status) report_raw(&file, r);
    hr_tensors_close(&file);
    return status;
}

/* What only a model for hrm holds was asked for in another file. */
static hr_status refuse_keeping(const char *key, const char *out) {
    return hr_fail_about(HR_ERR_ARG, key,
                         "%s: is kept in models for hrm (.safetensors); files of PyTorch and NumPy "
                         "such as %s have no place for it",
                         key, out);
}

hr_status hr_convert(const char *in, const char *out, const hrm_convert_options *options,
                     hrm_conversion **report) {
    static const hrm_convert_options none;
    const hrm_convert_options *o = options ? options : &none;
    hr_tensors_kind kind = HR_TENSORS_SAFETENSORS;
    hr_status status = out ? kind_of(out, &kind) : HR_OK;
    if (!status && o->compiled && out && kind == HR_TENSORS_SAFETENSORS)
        status = hr_fail_about(HR_ERR_ARG, "compiled",
                               "compiled: is for files of PyTorch and NumPy; %s is a model for hrm",
                               out);
    hr_dtype dtype;
    if (!status && o->dtype) status = hr_quantise_kind(o->dtype, &dtype);
    if (!status && o->dtype && kind != HR_TENSORS_SAFETENSORS)
        status =
            hr_fail_about(HR_ERR_ARG, "dtype",
                          "dtype: is for models for hrm (.safetensors); in files of PyTorch and "
                          "NumPy such as %s weights are fp32",
                          out);
    if (!status && !(o->sure >= 0 && o->sure <= 1))
        status = hr_fail_about(HR_ERR_ARG, "sure", "sure: %g is not between 0 and 1", o->sure);
    if (!status && o->sure > 0 && kind != HR_TENSORS_SAFETENSORS)
        status = refuse_keeping("sure", out);
    if (!status && o->task && out && kind != HR_TENSORS_SAFETENSORS)
        status = refuse_keeping("task", out);
    bool other = o->compiled || o->part || o->recipe || o->data || o->puzzle_emb || o->base ||
                 o->config || o->dtype || o->sure > 0 || o->task;
    if (!status && o->raw && other)
        status = hr_fail_about(HR_ERR_ARG, "raw",
                               "raw: changes the container only; no other option goes "
                               "with it");
    if (status) return status;
    hrm_conversion *r = HR_RESULT(hrm_conversion);
    if (!r) return HR_ERR_MEM;
    r->in = hr_result_text(r, in);
    r->out = hr_result_text(r, out);
    status = o->raw ? convert_raw(in, out, kind, r) : convert_model(in, out, o, kind, r);
    return hr_result_give(status, r, report);
}
