#include "run/parity.h"
hr_status hr_parity_models(hr_parity_run *run) { (void)run; return HR_OK; }
