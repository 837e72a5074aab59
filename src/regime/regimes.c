/* regimes.c - see regimes.h */
#include "regime/regimes.h"

#include <string.h>

#define REGIME(name) &hr_regime_##name,
#define NAME(name)   "|" #name

const hr_regime *const hr_regimes[] = {HR_REGIMES(REGIME) NULL};
const char hr_regime_names[] = HR_REGIMES(NAME);
_Static_assert(sizeof hr_regimes / sizeof *hr_regimes <= HR_REGIMES_MAX + 1, "recipes hold more");

int hr_regime_find(const char *name) {
    for (int i = 0; hr_regimes[i]; i++)
        if (!strcmp(hr_regimes[i]->name, name)) return i;
    return 0;
}
