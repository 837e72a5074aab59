/* board.c - of the protocol buffers (event.proto, summary.proto of TensorBoard) only these fields:
 *   Event    1 wall_time double, 2 step int64, 3 file_version string, 5 summary, 7 session_log
 *   Summary  1 value (repeated): 1 tag string, 2 simple_value float
 *   SessionLog  1 status: START, at which readers drop what earlier files say of the steps from
 * this one on, so that steps which are done again are there once */
#include "train/board.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "base/os.h"
#include "base/text.h"

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };
enum { WALL_TIME = 1, STEP = 2, FILE_VERSION = 3, SUMMARY = 5, SESSION_LOG = 7 };

/* The n lowest bytes, lowest first. */
static void put_bits(hr_buffer *out, uint64_t bits, int n) {
    for (int i = 0; i < n; i++) hr_buffer_add(out, &(uint8_t){(uint8_t)(bits >> 8 * i)}, 1);
}

static void put_varint(hr_buffer *out, uint64_t v) {
    for (; v > 0x7f; v >>= 7) put_bits(out, (v & 0x7f) | 0x80, 1);
    put_bits(out, v, 1);
}

static void put_field(hr_buffer *out, unsigned field, unsigned wire) {
    put_varint(out, field << 3 | wire);
}

static void put_bytes(hr_buffer *out, unsigned field, const void *bytes, size_t size) {
    put_field(out, field, BYTES);
    put_varint(out, size);
    hr_buffer_add(out, bytes, size);
}

/* CRC-32C as TFRecord masks it. */
static uint32_t checksum(const void *bytes, size_t size) {
    uint32_t crc = ~0u;
    for (size_t i = 0; i < size; i++) {
        crc ^= ((const uint8_t *)bytes)[i];
        for (int k = 0; k < 8; k++) crc = crc >> 1 ^ (0x82f63b78u & -(crc & 1));
    }
    crc = ~crc;
    return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

/* An event with one field besides time and step. */
static hr_status write_event(hr_board *b, int64_t step, unsigned field, const hr_buffer *value) {
    hr_buffer event = {0}, record = {0};
    double now = hr_os_date();
    uint64_t bits;
    memcpy(&bits, &now, sizeof bits);
    put_field(&event, WALL_TIME, FIXED64);
    put_bits(&event, bits, 8);
    put_field(&event, STEP, VARINT);
    put_varint(&event, (uint64_t)step);
    put_bytes(&event, field, value->text ? value->text : "", value->size);
    put_bits(&record, event.size, 8);
    put_bits(&record, checksum(record.text ? record.text : "", record.size), 4);
    hr_buffer_add(&record, event.text ? event.text : "", event.size);
    put_bits(&record, checksum(event.text ? event.text : "", event.size), 4);
    hr_status status = HR_OK;
    if (event.failed || record.failed || value->failed)
        status = hr_fail(HR_ERR_MEM, "out of memory for an event of TensorBoard");
    else if (fwrite(record.text, 1, record.size, b->file) != record.size || fflush(b->file))
        status = hr_fail(HR_ERR_IO, "%s: cannot write: %s", b->path, strerror(errno));
    hr_buffer_free(&event);
    hr_buffer_free(&record);
    return status;
}

static hr_status begin_file(hr_board *b, int64_t step) {
    hr_buffer value = {0};
    hr_buffer_print(&value, "brain.Event:2");
    hr_status status = write_event(b, 0, FILE_VERSION, &value);
    hr_buffer_free(&value);
    if (status || !step) return status;
    put_field(&value, 1, VARINT);
    put_varint(&value, 1);
    status = write_event(b, step + 1, SESSION_LOG, &value);
    hr_buffer_free(&value);
    return status;
}

/* Readers take the files of a folder by their names' order, which is that of time. */
hr_status hr_board_open(hr_board *b, const char *dir, int64_t step) {
    hr_board_close(b);
    double now = hr_os_date();
    int64_t seconds = (int64_t)now;
    b->path = hr_text_format("%s/events.out.tfevents.%010" PRId64 ".%06d.hrm", dir, seconds,
                             (int)((now - (double)seconds) * 1e6));
    if (!b->path) return HR_ERR_MEM;
    b->file = fopen(b->path, "abe");
    hr_status status = b->file
                           ? begin_file(b, step)
                           : hr_fail(HR_ERR_IO, "%s: cannot write: %s", b->path, strerror(errno));
    if (status) hr_board_close(b);
    return status;
}

void hr_board_close(hr_board *b) {
    if (b->file) fclose(b->file);
    hr_free(b->path);
    *b = (hr_board){0};
}

hr_status hr_board_add(hr_board *b, const json_t *line) {
    const char *event = json_string_value(json_object_get(line, "event")), *key;
    hr_buffer summary = {0}, value = {0}, tag = {0};
    json_t *number;
    /* Jansson's iterator wants what it could change, which it does not. */
    json_object_foreach((json_t *)(uintptr_t)line, key, number) {
        float v = (float)json_number_value(number);
        uint32_t bits;
        if (!json_is_number(number) || !strcmp(key, "step")) continue;
        memcpy(&bits, &v, sizeof bits);
        value.size = tag.size = 0;
        hr_buffer_print(&tag, "%s/%s", event, key);
        put_bytes(&value, 1, tag.text, tag.size);
        put_field(&value, 2, FIXED32);
        put_bits(&value, bits, 4);
        put_bytes(&summary, 1, value.text, value.size);
        summary.failed |= value.failed || tag.failed;
    }
    hr_status status =
        write_event(b, json_integer_value(json_object_get(line, "step")), SUMMARY, &summary);
    hr_buffer_free(&summary);
    hr_buffer_free(&value);
    hr_buffer_free(&tag);
    return status;
}
