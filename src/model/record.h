/* record.h - what a model's training record (JSON in the model file) says of its puzzles. */
#ifndef HR_RECORD_H
#define HR_RECORD_H

#include <jansson.h>
#include <stdint.h>

/* hr_dataset_names of the data that the rows of the puzzle embedding are for; 0 where the record
 * (may be NULL) does not tell. */
uint64_t hr_record_names(const char *training);
/* hr_dataset_hash of what the model was trained on; 0 where the record does not tell. */
uint64_t hr_record_data(const char *training);
/* Sets them; 0 takes them out. */
void hr_record_set_names(json_t *record, uint64_t names);
/* A copy of a record with them set, or the bound of sure.h; hr_free it. NULL when out of memory. */
char *hr_record_renamed(const char *training, uint64_t names);
char *hr_record_sure(const char *training, double sure);

#endif
