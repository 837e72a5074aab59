/* signals.h - Ctrl-C, SIGTERM and SIGHUP ask to stop; a second one ends the program at once. */
#ifndef APP_SIGNALS_H
#define APP_SIGNALS_H

#include <stdbool.h>

void signals_install(void);
bool signals_stop(void); /* a stop was asked for */

#endif
