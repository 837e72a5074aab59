/* fuzz_torchpt.c - a hostile data.pkl in a sound archive with two storages, so that no checksum
 * stands between the fuzzer and the tensors. */
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "io/tensors_open.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RECORDS = 3, OVERHEAD = 1024 };

static uint32_t checksum(const uint8_t *data, size_t size) {
    uint32_t crc = ~0u;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int k = 0; k < 8; k++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static uint8_t *put(uint8_t *at, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++) *at++ = (uint8_t)(value >> 8 * i);
    return at;
}

typedef struct record {
    const char *name;
    const uint8_t *data;
    uint32_t size, crc, offset;
} record;

/* What the local header and the directory have in common. */
static uint8_t *put_common(uint8_t *at, const record *r) {
    at = put(at, 20, 2);
    at = put(at, 0, 8); /* flags, method, time, date */
    at = put(at, r->crc, 4);
    at = put(at, r->size, 4);
    at = put(at, r->size, 4);
    at = put(at, (uint32_t)strlen(r->name), 2);
    return put(at, 0, 2);
}

static size_t build(uint8_t *out, record *records) {
    uint8_t *at = out;
    for (int i = 0; i < RECORDS; i++) {
        record *r = &records[i];
        r->crc = checksum(r->data, r->size);
        r->offset = (uint32_t)(at - out);
        at = put_common(put(at, 0x04034b50, 4), r);
        memcpy(at, r->name, strlen(r->name));
        at += strlen(r->name);
        if (r->size) memcpy(at, r->data, r->size);
        at += r->size;
    }
    uint32_t directory = (uint32_t)(at - out);
    for (int i = 0; i < RECORDS; i++) {
        at = put_common(put(put(at, 0x02014b50, 4), 20, 2), &records[i]);
        at = put(put(put(at, 0, 8), 0, 2), records[i].offset, 4); /* comment, disk, attributes */
        memcpy(at, records[i].name, strlen(records[i].name));
        at += strlen(records[i].name);
    }
    uint32_t end = (uint32_t)(at - out);
    at = put(put(at, 0x06054b50, 4), 0, 4);
    at = put(put(at, RECORDS, 2), RECORDS, 2);
    at = put(put(put(at, end - directory, 4), directory, 4), 0, 2);
    return (size_t)(at - out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint8_t storage[96] = {1, 2, 3, 4, 5, 6, 7, 8};
    if (size > 1 << 20) return 0;
    record records[RECORDS] = {{.name = "a/data.pkl", .data = data, .size = (uint32_t)size},
                               {.name = "a/data/0", .data = storage, .size = 96},
                               {.name = "a/data/1", .data = storage, .size = 6}};
    uint8_t *bytes = hr_alloc(size + OVERHEAD);
    hr_tensors file;
    volatile double sum = 0;
    if (!bytes) return 0;
    if (!hr_tensors_parse(bytes, build(bytes, records), "fuzz", &file)) {
        for (size_t i = 0; i < file.count; i++)
            for (size_t k = 0; k < file.tensors[i].count; k++)
                sum = sum + hr_tensor_at(&file.tensors[i], k);
        hr_tensors_close(&file);
    }
    hr_free(bytes);
    return 0;
}
