/* train.h - a training run: what it is built from (setup.h), where it stands (state.h), what it
 * writes down (journal.h) and where (folder.h), and its steps.
 *
 * Every file is replaced atomically, so that a kill at any moment loses no more than the steps
 * since the last checkpoint, and those come out the same when they are done again. */
#ifndef HR_TRAIN_H
#define HR_TRAIN_H

#include "hrm_tools.h"
#include "train/folder.h"
#include "train/journal.h"
#include "train/setup.h"
#include "train/state.h"

struct hrm_trainer {
    hr_folder folder;
    hr_setup setup;
    hr_progress at;
    hr_journal journal;
    double begin;                  /* clock when this piece of the run began */
    double step_seconds;           /* smoothed */
    const hrm_train_options *told; /* of hr_trainer_run, meanwhile */
    char *idle;                    /* settings that others override, in words */
    int64_t saved;                 /* the step that the folder stands at */
    hr_status broken;  /* why what is in memory is not to be used: a step was cut, or met a value
                          that is not finite */
    atomic_bool asked; /* that the call at hand ends now */
    bool measured;     /* its weights have moved outside the run */
    bool changed;      /* resumed with other settings than its state says */
    bool holed;        /* resumed where metrics.jsonl lacks what it held at its state */
};

hr_status hr_trainer_new(const char *recipe, const char *const *settings, size_t count,
                         const char *dir, const hrm_run *run, hrm_trainer **out);
hr_status hr_trainer_resume(const char *dir, const char *const *settings, size_t count,
                            const hrm_run *run, hrm_trainer **out);
void hr_trainer_free(hrm_trainer *trainer);
void hr_trainer_cancel(hrm_trainer *trainer);
hr_status hr_trainer_measure(hrm_trainer *trainer, double *seconds);
hr_status hr_trainer_plan(const hrm_trainer *trainer, hrm_plan **out);
/* options may be NULL. */
hr_status hr_trainer_run(hrm_trainer *trainer, const hrm_train_options *options);
/* The run stepped from outside; see hrm_trainer_step and the two after it. */
hr_status hr_trainer_step(hrm_trainer *trainer, hrm_event *event);
hr_status hr_trainer_evaluate(hrm_trainer *trainer, hrm_event *event);
hr_status hr_trainer_save(hrm_trainer *trainer);
/* The weights as they would be saved, as a model of their own, and what is known of their origin
 * (one JSON object; hr_free it). */
hr_status hr_trainer_snapshot(hrm_trainer *trainer, hr_model **model, char **training);

#endif
