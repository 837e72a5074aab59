/* text.h - puzzles as people and programs write them, and cells as JSON. */
#ifndef SERVE_TEXT_H
#define SERVE_TEXT_H

#include "models.h"

enum { TEXT_WHY = 400 };

/* A puzzle (or, with answer, an answer) out of JSON, as the model's task writes it: a text of one
 * character per cell, rows and borders as pasted, any of . _ * 0 for an open cell; a list of rows
 * as text; a grid of numbers, characters and null; or a list of tokens. NULL with a reason; else
 * free it. */
char *text_read(const model *m, const json_t *value, bool answer, char why[TEXT_WHY]);
/* info.rows lists of info.cols cells: a digit as a number, else a character; null for padding. */
json_t *text_grid(const model *m, const unsigned char *tokens);

#endif
