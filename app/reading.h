/* reading.h - a puzzle's text in any common form. */
#ifndef APP_READING_H
#define APP_READING_H

#include <hrm_tools.h>

/* The text as hrm_solve takes it, for free(): from one line, rows, a grid with borders, rows in
 * which blanks are open cells. NULL: it is none of these; why (size) says what is wrong with it.
 * answer: as an answer is written. */
char *reading_text(const hrm_model *model, const char *text, bool answer, char *why, size_t size);
/* Where the numbers of a puzzle's text begin, with the colon before them; "": it has none. */
const char *reading_numbers(const hrm_model *model, const char *text);
/* How an open cell is written; 0 where the task has none. */
char reading_open_cell(const hrm_model_info *info);

#endif
