/* regime.c - see regime.h */
#include "regime/regime.h"

#include <math.h>

void hr_regime_reset(hr_step_rows *r, const bool *which) {
    size_t row = hr_spec_state(&r->model->spec);
    for (int i = 0; i < r->model->recur.states; i++)
        for (int b = 0; b < r->count; b++)
            if (!which || which[b]) hr_model_initial(r->model, i, r->z[i] + (size_t)b * row, 1);
}

json_t *hr_regime_number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}
