/* folder.h - the folder of a run: recipe.yaml (every key resolved), metrics.jsonl (one object per
 * line), sessions.jsonl (likewise), model.safetensors (the last model), best.safetensors and
 * state.safetensors, from which alone the run goes on. Others in it are not ours. */
#ifndef HR_FOLDER_H
#define HR_FOLDER_H

#include "base/err.h"

typedef struct hr_folder {
    char *dir;
    int lock; /* descriptor that keeps a second trainer out; -1: none */
} hr_folder;

hr_status hr_folder_open(hr_folder *folder, const char *dir); /* touches no file */
void hr_folder_close(hr_folder *folder);
/* "dir/name"; hr_free it. */
char *hr_folder_path(const hr_folder *folder, const char *name);
/* One trainer per folder: an advisory lock that the system drops with the process. */
hr_status hr_folder_lock(hr_folder *folder);
bool hr_folder_busy(const char *dir); /* someone trains there now */
/* Refuses a folder that holds a run's files. */
hr_status hr_folder_check_free(const hr_folder *folder);
/* Removes what a killed run left half-written. */
void hr_folder_sweep(const hr_folder *folder);

#endif
