/* dims.c - see dims.h */
#include "nn/dims.h"

hr_dims hr_dims_of(const hr_spec *spec) {
    hr_dims s = {
        .tokens = (size_t)hr_spec_tokens(spec),
        .channels = (size_t)hr_spec_channels(spec),
        .prefix = (size_t)hr_spec_prefix(spec),
        .seq = (size_t)spec->seq,
        .d = (size_t)spec->hidden,
        .outputs = (size_t)hr_spec_outputs(spec),
        .heads = (size_t)spec->heads,
        .inner = (size_t)hr_spec_inner(spec, spec->hidden),
        .taps = (size_t)hr_spec_taps(spec),
        .grid_rows = spec->cols ? (size_t)(spec->seq / spec->cols) : 1,
        .grid_cols = (size_t)(spec->cols ? spec->cols : spec->seq),
        .attention = spec->mix == HR_MIX_ATTENTION,
        .token_mlp = spec->mix == HR_MIX_TOKEN_MLP,
        .pre = spec->norm == HR_NORM_PRE,
    };
    s.head_dim = s.d / s.heads;
    s.inner_t = s.token_mlp ? (size_t)hr_spec_inner(spec, (int)s.tokens) : 0;
    return s;
}
