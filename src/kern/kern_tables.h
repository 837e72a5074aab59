/* kern_tables.h - the list of tables, from the reference to the fastest: a new one is a line here
 * and a file of its own (and of the Makefile's list).
 *
 * T(name, where, has): the table is hr_kern_<name>. where: the builds that have it (ALL, those
 * that are WHOLE, FLOAT builds, FLOAT builds for X86 or ARM64); elsewhere its name is known, so
 * that asking for it says what is wrong. has: whether the processor can run it; what depends on the
 * operating system is the table's own `runs`. */
#ifndef HR_KERN_TABLES_H
#define HR_KERN_TABLES_H

#include "kern/kern_ops.h"

#define HR_KERN_TABLES(T)                                                                          \
    T(ref, WHOLE, true)                                                                            \
    T(portable, FLOAT, true)                                                                       \
    T(avx2, X86, HAS_AVX2)                                                                         \
    T(avx512, X86, HAS_AVX512)                                                                     \
    T(avx512bf16, X86, HAS_AVX512BF16)                                                             \
    T(amx, X86, HAS_AVX512BF16)                                                                    \
    T(neon, ARM64, true)                                                                           \
    HR_KERN_EXTRA(T)
#ifndef HR_KERN_EXTRA /* a program that tests the list adds a table of its own */
#define HR_KERN_EXTRA(T)
#endif

#define HAS_AVX2 (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
#define HAS_AVX512                                                                                 \
    (HAS_AVX2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&        \
     __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
#define HAS_AVX512BF16 (HAS_AVX512 && __builtin_cpu_supports("avx512bf16"))

/* The first argument where this build has such tables, else the second. */
#define IF_ALL(yes, no) yes
#ifdef HR_ONLY_SOLVES
#define IF_WHOLE(yes, no) no
#else
#define IF_WHOLE(yes, no) yes
#endif
#ifdef HR_REAL_DOUBLE
#define IF_FLOAT(yes, no) no
#else
#define IF_FLOAT(yes, no) yes
#endif
#ifdef __x86_64__
#define IF_X86 IF_FLOAT
#else
#define IF_X86(yes, no) no
#endif
#ifdef __aarch64__
#define IF_ARM64 IF_FLOAT
#else
#define IF_ARM64(yes, no) no
#endif

#define HR_KERN_DECLARE(name, where, has) IF_##where(extern const hr_kern hr_kern_##name;, )
HR_KERN_TABLES(HR_KERN_DECLARE)

#endif
