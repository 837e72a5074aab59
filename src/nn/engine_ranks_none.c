/* engine_ranks_none.c - engine_ranks.h where one process works alone. For libhrm-core.a, in place
 * of engine_ranks.c. */
#include "nn/engine_ranks.h"
#include "nn/engines.h"

const hr_engine_ops *hr_engine_for(const hr_pool *pool) {
    (void)pool;
    return hr_engines[0];
}
