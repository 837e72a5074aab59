/* cmd_inspect.c - hrm inspect. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "hrm_look.h"
#include "paths.h"
#include "shipped.h"
#include "signals.h"
#include "term.h"

/* A number and its unit, or a dash, in so many columns. */
static void print_number(double value, int columns, const char *unit) {
    if (isnan(value)) printf("%*s", columns, "-");
    else printf("%*.2f%s", columns - (int)strlen(unit), value, unit);
}

static void print_interval(const hrm_interval *x, int digits) {
    printf("%.*f", digits, x->value);
    if (!isnan(x->low)) printf(" (%.*f to %.*f)", digits, x->low, digits, x->high);
}

static void print_segments(const hrm_inspection *of) {
    bool known = of->known > 0;
    printf("\n  %-8s%s changed   lost  returned  faults  mended  entropy%s  moved z_H%s\n",
           of->candidates ? "round" : "segment", known ? "   exact    cells" : "",
           of->halts ? "    halt" : "", of->states > 1 ? "  z_L" : "");
    for (int s = 0; s < of->segments; s++) {
        const hrm_look_step *x = &of->segment[s];
        printf("  %-8d", x->segment);
        if (known) printf("%6.2f %% %6.2f %%", 100 * x->exact, 100 * x->right);
        printf(" %7.2f %6.2f %9.2f %7.2f %7.2f %8.3f", x->changed, x->lost, x->returned, x->faults,
               x->mended, x->entropy);
        if (of->halts) printf(" %7.2f", x->halt);
        printf("  %9.3f", x->residual);
        if (of->states > 1) printf(" %4.3f", x->residual_l);
        putchar('\n');
    }
}

/* The calls of the first and the last segment. */
static void print_calls(const hrm_inspection *of) {
    int last = of->segments - 1;
    printf("\n  %-8smakes%s    moved it by, in the first and in the last %s\n", "call",
           of->known ? "   cells right" : "", of->candidates ? "round" : "segment");
    for (int c = 0; c < of->calls; c++) {
        const hrm_look_step *a = &of->call[c], *b = &of->call[last * of->calls + c];
        printf("  %-8dz_%c  ", a->call, a->state ? 'L' : 'H');
        if (of->known) printf("   %6.2f %6.2f %%", 100 * a->right, 100 * b->right);
        printf("   %8.3f %8.3f\n", a->residual, b->residual);
    }
}

static void print_spread(const hrm_inspection *of) {
    for (int i = 0; i < of->states; i++) {
        printf("%s  z_%c ", i ? "        " : "spread  ", i ? 'L' : 'H');
        print_interval(&of->participation[i], 2);
        printf(" of %d directions", of->hidden);
        if (of->untrained_puzzles) {
            printf("; with fresh weights ");
            print_interval(&of->untrained[i], 2);
        }
        putchar('\n');
    }
}

static void print_drift(const hrm_inspection *of) {
    printf(
        "drift     %zu settled and right, %zu settled and wrong, %zu moving and right, %zu moving "
        "and wrong",
        of->settled_right, of->settled_wrong, of->moving_right, of->moving_wrong);
    if (!isnan(of->threshold)) printf(" (parted at %.3g)", of->threshold);
    putchar('\n');
    if (of->reached)
        printf("kept      %zu of %zu that were once right stayed so to the end\n", of->kept,
               of->reached);
    if (isnan(of->auc_drift.value)) return;
    printf("AUC       of right answers: ");
    print_interval(&of->auc_drift, 3);
    printf(" by little drift");
    if (of->halts) {
        printf(", ");
        print_interval(&of->auc_halt, 3);
        printf(" by the halting value, ");
        print_interval(&of->auc_both, 3);
        printf(" by both");
    }
    putchar('\n');
}

static void print_near(const hrm_look_near *x, double times) {
    const double value[] = {x->self, x->row, x->column, x->box, x->elsewhere};
    for (int i = 0; i < 5; i++) print_number(times * value[i], 10, "");
}

static void print_cells(const hrm_inspection *of) {
    static const char head[] = "     self       row    column       box elsewhere";
    if (of->block)
        printf("\n  attention, as multiples of even attention, last %s of %zu puzzle%s\n"
               "  block    %s   entropy\n",
               of->candidates ? "round" : "segment", of->attended, of->attended == 1 ? "" : "s",
               head);
    for (int b = 0; of->block && b < of->blocks; b++) {
        const hrm_look_block *x = &of->block[(of->segments - 1) * of->blocks + b];
        printf("  %c%-9d", x->module ? 'L' : 'H', x->layer + 1);
        print_near(&x->near, 1);
        printf(" %9.2f\n", x->entropy);
    }
    if (!of->moves) return;
    printf(
        "\n  answers that move with one cell's states, %% of those in %zu puzzle%s\n           %s\n"
        "  moved    ",
        of->patched, of->patched == 1 ? "" : "s", head);
    print_near(&of->moved, 100);
    putchar('\n');
}

static void print_shares(const char *what, const double share[HRM_TECHNIQUES]) {
    printf("%-22s", what);
    for (int k = 0; k < HRM_TECHNIQUES; k++) print_number(100 * share[k], 14, " %");
}

/* What fell until nothing more did. */
static void print_drops(const hrm_inspection *of) {
    double could[HRM_TECHNIQUES] = {0}, took[HRM_TECHNIQUES] = {0};
    if (of->groups_left_out)
        printf("deduced   none: the task has %d groups of cells that all differ, above %d\n",
               of->groups_left_out, HRM_LOOK_GROUPS);
    if (!of->drops) return;
    printf("\n  round    dropped           ");
    for (int k = 0; k < HRM_TECHNIQUES; k++) printf("%14s", hrm_technique_name((hrm_technique)k));
    printf("   unexplained   wrong   steps\n");
    for (int s = 0; s < of->segments; s++) {
        const hrm_look_drops *x = &of->drops[s];
        for (int k = 0; k < HRM_TECHNIQUES; k++) could[k] += x->could[k];
        if (!(x->dropped > 0)) continue; /* what stands could still fall */
        for (int k = 0; k < HRM_TECHNIQUES; k++) took[k] += x->by[k] * x->dropped;
        printf("  %-8d%8.2f  ", x->segment, x->dropped);
        print_shares("at once", x->by);
        print_number(100 * x->unexplained, 14, " %");
        print_number(100 * x->wrong, 8, " %");
        print_number(x->steps, 8, "");
        printf("\n%20s", "");
        print_shares("after others", x->later);
        putchar('\n');
    }
    for (int k = 0; k < HRM_TECHNIQUES; k++) took[k] /= could[k];
    printf("  %18s", "");
    print_shares("of what could fall", took);
    printf(
        "\n  %zu puzzle%s end%s with open cells and nothing right fallen; a step is left in %zu\n",
        of->standing, of->standing == 1 ? "" : "s", of->standing == 1 ? "s" : "",
        of->standing_left);
}

static void print_filled(const hrm_look_filled *filled) {
    printf("\n  cells left open     ");
    for (int k = 0; k < HRM_LOOK_FILLED; k++) printf("%8d", filled[k].open);
    printf("\n  exact in the end, %%  ");
    for (int k = 0; k < HRM_LOOK_FILLED; k++) print_number(100 * filled[k].exact, 8, "");
    printf("\n  exact in between, %%  ");
    for (int k = 0; k < HRM_LOOK_FILLED; k++) print_number(100 * filled[k].ever, 8, "");
    putchar('\n');
}

static void print_starts(const hrm_look_starts *x) {
    printf("\n  %d random starts of each of %zu puzzle%s: %.2f %% right (%.2f %% from its own), "
           "%.2f %% of\n  the puzzles from some start, %.2f %% from each; %.2f different answers a "
           "puzzle\n",
           HRM_LOOK_STARTS, x->puzzles, x->puzzles == 1 ? "" : "s", 100 * x->right, 100 * x->own,
           100 * x->any, 100 * x->all, x->answers);
    if (x->failed)
        printf("  of the %zu that it fails from its own: %.2f %% are right from some other, %.2f "
               "different answers\n",
               x->failed, 100 * x->rescued, x->answers_failed);
}

static int print_json(const hrm_inspection *of) {
    char *json;
    hrm_status status = hrm_inspection_json(of, &json);
    if (status) return app_fail(status);
    puts(json);
    hrm_free(json);
    return 0;
}

static void print_report(const hrm_inspection *of) {
    printf("inside    %zu puzzle%s, %d %s of %d call%s\n", of->puzzles, of->puzzles == 1 ? "" : "s",
           of->segments, of->candidates ? "rounds" : "segments", of->calls,
           of->calls == 1 ? "" : "s");
    print_spread(of);
    print_drift(of);
    print_segments(of);
    print_calls(of);
    print_drops(of);
    print_cells(of);
    if (of->filled) print_filled(of->filled);
    if (of->starts.puzzles) print_starts(&of->starts);
}

int cmd_inspect(const app_args *args) {
    hrm_run run = app_run_options(args);
    hrm_model *model = NULL;
    hrm_dataset *data = NULL;
    hrm_inspection *inside = NULL;
    hrm_inspect_options options;
    hrm_inspect_options_init(&options, sizeof options);
    options.limit = (size_t)args->limit;
    options.segments = (int)args->segments;
    options.batch = (int)args->batch;
    options.seed = (uint64_t)args->seed;
    options.attention = (size_t)args->attention;
    options.patch = (size_t)args->patch;
    options.filled = (size_t)args->filled;
    options.starts = (size_t)args->starts;
    options.progress = args->quiet ? term_silence : term_progress;
    options.user = "puzzle";
    int code =
        args->out ? app_keep_folder(args->out, args->replace, "inspect.json", "report.html") : 0;
    if (code) return code;
    char title[512];
    snprintf(title, sizeof title, "Inside %s, on %s", args->words[0], args->words[1]);
    options.title = title;
    hrm_status status = hrm_model_load(app_named_model(args->words[0]), &run, &model);
    if (!status && args->letters) status = hrm_model_letters(model, args->letters);
    if (!status) status = hrm_dataset_open_for(app_named_data(args->words[1]), model, &data);
    signals_install();
    if (!status) status = hrm_inspect(model, data, &options, &inside);
    term_clear();
    if (!status && args->out) status = hrm_inspection_write(inside, args->out);
    if (status) code = app_fail(status);
    if (!code && args->json) code = print_json(inside);
    else if (!code) {
        print_report(inside);
        if (args->out) printf("\nwritten   %s\n", args->out);
    }
    hrm_inspection_free(inside);
    hrm_dataset_free(data);
    hrm_model_free(model);
    return code;
}
