/* commands.h - the commands, one file each. */
#ifndef APP_COMMANDS_H
#define APP_COMMANDS_H

#include "opt.h"

int cmd_train(const app_args *args);
int cmd_eval(const app_args *args);
int cmd_solve(const app_args *args);
int cmd_adapt(const app_args *args);
int cmd_info(const app_args *args);
int cmd_data_sudoku(const app_args *args);
int cmd_data_maze(const app_args *args);
int cmd_data_arc(const app_args *args);
int cmd_data_import(const app_args *args);
int cmd_data_export(const app_args *args);
int cmd_data_show(const app_args *args);
int cmd_parity(const app_args *args);
int cmd_bench(const app_args *args);

#endif
