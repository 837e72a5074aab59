/* arc_views.h - copies of ARC tasks: rotated, mirrored, recoloured. */
#ifndef HR_ARC_VIEWS_H
#define HR_ARC_VIEWS_H

#include "base/pool.h"
#include "task/arc_tasks.h"

/* Views of every task, each of which becomes a puzzle. */
typedef struct hr_arc_views {
    size_t count;        /* of all */
    hr_arc_view *view;   /* (count) the views of task 0, of task 1, ... the plain one first */
    size_t *start;       /* (tasks + 1) */
    int32_t *id;         /* (count) puzzle identifier, from 1; the same name is the same puzzle */
    int32_t identifiers; /* with 0, the blank one */
    int share;           /* identifiers of each task, one for each turn; 0: one for each view */
} hr_arc_views;

typedef struct hr_arc_draw {
    int copies;               /* views beside the plain one */
    bool keep_colours;        /* they turn and mirror only */
    bool keep_output_colours; /* colours that no input of a task has stay as they are */
    bool share_vectors;       /* a puzzle is a task and one of eight turns, whatever its colours;
                                 its identifier is 1 + 8 x the task + the code of the turn */
    uint64_t seed;
} hr_arc_draw;

/* Draws up to so many views of each task, none of which shows the same pairs as another; at most 5
 * tries for each wanted one, as the published builder. */
hr_status hr_arc_views_draw(const hr_arc_tasks *tasks, const hr_arc_draw *how, hr_pool *pool,
                            hr_arc_views *out);
void hr_arc_views_free(hr_arc_views *views);

#endif
