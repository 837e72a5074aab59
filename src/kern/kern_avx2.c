/* kern_avx2.c - the vector kernels for AVX2; the Makefile compiles this file alone with its flags.
 */
#if defined(__x86_64__) && !defined(HR_REAL_DOUBLE)
#define LANES      8
#define ROWS       6
#define TABLE      hr_kern_avx2
#define TABLE_NAME "avx2"

#include "kern/kern.h"

extern const hr_kern TABLE;

#include "kern/kern_vec.h"
#endif
