/* arc_like_lines.h - families about lines and cells: rays, ways, connections, stamps. */
#ifndef HR_ARC_LIKE_LINES_H
#define HR_ARC_LIKE_LINES_H

#include "data/arc_like_kit.h"

/* Until one without a name. */
extern const hr_kit_family hr_arc_like_lines[];

#endif
