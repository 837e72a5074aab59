/* parity.h - compares with golden fixtures: numbers of the published code that this library must
 * reproduce.
 *
 * A folder of fixtures holds manifest.json, models/<case>/, unit/ and data/, any of which may be
 * absent. Shapes, names, settings and tolerances of the cases come from the folder. A file that the
 * manifest lists but its part lacks is an error. */
#ifndef HR_PARITY_H
#define HR_PARITY_H

#include "check/parity_run.h"

/* See hrm_parity; kern and pool are what options.run asks for. Damaged folders fail; deviations
 * only count as failed cases. */
hr_status hr_parity(const char *dir, const hr_kern *kern, hr_pool *pool,
                    const hrm_parity_options *options, hrm_parity_report *out);

#endif
