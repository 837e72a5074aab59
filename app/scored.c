/* scored.c - JSON lines of answers; how often each symbol is right and what it is taken for; and
 * the accuracy of always giving the most frequent answer to what a cell shows. */
#include "scored.h"

#include <stdio.h>
#include <string.h>

#include "checker.h"
#include "signals.h"
#include "explain.h"
#include "term.h"

enum { SYMBOLS = 256 };

static hrm_file *out;
static bool failed;
static app_checker checker;
static bool unjudged;                  /* it gave no verdict */
static size_t against;                 /* answers that equal the label but that it calls wrong */
static size_t shown[SYMBOLS][SYMBOLS]; /* what a cell shows, and its label */
static size_t taken[SYMBOLS][SYMBOLS]; /* label, and answer */

int app_scored_open(const app_args *args, const hrm_model *model, const char *path) {
    hrm_status status = args->answers ? hrm_file_create(args->answers, &out) : HRM_STATUS_OK;
    if (status) return app_fail(status);
    checker.patience = args->seconds;
    if (args->total_seconds > 0) checker.until = term_now() + args->total_seconds;
    return args->run_checker ? app_checker_open(&checker, model, path) : 0;
}

static void write_line(const hrm_scored *x, const char *why) {
    json_t *line =
        json_pack("{s:I, s:o, s:o, s:o, s:s, s:o, s:o, s:f}", "index", (json_int_t)x->index,
                  "question", term_text(x->question), "answer", term_text(x->answer), "expected",
                  term_text(x->known ? x->expected : NULL), "verdict", app_verdict(*x->judged),
                  "why", term_text(why), "exact", x->known ? json_boolean(x->exact) : json_null(),
                  "confidence", x->confidence);
    failed |= !term_line(out, line, JSON_REAL_PRECISION(6));
    json_decref(line);
}

bool app_scored_take(void *unused, const hrm_scored *x) {
    (void)unused;
    for (size_t t = 0; x->known && x->expected[t]; t++) {
        unsigned char q = (unsigned char)x->question[t], e = (unsigned char)x->expected[t];
        if (e == (unsigned char)x->unknown) continue;
        shown[q][e]++;
        taken[e][(unsigned char)x->answer[t]]++;
    }
    char why[96];
    snprintf(why, sizeof why, "%s", x->why);
    unjudged = checker.in && !app_checker_judge(&checker, x->question, x->answer, x->judged, why);
    against += x->known && x->exact && *x->judged == HRM_VERDICT_WRONG;
    if (out && !failed && !unjudged) write_line(x, why);
    return !failed && !unjudged;
}

bool app_scored_close(bool keep) {
    unjudged |= !app_checker_close(&checker);
    hrm_status status = hrm_file_end(out, keep && !failed && !unjudged);
    if (status) app_fail(status);
    else if (failed) app_fail_short(EXIT_FAILED);
    failed |= status != HRM_STATUS_OK;
    return !failed && (!unjudged || signals_stop()); /* who waited for a verdict no longer */
}

size_t app_scored_against(void) {
    return against;
}

/* The largest of a row; -1: none. Its sum goes to *total. */
static int commonest(const size_t row[SYMBOLS], size_t *total) {
    int best = -1;
    *total = 0;
    for (int i = 0; i < SYMBOLS; i++) {
        *total += row[i];
        if (row[i] && (best < 0 || row[i] > row[best])) best = i;
    }
    return best;
}

/* The share of cells for which the most frequent answer to what they show is right; below 0: there
 * are none. */
static double baseline(void) {
    size_t right = 0, all = 0, total;
    for (int q = 0; q < SYMBOLS; q++) {
        int best = commonest(shown[q], &total);
        if (best >= 0) right += shown[q][best];
        all += total;
    }
    return all ? (double)right / (double)all : -1;
}

void app_scored_baseline(void) {
    double share = baseline();
    if (share >= 0)
        printf("baseline  %.2f %% of cells by the commonest answer to what each shows\n",
               100 * share);
}

void app_scored_symbols(void) {
    size_t total;
    char symbol[3];
    puts("\n  symbol     cells    right   taken for");
    for (int e = 0; e < SYMBOLS; e++) {
        commonest(taken[e], &total);
        if (!total) continue;
        printf("  '%s'    %9zu  %6.2f %%", term_letter((unsigned char)e, symbol), total,
               100 * (double)taken[e][e] / (double)total);
        for (int i = 0; i < SYMBOLS; i++)
            if (i != e && taken[e][i])
                printf("  '%s' %.2f %%", term_letter((unsigned char)i, symbol),
                       100 * (double)taken[e][i] / (double)total);
        putchar('\n');
    }
}

void app_scored_json(json_t *object) {
    json_t *all = json_array();
    size_t total;
    double share = baseline();
    for (int e = 0; e < SYMBOLS; e++) {
        char symbol[3];
        commonest(taken[e], &total);
        json_t *as = total ? json_object() : NULL;
        for (int i = 0; as && i < SYMBOLS; i++)
            if (taken[e][i])
                json_object_set_new(as, term_letter((unsigned char)i, symbol),
                                    json_integer((json_int_t)taken[e][i]));
        if (as)
            json_array_append_new(all, json_pack("{s:s, s:I, s:f, s:o}", "symbol",
                                                 term_letter((unsigned char)e, symbol), "n",
                                                 (json_int_t)total, "right",
                                                 (double)taken[e][e] / (double)total, "as", as));
    }
    json_object_set_new(object, "baseline_cells", share < 0 ? json_null() : json_real(share));
    json_object_set_new(object, "symbols", all);
}
