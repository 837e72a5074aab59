/* model.h - the shipped Sudoku model as int8, in constant memory; the build makes it. */
#ifndef EDGE_MODEL_H
#define EDGE_MODEL_H

#include <hrm_tools.h>

extern const unsigned char sudoku_model[];
extern const size_t sudoku_model_size;

#endif
