/* declared_sets.h - letters of a question that say what a cell may hold: "a = 17" is a cell of
 * which is known that it holds 1 or 7. */
#ifndef HR_DECLARED_SETS_H
#define HR_DECLARED_SETS_H

#include "task/declared_parts.h"

/* The letter of one line of the key, "a = 17"; what it says begins at *set. The message is without
 * the key, as of the next two. */
hr_status hr_declared_set_letter(const char *line, char *letter, const char **set);
/* What a letter's token stands for, from its text; token: of characters, -1 where there is none. */
hr_status hr_declared_add_set(const hr_task *task, const int *token, uint8_t letter,
                              const char *text);
/* Refuses symmetries under which a letter would have to become one that there is none for. */
hr_status hr_declared_check_sets(const hr_task *task);

/* Lets letters follow a map of the other tokens, which stays among those of open cells. */
void hr_declared_map_sets(const hr_declared *d, uint8_t *token);
/* What a cell of a question may hold: see hr_task_ops.candidates. */
uint32_t hr_declared_candidates(const hr_task *task, uint8_t token);
/* Whether an answer's token is one that a question's allows; `why` as of hr_task_ops.check. */
bool hr_declared_allows(const hr_task *task, uint8_t question, uint8_t answer, int cell, char *why,
                        size_t why_size);

#endif
