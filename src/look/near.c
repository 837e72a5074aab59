/* near.c - see near.h */
#include "look/near.h"

hr_near hr_near_of(const hr_task *task, int a, int b) {
    const int cols = task->cols, R = task->box_rows, C = task->box_cols;
    if (a == b) return HR_NEAR_SELF;
    if (a / cols == b / cols) return HR_NEAR_ROW;
    if (a % cols == b % cols) return HR_NEAR_COLUMN;
    bool box = R && C && a / cols / R == b / cols / R && a % cols / C == b % cols / C;
    return box ? HR_NEAR_BOX : HR_NEAR_ELSEWHERE;
}

hrm_look_near hr_near_means(const double sum[HR_NEAR_KINDS], const double count[HR_NEAR_KINDS],
                            double scale) {
    double mean[HR_NEAR_KINDS];
    for (int k = 0; k < HR_NEAR_KINDS; k++) mean[k] = scale * sum[k] / count[k]; /* NaN of none */
    return (hrm_look_near){mean[HR_NEAR_SELF], mean[HR_NEAR_ROW], mean[HR_NEAR_COLUMN],
                           mean[HR_NEAR_BOX], mean[HR_NEAR_ELSEWHERE]};
}
