/* schedule.c - see schedule.h */
#include "train/schedule.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/text.h"

typedef struct plan {
    int64_t steps;
    double seconds; /* of the whole run; 0: time does not count */
} plan;

static plan plan_of(const hr_recipe *r, int64_t steps) {
    return (plan){steps, strcmp(r->schedule, "minutes") ? 0 : 60 * r->minutes};
}

/* The share, of what was left of the plan when `first` was done, that is gone when `at` is. */
static double gone(const plan *a, plan first, plan at) {
    double share = (double)(at.steps - first.steps) / fmax(1, (double)(a->steps - first.steps));
    double time = a->seconds - first.seconds;
    if (a->seconds > 0) share = fmax(share, time > 0 ? (at.seconds - first.seconds) / time : 1);
    return fmax(0, fmin(1, share));
}

/* How far the rate's way down, which may not have begun, has come at a step after the warm-up. */
static double wave_of(const plan *a, const hr_recipe *r, const hr_progress *p, int64_t step,
                      double seconds) {
    plan first = {p->from > r->warmup ? p->from : r->warmup, p->from_seconds};
    if (r->cooldown > 0 && p->from_wave == 0) {
        int64_t flat = a->steps - (int64_t)fmax(1, round(r->cooldown * (double)a->steps));
        if (first.steps < flat) first.steps = flat;
        first.seconds = fmax(first.seconds, (1 - r->cooldown) * a->seconds);
    }
    return p->from_wave + (1 - p->from_wave) * gone(a, first, (plan){step, seconds});
}

static double done_of(const plan *a, const hr_progress *p, double seconds) {
    const plan first = {p->from, p->from_seconds};
    return p->from_done + (1 - p->from_done) * gone(a, first, (plan){p->step, seconds});
}

double hr_schedule_rate(const hr_setup *s, const hr_progress *p, double base, double seconds) {
    const hr_recipe *r = &s->recipe;
    const plan a = plan_of(r, s->steps);
    int64_t step = p->step + 1;
    if (step < r->warmup) return hr_schedule(base, step, r->warmup, s->steps, r->lr_min_ratio);
    return hr_schedule_wave(base, wave_of(&a, r, p, step, seconds), r->lr_min_ratio,
                            r->cooldown > 0);
}

double hr_schedule_done(const hr_setup *s, const hr_progress *p, double seconds) {
    const plan a = plan_of(&s->recipe, s->steps);
    return done_of(&a, p, seconds);
}

/* For the run's record: what was said, and from which step on. */
static hr_status note_changes(const hr_recipe *before, const hr_recipe *after, hr_progress *p) {
    char *now = hr_recipe_changes(before, after), *all = NULL;
    if (now && *now)
        all = hr_text_format("%s%sfrom step %" PRId64 " on %s", p->changes ? p->changes : "",
                             p->changes ? "; " : "", p->step + 1, now);
    hr_status status = !now || (*now && !all) ? HR_ERR_MEM : HR_OK;
    hr_free(now);
    if (!all) return status;
    hr_free(p->changes);
    p->changes = all;
    return HR_OK;
}

hr_status hr_schedule_renew(const hr_setup *s, const hr_recipe *before, const char *dir,
                            hr_progress *p) {
    const hr_recipe *r = &s->recipe;
    const plan a = plan_of(before, hr_setup_steps(before, s->data)), b = plan_of(r, s->steps);
    bool rate = before->lr != r->lr || before->lr_min_ratio != r->lr_min_ratio ||
                before->cooldown != r->cooldown;
    hr_status status = note_changes(before, r, p);
    if (status) return status;
    if (!rate && a.steps == b.steps && a.seconds == b.seconds) return HR_OK;
    double wave = p->step < r->warmup ? 0 : wave_of(&a, before, p, p->step, p->seconds);
    if (!rate && wave >= 1 && r->lr_min_ratio == 0)
        return hr_fail(HR_ERR_ARG,
                       "steps: the learning rate has come to 0 at step %" PRId64
                       "; say with which lr to go on, or begin a new run with "
                       "init=%s/model.safetensors",
                       p->step, dir);
    p->from_done = done_of(&a, p, p->seconds);
    p->from_wave = rate ? 0 : wave;
    p->from = p->step;
    p->from_seconds = p->seconds;
    return HR_OK;
}
