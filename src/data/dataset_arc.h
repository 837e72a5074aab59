/* dataset_arc.h - ARC data as a hr_dataset of tasks and views; the copies of each, often a
 * thousand, are made on demand.
 *
 * On disk it is a directory in the published layout, but for inputs and labels, in whose place
 * there are
 *   all__grids.npy        bytes of all grids: rows, columns, cells
 *   all__pairs.npy        (pairs x 2) where input and output begin; -1: not known
 *   all__first_pairs.npy  (groups) the first pair of each group
 *   all__views.npy        (puzzles x 11) dihedral code, image of each colour
 *   all__boxes.npy        (pairs x 2) rows and columns, where "boxed"
 * and "views": {"shift": ..., "seed": ...} in dataset.json, with "side" where that is not 30,
 * "boxed": true, and "share": 8 where identifiers are of tasks and turns. */
#ifndef HR_DATASET_ARC_H
#define HR_DATASET_ARC_H

#include "data/arc_views.h"
#include "data/dataset.h"

typedef struct hr_arc_layout {
    int side;   /* of the canvas; every grid must fit it */
    bool test;  /* the test pairs of scored tasks; else demonstrations, and test pairs of others */
    bool boxed; /* each pair in its box (arc_box.h): end markers up to that, padding beyond. Else
                   pairs to train on lie anywhere on the canvas, others at the top left */
    uint64_t seed; /* of those places */
} hr_arc_layout;

/* A part of the tasks, in all their views. Copies what it needs. */
hr_status hr_arc_dataset(const hr_arc_tasks *tasks, const hr_arc_views *views,
                         const hr_arc_layout *layout, const char *path, hr_dataset **out);

/* The view that an example is seen in; NULL where examples are not made. Borrowed. */
const hr_arc_view *hr_arc_dataset_view(const hr_dataset *data, size_t example);

/* Reads the arrays of a directory into a dataset that has its ids and starts. side x side is its
 * task's seq. */
hr_status hr_dataset_read_arc(hr_dataset *data, int side, bool shift, uint64_t seed);
/* Writes one part's directory. */
hr_status hr_dataset_write_arc(const hr_dataset *data, const char *dir);

#endif
