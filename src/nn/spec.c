/* spec.c - checks, derived sizes and the JSON form of a spec. */
#include "nn/spec.h"

#include <math.h>
#include <stdint.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "io/json.h"

static const char *const arch_names[] = {"hrm", "trm", "loop"};
static const char *const pos_names[] = {"none", "rope", "learned", "grid", "rope2d"};
static const char *const mix_names[] = {"attention", "token_mlp", "none"};
static const char *const norm_names[] = {"post", "pre"};
static const char *const act_names[] = {"silu", "relu"};

/* Enumerations, which are stored as their names; those that may be left out are then the first. */
static const struct {
    const char *key;
    const char *const *names;
    int count;
    size_t offset;
    bool required;
} choices[] = {{"arch", arch_names, 3, offsetof(hr_spec, arch), true},
               {"pos", pos_names, 5, offsetof(hr_spec, pos), true},
               {"mix", mix_names, 3, offsetof(hr_spec, mix), true},
               {"norm", norm_names, 2, offsetof(hr_spec, norm), false},
               {"act", act_names, 2, offsetof(hr_spec, act), false}};
enum { CHOICES = sizeof choices / sizeof *choices };

int hr_spec_choice(const char *key, const char *name) {
    for (int c = 0; c < CHOICES; c++)
        for (int i = 0; !strcmp(key, choices[c].key) && i < choices[c].count; i++)
            if (!strcmp(name, choices[c].names[i])) return i;
    return -1;
}

const char *hr_arch_name(hr_arch arch) {
    return arch_names[arch];
}

const char *hr_pos_name(hr_pos pos) {
    return pos_names[pos];
}

hr_spec hr_spec_defaults(void) {
    return (hr_spec){
        .arch = HR_ARCH_HRM,
        .vocab = 11,
        .seq = 81,
        .puzzles = 1,
        .puzzle_emb_ndim = 512,
        .hidden = 512,
        .heads = 8,
        .expansion = 4,
        .pos = HR_POS_ROPE,
        .mix = HR_MIX_ATTENTION,
        .rope_theta = 10000,
        .rms_eps = 1e-5,
        .h_layers = 4,
        .l_layers = 4,
        .h_cycles = 2,
        .l_cycles = 2,
        .halt_max_steps = 16,
    };
}

int hr_spec_prefix(const hr_spec *spec) {
    if (spec->symbols) return 1; /* the token that tells of conflicts */
    if (spec->puzzle_emb_cells) return 0;
    if (spec->puzzle_emb_len) return spec->puzzle_emb_len;
    return (spec->puzzle_emb_ndim + spec->hidden - 1) / spec->hidden;
}

int hr_spec_tokens(const hr_spec *spec) {
    return hr_spec_prefix(spec) + spec->seq;
}

int hr_spec_channels(const hr_spec *spec) {
    return !spec->symbol_channels ? 1 : spec->symbols ? spec->symbols : spec->vocab;
}

size_t hr_spec_state(const hr_spec *spec) {
    return (size_t)hr_spec_channels(spec) * (size_t)hr_spec_tokens(spec) * (size_t)spec->hidden;
}

int hr_spec_outputs(const hr_spec *spec) {
    return spec->symbols ? 2 * spec->symbols : spec->vocab;
}

int hr_spec_puzzle_rows(const hr_spec *spec) {
    return 1 + (int)hr_puzzle_row(spec, spec->puzzles - 1);
}

int hr_spec_taps(const hr_spec *spec) {
    return spec->cols < spec->seq ? spec->conv * spec->conv : spec->conv;
}

int hr_spec_inner(const hr_spec *spec, int width) {
    int inner = (int)rint(spec->expansion * width * 2 / 3); /* half to even, as Python's round */
    int unit = spec->symbols || spec->arch == HR_ARCH_LOOP ? 32 : 256;
    return (inner + unit - 1) / unit * unit;
}

/* The integer fields: one table for the checks and for JSON. */
static const struct {
    const char *name;
    size_t offset;
    int low, high;
    enum { ALWAYS, MAYBE, UNLESS_0 } in_json; /* MAYBE: written, 0 where it is missing */
} integers[] = {
    {"vocab", offsetof(hr_spec, vocab), 2, HR_VOCAB_MAX, ALWAYS},
    {"seq", offsetof(hr_spec, seq), 1, 65536, ALWAYS},
    {"numbers", offsetof(hr_spec, numbers), 0, HR_NUMBERS_MAX, UNLESS_0},
    {"symbols", offsetof(hr_spec, symbols), 0, HR_SYMBOLS_MAX, MAYBE},
    {"symbol_fields", offsetof(hr_spec, symbol_channels), 0, 1, UNLESS_0},
    {"own_fields", offsetof(hr_spec, own_channels), 0, HR_VOCAB_MAX, UNLESS_0},
    {"cols", offsetof(hr_spec, cols), 0, 65536, MAYBE},
    {"conv", offsetof(hr_spec, conv), 0, 7, UNLESS_0},
    {"skip_padding", offsetof(hr_spec, skip_padding), 0, 1, UNLESS_0},
    {"pad", offsetof(hr_spec, pad), 0, 255, UNLESS_0},
    {"puzzles", offsetof(hr_spec, puzzles), 1, 100000000, ALWAYS},
    {"puzzle_emb_ndim", offsetof(hr_spec, puzzle_emb_ndim), 0, 1 << 20, ALWAYS},
    {"puzzle_emb_len", offsetof(hr_spec, puzzle_emb_len), 0, 4096, ALWAYS},
    {"puzzle_emb_cells", offsetof(hr_spec, puzzle_emb_cells), 0, 1, UNLESS_0},
    {"puzzle_emb_views", offsetof(hr_spec, puzzle_emb_views), 0, 64, UNLESS_0},
    {"hidden", offsetof(hr_spec, hidden), 2, 16384, ALWAYS},
    {"heads", offsetof(hr_spec, heads), 1, 1024, ALWAYS},
    {"h_layers", offsetof(hr_spec, h_layers), 0, 256, ALWAYS},
    {"l_layers", offsetof(hr_spec, l_layers), 1, 256, ALWAYS},
    {"h_cycles", offsetof(hr_spec, h_cycles), 1, 1024, ALWAYS},
    {"l_cycles", offsetof(hr_spec, l_cycles), 1, 1024, ALWAYS},
    {"reads", offsetof(hr_spec, readouts), 0, 1024, UNLESS_0},
    {"grad_calls", offsetof(hr_spec, grad_calls), 0, 1024, UNLESS_0},
    {"halt_max_steps", offsetof(hr_spec, halt_max_steps), 1, 1 << 20, ALWAYS},
};
enum { INTEGERS = sizeof integers / sizeof *integers };

static const struct {
    const char *name;
    size_t offset;
} numbers[] = {
    {"expansion", offsetof(hr_spec, expansion)},
    {"rope_theta", offsetof(hr_spec, rope_theta)},
    {"rms_eps", offsetof(hr_spec, rms_eps)},
};
enum { NUMBERS = sizeof numbers / sizeof *numbers };

static unsigned *choice(const hr_spec *spec, int i) {
    return (unsigned *)((uintptr_t)spec + choices[i].offset);
}

static int *integer(const hr_spec *spec, int i) {
    return (int *)((uintptr_t)spec + integers[i].offset);
}

static double *number(const hr_spec *spec, int i) {
    return (double *)((uintptr_t)spec + numbers[i].offset);
}

/* How tokens are mixed and what tells where they are. */
static hr_status check_tokens(const hr_spec *spec) {
    const char *grid =
        spec->pos == HR_POS_GRID || spec->pos == HR_POS_ROPE2D ? hr_pos_name(spec->pos) : NULL;
    bool attention = spec->mix == HR_MIX_ATTENTION;
    if (spec->conv && (spec->conv < 3 || spec->conv % 2 == 0))
        return hr_fail(HR_ERR_ARG, "model: conv is %d, not 0, 3, 5 or 7", spec->conv);
    if (spec->mix == HR_MIX_NONE && !spec->conv)
        return hr_fail(HR_ERR_ARG, "model: mix none needs a convolution: conv 3, 5 or 7");
    if ((grid || spec->conv) && (!spec->cols || spec->seq % spec->cols))
        return hr_fail(HR_ERR_ARG, "model: %s%s needs cols that divide the %d cells, not %d",
                       grid ? "pos " : "conv", grid ? grid : "", spec->seq, spec->cols);
    if (spec->skip_padding && spec->mix == HR_MIX_TOKEN_MLP)
        return hr_fail(HR_ERR_ARG, "model: skip_padding needs mix attention or none: the weights "
                                   "of mix token_mlp belong to the number of tokens");
    if (spec->pad >= spec->vocab || (spec->pad && !spec->skip_padding))
        return hr_fail(HR_ERR_ARG,
                       "model: pad is %d, not a token of the %d that skip_padding leaves out",
                       spec->pad, spec->vocab);
    if (spec->pos == HR_POS_ROPE2D && !attention)
        return hr_fail(HR_ERR_ARG, "model: pos rope2d turns what attention compares; mix is %s",
                       mix_names[spec->mix]);
    if (!attention) return HR_OK;
    if (spec->hidden % spec->heads)
        return hr_fail(HR_ERR_ARG, "model: hidden %d is not a multiple of heads %d", spec->hidden,
                       spec->heads);
    int head = spec->hidden / spec->heads;
    if (spec->pos == HR_POS_ROPE && head % 2)
        return hr_fail(HR_ERR_ARG, "model: rope needs an even head size, not %d", head);
    if (spec->pos == HR_POS_ROPE2D && head % 4)
        return hr_fail(HR_ERR_ARG, "model: rope2d needs a head size that 4 divides, not %d", head);
    return HR_OK;
}

static hr_status check_channels(const hr_spec *spec) {
    int channels = hr_spec_channels(spec);
    if (spec->own_channels > (spec->symbol_channels ? channels : 0))
        return hr_fail(HR_ERR_ARG, "model: own_channels is %d, above the %d channels",
                       spec->own_channels, spec->symbol_channels ? channels : 0);
    if (!spec->symbol_channels) return HR_OK;
    if (channels < 2)
        return hr_fail(HR_ERR_ARG, "model: symbol_channels needs two symbols or more, not %d",
                       channels);
    if (spec->skip_padding)
        return hr_fail(HR_ERR_ARG, "model: symbol_channels and skip_padding exclude each other");
    if (spec->puzzle_emb_ndim && !spec->puzzle_emb_cells)
        return hr_fail(HR_ERR_ARG,
                       "model: symbol_channels needs puzzle_emb_cells, or no puzzle embedding");
    return HR_OK;
}

static hr_status check_relations(const hr_spec *spec) {
    if (spec->arch == HR_ARCH_HRM && spec->h_layers < 1)
        return hr_fail(HR_ERR_ARG, "model: h_layers is 0; HRM needs at least 1");
    if (spec->arch == HR_ARCH_HRM && spec->mix == HR_MIX_TOKEN_MLP && !spec->symbols)
        return hr_fail(HR_ERR_ARG,
                       "model: mix token_mlp belongs to trm, loop and models of candidates");
    if (spec->arch == HR_ARCH_LOOP && spec->h_cycles != 1)
        return hr_fail(HR_ERR_ARG, "model: arch loop needs h_cycles 1");
    if (spec->arch != HR_ARCH_LOOP && (spec->readouts || spec->grad_calls))
        return hr_fail(HR_ERR_ARG, "model: readouts and grad_calls belong to arch loop");
    if (spec->grad_calls && spec->readouts > spec->grad_calls)
        return hr_fail(HR_ERR_ARG, "model: readouts %d is above grad_calls %d", spec->readouts,
                       spec->grad_calls);
    if (spec->symbols > spec->vocab)
        return hr_fail(HR_ERR_ARG, "model: %d symbols do not fit a vocabulary of %d", spec->symbols,
                       spec->vocab);
    if (spec->symbols && spec->numbers)
        return hr_fail(HR_ERR_ARG, "model: symbols and numbers exclude each other; numbers are for "
                                   "models that answer in segments");
    if (spec->symbols && spec->puzzle_emb_ndim)
        return hr_fail(HR_ERR_ARG, "model: symbols and a puzzle embedding exclude each other");
    int channels = hr_spec_channels(spec);
    if (spec->puzzle_emb_cells &&
        ((long long)spec->puzzle_emb_ndim != (long long)channels * spec->hidden ||
         spec->puzzle_emb_len))
        return hr_fail(
            HR_ERR_ARG,
            "model: puzzle_emb_cells needs puzzle_emb_ndim as hidden, of each channel (%d x "
            "%d, not %d), and puzzle_emb_len 0",
            channels, spec->hidden, spec->puzzle_emb_ndim);
    long long capacity = (long long)hr_spec_prefix(spec) * spec->hidden;
    if (!spec->puzzle_emb_cells && spec->puzzle_emb_ndim > capacity)
        return hr_fail(HR_ERR_ARG,
                       "model: puzzle_emb_ndim %d does not fit puzzle_emb_len %d x hidden %d",
                       spec->puzzle_emb_ndim, spec->puzzle_emb_len, spec->hidden);
    if (spec->puzzle_emb_len && !spec->puzzle_emb_ndim)
        return hr_fail(HR_ERR_ARG, "model: puzzle_emb_len %d without puzzle_emb_ndim",
                       spec->puzzle_emb_len);
    if (spec->puzzle_emb_views && !spec->puzzle_emb_ndim)
        return hr_fail(HR_ERR_ARG, "model: puzzle_emb_views %d without puzzle_emb_ndim",
                       spec->puzzle_emb_views);
    hr_status status = check_channels(spec);
    return status ? status : check_tokens(spec);
}

hr_status hr_spec_check(const hr_spec *spec) {
    for (int i = 0; i < INTEGERS; i++) {
        int value = *integer(spec, i);
        if (value < integers[i].low || value > integers[i].high)
            return hr_fail(HR_ERR_ARG, "model: %s is %d, not between %d and %d", integers[i].name,
                           value, integers[i].low, integers[i].high);
    }
    if (!(spec->expansion > 0 && spec->expansion <= 64))
        return hr_fail(HR_ERR_ARG, "model: expansion is %g, not above 0 and at most 64",
                       spec->expansion);
    if (!(spec->rope_theta >= 1 && spec->rope_theta <= 1e9))
        return hr_fail(HR_ERR_ARG, "model: rope_theta is %g, not between 1 and 1e9",
                       spec->rope_theta);
    if (!(spec->rms_eps > 0 && spec->rms_eps < 1))
        return hr_fail(HR_ERR_ARG, "model: rms_eps is %g, not between 0 and 1", spec->rms_eps);
    return check_relations(spec);
}

char *hr_spec_to_json(const hr_spec *spec) {
    hr_buffer text = {0};
    for (int i = 0; i < CHOICES; i++)
        if (choices[i].required || *choice(spec, i))
            hr_buffer_print(&text, "%s\"%s\": \"%s\"", i ? ", " : "{", choices[i].key,
                            choices[i].names[*choice(spec, i)]);
    for (int i = 0; i < INTEGERS; i++)
        if (integers[i].in_json != UNLESS_0 || *integer(spec, i))
            hr_buffer_print(&text, ", \"%s\": %d", integers[i].name, *integer(spec, i));
    for (int i = 0; i < NUMBERS; i++)
        hr_buffer_print(&text, ", \"%s\": %.17g", numbers[i].name, *number(spec, i));
    hr_buffer_print(&text, "}");
    if (!text.failed) return text.text;
    hr_buffer_free(&text);
    return NULL;
}

static hr_status read_choice(const json_t *object, int i, hr_spec *out) {
    const char *text, *key = choices[i].key;
    if (!choices[i].required && !json_object_get(object, key)) return HR_OK;
    hr_status status = hr_json_string(object, key, true, &text);
    int found = status ? 0 : hr_spec_choice(key, text);
    if (found < 0)
        return hr_fail(HR_ERR_FORMAT, "%s \"%s\" is not known to this version", key, text);
    *choice(out, i) = (unsigned)found;
    return status;
}

static bool known_key(const char *key) {
    for (int i = 0; i < CHOICES; i++)
        if (!strcmp(key, choices[i].key)) return true;
    for (int i = 0; i < INTEGERS; i++)
        if (!strcmp(key, integers[i].name)) return true;
    for (int i = 0; i < NUMBERS; i++)
        if (!strcmp(key, numbers[i].name)) return true;
    return false;
}

static hr_status read_fields(json_t *object, hr_spec *out) {
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) {
        if (!known_key(key))
            return hr_fail(HR_ERR_VERSION, "key \"%.40s\" is not known to this version", key);
    }
    hr_status status = HR_OK;
    for (int i = 0; i < CHOICES && !status; i++) status = read_choice(object, i, out);
    for (int i = 0; i < INTEGERS && !status; i++) {
        int64_t wide = 0;
        status = hr_json_int(object, integers[i].name, integers[i].in_json == ALWAYS,
                             integers[i].low, integers[i].high, &wide);
        *integer(out, i) = (int)wide;
    }
    for (int i = 0; i < NUMBERS && !status; i++)
        status = hr_json_number(object, numbers[i].name, true, number(out, i));
    return status;
}

hr_status hr_spec_from_json(const char *text, hr_spec *out) {
    json_t *object = NULL;
    *out = (hr_spec){0};
    hr_status status = hr_json_parse(text, strlen(text), "spec", &object);
    if (!status && !json_is_object(object))
        status = hr_fail(HR_ERR_FORMAT, "the text is not an object");
    if (!status) status = read_fields(object, out);
    json_decref(object);
    if (!status) status = hr_spec_check(out);
    return status ? hr_fail_in(status, "model spec") : HR_OK;
}
