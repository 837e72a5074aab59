/* part.h - what libhrm-core.a and the WebAssembly module leave out: they only solve. */
#ifndef HR_PART_H
#define HR_PART_H

/* HR_BEYOND: a function of training or of making puzzles, for a table: NULL in those builds.
 * HR_JSON_SPARE: bytes set aside for what Jansson reads where memory is short (io/json.c): those
 * builds read the descriptions of models alone. */
#ifdef HR_ONLY_SOLVES
#define HR_BEYOND(function) (0 ? (function) : NULL)
enum { HR_JSON_SPARE = 1 << 15 };
#else
#define HR_BEYOND(function) (function)
enum { HR_JSON_SPARE = 1 << 18 };
#endif

#endif
