/* kern_table.h - the table itself, once everything in it is there: TABLE is its name as the list
 * declares it, TABLE_NAME as users do. PANEL: the columns of a packed panel; BF16: products round
 * to bf16; SYSTEM: the table has `runs`. */
#include "base/part.h"

static size_t panels(size_t n) {
    return (n + PANEL - 1) / PANEL * PANEL;
}

/* Hidden numbers before and after the activation, and packed operands. With a backward it is enough
 * for any table. */
static size_t mlp_scratch(hr_kern_use use, size_t n, size_t width, size_t inner) {
    size_t rows = panels(n), wide = panels(width), deep = panels(inner);
    if (use == HR_USE_BACKWARD) return rows * (5 * deep + 2 * wide);
#ifdef BF16
    return rows * (deep + wide);
#else
    if (use == HR_USE_MIX) return rows * (3 * deep + (deep > wide ? deep : wide));
    return rows_at_once(n) * 3 * inner;
#endif
}

/* A matrix of probabilities, with a backward two, and packed copies of q, k, v and the output's
 * gradient. */
static size_t attention_scratch(size_t tokens, size_t head_dim, bool trains) {
    size_t t = panels(tokens);
    return (trains ? 2 : 1) * t * t + 8 * t * panels(head_dim);
}

const hr_kern TABLE = {
    .name = TABLE_NAME,
#ifdef BF16
    .bf16 = true,
#endif
#ifdef SYSTEM
    .runs = runs,
#endif
    .packed_size = packed_size,
    .packed_slice = packed_slice,
#ifdef BF16
    .space = sizeof(rounding),
#endif
    .mlp_scratch = mlp_scratch,
    .mlp_operands = mlp_operands,
    .attention_scratch = attention_scratch,
    .pack = pack,
    .pack_gates = pack_gates,
    .pack_left = pack_left,
    .pack_a = pack_a,
    .pack_factor = HR_BEYOND(pack_factor),
    .gemm = gemm,
    .gemm_packed = gemm_packed,
    .gemm_tn = HR_BEYOND(gemm_tn),
    .factor_product = HR_BEYOND(factor_product),
    .collect = HR_BEYOND(collect),
    .mlp = mlp,
    .mlp_hidden = mlp_hidden,
    .mlp_backward = HR_BEYOND(mlp_backward),
    .mlp_gradient = HR_BEYOND(mlp_gradient),
    .mix = mix,
    .mix_backward = HR_BEYOND(mix_backward),
    .mix_gradient = HR_BEYOND(mix_gradient),
    .rms = rms,
    .rms_backward = HR_BEYOND(rms_backward),
    .rms_columns = rms_columns,
    .rms_columns_backward = HR_BEYOND(rms_columns_backward),
    .rope = rope,
    .attention = attention,
    .attention_backward = HR_BEYOND(attention_backward),
    .conv = conv,
    .conv_backward = HR_BEYOND(conv_backward),
    .conv_gradient = HR_BEYOND(conv_gradient),
    .add = add,
    .transpose = transpose,
    .adam_atan2 = HR_BEYOND(adam_atan2),
    .adamw = HR_BEYOND(adamw),
    .ema = HR_BEYOND(ema),
    .burn = HR_BEYOND(burn),
};
