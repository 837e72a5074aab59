/* text.h - puzzles as people and programs write them, and cells as JSON. */
#ifndef SERVE_TEXT_H
#define SERVE_TEXT_H

#include "models.h"

enum { TEXT_WHY = 400 };

/* A puzzle out of JSON, as the model's task writes it: a text of one character per cell, rows and
 * borders as pasted, any of . _ * 0 for an open cell; a list of rows as text; a grid of numbers,
 * characters and null; or a list of tokens. numbers: those beside its cells, a list or lists of
 * them; NULL: it has none, or the text holds them. NULL with a reason; else free it. */
char *text_read_puzzle(const model *m, const json_t *value, const json_t *numbers,
                       char why[TEXT_WHY]);
/* An answer likewise; one with open cells reads as a puzzle does: it is incomplete, not malformed.
 */
char *text_read_answer(const model *m, const json_t *value, char why[TEXT_WHY]);
/* info.rows lists of info.cols cells: a digit as a number, else a character; null for padding. */
json_t *text_grid(const model *m, const unsigned char *tokens);

#endif
