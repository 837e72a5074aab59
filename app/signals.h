/* signals.h - Ctrl-C, SIGTERM, SIGUSR1 and SIGHUP ask to stop; a second one ends the program at
 * once, or calls a function that takes care of its files. */
#ifndef APP_SIGNALS_H
#define APP_SIGNALS_H

#include <stdbool.h>

/* For commands that call signals_stop as they work, right before they begin: until then, and in all
 * other commands, the first signal ends the program. */
void signals_install(void);
/* After this it does so there too: ranks hear of a signal one after the other, and only training,
 * by signals_install_now, settles what follows. */
void signals_pass(void);
/* A second signal calls `now`, which may be called in a signal handler, and a third ends the
 * program. */
void signals_install_now(void (*now)(void));
bool signals_stop(void); /* a stop was asked for */

#endif
