/* crew.h - the ranks of a run: that they are alike, and what they settle together. One of them
 * writes the folder. All ranks call these alike; of one process none of them does anything. */
#ifndef HR_CREW_H
#define HR_CREW_H

#include "train/setup.h"

/* Whether this rank is the one that locks and writes. */
bool hr_crew_writes(const hr_setup *setup);
/* What the rank that writes says. */
bool hr_crew_told(const hr_setup *setup, bool own);
double hr_crew_seconds(const hr_setup *setup, double own);
/* Refuses ranks of other programs, kernels, recipes or data than the first: their bits would
 * differ. step: where the run stands. */
hr_status hr_crew_alike(const hr_setup *setup, long long step);

#endif
