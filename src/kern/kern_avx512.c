/* kern_avx512.c - the vector kernels for AVX-512; the Makefile compiles this file alone with its
 * flags. */
#if defined(__x86_64__) && !defined(HR_REAL_DOUBLE)
#define LANES      16
#define ROWS       12
#define TABLE      hr_kern_avx512
#define TABLE_NAME "avx512"

#define FUSED(a, b, c) ((vec)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#define ROOT(x)        ((vec)_mm512_sqrt_ps((__m512)(x)))

#include <immintrin.h>

#include "kern/kern_vec.h"
#endif
