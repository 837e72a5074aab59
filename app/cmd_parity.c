/* cmd_parity.c - hrm parity: one line per golden case. */
#include <jansson.h>
#include <stdio.h>

#include "commands.h"
#include "shipped.h"
#include "term.h"

#define FIXTURES "tests/fixtures"

static bool print_line(void *user, const hrm_parity_case *c) {
    (void)user;
    printf("%s  %-5s  %-52s  %.3g of %.3g%s%s\n", c->passed ? "pass" : "FAIL", c->group, c->name,
           c->worst, c->tolerance, *c->where ? "  " : "", c->where);
    fflush(stdout);
    return true;
}

static bool print_json(void *user, const hrm_parity_case *c) {
    (void)user;
    json_t *o = json_pack("{s:s, s:s, s:b, s:f, s:f, s:s}", "group", c->group, "name", c->name,
                          "passed", c->passed, "worst", c->worst > 1e300 ? 1e300 : c->worst,
                          "tolerance", c->tolerance, "where", c->where);
    term_json(o, JSON_REAL_PRECISION(6));
    fflush(stdout);
    return true;
}

int cmd_parity(const app_args *args) {
    hrm_run run = app_run_options(args);
    if (!run.isa) run.isa = "float"; /* most golden numbers are of float arithmetic */
    hrm_parity_report report;
    const char *folder = args->count ? args->words[0] : app_shipped(FIXTURES);
    if (!folder)
        return app_usage_error(
            "no fixtures: give their folder; none come with this program (" FIXTURES
            " of the source)");
    const hrm_parity_options options = {
        .size = sizeof options, .run = &run, .callback = args->json ? print_json : print_line};
    hrm_status status = hrm_parity(folder, &options, &report);
    if (status) return app_fail(status);
    if (!args->json) printf("%zu passed, %zu failed\n", report.passed, report.failed);
    return report.failed ? EXIT_FAILED : 0;
}
