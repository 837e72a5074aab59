#include "signals.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t asked;

static bool passed_by; /* by signals_install */

static void (*end_now)(void); /* of a second signal; NULL: the default */

static void on_signal(int number) {
    if (asked && end_now) end_now();
    if (asked) signal(number, SIG_DFL);
    if (asked && !end_now) raise(number); /* when this returns */
    asked = 1;
}

static void install(void) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGUSR1, &action, NULL); /* which mpirun and batch systems hand on */
    struct sigaction hang_up;          /* a closed terminal, unless nohup(1) asked to live on */
    if (!sigaction(SIGHUP, NULL, &hang_up) && hang_up.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &action, NULL);
}

void signals_install(void) {
    if (!passed_by) install();
}

void signals_pass(void) {
    passed_by = true;
}

void signals_install_now(void (*now)(void)) {
    end_now = now;
    install();
}

bool signals_stop(void) {
    return asked != 0;
}
