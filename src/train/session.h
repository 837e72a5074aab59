/* session.h - sessions.jsonl of a run folder: when, on what machine and with what the run began or
 * went on, and how that ended. Nothing in it decides what follows. */
#ifndef HR_SESSION_H
#define HR_SESSION_H

#include "train/folder.h"
#include "train/setup.h"

/* Adds a line each. holed: metrics.jsonl lacks lines before `step`; why: "steps", "minutes",
 * "stop_after", "stopped" or "failed", of which the thread's last message then says more. */
hr_status hr_session_begin(const hr_folder *folder, const hr_setup *setup, int64_t step,
                           bool holed);
hr_status hr_session_end(const hr_folder *folder, int64_t step, double seconds, const char *why);

#endif
