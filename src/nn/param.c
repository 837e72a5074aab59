/* param.c - the parameter table of a spec. */
#include "nn/param.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

static void add(hr_param_table *t, hr_param_role role, size_t rows, size_t cols, const char *name) {
    hr_param *p = &t->param[t->count++];
    *p = (hr_param){.role = role, .rows = rows, .cols = cols, .count = rows * cols};
    snprintf(p->name, sizeof p->name, "model.inner.%s", name);
    p->dims = rows == 1 && (role == HR_ROLE_Q_BIAS || role == HR_ROLE_STATE) ? 1 : 2;
    p->kind = role == HR_ROLE_PUZZLE  ? HR_PARAM_SPARSE
              : role == HR_ROLE_STATE ? HR_PARAM_BUFFER
                                      : HR_PARAM_DENSE;
}

static void add_weight(hr_param_table *t, hr_param_role role, size_t rows, size_t cols,
                       const char *level, int layer, const char *part) {
    char name[64]; /* with the prefix that add() puts before it, still below HR_PARAM_NAME */
    snprintf(name, sizeof name, "%s.layers.%d.%s.weight", level, layer, part);
    add(t, role, rows, cols, name);
    t->param[t->count - 1].tokens = !strncmp(part, "mlp_t.", 6);
}

static void add_module(hr_param_table *t, const hr_spec *spec, const char *level, int layers) {
    size_t d = (size_t)spec->hidden, tokens = (size_t)hr_spec_tokens(spec);
    size_t inner = (size_t)hr_spec_inner(spec, spec->hidden);
    size_t inner_t = (size_t)hr_spec_inner(spec, (int)tokens);
    const hr_param_role linear = HR_ROLE_LINEAR;
    for (int i = 0; i < layers; i++) {
        if (spec->conv)
            add_weight(t, HR_ROLE_CONV, (size_t)hr_spec_taps(spec), d, level, i, "conv");
        if (spec->symbol_channels) add_weight(t, linear, d, d, level, i, "symbol_mix");
        if (spec->mix == HR_MIX_ATTENTION) {
            add_weight(t, linear, 3 * d, d, level, i, "self_attn.qkv_proj");
            add_weight(t, linear, d, d, level, i, "self_attn.o_proj");
        } else if (spec->mix == HR_MIX_TOKEN_MLP) {
            add_weight(t, linear, 2 * inner_t, tokens, level, i, "mlp_t.gate_up_proj");
            add_weight(t, linear, tokens, inner_t, level, i, "mlp_t.down_proj");
        }
        add_weight(t, linear, 2 * inner, d, level, i, "mlp.gate_up_proj");
        add_weight(t, linear, d, inner, level, i, "mlp.down_proj");
    }
}

static void place(hr_param_table *t) {
    const size_t unit = HR_ALIGN / sizeof(float); /* so that every parameter starts aligned */
    t->total = 0;
    for (int i = 0; i < t->count; i++) {
        hr_param *p = &t->param[i];
        p->offset = p->narrow ? SIZE_MAX : t->total;
        if (!p->narrow) t->total = hr_add(t->total, hr_add(p->count, unit - 1) / unit * unit);
        if (p->kind == HR_PARAM_DENSE) t->dense = t->total;
    }
}

hr_status hr_param_table_new(const hr_spec *spec, hr_param_table *out) {
    *out = (hr_param_table){0};
    out->param = HR_NEW(hr_param, (size_t)(12 + 6 * (spec->h_layers + spec->l_layers)));
    if (!out->param) return HR_ERR_MEM;
    size_t d = (size_t)spec->hidden;
    int kinds = spec->symbol_channels ? HR_CHANNEL_KINDS + spec->own_channels
                : spec->symbols       ? spec->symbols
                                      : spec->vocab;
    add(out, HR_ROLE_EMBEDDING, (size_t)kinds, d, "embed_tokens.embedding_weight");
    if (spec->symbols) add(out, HR_ROLE_EMBEDDING, 1, d, "embed_prefix.embedding_weight");
    if (spec->pos == HR_POS_LEARNED)
        add(out, HR_ROLE_EMBEDDING, (size_t)hr_spec_tokens(spec), d, "embed_pos.embedding_weight");
    if (spec->pos == HR_POS_GRID) {
        add(out, HR_ROLE_EMBEDDING, (size_t)(spec->seq / spec->cols), d,
            "embed_row.embedding_weight");
        add(out, HR_ROLE_EMBEDDING, (size_t)spec->cols, d, "embed_col.embedding_weight");
    }
    if (spec->puzzle_emb_views)
        add(out, HR_ROLE_EMBEDDING, (size_t)spec->puzzle_emb_views, d,
            "puzzle_view.embedding_weight");
    if (spec->numbers)
        add(out, HR_ROLE_EMBEDDING, (size_t)spec->numbers, d, "embed_numbers.embedding_weight");
    if (spec->arch == HR_ARCH_HRM) add_module(out, spec, "H_level", spec->h_layers);
    add_module(out, spec, "L_level", spec->l_layers);
    add(out, HR_ROLE_HEAD, (size_t)(hr_spec_outputs(spec) / hr_spec_channels(spec)), d,
        "lm_head.weight");
    add(out, HR_ROLE_Q_WEIGHT, 2, d, "q_head.weight");
    add(out, HR_ROLE_Q_BIAS, 1, 2, "q_head.bias");
    if (spec->puzzle_emb_ndim)
        add(out, HR_ROLE_PUZZLE, (size_t)hr_spec_puzzle_rows(spec), (size_t)spec->puzzle_emb_ndim,
            "puzzle_emb.weights");
    add(out, HR_ROLE_STATE, 1, d, "H_init");
    add(out, HR_ROLE_STATE, 1, d, "L_init");
    for (int i = 0; i < out->count; i++)
        if (out->param[i].kind != HR_PARAM_BUFFER) out->parameters += out->param[i].count;
    place(out);
    return HR_OK;
}

void hr_param_table_narrow(hr_param_table *table) {
    for (int i = 0; i < table->count; i++) {
        hr_param *p = &table->param[i];
        p->narrow = p->role == HR_ROLE_LINEAR && !p->tokens;
    }
    place(table);
}

void hr_param_table_free(hr_param_table *table) {
    hr_free(table->param);
    *table = (hr_param_table){0};
}

const hr_param *hr_param_find(const hr_param_table *table, const char *name) {
    for (int i = 0; i < table->count; i++)
        if (!strcmp(table->param[i].name, name)) return &table->param[i];
    return NULL;
}
