/* parity_data.h - golden fixtures of data sets: builder, symmetries, loader. */
#ifndef HR_PARITY_DATA_H
#define HR_PARITY_DATA_H

#include "check/parity_run.h"

hr_status hr_parity_data(hr_parity_run *run);

#endif
