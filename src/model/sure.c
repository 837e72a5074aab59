/* sure.c - reads the bound, for those too that only solve. */
#include "model/sure.h"

#include <jansson.h>

#include "base/text.h"

double hr_sure_of(const char *training) {
    json_t *record = training ? json_loads(training, 0, NULL) : NULL;
    const char *text = json_string_value(json_object_get(record, "sure"));
    double sure = 0;
    bool told = text && hr_text_number(text, &sure) && sure > 0 && sure <= 1;
    json_decref(record);
    return told ? sure : 0;
}
