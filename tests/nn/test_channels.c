/* test_channels.c - a field for every symbol: what the model says must follow the symbols wherever
 * they go, with any kernels, threads and rows beside it; its form and its limits. */
#include "test.h"

#include <math.h>

#include "base/rng.h"
#include "nn/exec.h"

enum { ROWS = 5, SYMBOLS = 4, CELLS = 6 };

static hr_spec fielded(hr_arch arch, hr_mix mix, hr_norm norm, int conv) {
    hr_spec s = hr_spec_defaults();
    s.arch = arch;
    s.vocab = SYMBOLS + 1;
    s.seq = CELLS;
    s.symbols = SYMBOLS;
    s.symbol_channels = 1;
    s.cols = 3;
    s.puzzle_emb_ndim = 0;
    s.hidden = 24;
    s.heads = 2;
    s.expansion = 2;
    s.pos = HR_POS_GRID;
    s.mix = mix;
    s.norm = norm;
    s.conv = conv;
    s.h_layers = arch == HR_ARCH_HRM ? 1 : 0;
    s.l_layers = 2;
    s.h_cycles = arch == HR_ARCH_LOOP ? 1 : 2;
    s.l_cycles = 2;
    OK(hr_spec_check(&s));
    return s;
}

static const hr_spec *each_spec(int i) {
    static hr_spec s;
    if (i == 0) s = fielded(HR_ARCH_LOOP, HR_MIX_TOKEN_MLP, HR_NORM_PRE, 0);
    else if (i == 1) s = fielded(HR_ARCH_HRM, HR_MIX_ATTENTION, HR_NORM_POST, 0);
    else if (i == 2) s = fielded(HR_ARCH_TRM, HR_MIX_TOKEN_MLP, HR_NORM_POST, 3);
    else if (i == 3) s = fielded(HR_ARCH_LOOP, HR_MIX_NONE, HR_NORM_PRE, 3);
    else return NULL;
    return &s;
}

typedef struct answer {
    hr_real logits[ROWS * CELLS * 2 * SYMBOLS], q[2 * ROWS];
} answer;

static void draw_sets(int32_t *sets) {
    hr_rng rng = hr_rng_stream(5, "sets");
    for (int i = 0; i < ROWS * CELLS; i++)
        sets[i] = (int32_t)hr_rng_below(rng, (uint64_t)i, 1 << SYMBOLS) | (i % 3 ? 0 : HR_GIVEN);
}

/* `rows` rows of sets, forward. */
static void look(const hr_spec *spec, const hr_kern *kern, int threads, int rows, int32_t *sets,
                 answer *out) {
    hr_pool *pool;
    hr_model *model;
    hr_exec *exec;
    int32_t ids[ROWS] = {0};
    hr_batch batch = {.rows = rows, .inputs = sets, .ids = ids};
    hr_real *z[HR_STATES_MAX] = {NULL};
    OK(hr_pool_new(threads, HR_POOL_SPACE, &pool));
    OK(hr_model_new(spec, kern, false, &model));
    hr_model_init(model, 3);
    hr_model_pack(model, pool);
    OK(hr_exec_new(model, pool, &(hr_engine_size){.micro = rows}, &exec));
    for (int s = 0; s < HR_STATES_MAX; s++) {
        z[s] = HR_NEW(hr_real, (size_t)rows * hr_spec_state(spec));
        hr_model_initial(model, s, z[s], rows);
    }
    hr_exec_forward(exec, &batch, z, out->logits, out->q);
    for (int s = 0; s < HR_STATES_MAX; s++) hr_free(z[s]);
    hr_exec_free(exec);
    hr_model_free(model);
    hr_pool_free(pool);
}

/* The symbols renamed: symbol s becomes (s + 1) % SYMBOLS. */
static void rename_sets(const int32_t *sets, int32_t *out) {
    for (int i = 0; i < ROWS * CELLS; i++) {
        int32_t set = sets[i] & ~HR_GIVEN, all = (1 << SYMBOLS) - 1;
        out[i] = ((set << 1 | set >> (SYMBOLS - 1)) & all) | (sets[i] & HR_GIVEN);
    }
}

/* What a user counts on: no symbol is special, so none has to be learned twice. */
static void renamed_symbols_rename_the_answer(void **state) {
    (void)state;
    int32_t sets[ROWS * CELLS], renamed[ROWS * CELLS];
    draw_sets(sets);
    rename_sets(sets, renamed);
    double spread = 0; /* that the fields differ at all */
    for (int i = 0; each_spec(i); i++) {
        answer plain, other;
        look(each_spec(i), &hr_kern_ref, 1, ROWS, sets, &plain);
        look(each_spec(i), &hr_kern_ref, 1, ROWS, renamed, &other);
        for (int c = 0; c < ROWS * CELLS * 2; c++)
            for (int s = 0; s < SYMBOLS; s++) {
                double a = (double)plain.logits[c * SYMBOLS + s];
                double b = (double)other.logits[c * SYMBOLS + (s + 1) % SYMBOLS];
                if (fabs(a - b) > 1e-4) fail_msg("spec %d, cell %d: %g, %g", i, c / 2, a, b);
                spread = fmax(spread, fabs(a - (double)plain.logits[c * SYMBOLS]));
            }
        for (int b = 0; b < 2 * ROWS; b++)
            assert_true(fabs((double)plain.q[b] - (double)other.q[b]) < 1e-4);
    }
    assert_true(spread > 0.1);
}

/* Tokens in, tokens out: the first OWN are what they are, the others go by any name. */
static void renamed_tokens_rename_the_answer(void **state) {
    (void)state;
    enum { OWN = 2, VOCAB = 6 };
    hr_spec spec = *each_spec(3);
    spec.symbols = 0;
    spec.vocab = VOCAB;
    spec.own_channels = OWN;
    OK(hr_spec_check(&spec));
    int32_t tokens[ROWS * CELLS], renamed[ROWS * CELLS], next[VOCAB] = {0, 1, 3, 4, 5, 2};
    hr_rng rng = hr_rng_stream(6, "tokens");
    for (int i = 0; i < ROWS * CELLS; i++) {
        tokens[i] = (int32_t)hr_rng_below(rng, (uint64_t)i, VOCAB);
        renamed[i] = next[tokens[i]];
    }
    answer plain, other;
    look(&spec, &hr_kern_ref, 1, ROWS, tokens, &plain);
    look(&spec, &hr_kern_ref, 1, ROWS, renamed, &other);
    double own = 0; /* how much the first two differ */
    for (int c = 0; c < ROWS * CELLS; c++) {
        for (int v = 0; v < VOCAB; v++) {
            double a = (double)plain.logits[c * VOCAB + v];
            double b = (double)other.logits[c * VOCAB + next[v]];
            if (fabs(a - b) > 1e-4) fail_msg("cell %d, token %d: %g, %g", c, v, a, b);
        }
        if (tokens[c] > 1)
            own = fmax(own,
                       fabs((double)plain.logits[c * VOCAB] - (double)plain.logits[c * VOCAB + 1]));
    }
    assert_true(own > 0.1);
}

/* A symbol's own field is all that says something of it, so the others must reach it: where they
 * meet. */
static void fields_hear_of_each_other(void **state) {
    (void)state;
    int32_t sets[ROWS * CELLS];
    answer plain, other;
    draw_sets(sets);
    look(each_spec(0), &hr_kern_ref, 1, 1, sets, &plain);
    sets[CELLS - 1] ^= 1; /* symbol 0 in the last cell */
    look(each_spec(0), &hr_kern_ref, 1, 1, sets, &other);
    assert_true(fabs((double)plain.logits[1] - (double)other.logits[1]) > 1e-4);
}

static void no_thread_kernel_or_row_beside_changes_bits(void **state) {
    (void)state;
    int32_t sets[ROWS * CELLS];
    draw_sets(sets);
    for (int i = 0; each_spec(i); i++)
        for (int t = 0; hr_kern_at(t); t++) {
            answer many, few;
            look(each_spec(i), hr_kern_at(t), 1, ROWS, sets, &many);
            for (int rows = 1; rows <= ROWS; rows += 2)
                for (int threads = 1; threads <= 4; threads++) {
                    look(each_spec(i), hr_kern_at(t), threads, rows, sets, &few);
                    size_t logits = (size_t)rows * CELLS * 2 * SYMBOLS;
                    assert_memory_equal(many.logits, few.logits, logits * sizeof(hr_real));
                    assert_memory_equal(many.q, few.q, 2 * (size_t)rows * sizeof(hr_real));
                }
        }
}

/* As many weights whatever the number of symbols. */
static void symbols_share_all_weights(void **state) {
    (void)state;
    hr_spec few = *each_spec(0), many = few;
    many.symbols = 9;
    many.vocab = 10;
    hr_param_table a, b;
    OK(hr_param_table_new(&few, &a));
    OK(hr_param_table_new(&many, &b));
    assert_int_equal(a.parameters, b.parameters);
    hr_param_table_free(&a);
    hr_param_table_free(&b);
    assert_int_equal(hr_spec_state(&many) * SYMBOLS, hr_spec_state(&few) * 9);
}

static void refused(hr_spec spec, const char *why) {
    assert_int_equal(hr_spec_check(&spec), HR_ERR_ARG);
    assert_non_null(strstr(hr_error_text(), why));
}

static void form_and_limits(void **state) {
    (void)state;
    hr_spec spec = *each_spec(0), out;
    char *text = hr_spec_to_json(&spec);
    assert_non_null(strstr(text, "\"symbol_fields\": 1"));
    OK(hr_spec_from_json(text, &out));
    assert_int_equal(out.symbol_channels, 1);
    hr_free(text);
    spec.own_channels = SYMBOLS + 1;
    refused(spec, "own_channels is 5, above the 4 channels");
    spec.own_channels = 0;
    spec.symbols = 1;
    refused(spec, "symbol_channels needs two symbols or more");
    spec.symbols = 0;
    spec.puzzle_emb_ndim = spec.hidden;
    refused(spec, "symbol_channels needs puzzle_emb_cells");
    spec.puzzle_emb_cells = 1;
    refused(spec,
            "puzzle_emb_cells needs puzzle_emb_ndim as hidden, of each channel (5 x 24, not 24)");
    spec = *each_spec(3);
    spec.skip_padding = 1;
    spec.pad = SYMBOLS;
    refused(spec, "symbol_channels and skip_padding exclude each other");
}

HR_TEST_MAIN(cmocka_unit_test(renamed_symbols_rename_the_answer),
             cmocka_unit_test(renamed_tokens_rename_the_answer),
             cmocka_unit_test(fields_hear_of_each_other),
             cmocka_unit_test(no_thread_kernel_or_row_beside_changes_bits),
             cmocka_unit_test(symbols_share_all_weights), cmocka_unit_test(form_and_limits))
