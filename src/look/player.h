/* player.h - how a puzzle was solved, as a page to step through. */
#ifndef HR_PLAYER_H
#define HR_PLAYER_H

#include "look/story.h"

/* player.html, which the build puts in. */
extern const unsigned char hr_player_html[];
extern const size_t hr_player_html_size;

/* How many frames a page of a few megabytes can show of puzzles of this task. */
size_t hr_player_frames(const hr_task *task);
/* One HTML file that needs no other and no network, in place of what `path` was. */
hr_status hr_player_write(const hr_story *story, const hrm_answer *answer, const char *path);

#endif
