/* yaml.c - makes a flat list of keys and values from libyaml's events. */
#include "io/yaml.h"

#include <string.h>
#include <strings.h>

#include <yaml.h>

#include "base/mem.h"
#include "base/plain.h"
#include "base/text.h"

enum { DEPTH_MAX = 8, ENTRIES_MAX = 4096, SCALAR_MAX = 65536 };

typedef struct reader {
    yaml_parser_t parser;
    const char *name;
    hr_yaml *out;
    size_t capacity;
} reader;

static hr_status refuse(const reader *r, yaml_mark_t mark, const char *what) {
    hr_fail(HR_ERR_FORMAT, "%s, line %zu: %s", r->name, mark.line + 1, what);
    return hr_fail_place(HR_ERR_FORMAT, r->name, (long)mark.line + 1, (long)mark.column + 1);
}

static hr_status next(reader *r, yaml_event_t *event) {
    if (!yaml_parser_parse(&r->parser, event)) {
        const yaml_parser_t *p = &r->parser;
        if (p->error == YAML_MEMORY_ERROR) return hr_fail(HR_ERR_MEM, "out of memory for YAML");
        return refuse(r, p->problem_mark, p->problem ? p->problem : "not YAML");
    }
    hr_status status = HR_OK;
    if (event->type == YAML_ALIAS_EVENT)
        status = refuse(r, event->start_mark, "aliases are not supported; write the value out");
    else if (event->type == YAML_SCALAR_EVENT &&
             (event->data.scalar.anchor || event->data.scalar.length > SCALAR_MAX ||
              memchr(event->data.scalar.value, 0, event->data.scalar.length)))
        status = refuse(r, event->start_mark, "anchors, zero bytes and huge values are refused");
    else if (event->type == YAML_SCALAR_EVENT && event->data.scalar.tag)
        status = refuse(r, event->start_mark, "tags are not supported; write the plain value");
    else if ((event->type == YAML_MAPPING_START_EVENT &&
              (event->data.mapping_start.anchor || event->data.mapping_start.tag)) ||
             (event->type == YAML_SEQUENCE_START_EVENT &&
              (event->data.sequence_start.anchor || event->data.sequence_start.tag)))
        status = refuse(r, event->start_mark, "anchors and tags are not supported");
    if (status) yaml_event_delete(event);
    return status;
}

static const hr_yaml_entry *find(const hr_yaml *yaml, const char *key) {
    for (size_t i = 0; i < yaml->count; i++)
        if (yaml->entries[i].key && !strcmp(yaml->entries[i].key, key)) return &yaml->entries[i];
    return NULL;
}

static hr_status add(reader *r, const char *key, const char *value, yaml_mark_t mark) {
    if (find(r->out, key)) {
        hr_fail(HR_ERR_FORMAT, "%s, line %zu: %s is given twice", r->name, mark.line + 1, key);
        return hr_fail_place(HR_ERR_FORMAT, r->name, (long)mark.line + 1, 1);
    }
    if (r->out->count == ENTRIES_MAX) return refuse(r, mark, "has more than 4096 keys");
    if (hr_reserve(&r->out->entries, &r->capacity, r->out->count, 1, sizeof *r->out->entries))
        return HR_ERR_MEM;
    hr_yaml_entry *entry = &r->out->entries[r->out->count];
    *entry = (hr_yaml_entry){hr_text_copy(key),
                             hr_text_copy(value),
                             (long)mark.line + 1,
                             (long)mark.column + 1,
                             false,
                             false};
    r->out->count++; /* counted even when a copy failed, so that close frees the other */
    return entry->key && entry->value ? HR_OK : HR_ERR_MEM;
}

static hr_status add_scalar(reader *r, const char *key, const yaml_event_t *event) {
    const char *value = (const char *)event->data.scalar.value;
    hr_status status = add(r, key, value, event->start_mark);
    if (!status && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        r->out->entries[r->out->count - 1].null = !strcmp(value, "~") || !strcasecmp(value, "null");
    return status;
}

static hr_status read_map(reader *r, const char *prefix, int depth);

/* Reads a list after its start event: scalars as "a,b,c", maps as if their keys were "0", "1"... */
static hr_status read_list(reader *r, const char *key, yaml_mark_t mark, int depth) {
    hr_buffer text = {0};
    hr_status status;
    yaml_event_t event;
    for (int n = 0; !(status = next(r, &event)); n++) {
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            break;
        }
        if (event.type == YAML_MAPPING_START_EVENT && depth < DEPTH_MAX) {
            char *inner = hr_text_format("%s.%d.", key, n);
            status = inner ? read_map(r, inner, depth + 1) : HR_ERR_MEM;
            hr_free(inner);
        } else if (event.type != YAML_SCALAR_EVENT)
            status = refuse(r, event.start_mark, "a list may only hold plain values and maps");
        else if (text.size > SCALAR_MAX) status = refuse(r, event.start_mark, "the list is huge");
        else hr_buffer_print(&text, "%s%s", n ? "," : "", (const char *)event.data.scalar.value);
        yaml_event_delete(&event);
        if (status) break;
    }
    if (!status) status = text.failed ? HR_ERR_MEM : add(r, key, text.text ? text.text : "", mark);
    if (!status) r->out->entries[r->out->count - 1].list = true;
    hr_buffer_free(&text);
    return status;
}

/* Reads a map after its start event; prefix: "" or "outer.". */
static hr_status read_map(reader *r, const char *prefix, int depth) {
    hr_status status;
    yaml_event_t event;
    while (!(status = next(r, &event))) {
        if (event.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&event);
            return HR_OK;
        }
        yaml_mark_t mark = event.start_mark;
        char *key = NULL;
        if (event.type != YAML_SCALAR_EVENT) status = refuse(r, mark, "a key must be plain text");
        else {
            key = hr_text_format("%s%s", prefix, (const char *)event.data.scalar.value);
            if (!key) status = HR_ERR_MEM;
        }
        yaml_event_delete(&event);
        if (!status) status = next(r, &event);
        if (status) {
            hr_free(key);
            return status;
        }
        if (event.type == YAML_SCALAR_EVENT) status = add_scalar(r, key, &event);
        else if (event.type == YAML_SEQUENCE_START_EVENT) status = read_list(r, key, mark, depth);
        else if (event.type == YAML_MAPPING_START_EVENT && depth < DEPTH_MAX) {
            char *inner = hr_text_format("%s.", key);
            status = inner ? read_map(r, inner, depth + 1) : HR_ERR_MEM;
            hr_free(inner);
        } else status = refuse(r, mark, "is nested too deeply");
        yaml_event_delete(&event);
        hr_free(key);
        if (status) return status;
    }
    return status;
}

/* Reads an event that must be of this type. */
static hr_status expect(reader *r, yaml_event_type_t type, const char *otherwise) {
    yaml_event_t event;
    hr_status status = next(r, &event);
    if (status) return status;
    if (event.type != type) status = refuse(r, event.start_mark, otherwise);
    yaml_event_delete(&event);
    return status;
}

static hr_status read_document(reader *r) {
    yaml_event_t event;
    hr_status status = expect(r, YAML_STREAM_START_EVENT, "is not YAML");
    if (!status) status = next(r, &event);
    if (status) return status;
    yaml_event_type_t type = event.type;
    yaml_event_delete(&event);
    if (type == YAML_STREAM_END_EVENT) return HR_OK; /* empty, or comments only */
    status = next(r, &event);
    if (status) return status;
    bool empty = event.type == YAML_SCALAR_EVENT && !event.data.scalar.length;
    if (event.type == YAML_MAPPING_START_EVENT) status = read_map(r, "", 1);
    else if (!empty) status = refuse(r, event.start_mark, "is not \"key: value\"");
    yaml_event_delete(&event);
    if (!status) status = expect(r, YAML_DOCUMENT_END_EVENT, "is not \"key: value\"");
    if (!status) status = expect(r, YAML_STREAM_END_EVENT, "only one document is supported");
    return status;
}

hr_status hr_yaml_parse(const void *data, size_t size, const char *name, hr_yaml *out) {
    reader r = {.name = name, .out = out};
    *out = (hr_yaml){0};
    if (!yaml_parser_initialize(&r.parser)) return hr_fail(HR_ERR_MEM, "out of memory for YAML");
    yaml_parser_set_input_string(&r.parser, data, size);
    hr_status status = read_document(&r);
    yaml_parser_delete(&r.parser);
    if (status) hr_yaml_close(out);
    return status;
}

hr_status hr_yaml_open(const char *path, hr_yaml *out) {
    hr_file file;
    *out = (hr_yaml){0};
    hr_status status = hr_plain_load(path, &file);
    if (status) return status;
    status = hr_yaml_parse(file.data, file.size, path, out);
    hr_os_unload(&file);
    return status;
}

void hr_yaml_close(hr_yaml *yaml) {
    for (size_t i = 0; i < yaml->count; i++) {
        hr_free(yaml->entries[i].key);
        hr_free(yaml->entries[i].value);
    }
    hr_free(yaml->entries);
    *yaml = (hr_yaml){0};
}

const char *hr_yaml_find(const hr_yaml *yaml, const char *key) {
    const hr_yaml_entry *entry = find(yaml, key);
    return entry && !entry->null ? entry->value : NULL;
}
