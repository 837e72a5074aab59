/* fuzz_csv.c - hostile bytes for the csv reader. */
#include <stdint.h>
#include <string.h>

#include "io/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    hr_csv csv;
    bool more = true;
    volatile unsigned sum = 0;
    hr_csv_begin(&csv, data, size, "fuzz");
    while (!hr_csv_next(&csv, &more) && more)
        for (int i = 0; i < csv.fields; i++)
            for (size_t j = 0; j < csv.field[i].size; j++)
                sum = sum + (unsigned char)csv.field[i].text[j];
    hr_csv_end(&csv);
    return 0;
}
