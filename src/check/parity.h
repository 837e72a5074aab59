/* parity.h - runs golden fixtures: numbers of the published code that this library must reproduce.
 *
 * A folder of fixtures holds manifest.json, models/<case>/, unit/ and data/. Nothing about its
 * cases is known beforehand: shapes, names, settings and tolerances come from the folder. What it
 * does not have is left out; a file that the manifest lists and that its part lacks is an error. */
#ifndef HR_PARITY_H
#define HR_PARITY_H

#include "check/parity_run.h"

/* See hrm_parity; what options.run asks for is kern and pool. Damaged folders fail; deviations only
 * count as failed. */
hr_status hr_parity(const char *dir, const hr_kern *kern, hr_pool *pool,
                    const hrm_parity_options *options, size_t *passed, size_t *failed);

#endif
