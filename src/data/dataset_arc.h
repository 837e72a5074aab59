/* dataset_arc.h - ARC data as a hr_dataset: tasks and views; a thousand copies of each are made as
 * they are asked for.
 *
 * On disk it is a directory in the published layout, but for inputs and labels, in whose place
 * there are
 *   all__grids.npy        bytes of all grids: rows, columns, cells
 *   all__pairs.npy        (pairs x 2) where input and output begin; -1: not known
 *   all__first_pairs.npy  (groups) the first pair of each group
 *   all__views.npy        (puzzles x 11) dihedral code, image of each colour
 * and "views": {"shift": ..., "seed": ...} in dataset.json, with "side" where that is not 30. */
#ifndef HR_DATASET_ARC_H
#define HR_DATASET_ARC_H

#include "data/dataset.h"
#include "task/arc_tasks.h"

/* The puzzles to be: some views of every task. */
typedef struct hr_arc_views {
    size_t count;        /* of all */
    hr_arc_view *view;   /* (count) the views of task 0, of task 1, ... the plain one first */
    size_t *start;       /* (tasks + 1) */
    int32_t *id;         /* (count) puzzle identifier, from 1; the same name is the same puzzle */
    int32_t identifiers; /* with 0, the blank one */
} hr_arc_views;

/* Draws up to `copies` views beside the plain one, none of which shows the same pairs as another;
 * at most 5 tries for each wanted one, as the published builder. */
hr_status hr_arc_views_draw(const hr_arc_tasks *tasks, int copies, bool keep_colours, uint64_t seed,
                            hr_pool *pool, hr_arc_views *out);
void hr_arc_views_free(hr_arc_views *views);

/* The train part: demonstrations, and test pairs of tasks that are not scored, each at its own
 * place; or the test part: test pairs of scored tasks, all at the top left. Every grid must fit
 * `side`. Copies what it needs. */
hr_status hr_arc_dataset(const hr_arc_tasks *tasks, const hr_arc_views *views, int side, bool test,
                         uint64_t seed, const char *path, hr_dataset **out);

/* The arrays of a directory, into a dataset whose ids and starts are read. side x side is its
 * task's seq. */
hr_status hr_dataset_read_arc(hr_dataset *data, int side, bool shift, uint64_t seed);
/* The directory of one part. */
hr_status hr_dataset_write_arc(const hr_dataset *data, const char *dir);

#endif
