/* tools.h - what a language model may call: one table. */
#ifndef SERVE_TOOLS_H
#define SERVE_TOOLS_H

#include "ask.h"

typedef struct tool tool;

/* As tools/list has them, in an order that stays. */
json_t *tools_list(void);
const tool *tools_find(const char *name);
/* The result of a call; or NULL and a job of which tools_finish makes it. What is wrong with a
 * puzzle is a result too: the caller can mend it. */
json_t *tools_begin(const tool *t, const json_t *arguments, job **later);
json_t *tools_finish(const tool *t, const job *j);

#endif
