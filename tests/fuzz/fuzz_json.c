/* fuzz_json.c - hostile bytes for the json reader. */
#include <stdint.h>
#include <string.h>

#include "io/json.h"
#include "nn/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    json_t *root;
    int64_t value = 0;
    if (hr_json_parse((const char *)data, size, "fuzz", &root)) return 0;
    hr_json_int(root, "a", false, 0, 10, &value);
    char *text = json_dumps(root, 0);
    hr_spec spec;
    if (text) hr_spec_from_json(text, &spec);
    free(text);
    json_decref(root);
    return 0;
}
