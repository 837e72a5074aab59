/* parity_grids.h - golden fixtures of mazes and ARC: builders and the evaluator. */
#ifndef HR_PARITY_GRIDS_H
#define HR_PARITY_GRIDS_H

#include "check/parity_run.h"

hr_status hr_parity_grids(hr_parity_run *run);

#endif
