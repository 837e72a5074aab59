/* import.c - matching tensors with parameters, and sizes that only the tensors know. */
#include "model/import.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/os.h"
#include "base/text.h"
#include "io/tensors_open.h"
#include "model/checkpoint.h"
#include "data/dataset_arrays.h"
#include "data/dataset_open.h"
#include "model/official.h"
#include "model/record.h"
#include "model/recipe_spec.h"
#include "task/families.h"
#include "task/survey.h"
#include "task/task_json.h"

/* ---- names ----------------------------------------------------------------------------------- */

static const char inner[] = "model.inner.";
enum { INNER = sizeof inner - 1 };

static const char *strip(const char *name, const char *prefix) {
    size_t size = strlen(prefix);
    return strncmp(name, prefix, size) ? name : name + size;
}

/* A tensor's name within the published inner model, whatever wrappers were around it when it was
 * saved: torch.compile's, data parallelism's, a map of several sets of weights. */
static const char *inner_name(const char *name) {
    const char *at = strstr(name, inner);
    if (at) return at + INNER;
    return strip(strip(strip(name, "_orig_mod."), "module."), "inner.");
}

static bool is_inner(const char *name) {
    return strstr(name, inner) != NULL;
}

/* Whether a tensor is a weight of a model, and not of this one. */
static bool is_foreign(const char *name, const hr_param_table *table) {
    return is_inner(name) && !strstr(name, "rotary_emb.") &&
           !hr_param_find(table, strstr(name, inner));
}

static bool in_part(const char *name, const char *part) {
    size_t size = part ? strlen(part) : 0;
    return part && !strncmp(name, part, size) && name[size] == '.';
}

/* The tensor of this inner name. Several are a choice that only `part` can make. */
static hr_status find(const hr_tensors *file, const char *part, const char *name,
                      const hr_tensor **out) {
    const hr_tensor *best = NULL, *clash = NULL;
    *out = NULL;
    for (size_t i = 0; i < file->count; i++) {
        const hr_tensor *t = &file->tensors[i];
        if (strcmp(inner_name(t->name), name)) continue;
        bool chosen = in_part(t->name, part), before = best && in_part(best->name, part);
        if (!best || (chosen && !before)) {
            best = t;
            clash = NULL;
        } else if (chosen == before) clash = t;
    }
    if (!clash) {
        *out = best;
        return HR_OK;
    }
    return hr_fail_about(
        HR_ERR_FORMAT, "part",
        "holds several sets of weights, such as \"%.60s\" and \"%.60s\"; say which part by what "
        "stands before the first point",
        best->name, clash->name);
}

static hr_status check_part(const hr_tensors *file, const char *part) {
    bool found = !part;
    for (size_t i = 0; i < file->count; i++) found |= in_part(file->tensors[i].name, part);
    return found ? HR_OK
                 : hr_fail_about(HR_ERR_ARG, "part",
                                 "part: no tensor's name begins with \"%.60s.\"", part);
}

/* ---- sizes that the tensors tell ------------------------------------------------------------- */

static hr_status need(const hr_import *m, const hr_import_options *o, const char *name,
                      const hr_tensor **out) {
    hr_status status = find(&m->file, o->part, name, out);
    if (!status && !*out && o->base) status = find(&m->base, NULL, name, out);
    return status;
}

/* Grid tokens, when some tensor has a row or column for each token; else 0. */
static hr_status seq_of(const hr_import *m, const hr_import_options *o, const hr_spec *spec,
                        int *seq) {
    const hr_tensor *mix, *pos;
    *seq = 0;
    hr_status status = need(m, o, "L_level.layers.0.mlp_t.gate_up_proj.weight", &mix);
    if (!status) status = need(m, o, "embed_pos.embedding_weight", &pos);
    if (status) return status;
    int64_t tokens = mix && mix->dims == 2   ? mix->shape[1]
                     : pos && pos->dims == 2 ? pos->shape[0]
                                             : 0;
    int64_t prefix = hr_spec_prefix(spec);
    if (tokens && (tokens <= prefix || tokens > 1 << 20))
        return hr_fail(HR_ERR_FORMAT, "has %lld tokens, of which %lld would be the prefix",
                       (long long)tokens, (long long)prefix);
    *seq = tokens ? (int)(tokens - prefix) : 0;
    return HR_OK;
}

/* The published data sets, by their vocabularies. */
static int guess_seq(hr_import *m, int vocab) {
    for (size_t i = 0; hr_family_at(i); i++) {
        const hr_task_ops *family = hr_family_at(i);
        hr_task task;
        if (!family->published || family->of_length((size_t)family->published, &task) ||
            task.vocab != vocab)
            continue;
        snprintf(
            m->note, sizeof m->note,
            "the weights do not tell the number of cells: %d, as %s puzzles of this vocabulary "
            "have, where no data are given that say otherwise",
            task.seq, family->name);
        return task.seq;
    }
    return 0;
}

static hr_status task_of_data(hr_import *m, const hr_import_options *o, int seq, int vocab,
                              int *identifiers) {
    hr_dataset *data;
    hr_status status = hr_dataset_open(o->data, NULL, m->task.ops ? &m->task : NULL, &data);
    if (status) return status;
    hr_task_free(&m->task);
    m->task = hr_task_copy(&data->task);
    *identifiers = data->identifiers;
    m->names = hr_dataset_names(data);
    hr_dataset_free(data);
    if (m->task.vocab == vocab && (!seq || m->task.seq == seq)) return HR_OK;
    if (!seq)
        return hr_fail(HR_ERR_TASK, "has a vocabulary of %d; %s has %d", vocab, o->data,
                       m->task.vocab);
    return hr_fail(HR_ERR_TASK, "has %d cells and a vocabulary of %d; %s has %d and %d", seq, vocab,
                   o->data, m->task.seq, m->task.vocab);
}

/* For weights of the published code, whose configuration does not say what they are for. */
static hr_status find_task(hr_import *m, const hr_import_options *o, const hr_recipe *recipe,
                           int *identifiers) {
    const hr_tensor *tokens;
    hr_status status = need(m, o, "embed_tokens.embedding_weight", &tokens);
    if (!status && (!tokens || tokens->dims != 2 || tokens->shape[0] < 2 || tokens->shape[0] > 256))
        status =
            hr_fail(HR_ERR_FORMAT, "holds no embed_tokens.embedding_weight of 2 to 256 rows: it "
                                   "is no model of HRM or TRM");
    if (status) return status;
    hr_task empty = {.seq = 1, .rows = 1, .cols = 1, .vocab = (int)tokens->shape[0]};
    hr_spec spec = hr_recipe_spec(recipe, &empty, 1);
    int seq, vocab = empty.vocab;
    status = seq_of(m, o, &spec, &seq);
    if (status) return status;
    if (o->data) return task_of_data(m, o, seq, vocab, identifiers);
    if (!seq) seq = guess_seq(m, vocab);
    if (!seq)
        return hr_fail_about(
            HR_ERR_TASK, "data",
            "the weights do not tell the number of cells, and a vocabulary of %d is of no "
            "published data set; give data, puzzles of its kind",
            vocab);
    return hr_task_of_sizes(seq, vocab, NULL, &m->task);
}

/* ---- the configuration ----------------------------------------------------------------------- */

static char *beside(const char *path) {
    const char *slash = strrchr(path, '/');
    return hr_text_format("%.*sall_config.yaml", slash ? (int)(slash + 1 - path) : 0, path);
}

static hr_status read_config(const hr_import *m, const hr_import_options *o, hr_official *out) {
    char *path = o->config ? hr_text_copy(o->config) : beside(m->path);
    if (!path) return HR_ERR_MEM;
    hr_status status;
    if (!o->config && !hr_os_is_file(path))
        status =
            hr_fail_about(HR_ERR_IO, "config",
                          "has no all_config.yaml beside it, which says what the weights do not "
                          "(cycles, heads, positions); say where its config is");
    else status = hr_official_read(path, out);
    hr_free(path);
    return status;
}

/* Rows of the puzzle table in the file, and what it should become. */
static hr_status size_puzzles(hr_import *m, const hr_import_options *o, int identifiers) {
    static const char *const ways[] = {"mean", "zero", "truncate", "extend"};
    const hr_tensor *table;
    bool known = !o->puzzle_emb;
    for (int i = 0; i < 4; i++) known |= o->puzzle_emb && !strcmp(o->puzzle_emb, ways[i]);
    if (!known)
        return hr_fail_about(HR_ERR_ARG, "puzzle_emb",
                             "puzzle_emb: \"%.20s\" is not one of mean, zero, truncate, extend",
                             o->puzzle_emb);
    if (o->puzzle_emb && !o->data)
        return hr_fail_about(HR_ERR_ARG, "data", "puzzle_emb: needs data, the puzzles it is for");
    hr_status status = need(m, o, "puzzle_emb.weights", &table);
    if (status) return status;
    if (table && (table->dims != 2 || table->shape[0] < 1 || table->shape[0] > 100000000))
        return hr_fail(HR_ERR_FORMAT, "puzzle_emb.weights is no table");
    if (!table) return HR_OK;
    m->rows = (int)table->shape[0];
    int views = m->spec.puzzle_emb_views;
    m->spec.puzzles = identifiers ? identifiers : views ? 1 + (m->rows - 1) * views : m->rows;
    int rows = hr_spec_puzzle_rows(&m->spec);
    m->resize = o->puzzle_emb;
    uint64_t own = hr_record_names(m->training);
    bool others = own && m->names && own != m->names;
    if (rows == m->rows && !(others && !m->resize)) return HR_OK;
    const char *way = m->resize ? m->resize : "";
    bool more = rows > m->rows;
    if (!strcmp(way, "mean") || !strcmp(way, "zero") || !strcmp(way, more ? "extend" : "truncate"))
        return HR_OK;
    return hr_fail_about(
        HR_ERR_TASK, "puzzle_emb",
        "has a puzzle table of %d rows, one for each puzzle it was trained on; %s needs %d, "
        "which are others: choose the puzzle_emb mean (each gets the mean row), "
        "zero (each starts fresh) or %s",
        m->rows, o->data, rows,
        more ? "extend (rows stay, new ones get the mean)" : "truncate (the first rows stay)");
}

/* The spec and task of a configuration: this program's own, which are exact, or the published. */
static hr_status read_spec(hr_import *m, const hr_import_options *o, const hr_official *config,
                           int *identifiers) {
    if (config->spec && config->task) {
        hr_status status = hr_spec_from_json(config->spec, &m->spec);
        if (!status) status = hr_task_from_json(config->task, &m->task);
        return status == HR_ERR_ARG ? HR_ERR_FORMAT
                                    : status; /* the file's fault, not the caller's */
    }
    hr_status status = find_task(m, o, &config->recipe, identifiers);
    if (status) return status;
    m->spec = hr_recipe_spec(&config->recipe, &m->task, 1);
    m->spec.rms_eps = config->rms_eps;
    return hr_spec_check(&m->spec) ? hr_fail_in(HR_ERR_FORMAT, "its configuration") : HR_OK;
}

static hr_status find_spec(hr_import *m, const hr_import_options *o) {
    int identifiers = 0;
    hr_official config = {0};
    hr_status status = HR_OK;
    if (m->native) {
        const char *kept = hr_safetensors_meta(&m->file.file, "training");
        status = hr_checkpoint_header(&m->file.file, &m->spec, &m->task);
        if (!status && kept && !(m->training = hr_text_copy(kept))) status = HR_ERR_MEM;
    } else if (!(status = read_config(m, o, &config))) {
        m->recipe = config.recipe;
        m->has_recipe = config.published;
        m->training = config.training;
        config.training = NULL;
        status = read_spec(m, o, &config, &identifiers);
        size_t used = strlen(m->note);
        if (config.unused)
            snprintf(m->note + used, sizeof m->note - used,
                     "%snot used: %.200s, which the published code does not have", used ? "; " : "",
                     config.unused);
    }
    if (!status && o->data && !identifiers)
        status = task_of_data(m, o, m->spec.seq, m->spec.vocab, &identifiers);
    if (!status) status = size_puzzles(m, o, identifiers);
    hr_official_free(&config);
    return status;
}

/* ---- matching -------------------------------------------------------------------------------- */

/* The shape of a parameter as the file should have it: the puzzle table may be resized. */
static bool fits(const hr_import *m, const hr_tensor *t, const hr_param *p) {
    if (p->role != HR_ROLE_PUZZLE) return hr_checkpoint_fits(t, p);
    return t->dims == 2 && t->shape[0] == m->rows && t->shape[1] == (int64_t)p->cols;
}

static hr_status match_all(hr_import *m, const hr_import_options *o) {
    hr_status status = HR_OK;
    for (int i = 0; i < m->table.count && !status; i++) {
        const hr_param *p = &m->table.param[i];
        hr_match *match = &m->match[i];
        status = find(&m->file, o->part, p->name + INNER, &match->tensor);
        match->kind = match->tensor ? HR_MATCH_FILE : HR_MATCH_MISSING;
        if (!status && !match->tensor && o->base) {
            status = find(&m->base, NULL, p->name + INNER, &match->tensor);
            if (match->tensor) match->kind = HR_MATCH_BASE;
        }
        if (match->tensor && !fits(m, match->tensor, p)) match->kind = HR_MATCH_SHAPE;
        m->missing += match->kind == HR_MATCH_MISSING;
    }
    for (size_t i = 0; i < m->file.count && !status; i++) {
        m->left[i] = true;
        for (int k = 0; k < m->table.count; k++)
            if (m->match[k].tensor == &m->file.tensors[i]) m->left[i] = false;
        m->left_over += m->left[i];
    }
    return status;
}

/* The message begins with this file's name, or with a file's in this folder. */
static bool is_about(const char *path) {
    size_t size = path ? strlen(path) : 0;
    if (!path || strncmp(hr_error_text(), path, size)) return false;
    return hr_error_text()[size] == ':' || hr_error_text()[size] == '/';
}

static hr_status open_all(hr_import *m, const hr_import_options *o) {
    hr_status status = hr_tensors_open(m->path, &m->file);
    if (status) return status;
    if (o->base && (status = hr_tensors_open(o->base, &m->base))) return status;
    m->native = hr_checkpoint_is(&m->file.file);
    status = check_part(&m->file, o->part);
    if (!status) status = find_spec(m, o);
    if (!status) status = hr_param_table_new(&m->spec, &m->table);
    if (!status) {
        m->match = HR_NEW(hr_match, (size_t)m->table.count);
        m->left = HR_NEW(bool, m->file.count);
        status = m->match && m->left ? match_all(m, o) : HR_ERR_MEM;
    }
    bool named = status == HR_ERR_ARG || is_about(m->path) || is_about(o->data);
    return !status || named ? status : hr_fail_in(status, "%s", m->path);
}

hr_status hr_import_open(const char *path, const hr_import_options *options, hr_import *out) {
    *out = (hr_import){.path = path};
    hr_status status = open_all(out, options);
    if (status) hr_import_close(out);
    return status;
}

void hr_import_close(hr_import *m) {
    hr_tensors_close(&m->file);
    hr_tensors_close(&m->base);
    hr_param_table_free(&m->table);
    hr_task_free(&m->task);
    hr_free(m->match);
    hr_free(m->left);
    hr_free(m->training);
    *m = (hr_import){0};
}

/* ---- values ---------------------------------------------------------------------------------- */

static hr_status misfit(const hr_import *m, const hr_param *p, const hr_tensor *t) {
    char shape[128] = "";
    size_t at = 0;
    for (int d = 0; d < t->dims && at + 24 < sizeof shape; d++)
        at += (size_t)snprintf(shape + at, sizeof shape - at, "%s%lld", d ? " x " : "",
                               (long long)t->shape[d]);
    size_t rows = p->role == HR_ROLE_PUZZLE ? (size_t)m->rows : p->rows;
    return hr_fail(
        HR_ERR_FORMAT,
        "%s: %s is %s, but its configuration makes it %zu x %zu; is this the all_config.yaml "
        "of this checkpoint?",
        m->path, t->name, t->dims ? shape : "a single number", rows, p->cols);
}

hr_status hr_import_complete(const hr_import *m) {
    for (int i = 0; i < m->table.count; i++) {
        const hr_param *p = &m->table.param[i];
        if (m->match[i].kind == HR_MATCH_SHAPE) return misfit(m, p, m->match[i].tensor);
        if (m->match[i].kind == HR_MATCH_MISSING)
            return hr_fail_about(
                HR_ERR_FORMAT, "base",
                "%s: lacks %s%s; the report without an output lists all, and a base gives "
                "what is missing (an EMA file has no initial states)",
                m->path, p->name, m->missing > 1 ? " and others" : "");
    }
    for (size_t i = 0; i < m->file.count; i++) {
        const char *name = m->file.tensors[i].name;
        if (m->left[i] && is_foreign(name, &m->table))
            return hr_fail(
                HR_ERR_FORMAT,
                "%s: holds %.80s, which a model of its configuration does not have; is this "
                "the all_config.yaml of this checkpoint?",
                m->path, name);
    }
    return HR_OK;
}

/* Row i of the file's table stays where it was kept, others are their mean or zero. */
static hr_status resize(const hr_import *m, const hr_param *p, const hr_tensor *t, hr_real *out) {
    bool zero = !strcmp(m->resize, "zero"), mean = !strcmp(m->resize, "mean");
    size_t kept = zero || mean ? 0 : p->rows < (size_t)m->rows ? p->rows : (size_t)m->rows;
    for (size_t c = 0; c < p->cols; c++) {
        double sum = 0;
        for (size_t r = 0; r < (size_t)m->rows; r++) {
            hr_real value;
            hr_status status =
                hr_checkpoint_value(t->name, hr_tensor_at(t, r * p->cols + c), &value);
            if (status) return hr_fail_in(status, "%s", m->path);
            sum += (double)value;
            if (r < kept) out[r * p->cols + c] = value;
        }
        hr_real fill = zero ? 0 : (hr_real)(sum / m->rows);
        for (size_t r = kept; r < p->rows; r++) out[r * p->cols + c] = fill;
    }
    return HR_OK;
}

hr_status hr_import_params(const hr_import *m, hr_real **out) {
    *out = HR_NEW(hr_real, m->table.total);
    hr_status status = *out ? HR_OK : HR_ERR_MEM;
    for (int i = 0; i < m->table.count && !status; i++) {
        const hr_param *p = &m->table.param[i];
        const hr_tensor *t = m->match[i].tensor;
        if (p->role == HR_ROLE_PUZZLE && m->resize) status = resize(m, p, t, *out + p->offset);
        else if ((status = hr_checkpoint_copy_param(t, p, *out)))
            status = hr_fail_in(status, "%s", m->path);
    }
    if (!status) return HR_OK;
    hr_free(*out);
    *out = NULL;
    return status;
}

/* ---- starting weights ------------------------------------------------------------------------ */

static hr_status take_over(const hr_tensors *file, const hr_param *p, hr_real *params) {
    const hr_tensor *t;
    hr_status status = find(file, NULL, p->name + INNER, &t);
    if (status) return status;
    if (!t) return hr_fail(HR_ERR_FORMAT, "lacks %s, which this recipe's model has", p->name);
    if (p->role == HR_ROLE_PUZZLE && !hr_checkpoint_fits(t, p))
        return hr_fail_about(
            HR_ERR_TASK, "puzzle_emb",
            "has a puzzle table for other puzzles (%lld rows; this run needs %zu); convert it "
            "for this data with a puzzle_emb, such as mean",
            (long long)t->shape[0], p->rows);
    if (!hr_checkpoint_fits(t, p))
        return hr_fail(HR_ERR_FORMAT,
                       "its %s has another shape than the %zu x %zu of this recipe's model",
                       p->name, p->rows, p->cols);
    return hr_checkpoint_copy_param(t, p, params);
}

/* Weights that the model has no place for, and what the same weights would compute otherwise: not
 * where they came from. */
static hr_status check_source(const hr_tensors *file, const hr_model *model) {
    for (size_t i = 0; i < file->count; i++) {
        const char *name = file->tensors[i].name;
        if (is_foreign(name, &model->table))
            return hr_fail(HR_ERR_FORMAT, "holds %.80s, which this recipe's model does not have",
                           name);
    }
    if (!hr_checkpoint_is(&file->file)) return HR_OK;
    hr_spec there;
    hr_task task = {0};
    hr_status status = hr_checkpoint_header(&file->file, &there, &task);
    hr_task_free(&task);
    if (status) return status;
    const hr_spec *here = &model->spec;
    const char *other = there.heads != here->heads ? "heads"
                        : there.pos != here->pos   ? "pos"
                        : there.mix != here->mix   ? "mix"
                        : there.norm != here->norm ? "norm"
                        : there.act != here->act   ? "act"
                        : there.conv != here->conv ? "conv"
                                                   : NULL;
    if (!other) return HR_OK;
    return hr_fail(HR_ERR_ARG,
                   "its model has another %s than this recipe's; the same weights would "
                   "not compute the same",
                   other);
}

hr_status hr_import_into(const char *path, hr_model *model) {
    hr_tensors file;
    hr_status status = hr_tensors_open(path, &file);
    if (status) return hr_fail_in(status, "init");
    if ((status = check_source(&file, model))) status = hr_fail_in(status, "init: %s", path);
    for (int i = 0; i < model->table.count && !status; i++)
        if ((status = take_over(&file, &model->table.param[i], model->params)))
            status = hr_fail_in(status, "init: %s", path);
    hr_tensors_close(&file);
    return status;
}
