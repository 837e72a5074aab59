/* arc_like_whole.h - families about a picture as a whole. */
#ifndef HR_ARC_LIKE_WHOLE_H
#define HR_ARC_LIKE_WHOLE_H

#include "data/arc_like_kit.h"

/* Until one without a name. */
extern const hr_kit_family hr_arc_like_whole[];

#endif
