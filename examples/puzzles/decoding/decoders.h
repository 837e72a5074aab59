/* decoders.h - what decodes without learning: bounded distance, belief propagation, ordered
 * statistics, maximum likelihood. Each takes a received word and returns the word it takes for the
 * sent one. `value` may be what arrived or what four bits keep of it. */
#ifndef DECODERS_H
#define DECODERS_H

#include "code.h"

/* The word from which the values differ least: the best that any decoder can do. */
static uint32_t most_likely(const code *c, const double *value) {
    static float sum[WORDS_MAX];
    const uint32_t words = (uint32_t)1 << c->k;
    memset(sum, 0, words * sizeof *sum);
    for (int i = 0; i < c->n; i++) {
        const float v = (float)value[i];
        for (uint32_t w = 0; w < words; w++) sum[w] += c->word[w] >> i & 1 ? -v : v;
    }
    uint32_t best = 0;
    for (uint32_t w = 1; w < words; w++)
        if (sum[w] > sum[best]) best = w;
    return c->word[best];
}

/* The only word of the code within `errors` bits of the hard decisions; without one these stay. */
static uint32_t bounded_distance(const code *c, uint32_t hard, int errors) {
    for (uint32_t w = 0; w < (uint32_t)1 << c->k; w++)
        if (__builtin_popcount(c->word[w] ^ hard) <= errors) return c->word[w];
    return hard;
}

/* What a check tells each of its bits: tanh(L/2) is the product of the others'. */
static void check_to_bits(uint32_t check, int n, const double *to, double *from) {
    double before[BITS_MAX], product = 1;
    for (int i = 0; i < n; i++) {
        if (!(check >> i & 1)) continue;
        before[i] = product;
        product *= tanh(to[i] / 2);
    }
    product = 1;
    for (int i = n - 1; i >= 0; i--) {
        if (!(check >> i & 1)) continue;
        double t = before[i] * product, most = 1 - 1e-12;
        from[i] = 2 * atanh(t > most ? most : t < -most ? -most : t);
        product *= tanh(to[i] / 2);
    }
}

/* Sum-product over the first `checks` of the code's checks, at most `rounds` rounds; stops early at
 * a word that keeps them all. llr: log of P(0) / P(1) of each bit; out: the same of what it ends
 * with. */
static uint32_t propagate(const code *c, int checks, const double *llr, int rounds, double *out) {
    double from[BITS_MAX][BITS_MAX] = {{0}}, to[BITS_MAX];
    uint32_t word = 0;
    for (int round = 0; round <= rounds; round++) {
        bool kept = true;
        word = 0;
        for (int i = 0; i < c->n; i++) {
            out[i] = llr[i];
            for (int k = 0; k < checks; k++) out[i] += from[k][i];
            word |= (uint32_t)(out[i] < 0) << i;
        }
        for (int k = 0; k < checks; k++) kept &= !parity(word & c->check[k]);
        if (kept) break;
        for (int k = 0; k < checks && round < rounds; k++) {
            for (int i = 0; i < c->n; i++) to[i] = out[i] - from[k][i];
            check_to_bits(c->check[k], c->n, to, from[k]);
        }
    }
    return word;
}

/* Rows of a generator matrix in which each of the surest k independent bits is one in one row. */
static void surest_basis(const code *c, const double *value, uint32_t *row, int *pivot) {
    int order[BITS_MAX], rank = 0;
    for (int i = 0; i < c->n; i++) {
        int at = i;
        for (; at && fabs(value[order[at - 1]]) < fabs(value[i]); at--) order[at] = order[at - 1];
        order[at] = i;
    }
    for (int i = 0; i < c->k; i++) row[i] = c->generator << i;
    for (int j = 0; j < c->n && rank < c->k; j++) {
        int found = rank;
        while (found < c->k && !(row[found] >> order[j] & 1)) found++;
        if (found == c->k) continue;
        uint32_t kept = row[found];
        row[found] = row[rank];
        row[rank] = kept;
        for (int i = 0; i < c->k; i++)
            if (i != rank && row[i] >> order[j] & 1) row[i] ^= kept;
        pivot[rank++] = order[j];
    }
}

/* Ordered statistics of order two: the surest k independent bits as they are, or with one or two of
 * them changed, make a word each; the likeliest of these. */
static uint32_t ordered_statistics(const code *c, const double *value) {
    uint32_t row[BITS_MAX], word = 0, best = 0;
    int pivot[BITS_MAX];
    double most = -1e300;
    surest_basis(c, value, row, pivot);
    for (int i = 0; i < c->k; i++)
        if (value[pivot[i]] < 0) word ^= row[i];
    for (int a = -1; a < c->k; a++)
        for (int b = a; b < c->k; b++) {
            if (a < 0 && b >= 0) break;
            uint32_t tried = word ^ (a < 0 ? 0 : row[a]) ^ (b == a ? 0 : row[b]);
            double sum = 0;
            for (int i = 0; i < c->n; i++) sum += tried >> i & 1 ? -value[i] : value[i];
            if (sum > most) most = sum, best = tried;
        }
    return best;
}

#endif
