/* dataset_arc.h - ARC data as a hr_dataset of tasks and views; the copies of each, often a
 * thousand, are made on demand.
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

#include "data/arc_views.h"
#include "data/dataset.h"

/* The train part: demonstrations, and test pairs of tasks that are not scored, at random places on
 * the canvas; or the test part: test pairs of scored tasks, all at the top left. Every grid must
 * fit `side`. Copies what it needs. */
hr_status hr_arc_dataset(const hr_arc_tasks *tasks, const hr_arc_views *views, int side, bool test,
                         uint64_t seed, const char *path, hr_dataset **out);

/* Reads the arrays of a directory into a dataset that has its ids and starts. side x side is its
 * task's seq. */
hr_status hr_dataset_read_arc(hr_dataset *data, int side, bool shift, uint64_t seed);
/* Writes one part's directory. */
hr_status hr_dataset_write_arc(const hr_dataset *data, const char *dir);

#endif
