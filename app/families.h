/* families.h - hrm data NAME: a command for every family of puzzles that the library makes. */
#ifndef APP_FAMILIES_H
#define APP_FAMILIES_H

#include "opt.h"

/* The i-th such command, all of which `run`; NULL past the last. */
const app_command *app_family_command(size_t i, int (*run)(const app_args *args));

#endif
