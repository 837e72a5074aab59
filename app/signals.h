/* signals.h - Ctrl-C, SIGTERM and SIGHUP ask to stop; a second one ends the program at once. */
#ifndef APP_SIGNALS_H
#define APP_SIGNALS_H

#include <stdbool.h>

/* For commands that look at signals_stop as they work; the first signal ends all others. */
void signals_install(void);
bool signals_stop(void); /* a stop was asked for */

#endif
