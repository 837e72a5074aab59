/* tale.h - how an answer was found, in words that can be retold. */
#ifndef SERVE_TALE_H
#define SERVE_TALE_H

#include "models.h"

/* The words of an answer with its trace: the deductions of the chain that answered. NULL when
 * memory is short; else free it. */
char *tale_tell(const model *m, const char *puzzle, const json_t *answer);

#endif
