/* emulate_amx.h - the kernels on AMX tiles, on processors that have everything they use but tiles.
 * Slow: each tile instruction takes a signal, a microsecond or two. */
#ifndef TEST_KERN_EMULATE_AMX_H
#define TEST_KERN_EMULATE_AMX_H

#include "kern/kern.h"

/* The AMX table, once this process carries its tile instructions out; NULL where the processor has
 * tiles, lacks AVX-512 with bf16 or is another architecture, and in the build for doubles. cmocka
 * takes SIGILL for itself at the start of each test: to be called in each. */
const hr_kern *emulate_amx(void);

/* Where there are tiles, real or emulated: leaves them as other code on this thread may, released
 * or set up in other shapes. */
void emulate_amx_disturb(bool set_up);

#endif
