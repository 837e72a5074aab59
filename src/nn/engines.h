/* engines.h - the engines there are. To add one, write its file and name it here. */
#ifndef HR_ENGINES_H
#define HR_ENGINES_H

#include "nn/engine.h"

#ifndef HR_ENGINES
#define HR_ENGINES(X) X(cpu)
#endif

#define HR_ENGINE_DECLARE(name) extern const hr_engine_ops hr_engine_##name;
HR_ENGINES(HR_ENGINE_DECLARE)

extern const hr_engine_ops *const hr_engines[]; /* NULL ends them; the first is the default */

#endif
