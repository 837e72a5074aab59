/* comm_load.h - ranks by an engine that is loaded while the program runs, so that it starts where
 * there is none. */
#ifndef HR_COMM_LOAD_H
#define HR_COMM_LOAD_H

#include "base/comm.h"

/* From the file at `path`; hr_comm_close ends the ranks' work together. One in a process, once. */
hr_status hr_comm_load(const char *path, hr_comm **out);
void hr_comm_close(hr_comm *comm);
/* Ranks of one machine that have the same processors divide them among each other; where there are
 * fewer processors than such ranks, none of them is to have more than one thread: returns whether.
 */
bool hr_comm_part_processors(hr_comm *comm);

#endif
