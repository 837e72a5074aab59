/* kern_avx2.c - the vector kernels for AVX2; the Makefile compiles this file with its flags. */
#if defined(__x86_64__) && !defined(HR_REAL_DOUBLE)
#define LANES      8
#define ROWS       6
#define TABLE      hr_kern_avx2
#define TABLE_NAME "avx2"

#define FUSED(a, b, c) ((vec)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#define ROOT(x)        ((vec)_mm256_sqrt_ps((__m256)(x)))

#include <immintrin.h>

#include "kern/kern_vec.h"
#endif
