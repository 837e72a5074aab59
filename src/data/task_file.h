/* task_file.h - which task a name or a task file means for the puzzles of a file. */
#ifndef HR_TASK_FILE_H
#define HR_TASK_FILE_H

#include "io/yaml.h"
#include "task/survey.h"

/* A task as asked for: a name, or a file of keys. */
typedef struct hr_task_choice {
    const char *name;    /* borrowed; NULL: the data tell */
    bool declared;       /* the task comes from keys */
    const char *letters; /* the file only gives the family `name` other characters; or NULL */
    hr_yaml keys;
} hr_task_choice;

/* name: NULL, a family, a word for a declaration, or a .yaml file, which is read. */
hr_status hr_task_choose(const char *name, hr_task_choice *out);
/* Gives a task the characters of a task file, which must have nothing but letters. */
hr_status hr_task_choose_letters(const char *name, hr_task *task);
void hr_task_choice_close(hr_task_choice *choice);
/* Whether a name is that of a task file. */
bool hr_task_is_file(const char *name);
/* Checks the name alone, for recipes; NULL or "auto" are fine. */
hr_status hr_task_check_name(const char *name);

/* A survey to begin with, and the task that it shows after all data were added. It may be NULL for
 * a declared task that needs no data. */
hr_task_survey hr_task_choice_survey(const hr_task_choice *choice);
hr_status hr_task_choice_make(const hr_task_choice *choice, const hr_task_survey *survey,
                              hr_task *out);

#endif
