/* record.c - keys of training records. "identifiers": sixteen hexadecimal digits. */
#include "model/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "io/json.h"

static const char key[] = "identifiers";

static uint64_t hash_in(const char *training, const char *name) {
    json_t *record = training ? json_loads(training, 0, NULL) : NULL;
    const char *text = json_string_value(json_object_get(record, name));
    uint64_t hash = text ? strtoull(text, NULL, 16) : 0;
    json_decref(record);
    return hash;
}

uint64_t hr_record_names(const char *training) {
    return hash_in(training, key);
}

uint64_t hr_record_data(const char *training) {
    return hash_in(training, "data_hash");
}

void hr_record_set_names(json_t *record, uint64_t names) {
    char text[17];
    snprintf(text, sizeof text, "%016" PRIx64, names);
    if (names) json_object_set_new(record, key, json_string(text));
    else json_object_del(record, key);
}

char *hr_record_sure(const char *training, double sure) {
    json_t *record = json_loads(training, 0, NULL);
    char number[HR_REAL_SIZE], *text = NULL;
    if (!record) record = json_object();
    hr_text_real(sure, number);
    json_object_set_new(record, "sure", json_string(number));
    return hr_json_text(record, JSON_COMPACT, "a training record", &text) ? NULL : text;
}

char *hr_record_renamed(const char *training, uint64_t names) {
    json_t *record = json_loads(training, 0, NULL);
    char *text = NULL;
    if (!record) return hr_text_copy(training); /* no record: nothing to set */
    hr_record_set_names(record, names);
    return hr_json_text(record, JSON_COMPACT, "a training record", &text) ? NULL : text;
}
