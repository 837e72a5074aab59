/* yaml.h - nested YAML maps of scalars, flattened to "a.b" = "value" with line numbers (libyaml
 * parses). Lists of scalars become "value,value"; maps in a list are called "0", "1"... Anchors,
 * aliases, tags, several documents and repeated keys are refused. A key whose value is an unquoted
 * null or ~ counts as absent. */
#ifndef HR_YAML_H
#define HR_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

typedef struct hr_yaml_entry {
    char *key, *value;
    long line, column; /* from 1 */
    bool null;         /* an unquoted null or ~ */
    bool list;         /* a list */
} hr_yaml_entry;

typedef struct hr_yaml {
    size_t count;
    hr_yaml_entry *entries;
} hr_yaml;

hr_status hr_yaml_open(const char *path, hr_yaml *out);
hr_status hr_yaml_parse(const void *data, size_t size, const char *name, hr_yaml *out);
void hr_yaml_close(hr_yaml *yaml);
/* The value, or NULL: no such key, or null. */
const char *hr_yaml_find(const hr_yaml *yaml, const char *key);

#endif
