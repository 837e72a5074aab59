/* train.c - a training loop of one's own: stops when the model is good enough, or on Ctrl-C.
 *
 * cc train.c $(pkg-config --cflags --libs hrm) -o train
 * ./train RECIPE FOLDER ENOUGH [key=value ...]      (ENOUGH: a share of exact answers, such as
 * 0.95) */
#include <hrm_tools.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static volatile sig_atomic_t stop;

static void on_signal(int number) {
    (void)number;
    stop = 1;
}

/* Trains up to the last step, or until an evaluation finds `enough`. */
static hrm_status train(hrm_trainer *trainer, double enough) {
    hrm_event event = {0};
    hrm_eval_report report = {0};
    hrm_status status = HRM_STATUS_OK;
    while (!status && !stop && report.exact < enough) {
        status = hrm_trainer_step(trainer, &event);
        if (status || (event.step % 50 && event.step < event.steps)) continue;
        status = hrm_trainer_evaluate(trainer, &report);
        if (!status)
            printf("step %lld: loss %.3f, exact %.1f %% of %zu\n", (long long)event.step,
                   event.loss, 100 * report.exact, report.n);
        if (event.step == event.steps) break;
    }
    return status ? status : hrm_trainer_save(trainer);
}

int main(int argc, char **argv) {
    char *end = NULL;
    double enough = argc < 4 ? 0 : strtod(argv[3], &end);
    if (argc < 4 || end == argv[3] || *end || !(enough > 0 && enough <= 1)) {
        fprintf(stderr, "usage: train RECIPE FOLDER ENOUGH [key=value ...]\n");
        return 2;
    }
    signal(SIGINT, on_signal);
    hrm_trainer *trainer;
    hrm_status status = hrm_trainer_new(argv[1], (const char *const *)argv + 4, (size_t)argc - 4,
                                        argv[2], NULL, &trainer);
    if (!status) status = train(trainer, enough);
    if (status) fprintf(stderr, "train: %s error: %s\n", hrm_status_name(status), hrm_error());
    else printf("saved %s/model.safetensors\n", argv[2]);
    hrm_trainer_free(trainer);
    return status || fflush(stdout) ? 1 : 0;
}
