/* parity_model.h - golden fixtures of whole models. */
#ifndef HR_PARITY_MODEL_H
#define HR_PARITY_MODEL_H

#include "check/parity_run.h"

hr_status hr_parity_models(hr_parity_run *run);

#endif
