/* ranks.h - this program as one of several processes that a launcher (mpirun, srun) started: rank 0
 * alone prints, and one sentence says where it fails, whichever rank does. */
#ifndef APP_RANKS_H
#define APP_RANKS_H

#include "opt.h"

/* First of all: where a launcher says so, a rank above 0 is silent from here on. */
void ranks_silence(void);
/* The file that carries messages between ranks, borrowed; NULL: there is none. Fails without
 * memory. */
hrm_status ranks_engine(const char **out);
/* Before a command begins: joins the others, where there are any. Refuses commands for one process.
 * Returns 0, or the exit code after one clear line. */
int ranks_join(app_args *args);
/* For hrm_run; NULL: this process is alone. */
hrm_ranks *ranks_own(void);
/* A text that rank 0 has read, of which the others know nothing, to all: *text becomes the same,
 * borrowed until the next call (NULL stays NULL), and *got too. */
void ranks_share(const char **text, int *got);
/* The exit code is what all ranks came to, no failure of one of them. */
void ranks_settle(void);
/* When it is done; returns the exit code. */
int ranks_leave(int code);

#endif
