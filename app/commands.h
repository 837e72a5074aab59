/* commands.h - the commands, one file each. */
#ifndef APP_COMMANDS_H
#define APP_COMMANDS_H

#include "opt.h"

int cmd_train(const app_args *args);
int cmd_eval(const app_args *args);
int cmd_solve(const app_args *args);
int cmd_serve(const app_args *args);
int cmd_mcp(const app_args *args);
int cmd_adapt(const app_args *args);
int cmd_info(const app_args *args);
int cmd_inspect(const app_args *args);
int cmd_report(const app_args *args);
int cmd_runs(const app_args *args);
int cmd_sweep(const app_args *args);
int cmd_data_generate(const app_args *args); /* of every family */
int cmd_data_arc(const app_args *args);
int cmd_data_arc_like(const app_args *args);
int cmd_data_import(const app_args *args);
int cmd_data_export(const app_args *args);
int cmd_data_check(const app_args *args);
int cmd_data_show(const app_args *args);
int cmd_parity(const app_args *args);
int cmd_bench(const app_args *args);
int cmd_convert(const app_args *args);
int cmd_completion(const app_args *args);
int cmd_manual(const app_args *args);

/* Answers ARC tasks by a model that is fitted on them, and prints what the votes came to; an exit
 * code. Of the options of hrm adapt, those that are set. */
int app_adapt(const app_args *args, const hrm_model *model, const char *tasks);

/* The table of commands: the first (NULL) or the next one, NULL at its end. */
const app_command *app_command_next(const app_command *command);
/* "info", or "data" and "show"; NULL when there is none. second may be NULL. */
const app_command *app_command_find(const char *first, const char *second);

#endif
