/* regime.c - see regime.h */
#include "regime/regime.h"

#include <math.h>

void hr_regime_reset(hr_step_rows *r, const bool *which) {
    r->carry->engine->ops->reset(r->carry, which, r->count);
}

json_t *hr_regime_number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}
