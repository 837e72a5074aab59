/* schedule.h - how far a run's schedule has come: the learning rate of the next step, and what else
 * goes with the run's share.
 *
 * By steps, or with the recipe's schedule `minutes` by the time used, where that is further. After
 * the warm-up the rate falls by a cosine, or with a cooldown in a line over that last share of the
 * run, and is flat before. A run that goes on with more steps spreads what its schedule has left
 * over what is left of the run, but while it is flat it goes on as the longer run would have; with
 * another rate it begins anew. */
#ifndef HR_RUN_SCHEDULE_H
#define HR_RUN_SCHEDULE_H

#include "train/state.h"

/* The rate of step p->step + 1, of which `base` is the peak. seconds: of training so far. */
double hr_schedule_rate(const hr_setup *setup, const hr_progress *p, double base, double seconds);
/* The share of the run that is done, 0 to 1. */
double hr_schedule_done(const hr_setup *setup, const hr_progress *p, double seconds);
/* A run at p goes on with setup->recipe in place of `before`: its schedule begins anew where that
 * means another one. Refuses what has no meaning. dir: for the message. */
hr_status hr_schedule_renew(const hr_setup *setup, const hr_recipe *before, const char *dir,
                            hr_progress *p);

#endif
