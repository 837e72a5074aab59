/* The example of decoding: its code is the one of the quadratic residues modulo 17 and has the
 * symmetries that its task file claims, the channel is as noisy as it says, and every decoder that
 * is beside the model does what it is known to do, held against all words of codes that are small
 * enough to look at all. */
#include "../../examples/puzzles/decoding/decoders.h"
#include "test.h"

static code residues, tiny;

static int make_code(void **state) {
    (void)state;
    code_residues(&residues);
    return 0;
}

static int rank_of(const uint32_t *rows, int count) {
    uint32_t row[BITS_MAX];
    int rank = 0;
    memcpy(row, rows, (size_t)count * sizeof *row);
    for (int bit = 0; bit < BITS_MAX; bit++) {
        int at = rank;
        while (at < count && !(row[at] >> bit & 1)) at++;
        if (at == count) continue;
        uint32_t kept = row[at];
        row[at] = row[rank];
        row[rank++] = kept;
        for (int i = rank; i < count; i++)
            if (row[i] >> bit & 1) row[i] ^= kept;
    }
    return rank;
}

/* All words keep all checks, which say all there is to say; no two differ in less than five bits.
 */
static void words_keep_their_checks(void **state) {
    (void)state;
    for (int w = 0; w < 1 << 9; w++) {
        for (int i = 0; i < 17; i++) {
            assert_int_equal(parity(residues.word[w] & residues.check[i]), 0);
            assert_int_equal(parity(residues.word[w] & residues.shown[i]), 0);
        }
        if (w) assert_in_range(__builtin_popcount(residues.word[w]), 5, 17);
    }
    assert_int_equal(rank_of(residues.check, 17), 8);
    assert_int_equal(rank_of(residues.shown, 17), 8);
    for (int i = 0; i < 17; i++) {
        assert_int_equal(__builtin_popcount(residues.check[i]), 6);
        assert_int_equal(__builtin_popcount(residues.shown[i]), 8);
        assert_int_equal(residues.check[(i + 1) % 17], turn(residues.check[i], 17));
        assert_int_equal(residues.shown[2 * i % 17], twice(residues.shown[i], 17));
    }
}

/* A word whose bits went to other places is a word, and its question and answer are those of before
 * in these places: for both orders that the task file names. */
static void orders_are_symmetries(void **state) {
    (void)state;
    received r, moved;
    char question[2][BITS_MAX + 1], answer[2][BITS_MAX + 1];
    for (uint64_t w = 0; w < 200; w++) {
        transmit(&residues, 1, 5, w, 0, &r);
        bool turned = w & 1;
        moved = (received){.sent = turned ? turn(r.sent, 17) : twice(r.sent, 17),
                           .hard = turned ? turn(r.hard, 17) : twice(r.hard, 17)};
        for (int i = 0; i < 17; i++) moved.value[turned ? (i + 1) % 17 : 2 * i % 17] = r.value[i];
        assert_int_equal(syndrome(&residues, moved.sent), 0);
        question_of(&residues, &r, question[0]);
        question_of(&residues, &moved, question[1]);
        answer_of(&residues, &r, answer[0]);
        answer_of(&residues, &moved, answer[1]);
        for (int i = 0; i < 17; i++) {
            int at = turned ? (i + 1) % 17 : 2 * i % 17;
            assert_int_equal(question[1][at], question[0][i]);
            assert_int_equal(answer[1][at], answer[0][i]);
        }
    }
}

/* What was sent does not show in a question: with another word and the same noise it is the same.
 */
static void questions_hide_the_word(void **state) {
    (void)state;
    received r, other;
    char question[2][BITS_MAX + 1], answer[2][BITS_MAX + 1];
    for (uint64_t w = 0; w < 100; w++) {
        transmit(&residues, 1, 6, w, 0, &r);
        uint32_t added = residues.word[(w * 41 + 1) % 512];
        other = (received){.sent = r.sent ^ added, .hard = r.hard ^ added};
        for (int i = 0; i < 17; i++) other.value[i] = added >> i & 1 ? -r.value[i] : r.value[i];
        question_of(&residues, &r, question[0]);
        question_of(&residues, &other, question[1]);
        answer_of(&residues, &r, answer[0]);
        answer_of(&residues, &other, answer[1]);
        assert_string_equal(question[0], question[1]);
        assert_string_equal(answer[0], answer[1]);
        uint32_t word = r.hard;
        for (int i = 0; i < 17; i++) word ^= (uint32_t)(answer[0][i] == '1') << i;
        assert_int_equal(word, r.sent);
    }
}

/* Noise of the stated power and no other mean; every bit is sent as often as not. */
static void channel_is_as_noisy_as_said(void **state) {
    (void)state;
    enum { WORDS = 4000 };
    double sum = 0, squares = 0, ones = 0;
    for (uint64_t w = 0; w < WORDS; w++) {
        received r, again;
        transmit(&residues, 3, 7, w, 0, &r);
        transmit(&residues, 3, 7, w, 0, &again);
        assert_int_equal(r.sent, again.sent);
        assert_memory_equal(r.value, again.value, sizeof r.value);
        for (int i = 0; i < 17; i++) {
            double noise = r.value[i] - (r.sent >> i & 1 ? -1 : 1);
            sum += noise;
            squares += noise * noise;
            ones += r.sent >> i & 1;
            assert_int_equal(r.hard >> i & 1, r.value[i] < 0);
        }
    }
    const double n = 17.0 * WORDS, variance = pow(10, -0.3) / 2 * 17 / 9;
    assert_true(fabs(sum / n) < 4 * sqrt(variance / n));
    assert_true(fabs(squares / n / variance - 1) < 4 * sqrt(2 / n));
    assert_true(fabs(ones / n - 0.5) < 4 * 0.5 / sqrt(WORDS)); /* bits of a word go together */
    assert_int_equal(level(-0.124), 0);
    assert_int_equal(level(0.125), 1);
    assert_int_equal(level(1.874), 14);
    assert_int_equal(level(-7), 15);
}

/* Noise in another order is the same noise, and the word the one that was sent. */
static void orders_of_noise(void **state) {
    (void)state;
    int moved = 0;
    for (uint64_t w = 0; w < 50; w++)
        for (uint64_t order = 1; order < 4; order++) {
            received r, other;
            double sum[2] = {0, 0}, squares[2] = {0, 0};
            transmit(&residues, 2, 11, w, 0, &r);
            transmit(&residues, 2, 11, w, order, &other);
            assert_int_equal(r.sent, other.sent);
            for (int i = 0; i < 17; i++) {
                int sign = r.sent >> i & 1 ? -1 : 1;
                sum[0] += r.value[i] - sign;
                sum[1] += other.value[i] - sign;
                squares[0] += pow(r.value[i] - sign, 2);
                squares[1] += pow(other.value[i] - sign, 2);
                moved += r.value[i] != other.value[i];
                assert_int_equal(other.hard >> i & 1, other.value[i] < 0);
            }
            assert_true(fabs(sum[0] - sum[1]) < 1e-9 && fabs(squares[0] - squares[1]) < 1e-9);
        }
    assert_true(moved > 50 * 3 * 17 * 8 / 10);
}

/* Two wrong bits are put right whichever they are. */
static void few_errors_are_corrected(void **state) {
    (void)state;
    for (int a = 0; a < 17; a++)
        for (int b = a; b < 17; b++) {
            uint32_t sent = residues.word[(a * 17 + b) % 512];
            uint32_t wrong = (uint32_t)1 << a | (uint32_t)1 << b;
            assert_int_equal(bounded_distance(&residues, sent ^ wrong, 2), sent);
        }
    code_make(&tiny, 7, 4, 0xb); /* Hamming's corrects one, and all words are within one */
    for (uint32_t hard = 0; hard < 128; hard++) {
        uint32_t word = bounded_distance(&tiny, hard, 1);
        assert_int_equal(syndrome(&tiny, word), 0);
        assert_in_range(__builtin_popcount(word ^ hard), 0, 1);
    }
    code_make(&tiny, 3, 2, 0x3);
    assert_int_equal(bounded_distance(&tiny, 7, 0), 7); /* no word there: it stays */
}

/* The nearest word by the plain definition, distances in the space of values. */
static uint32_t nearest(const code *c, const double *value) {
    double least = 1e300;
    uint32_t best = 0;
    for (uint32_t w = 0; w < (uint32_t)1 << c->n; w++) {
        double distance = 0;
        bool in = false;
        for (uint32_t k = 0; k < (uint32_t)1 << c->k; k++) in |= c->word[k] == w;
        for (int i = 0; i < c->n; i++) distance += pow(value[i] - (w >> i & 1 ? -1 : 1), 2);
        if (in && distance < least) least = distance, best = w;
    }
    return best;
}

static void likeliest_is_the_nearest(void **state) {
    (void)state;
    static const struct {
        int n, k;
        uint32_t generator;
    } codes[] = {{7, 4, 0xb}, {7, 3, 0x17}, {3, 2, 0x3}, {3, 1, 0x7}};
    received r;
    for (size_t c = 0; c < sizeof codes / sizeof *codes; c++) {
        code_make(&tiny, codes[c].n, codes[c].k, codes[c].generator);
        for (uint64_t w = 0; w < 200; w++) {
            transmit(&tiny, 0, 8, w, 0, &r);
            assert_int_equal(most_likely(&tiny, r.value), nearest(&tiny, r.value));
            if (tiny.k <= 2) /* then it tries all words */
                assert_int_equal(ordered_statistics(&tiny, r.value), nearest(&tiny, r.value));
        }
    }
    int same = 0;
    for (uint64_t w = 0; w < 500; w++) {
        transmit(&residues, 3, 9, w, 0, &r);
        uint32_t word = ordered_statistics(&residues, r.value);
        assert_int_equal(syndrome(&residues, word), 0);
        same += word == most_likely(&residues, r.value);
    }
    assert_in_range(same, 495, 500);
}

/* Of each bit the log of how much likelier 0 is, over all words that there are. */
static void marginals(const code *c, const double *llr, double *out) {
    for (int i = 0; i < c->n; i++) {
        double weight[2] = {0, 0};
        for (uint32_t w = 0; w < (uint32_t)1 << c->k; w++) {
            double sum = 0;
            for (int k = 0; k < c->n; k++) sum += c->word[w] >> k & 1 ? -llr[k] / 2 : llr[k] / 2;
            weight[c->word[w] >> i & 1] += exp(sum);
        }
        out[i] = log(weight[0] / weight[1]);
    }
}

/* Where no way leads back to where it came from belief propagation is exact: one check of three
 * bits, two of a bit repeated three times. It says so of words that do not keep their checks, with
 * which it goes on to the end. */
static void propagation_is_exact_on_trees(void **state) {
    (void)state;
    int compared = 0;
    for (int k = 1; k <= 2; k++) {
        code_make(&tiny, 3, k, k == 1 ? 0x7 : 0x3);
        for (uint64_t w = 0; w < 300; w++) {
            received r;
            double llr[BITS_MAX] = {0}, out[BITS_MAX], exact[BITS_MAX];
            transmit(&tiny, 0, 10, w, 0, &r);
            for (int i = 0; i < 3; i++) llr[i] = 2 * r.value[i];
            bool kept = true;
            for (int c = 0; c < 3 - k; c++) kept &= !parity(r.hard & tiny.check[c]);
            uint32_t word = propagate(&tiny, 3 - k, llr, 2, out);
            marginals(&tiny, llr, exact);
            if (kept) {
                assert_int_equal(word, r.hard);
                continue;
            }
            compared++;
            for (int i = 0; i < 3; i++)
                assert_true(fabs(out[i] - exact[i]) < 1e-6 ||
                            (k == 1 && (out[i] < 0) == (exact[i] < 0)));
        }
    }
    assert_true(compared > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_keep_their_checks),  cmocka_unit_test(orders_are_symmetries),
        cmocka_unit_test(questions_hide_the_word),  cmocka_unit_test(channel_is_as_noisy_as_said),
        cmocka_unit_test(orders_of_noise),          cmocka_unit_test(few_errors_are_corrected),
        cmocka_unit_test(likeliest_is_the_nearest), cmocka_unit_test(propagation_is_exact_on_trees),
    };
    return cmocka_run_group_tests(tests, make_code, NULL);
}
