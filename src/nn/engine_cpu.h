/* engine_cpu.h - this machine's processor as an engine: an exec, an optimiser, states in memory. */
#ifndef HR_ENGINE_CPU_H
#define HR_ENGINE_CPU_H

#include "nn/engine.h"

extern const hr_engine_ops hr_engine_cpu;

#endif
