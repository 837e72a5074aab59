/* kern_neon.c - the vector kernels for arm64, whose vectors and fused multiply-add every such
 * processor has. */
#if defined(__aarch64__) && !defined(HR_REAL_DOUBLE)
#define LANES      4
#define ROWS       12
#define TABLE      hr_kern_neon
#define TABLE_NAME "neon"

#define FUSED(a, b, c) ((vec)vfmaq_f32((float32x4_t)(c), (float32x4_t)(a), (float32x4_t)(b)))
#define ROOT(x)        ((vec)vsqrtq_f32((float32x4_t)(x)))

#include <arm_neon.h>

#include "kern/kern_vec.h"
#endif
