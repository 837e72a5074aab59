/* parity_unit.h - golden fixtures of single operations. */
#ifndef HR_PARITY_UNIT_H
#define HR_PARITY_UNIT_H

#include "check/parity_run.h"

hr_status hr_parity_units(hr_parity_run *run);

#endif
