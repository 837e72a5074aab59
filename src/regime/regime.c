/* regime.c - see regime.h */
#include "regime/regime.h"

void hr_regime_reset(hr_step_rows *r, const bool *which) {
    r->carry->engine->ops->reset(r->carry, which, r->count);
}
