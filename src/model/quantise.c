/* quantise.c - see quantise.h */
#include "model/quantise.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

enum { MOST = 127 }; /* of int8, on both sides of 0 */

static const struct {
    const char *name;
    hr_dtype dtype;
} kinds[] = {{"fp32", HR_F32}, {"bf16", HR_BF16}, {"int8", HR_I8}};
enum { KINDS = sizeof kinds / sizeof *kinds };

hr_status hr_quantise_kind(const char *name, hr_dtype *out) {
    for (int i = 0; i < KINDS; i++) {
        if (strcmp(kinds[i].name, name)) continue;
        *out = kinds[i].dtype;
        return HR_OK;
    }
    return hr_fail_about(HR_ERR_ARG, "dtype", "dtype: \"%.20s\" is not one of fp32, bf16, int8",
                         name);
}

const char *hr_quantise_name(hr_dtype kind) {
    for (int i = 0; i < KINDS; i++)
        if (kinds[i].dtype == kind) return kinds[i].name;
    return NULL;
}

hr_dtype hr_quantise_of(const hr_tensor *tensors, size_t count) {
    hr_dtype kind = HR_F32;
    for (size_t i = 0; i < count && kind != HR_I8; i++)
        if (tensors[i].dtype == HR_BF16 || tensors[i].scale) kind = tensors[i].dtype;
    return kind;
}

static hr_dtype kept_as(const hr_param *p, hr_dtype kind) {
    bool matrix = p->dims == 2 && p->role != HR_ROLE_Q_WEIGHT;
    if (kind == HR_I8 && p->role != HR_ROLE_LINEAR)
        return p->role == HR_ROLE_PUZZLE ? HR_BF16 : HR_F32;
    return matrix ? kind : HR_F32;
}

/* ---- bf16 ------------------------------------------------------------------------------------ */

static hr_status to_bf16(hr_tensor *t, hr_tensors *owner) {
    uint16_t *half = HR_NEW(uint16_t, t->count);
    hr_status status = hr_tensors_own(owner, half);
    for (size_t i = 0; i < t->count && !status; i++) {
        uint32_t bits;
        memcpy(&bits, (const float *)t->data + i, sizeof bits);
        bits += 0x7fff + (bits >> 16 & 1);
        half[i] = (uint16_t)(bits >> 16);
        if ((bits & 0x7f800000) == 0x7f800000)
            status = hr_fail(HR_ERR_NUMERIC, "tensor %s holds %.9g, which is beyond bf16", t->name,
                             (double)((const float *)t->data)[i]);
    }
    t->dtype = HR_BF16;
    t->data = half;
    return status;
}

/* ---- int8 ------------------------------------------------------------------------------------ */

static float scale_of(const float *row, size_t count) {
    float most = 0;
    for (size_t i = 0; i < count; i++) most = fmaxf(most, fabsf(row[i]));
    float scale = most / MOST;
    uint32_t bits;
    memcpy(&bits, &scale, sizeof bits);
    bits = (bits + 0xff) & ~(uint32_t)0xff;
    memcpy(&scale, &bits, sizeof scale);
    return scale;
}

static void quantise_row(const float *row, size_t count, float scale, int8_t *out) {
    for (size_t i = 0; i < count; i++) {
        float level = scale > 0 ? rintf(row[i] / scale) : 0;
        out[i] = (int8_t)fmaxf(-MOST, fminf(MOST, level));
    }
}

static hr_status to_int8(hr_tensor *t, hr_tensors *owner, hr_tensor *scales) {
    size_t rows = (size_t)t->shape[0], cols = (size_t)t->shape[1];
    const float *from = t->data;
    float *scale = HR_NEW(float, rows);
    int8_t *numbers = HR_NEW(int8_t, t->count);
    char *name = hr_text_format("%s" HR_SCALE_END, t->name);
    hr_status status = hr_tensors_own(owner, scale), numbers_owned = hr_tensors_own(owner, numbers),
              name_owned = hr_tensors_own(owner, name);
    if (!status) status = numbers_owned ? numbers_owned : name_owned;
    for (size_t r = 0; r < rows && !status; r++) {
        scale[r] = scale_of(from + r * cols, cols);
        quantise_row(from + r * cols, cols, scale[r], numbers + r * cols);
    }
    *scales = (hr_tensor){.name = name,
                          .dtype = HR_F32,
                          .dims = 1,
                          .shape = {t->shape[0]},
                          .count = rows,
                          .data = scale};
    t->dtype = HR_I8;
    t->data = numbers;
    return status;
}

hr_status hr_quantise(const hr_param_table *table, hr_dtype kind, const hr_tensor *tensors,
                      hr_tensors *owner, hr_tensor **out, size_t *count) {
    size_t at = (size_t)table->count;
    *out = HR_NEW(hr_tensor, 2 * at);
    hr_status status = hr_tensors_own(owner, *out);
    for (int i = 0; i < table->count && !status; i++) {
        hr_tensor *t = &(*out)[i];
        *t = tensors[i];
        hr_dtype as = kept_as(&table->param[i], kind);
        if (as == HR_BF16) status = to_bf16(t, owner);
        else if (as == HR_I8) status = to_int8(t, owner, &(*out)[at++]);
    }
    *count = at;
    return status;
}
