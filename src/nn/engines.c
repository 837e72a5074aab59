/* engines.c - see engines.h */
#include "nn/engines.h"

#define ENTRY(name) &hr_engine_##name,
const hr_engine_ops *const hr_engines[] = {HR_ENGINES(ENTRY) NULL};
