/* fuzz_yaml.c - hostile bytes for the yaml reader. */
#include <stdint.h>
#include <string.h>

#include "io/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    hr_yaml yaml;
    if (hr_yaml_parse(data, size, "fuzz", &yaml)) return 0;
    for (size_t i = 0; i < yaml.count; i++) hr_yaml_find(&yaml, yaml.entries[i].key);
    hr_yaml_close(&yaml);
    return 0;
}
