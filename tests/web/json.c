/* json.c - what tests/cli/wasm.sh builds twice, with Jansson and with web/jansson.c in its place,
 * and compares: both read the same texts, good, changed and cut at random, to the same values, and
 * refuse the same. Otherwise a model could load as a file here and not in a page.
 *
 * usage: json ROUNDS FILE...   prints each text's values, or "refused" */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"

static void print(const json_t *v) {
    const char *key;
    json_t *member;
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        printf("{");
        json_object_foreach((json_t *)(uintptr_t)v, key, member) {
            printf("%s:", key);
            print(member);
        }
        printf("}%zu", json_object_size(v));
        break;
    case JSON_ARRAY:
        printf("[");
        for (size_t i = 0; i < json_array_size(v); i++) print(json_array_get(v, i));
        printf("]");
        break;
    case JSON_STRING:
        printf("\"%s\"", json_string_value(v));
        break;
    case JSON_INTEGER:
        printf("%lld,", (long long)json_integer_value(v));
        break;
    case JSON_REAL:
        printf("%a,", json_number_value(v));
        break;
    default:
        printf("<%d>", (int)json_typeof(v));
    }
}

static void read_text(const char *text, size_t size) {
    json_t *v;
    bool good = !hr_json_parse(text, size, "text", &v);
    if (good) print(v);
    puts(good ? "" : "refused");
    json_decref(v);
}

static uint32_t next(void) {
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

/* Bytes that mean something to a reader of JSON, and any. */
static char letter(void) {
    static const char known[] =
        "{}[]:,\"\\/u0123456789abcdefEtrn+-. \t\n\x7f\xc3\xa9\xed\xa0\x80\xf0\x9f";
    return next() % 4 ? known[next() % (sizeof known - 1)] : (char)next();
}

static void change(char *text, size_t *size) {
    for (uint32_t n = 1 + next() % 3; n--;) {
        size_t at = *size ? next() % *size : 0;
        switch (next() % 4) {
        case 0:
            *size = *size ? at : 0;
            break;
        case 1:
            if (*size) memmove(text + at, text + at + 1, --*size - at);
            break;
        case 2:
            memmove(text + at + 1, text + at, (*size)++ - at);
            text[at] = letter();
            break;
        default:
            if (*size) text[at] = letter();
        }
    }
}

int main(int argc, char **argv) {
    enum { MOST = 1 << 20 };
    static char text[MOST], copy[MOST];
    for (int i = 2; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        size_t size = file ? fread(text, 1, MOST - 64, file) : 0;
        if (!file) return 1;
        fclose(file);
        read_text(text, size);
        for (int n = atoi(argv[1]); n--;) {
            size_t left = size;
            memcpy(copy, text, size);
            change(copy, &left);
            read_text(copy, left);
        }
    }
    return 0;
}
