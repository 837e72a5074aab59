/* kern_portable.c - the vector kernels for any processor: four lanes that every compiler maps to
 * what the target has, and two roundings in place of a fused multiply-add, so that all processors
 * give the same bits. */
#ifndef HR_REAL_DOUBLE
#define LANES      4
#define TABLE      hr_kern_portable
#define TABLE_NAME "portable"
#ifdef __wasm__ /* whose engines keep a few registers to themselves */
#define ROWS 4
#else
#define ROWS 6
#endif

#define FUSED(a, b, c) ((a) * (b) + (c))
#define ROOT(x)                                                                                    \
    ((vec){__builtin_sqrtf((x)[0]), __builtin_sqrtf((x)[1]), __builtin_sqrtf((x)[2]),              \
           __builtin_sqrtf((x)[3])})

#include "kern/kern_vec.h"
#endif
