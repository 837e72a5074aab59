/* part.h - what libhrm-core.a and the WebAssembly module leave out: they only solve. */
#ifndef HR_PART_H
#define HR_PART_H

/* A function of training or of making puzzles, for a table: NULL in those builds. */
#ifdef HR_ONLY_SOLVES
#define HR_BEYOND(function) (0 ? (function) : NULL)
#else
#define HR_BEYOND(function) (function)
#endif

#endif
