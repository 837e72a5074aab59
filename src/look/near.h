/* near.h - what cells of a grid have to do with each other. */
#ifndef HR_NEAR_H
#define HR_NEAR_H

#include "hrm_look.h"
#include "task/task.h"

typedef enum hr_near {
    HR_NEAR_SELF,
    HR_NEAR_ROW,
    HR_NEAR_COLUMN,
    HR_NEAR_BOX,
    HR_NEAR_ELSEWHERE,
    HR_NEAR_KINDS,
} hr_near;

hr_near hr_near_of(const hr_task *task, int a, int b);
/* Values by kind; count: how many were added up. */
hrm_look_near hr_near_means(const double sum[HR_NEAR_KINDS], const double count[HR_NEAR_KINDS],
                            double scale);

#endif
