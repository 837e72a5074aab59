/* shipped.h - what comes with the program, and which model a command uses. */
#ifndef APP_SHIPPED_H
#define APP_SHIPPED_H

#include "opt.h"

/* The folder of the program with a slash, or "" where the system does not say. */
void app_program_folder(char *folder, size_t room);
/* A file or folder that comes with the source or the installed program, such as "tests/fixtures",
 * or NULL. Borrowed until the next call. */
const char *app_shipped(const char *name);
/* The folder that holds them all, for hrm_run; NULL: there is none. */
const char *app_shipped_root(void);

/* What a command line calls `word`: a file, or by its bare name one that is shipped in `folder`
 * ("models", "recipes"), with or without its suffix. Lasts as long as the program. */
const char *app_named(const char *folder, const char *suffix, const char *word);
/* The same for a model, and for puzzles, of which "-" is standard input. */
const char *app_named_model(const char *word);
const char *app_named_data(const char *word);
/* The same for what a setting names, of those that take models or data: init=sudoku. */
const char *app_named_setting(const char *word);

/* The model for a command whose words may begin with one: that word, --model, HRM_MODEL, or the
 * model that comes with the program. *words: how many words it took, 0 or 1. A word is a model when
 * all `most` words are there, or when it names a safetensors file or a shipped model. NULL after
 * one clear line on stderr, *code then the exit code. The path stays. */
const char *app_model_path(const app_args *args, size_t most, size_t *words, int *code);

/* Says on stderr how much memory solving takes where one thread takes more than the size of the
 * model's file lets one expect: over 20 times as much and 64 MB. */
void app_tell_memory(const char *path, const hrm_model *model);

/* The models for a command that takes several: its words, --model, HRM_MODEL, or all that come with
 * the program, of which the default is the first. At most `most` paths, which stay. 0 after one
 * clear line on stderr, *code then the exit code. */
size_t app_model_paths(const app_args *args, const char **paths, size_t most, int *code);
/* Files of a folder that comes with the program whose names end so, sorted; names stay. False when
 * memory is short. */
bool app_shipped_files(const char *folder, const char *ending, const char **paths, size_t most,
                       size_t *count);

#endif
