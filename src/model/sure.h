/* sure.h - the key "sure" of training records: a model's own bound of confidence. */
#ifndef HR_SURE_H
#define HR_SURE_H

/* See hrm_model_info.sure; 0 where the record (may be NULL) does not tell. */
double hr_sure_of(const char *training);

#endif
