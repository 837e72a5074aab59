/* declared_text.h - declared tasks as text: hr_task_ops.parse and format. */
#ifndef HR_DECLARED_TEXT_H
#define HR_DECLARED_TEXT_H

#include "task/declared_parts.h"

hr_status hr_declared_parse(const hr_task *task, const char *text, size_t size, bool answer,
                            uint8_t *tokens);
void hr_declared_format(const hr_task *task, const uint8_t *tokens, char *text);

#endif
