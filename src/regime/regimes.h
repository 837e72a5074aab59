/* regimes.h - the training regimes there are. To add one, write its file and name it here. */
#ifndef HR_REGIMES_H
#define HR_REGIMES_H

#include "regime/regime.h"

#ifndef HR_REGIMES
#define HR_REGIMES(X) X(segments) X(lattice)
#endif

#define HR_REGIME_DECLARE(name) extern const hr_regime hr_regime_##name;
HR_REGIMES(HR_REGIME_DECLARE)

enum { HR_REGIMES_MAX = 8 };
extern const hr_regime *const hr_regimes[]; /* NULL ends them; the first is the default */
extern const char hr_regime_names[];        /* "|a|b|c" */
int hr_regime_find(const char *name);       /* its place; 0 where there is none of that name */

#endif
