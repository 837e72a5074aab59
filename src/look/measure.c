/* measure.c - see measure.h */
#include "look/measure.h"
#include "base/sort.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double NORMAL = 1.959963984540054; /* 97.5 % of a normal distribution lie below */

/* ---- participation ratios -------------------------------------------------------------------- */

void hr_spread_take(hr_spread *s, size_t d, size_t groups, hr_arena *arena) {
    *s = (hr_spread){.d = d, .groups = groups};
    s->products = HR_TAKE(arena, double, hr_mul(groups, hr_mul(d, d)));
    s->sums = HR_TAKE(arena, double, hr_mul(groups, d));
    s->count = HR_TAKE(arena, double, groups);
}

void hr_spread_add(hr_spread *s, size_t group, const hr_kern *kern, const hr_real *rows, size_t n,
                   hr_real *scratch) {
    const size_t d = s->d;
    double *products = s->products + group * d * d, *sums = s->sums + group * d;
    memset(scratch, 0, d * d * sizeof *scratch);
    kern->gemm_tn(&(hr_gemm){
        .c = scratch, .ldc = d, .a = rows, .lda = d, .b = rows, .ldb = d, .m = d, .n = d, .k = n});
    for (size_t i = 0; i < d * d; i++) products[i] += (double)scratch[i];
    for (size_t r = 0; r < n; r++)
        for (size_t i = 0; i < d; i++) sums[i] += (double)rows[r * d + i];
    s->count[group] += (double)n;
}

/* Of all groups but one (groups: of all); total: product, sum and count of all. */
static double ratio_without(const hr_spread *s, const hr_spread *total, size_t group) {
    const size_t d = s->d;
    bool all = group == s->groups;
    const double *products = s->products + (all ? 0 : group * d * d);
    const double *sums = s->sums + (all ? 0 : group * d);
    double n = *total->count - (all ? 0 : s->count[group]), trace = 0, squares = 0;
    if (n < 2) return NAN;
    for (size_t i = 0; i < d; i++) {
        double mean = (total->sums[i] - (all ? 0 : sums[i])) / n;
        for (size_t j = 0; j <= i; j++) {
            double other = (total->sums[j] - (all ? 0 : sums[j])) / n;
            double product = total->products[i * d + j] - (all ? 0 : products[i * d + j]);
            double covariance = product / n - mean * other;
            squares += (i == j ? 1 : 2) * covariance * covariance;
            if (i == j) trace += covariance;
        }
    }
    return squares > 0 ? trace * trace / squares : NAN;
}

/* 97.5 % of Student's distribution lie below, for so many degrees of freedom. */
static double student(size_t freedom) {
    static const double table[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262};
    size_t known = sizeof table / sizeof *table;
    return freedom <= known ? table[freedom - 1] : NORMAL * (1 + 1.25 / (double)freedom);
}

hrm_interval hr_spread_ratio(const hr_spread *s) {
    const size_t d = s->d;
    hrm_interval out = {NAN, NAN, NAN};
    hr_arena arena = {0};
    hr_spread total;
    hr_spread_take(&total, d, 1, &arena);
    if (hr_arena_open(&arena, arena.used)) return out;
    hr_spread_take(&total, d, 1, &arena);
    size_t used = 0;
    for (size_t g = 0; g < s->groups; g++) {
        for (size_t i = 0; i < d * d; i++) total.products[i] += s->products[g * d * d + i];
        for (size_t i = 0; i < d; i++) total.sums[i] += s->sums[g * d + i];
        *total.count += s->count[g];
        used += s->count[g] > 0;
    }
    out.value = ratio_without(s, &total, s->groups);
    double mean = 0, squares = 0, count = 0;
    for (size_t g = 0; g < s->groups && used > 1; g++) {
        if (!(s->count[g] > 0)) continue;
        double other = ratio_without(s, &total, g), off = other - mean;
        mean += off / ++count;
        squares += off * (other - mean);
    }
    if (used > 1 && squares > 0) {
        double half = student(used - 1) * sqrt((count - 1) / count * squares);
        out.low = out.value - half;
        out.high = out.value + half;
    }
    hr_arena_close(&arena);
    return out;
}

/* ---- scores ---------------------------------------------------------------------------------- */

static int by_score(const void *a, const void *b) {
    return hr_sort_ascending(&((const hr_rated *)a)->score, &((const hr_rated *)b)->score);
}

static int by_value(const void *a, const void *b) {
    return hr_sort_ascending(&((const hr_ranked *)a)->value, &((const hr_ranked *)b)->value);
}

static int by_place(const void *a, const void *b) {
    size_t x = ((const hr_ranked *)a)->place, y = ((const hr_ranked *)b)->place;
    return (x > y) - (x < y);
}

hrm_interval hr_measure_auc(hr_rated *of, size_t n) {
    double pairs = 0, wrong = 0, right = 0;
    qsort(of, n, sizeof *of, by_score);
    for (size_t i = 0, end; i < n; i = end) {
        double alike[2] = {0, 0}; /* wrong, right */
        for (end = i; end < n && of[end].score == of[i].score; end++) alike[of[end].right]++;
        pairs += alike[1] * (wrong + alike[0] / 2);
        wrong += alike[0];
        right += alike[1];
    }
    double a = pairs / (wrong * right), q1 = a / (2 - a), q2 = 2 * a * a / (1 + a);
    double variance = a * (1 - a) + (right - 1) * (q1 - a * a) + (wrong - 1) * (q2 - a * a);
    double half = NORMAL * sqrt(fmax(variance, 0) / (wrong * right));
    if (isnan(a)) return (hrm_interval){NAN, NAN, NAN};
    if (!(half > 0)) return (hrm_interval){a, NAN, NAN}; /* they are parted without fault */
    return (hrm_interval){a, fmax(0, a - half), fmin(1, a + half)};
}

double hr_measure_otsu(double *values, size_t n) {
    double total = 0, below = 0, best = 0, at = NAN;
    qsort(values, n, sizeof *values, hr_sort_ascending);
    for (size_t i = 0; i < n; i++) total += values[i];
    for (size_t i = 1; i < n; i++) {
        double low = (double)i, high = (double)(n - i);
        below += values[i - 1];
        double apart = below / low - (total - below) / high;
        if (values[i] > values[i - 1] && low * high * apart * apart > best) {
            best = low * high * apart * apart;
            at = (values[i - 1] + values[i]) / 2;
        }
    }
    return at;
}

void hr_measure_ranks(hr_ranked *of, size_t n) {
    qsort(of, n, sizeof *of, by_value);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && of[end].value == of[i].value;) end++;
        double rank = n > 1 ? (double)(i + end - 1) / 2 / (double)(n - 1) : 0;
        for (size_t k = i; k < end; k++) of[k].rank = rank;
    }
    qsort(of, n, sizeof *of, by_place);
}

/* How likely Student's t of n degrees lies within tan(angle) sqrt(n) of 0 (Abramowitz and Stegun,
 * 26.7.3 and 26.7.4). */
static double within(double angle, size_t n) {
    double c = cos(angle), term = n % 2 ? c : 1, sum = 0;
    for (size_t k = n % 2 ? 3 : 2; k <= n; k += 2) {
        sum += term;
        term *= c * c * (double)(k - 1) / (double)k;
    }
    return n % 2 ? (angle + sin(angle) * sum) / acos(0) : sin(angle) * sum;
}

hrm_interval hr_measure_mean(const double *values, size_t n) {
    hrm_interval out = {NAN, NAN, NAN};
    double sum = 0, squares = 0, low = 0, high = acos(0);
    for (size_t i = 0; i < n; i++) sum += values[i];
    if (n) out.value = sum / (double)n;
    if (n < 2) return out;
    bool alike = true; /* they tell nothing of how others would spread */
    for (size_t i = 0; i < n; i++) alike &= values[i] == *values;
    if (alike) return out;
    for (size_t i = 0; i < n; i++) squares += (values[i] - out.value) * (values[i] - out.value);
    for (int halved = 0; halved < 60; halved++)
        *(within((low + high) / 2, n - 1) < 0.95 ? &low : &high) = (low + high) / 2;
    double off = tan(low) * sqrt(squares / (double)n); /* sqrt(n - 1) times its standard error */
    out.low = out.value - off;
    out.high = out.value + off;
    return out;
}

/* ---- axes ------------------------------------------------------------------------------------ */

/* Turns rows, columns and vectors p and q so that a[p][q] becomes 0. */
static void turn(double *a, double *vectors, size_t n, size_t p, size_t q) {
    double off = a[p * n + q];
    if (off == 0) return;
    double theta = (a[q * n + q] - a[p * n + p]) / (2 * off);
    double t = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1));
    double c = 1 / sqrt(t * t + 1), s = t * c;
    for (size_t k = 0; k < n; k++) {
        double x = a[k * n + p], y = a[k * n + q];
        a[k * n + p] = c * x - s * y;
        a[k * n + q] = s * x + c * y;
    }
    for (size_t k = 0; k < n; k++) {
        double x = a[p * n + k], y = a[q * n + k];
        a[p * n + k] = c * x - s * y;
        a[q * n + k] = s * x + c * y;
        x = vectors[k * n + p];
        y = vectors[k * n + q];
        vectors[k * n + p] = c * x - s * y;
        vectors[k * n + q] = s * x + c * y;
    }
}

void hr_measure_eigen(double *a, size_t n, double *values, double *vectors) {
    enum { SWEEPS = 30 };
    for (size_t i = 0; i < n * n; i++) vectors[i] = i % (n + 1) == 0;
    for (int sweep = 0; sweep < SWEEPS; sweep++)
        for (size_t p = 0; p < n; p++)
            for (size_t q = p + 1; q < n; q++) turn(a, vectors, n, p, q);
    for (size_t i = 0; i < n; i++) values[i] = a[i * n + i];
    for (size_t i = 0; i < n; i++) {
        size_t best = i;
        for (size_t j = i + 1; j < n; j++)
            if (values[j] > values[best]) best = j;
        double swap = values[i];
        values[i] = values[best];
        values[best] = swap;
        for (size_t k = 0; k < n && best != i; k++) {
            swap = vectors[k * n + i];
            vectors[k * n + i] = vectors[k * n + best];
            vectors[k * n + best] = swap;
        }
    }
}
