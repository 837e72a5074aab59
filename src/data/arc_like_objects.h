/* arc_like_objects.h - families about objects: their colours, sizes and shapes, where they move,
 * what is cut out or put around. */
#ifndef HR_ARC_LIKE_OBJECTS_H
#define HR_ARC_LIKE_OBJECTS_H

#include "data/arc_like_kit.h"

/* Until one without a name. */
extern const hr_kit_family hr_arc_like_objects[];

#endif
