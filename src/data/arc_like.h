/* arc_like.h - generated tasks in the manner of ARC: families of rules, each with parameters of its
 * own, some demonstrations and a test pair. */
#ifndef HR_ARC_LIKE_H
#define HR_ARC_LIKE_H

#include "base/rng.h"
#include "hrm_data.h"
#include "task/arc.h"

enum { HR_ARC_LIKE_PAIRS = 6, HR_ARC_LIKE_SIDE = 10 /* the least that all families can do with */ };

typedef struct hr_arc_like {
    int pairs; /* 4 to 6, the last one the test */
    hr_arc_grid in[HR_ARC_LIKE_PAIRS], out[HR_ARC_LIKE_PAIRS];
} hr_arc_like;

/* The name of family i; NULL past the last. */
const char *hr_arc_like_name(size_t i);
/* Makes a task of family i with grids of at most side x side cells, 10 to 30. It is in the form
 * that stands for all its views (arc_like_kit.h); false where none was found, which is all but
 * impossible. */
bool hr_arc_like_make(size_t i, hr_rng rng, int side, hr_arc_like *out);
/* hrm_arc_generate, its options checked for NULL. */
hr_status hr_arc_like_write(const char *path, const hrm_arc_like_options *options);

#endif
