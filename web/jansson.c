/* jansson.c - reads JSON behind the part of Jansson's interface that the core calls. Strict, as
 * RFC 8259 has it: UTF-8 alone, no zero in a text, numbers within range. */
#include "web/jansson.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

typedef struct member {
    char *key; /* NULL in an array */
    json_t *value;
} member;

typedef struct node {
    json_t head;
    union {
        struct {
            member *at;
            size_t count, room;
        } list; /* objects and arrays */
        char *text;
        json_int_t integer;
        double real;
    } is;
} node;

static json_malloc_t take_memory = malloc;
static json_free_t give_memory = free;

void json_set_alloc_funcs(json_malloc_t take, json_free_t give) {
    take_memory = take;
    give_memory = give;
}

void json_get_alloc_funcs(json_malloc_t *take, json_free_t *give) {
    if (take) *take = take_memory;
    if (give) *give = give_memory;
}

/* ---- values ---------------------------------------------------------------------------------- */

static const node *of(const json_t *value, json_type type) {
    return value && value->type == type ? (const node *)value : NULL;
}

static void drop_member(member *m) {
    give_memory(m->key);
    json_decref(m->value);
}

void json_decref(json_t *value) {
    node *n = (node *)value;
    if (!n || --n->head.refcount) return;
    if (n->head.type == JSON_OBJECT || n->head.type == JSON_ARRAY) {
        for (size_t i = 0; i < n->is.list.count; i++) drop_member(&n->is.list.at[i]);
        give_memory(n->is.list.at);
    } else if (n->head.type == JSON_STRING) give_memory(n->is.text);
    give_memory(n);
}

size_t json_object_size(const json_t *object) {
    const node *n = of(object, JSON_OBJECT);
    return n ? n->is.list.count : 0;
}

static member *find(const node *object, const char *key) {
    for (size_t i = 0; object && i < object->is.list.count; i++)
        if (!strcmp(object->is.list.at[i].key, key)) return &object->is.list.at[i];
    return NULL;
}

json_t *json_object_get(const json_t *object, const char *key) {
    const member *m = find(of(object, JSON_OBJECT), key);
    return m ? m->value : NULL;
}

int json_object_del(json_t *object, const char *key) {
    node *n = (node *)object;
    member *m = find(of(object, JSON_OBJECT), key);
    if (!m) return -1;
    drop_member(m);
    member *end = n->is.list.at + n->is.list.count--;
    memmove(m, m + 1, (size_t)(end - m - 1) * sizeof *m);
    return 0;
}

json_t *hr_json_member(const json_t *object, size_t i, const char **key) {
    const node *n = of(object, JSON_OBJECT);
    if (!n || i >= n->is.list.count) return NULL;
    *key = n->is.list.at[i].key;
    return n->is.list.at[i].value;
}

size_t json_array_size(const json_t *array) {
    const node *n = of(array, JSON_ARRAY);
    return n ? n->is.list.count : 0;
}

json_t *json_array_get(const json_t *array, size_t i) {
    const node *n = of(array, JSON_ARRAY);
    return n && i < n->is.list.count ? n->is.list.at[i].value : NULL;
}

const char *json_string_value(const json_t *value) {
    const node *n = of(value, JSON_STRING);
    return n ? n->is.text : NULL;
}

json_int_t json_integer_value(const json_t *value) {
    const node *n = of(value, JSON_INTEGER);
    return n ? n->is.integer : 0;
}

double json_number_value(const json_t *value) {
    const node *n = of(value, JSON_REAL);
    return n ? n->is.real : (double)json_integer_value(value);
}

/* ---- reading --------------------------------------------------------------------------------- */

typedef struct reader {
    const char *at, *end;
    int depth;
    const char *wrong; /* NULL: nothing so far */
    bool is_short;     /* of memory */
} reader;

static void *refuse(reader *r, const char *why) {
    if (!r->wrong) r->wrong = why;
    return NULL;
}

static void *take(reader *r, size_t size) {
    void *p = take_memory(size);
    if (p) return p;
    r->is_short = true;
    return refuse(r, "out of memory");
}

static node *new_node(reader *r, json_type type) {
    node *n = take(r, sizeof *n);
    if (n) *n = (node){.head = {type, 1}};
    return n;
}

/* The next byte that is no blank; 0 at the end. */
static char peek(reader *r) {
    while (r->at < r->end && memchr(" \t\r\n", *r->at, 4)) r->at++;
    return r->at < r->end ? *r->at : 0;
}

/* The four digits after \u; -1 where there are none. */
static int read_unit(const char *at, const char *end) {
    int unit = 0;
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return -1;
    for (int i = 2; i < 6; i++) {
        char c = at[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0) return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

static char *put_letter(char *to, int code) {
    if (code < 0x80) *to++ = (char)code;
    else {
        int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
        *to++ = (char)((0xff00 >> (more + 1) & 0xff) | code >> 6 * more);
        while (more--) *to++ = (char)(0x80 | (code >> 6 * more & 0x3f));
    }
    return to;
}

/* What stands behind a backslash; NULL: refused. */
static char *read_escape(reader *r, char *to) {
    static const char names[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    int code = read_unit(r->at, r->end);
    if (code < 0) {
        const char *name = r->end - r->at > 1 && r->at[1] ? strchr(names, r->at[1]) : NULL;
        if (!name) return refuse(r, "invalid escape");
        *to = means[name - names];
        r->at += 2;
        return to + 1;
    }
    r->at += 6;
    if (code >= 0xd800 && code < 0xe000) {
        int low = code < 0xdc00 ? read_unit(r->at, r->end) : -1;
        if (low < 0xdc00 || low > 0xdfff) return refuse(r, "half of a UTF-16 pair");
        code = 0x10000 + ((code - 0xd800) << 10 | (low - 0xdc00));
        r->at += 6;
    }
    if (!code) return refuse(r, "a text holds a zero");
    return put_letter(to, code);
}

/* A text, for give_memory. It is never longer than as it is written. */
static char *read_text(reader *r) {
    const char *quote = ++r->at;
    while (quote < r->end && *quote != '"') quote += *quote == '\\' ? 2 : 1;
    if (quote >= r->end) return refuse(r, "a text does not end");
    char *text = take(r, (size_t)(quote - r->at) + 1), *to = text;
    while (to && r->at < quote) {
        size_t bytes = *r->at == 0x7f ? 1 : hr_text_letter(r->at, (size_t)(quote - r->at));
        if (*r->at == '\\') to = read_escape(r, to);
        else if (!bytes) to = refuse(r, "a text holds a control character or is not UTF-8");
        else {
            memcpy(to, r->at, bytes);
            to += bytes;
            r->at += bytes;
        }
    }
    if (to) {
        *to = 0;
        r->at = quote + 1;
        return text;
    }
    if (text) give_memory(text);
    return NULL;
}

static size_t count_digits(const char *at, const char *end) {
    size_t n = 0;
    while (at + n < end && at[n] >= '0' && at[n] <= '9') n++;
    return n;
}

/* The length of a number as JSON writes it, and whether it is whole; 0: it is none. */
static size_t measure(const char *at, const char *end, bool *whole) {
    const char *p = at + (*at == '-');
    size_t n = count_digits(p, end);
    *whole = true;
    if (!n || (n > 1 && *p == '0')) return 0;
    p += n;
    if (p < end && *p == '.') {
        *whole = false;
        n = count_digits(++p, end);
        if (!n) return 0;
        p += n;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        *whole = false;
        p++;
        if (p < end && (*p == '+' || *p == '-')) p++;
        n = count_digits(p, end);
        if (!n) return 0;
        p += n;
    }
    return (size_t)(p - at);
}

static node *read_number(reader *r) {
    enum { LONGEST = 400 };
    char copy[LONGEST + 1];
    bool whole;
    size_t n = measure(r->at, r->end, &whole);
    if (!n) return refuse(r, "invalid token");
    if (n > LONGEST) return refuse(r, "a number is too long");
    memcpy(copy, r->at, n);
    copy[n] = 0;
    node *out = new_node(r, whole ? JSON_INTEGER : JSON_REAL);
    if (!out) return NULL;
    errno = 0;
    if (whole) out->is.integer = strtoll(copy, NULL, 10);
    else out->is.real = strtod(copy, NULL);
    if (whole ? errno == 0 : isfinite(out->is.real)) {
        r->at += n;
        return out;
    }
    json_decref(&out->head);
    return refuse(r, "a number is too large");
}

static json_t *read_value(reader *r);

/* Room for another member. */
static bool grow(reader *r, node *list) {
    if (list->is.list.count < list->is.list.room) return true;
    size_t room = list->is.list.room ? 2 * list->is.list.room : 4;
    member *at =
        room > SIZE_MAX / 2 / sizeof *at ? refuse(r, "out of memory") : take(r, room * sizeof *at);
    if (!at) return false;
    if (list->is.list.count) memcpy(at, list->is.list.at, list->is.list.count * sizeof *at);
    give_memory(list->is.list.at);
    list->is.list.at = at;
    list->is.list.room = room;
    return true;
}

/* One member of an object or an array, with its key. */
static bool read_member(reader *r, node *list) {
    bool object = list->head.type == JSON_OBJECT;
    if (!grow(r, list)) return false;
    member m = {NULL, NULL};
    if (object) {
        if (peek(r) != '"') return refuse(r, "a key is not a text"), false;
        if (list->is.list.count == HR_JSON_KEYS) return refuse(r, "too many keys"), false;
        m.key = read_text(r);
        if (!m.key) return false;
        if (find(list, m.key)) refuse(r, "a key stands there twice");
        else if (peek(r) != ':') refuse(r, "':' is missing");
        else r->at++;
    }
    if (!r->wrong) m.value = read_value(r);
    if (m.value) list->is.list.at[list->is.list.count++] = m;
    else if (m.key) give_memory(m.key);
    return m.value != NULL;
}

static node *read_list(reader *r) {
    bool object = *r->at == '{';
    char end = object ? '}' : ']';
    if (r->depth == HR_JSON_DEPTH) return refuse(r, "values lie too deep in others");
    node *list = new_node(r, object ? JSON_OBJECT : JSON_ARRAY);
    if (!list) return NULL;
    r->depth++;
    r->at++;
    bool first = true;
    while (!r->wrong && (peek(r) != end || !first)) {
        if (!read_member(r, list)) break;
        first = false;
        if (peek(r) == end) break;
        if (peek(r) != ',') refuse(r, object ? "'}' or ',' is missing" : "']' or ',' is missing");
        else r->at++;
    }
    r->depth--;
    if (!r->wrong) {
        r->at++;
        return list;
    }
    json_decref(&list->head);
    return NULL;
}

static node *read_word(reader *r) {
    static const struct {
        const char *word;
        json_type type;
    } words[] = {{"true", JSON_TRUE}, {"false", JSON_FALSE}, {"null", JSON_NULL}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i].word);
        if ((size_t)(r->end - r->at) < n || memcmp(r->at, words[i].word, n) != 0) continue;
        r->at += n;
        return new_node(r, words[i].type);
    }
    return read_number(r);
}

static json_t *read_value(reader *r) {
    char c = peek(r);
    node *n;
    if (r->at == r->end) n = refuse(r, "it ends too early");
    else if (c == '{' || c == '[') n = read_list(r);
    else if (c == '"') {
        n = new_node(r, JSON_STRING);
        if (n) n->is.text = read_text(r);
        if (n && !n->is.text) {
            json_decref(&n->head);
            n = NULL;
        }
    } else n = read_word(r);
    return n ? &n->head : NULL;
}

/* Says what is wrong, and where: columns are of letters. */
static void tell(const reader *r, const char *text, json_error_t *out) {
    if (!out) return;
    *out =
        (json_error_t){.line = 1,
                       .column = 1,
                       .position = (int)(r->at - text),
                       .code = r->is_short ? json_error_out_of_memory : json_error_invalid_syntax};
    for (const char *p = text; p < r->at; p++) {
        bool letter = ((unsigned char)*p & 0xc0) != 0x80;
        out->column = *p == '\n' ? 1 : out->column + letter;
        out->line += *p == '\n';
    }
    snprintf(out->text, sizeof out->text, "%s", r->wrong);
}

json_t *json_loadb(const char *text, size_t size, size_t flags, json_error_t *error) {
    reader r = {.at = text, .end = text + size};
    json_t *value = NULL;
    (void)flags; /* keys that stand there twice are always refused */
    char first = peek(&r);
    if (first != '{' && first != '[') refuse(&r, "'[' or '{' is missing");
    else value = read_value(&r);
    if (value && (peek(&r) || r.at < r.end)) {
        refuse(&r, "something stands behind its end");
        json_decref(value);
        value = NULL;
    }
    if (!value) tell(&r, text, error);
    return value;
}

json_t *json_loads(const char *text, size_t flags, json_error_t *error) {
    return json_loadb(text, strlen(text), flags, error);
}
