/* fuzz_names.c - hostile bytes for the list of names. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    hr_names names;
    char out[HR_NAME_MAX];
    uint8_t *exact = malloc(size + !size); /* so that reading past the end is seen */
    memcpy(exact, data, size);
    if (!hr_names_parse(exact, size, "fuzz", &names))
        for (size_t i = 0; i <= names.count; i++)
            if (hr_names_get(&names, i, out) != (i < names.count) && i == names.count) abort();
    hr_free(names.start);
    free(exact);
    return 0;
}
