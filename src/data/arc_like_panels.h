/* arc_like_panels.h - families about pictures in parts. */
#ifndef HR_ARC_LIKE_PANELS_H
#define HR_ARC_LIKE_PANELS_H

#include "data/arc_like_kit.h"

/* Until one without a name. */
extern const hr_kit_family hr_arc_like_panels[];

#endif
