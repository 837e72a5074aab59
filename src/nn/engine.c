/* engine.c - what engines of all kinds have in common. */
#include "nn/engine.h"

#include "base/os.h"

void hr_watch_begin(hr_watch *watch) {
    atomic_flag_clear(&watch->asking);
    atomic_store(&watch->stopped, false);
    watch->asked = hr_os_seconds();
}

bool hr_watch_on(hr_watch *watch, bool caller) {
    if (!watch) return true;
    if (!atomic_load(&watch->stopped) && !atomic_flag_test_and_set(&watch->asking)) {
        if (hr_os_seconds() - watch->asked > (caller ? 0.02 : 0.1)) {
            if (!watch->go(watch->user)) atomic_store(&watch->stopped, true);
            watch->asked = hr_os_seconds();
        }
        atomic_flag_clear(&watch->asking);
    }
    return !atomic_load(&watch->stopped);
}

hr_status hr_engine_new(const hr_engine_ops *ops, hr_model *model, hr_pool *pool,
                        const hr_engine_size *size, const hr_optim_config *optim, hr_engine **out) {
    *out = NULL;
    hr_engine *e = HR_NEW(hr_engine, 1);
    if (!e) return HR_ERR_MEM;
    *e = (hr_engine){.ops = ops, .model = model, .pool = pool, .size = *size, .optim = optim};
    hr_status status = ops->open(e);
    e->optim = NULL;
    if (status) hr_engine_free(e);
    else *out = e;
    return status;
}

void hr_engine_free(hr_engine *engine) {
    if (!engine) return;
    engine->ops->close(engine);
    hr_free(engine);
}

hr_status hr_carry_new(hr_engine *engine, int rows, hr_carry **out) {
    *out = NULL;
    hr_carry *c = HR_NEW(hr_carry, 1);
    if (!c) return HR_ERR_MEM;
    *c = (hr_carry){.engine = engine, .rows = rows};
    hr_status status = engine->ops->carry_open(c);
    if (status) hr_carry_free(c);
    else *out = c;
    return status;
}

void hr_carry_free(hr_carry *carry) {
    if (!carry) return;
    carry->engine->ops->carry_close(carry);
    hr_free(carry);
}
