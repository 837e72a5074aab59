/* arc_box.h - how much of the canvas a pair of an ARC task takes.
 *
 * Of 900 cells of the published canvas most are padding. A box at the top left holds the input and,
 * as far as the demonstrations tell, the output: what lies outside of it costs nothing in a model
 * with skip_padding. By each side: where all demonstrations keep the length, the input's; where all
 * outputs have one length, or all the same ratio to their inputs, the larger of the input's and
 * that; where none grows, the input's; else the largest that some demonstration or its ratio would
 * give. The output of a scored test pair is not looked at; other pairs' boxes hold theirs. */
#ifndef HR_ARC_BOX_H
#define HR_ARC_BOX_H

#include "task/arc_tasks.h"

/* Boxes (pairs x 2: rows, columns) of a task's pairs, on a canvas of `side`. */
void hr_arc_box(const hr_arc_tasks *tasks, const hr_arc_task *task, int side, uint8_t *box);

#endif
