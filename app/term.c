#include "term.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "hrm.h"
#include "signals.h"

static bool line_shown;

bool term_is_live(void) {
    return isatty(STDERR_FILENO);
}

static bool not_shown;

void term_not_shown(void) {
    not_shown = true;
}

bool term_is_shown(void) {
    return !not_shown && isatty(STDOUT_FILENO);
}

bool term_has_colour(void) {
    const char *no = getenv("NO_COLOR");
    return term_is_shown() && !(no && *no);
}

/* A line longer than the terminal would wrap and could not be replaced. */
static int columns(void) {
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || size.ws_col < 20) return 80;
    return size.ws_col;
}

void term_live(const char *format, ...) {
    if (!term_is_live()) return;
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\r\033[K%.*s", columns() - 1, line);
    fflush(stderr);
    line_shown = true;
}

void term_clear(void) {
    if (line_shown) fputs("\r\033[K", stderr);
    line_shown = false;
}

static const char *scaled(double value, const char *const *units, char *out) {
    int i = 0;
    for (; value >= 999.5 && units[i + 1]; i++) value /= 1000;
    snprintf(out, TERM_TEXT, value < 9.95 && i ? "%.1f %s" : "%.0f %s", value, units[i]);
    return out;
}

const char *term_bytes(double bytes, char out[TERM_TEXT]) {
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", NULL};
    return scaled(bytes, units, out);
}

const char *term_count(double count, char out[TERM_TEXT]) {
    static const char *const units[] = {"", "k", "M", "G", "T", "P", NULL};
    return scaled(count, units, out);
}

const char *term_seconds(double s, char out[TERM_TEXT]) {
    if (s < 1) snprintf(out, TERM_TEXT, "%.0f ms", s * 1000);
    else if (s < 100) snprintf(out, TERM_TEXT, "%.1f s", s);
    else if (s < 6000) snprintf(out, TERM_TEXT, "%d min %02d s", (int)s / 60, (int)s % 60);
    else snprintf(out, TERM_TEXT, "%d h %02d min", (int)(s / 3600), (int)(s / 60) % 60);
    return out;
}

double term_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* How far the work has come that was told last. */
static const char *what = "";
static size_t reached, all;

const char *term_reached(char out[64]) {
    *out = 0;
    if (all) snprintf(out, 64, "%.30s %zu of %zu", what, reached, all);
    return out;
}

bool term_progress(void *label, size_t done, size_t total) {
    static double shown;
    term_silence(label, done, total);
    double now = term_now();
    if (done == total) term_clear();
    else if (now - shown > 0.1) {
        shown = now;
        term_live("%s %zu of %zu", (const char *)label, done, total);
    }
    return !signals_stop();
}

bool term_silence(void *label, size_t done, size_t total) {
    what = label;
    reached = done;
    all = total;
    return !signals_stop();
}

/* NULL, or why not all of stdout could be written. */
static const char *unwritten(void) {
    bool before = ferror(stdout);
    errno = 0;
    if (before) fputc('\n', stdout); /* fails again, and says why */
    if (!fflush(stdout) && !before) return NULL;
    return errno ? strerror(errno) : "an earlier write failed";
}

bool term_flush(void) {
    static bool told;
    const char *why = told ? NULL : unwritten();
    if (why) fprintf(stderr, "hrm: standard output: cannot write: %s\n", why);
    told |= why != NULL;
    return !told;
}

static json_malloc_t library_malloc;
static _Thread_local bool is_short;

static void *watched_malloc(size_t size) {
    void *p = library_malloc(size);
    is_short |= !p;
    return p;
}

void term_watch_json(void) {
    json_free_t library_free;
    json_get_alloc_funcs(&library_malloc, &library_free);
    json_set_alloc_funcs(watched_malloc, library_free);
}

bool term_is_short(void) {
    return is_short;
}

void term_short_told(void) {
    is_short = false;
}

char *term_dump(const json_t *value, size_t flags) {
    json_free_t
        release; /* what Jansson gives may lie where free() must not, even if all went well */
    json_get_alloc_funcs(NULL, &release);
    char *dumped = value ? json_dumps(value, flags) : NULL;
    char *text = dumped && !is_short ? strdup(dumped) : NULL;
    release(dumped);
    if (is_short) errno = ENOMEM;
    is_short = false;
    return text;
}

bool term_json(json_t *value, size_t flags) {
    char *text = term_dump(value, flags);
    bool good = text != NULL;
    if (good) puts(text);
    free(text);
    json_decref(value);
    return good;
}

bool term_line(hrm_file *file, const json_t *value, size_t flags) {
    char *text = term_dump(value, flags), *line = NULL;
    int size = text ? asprintf(&line, "%s\n", text) : -1;
    bool good = size >= 0 && !hrm_file_write(file, line, (size_t)size);
    free(size >= 0 ? line : NULL);
    free(text);
    return good;
}

json_t *term_text(const char *text) {
    json_t *plain = text ? json_string(text) : json_null();
    if (plain) return plain;
    size_t n = strlen(text), at = 0;
    char *utf8 = malloc(2 * n + 1);
    if (!utf8) {
        is_short = true;
        return json_null();
    }
    for (char letter[3]; *text; text++)
        for (const char *c = term_letter((unsigned char)*text, letter); *c;) utf8[at++] = *c++;
    plain = json_stringn(utf8, at);
    free(utf8);
    return plain;
}

const char *term_s(size_t n) {
    return n == 1 ? "" : "s";
}

const char *term_letter(unsigned char c, char out[3]) {
    bool two = c >= 0x80;
    out[0] = (char)(two ? 0xc0 | c >> 6 : c);
    out[1] = (char)(two ? 0x80 | (c & 0x3f) : 0);
    out[2] = 0;
    return out;
}

int term_say(FILE *file, const char *text) {
    int width = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p; width++) {
        size_t size = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : *p >= 0xc2 ? 2 : 1, there = 1;
        while (there < size && (p[there] & 0xc0) == 0x80) there++;
        bool control = *p < ' ' || *p == 0x7f || (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0);
        if (file && (control || there < size)) fputc('?', file);
        else if (file) fwrite(p, 1, size, file);
        p += there;
    }
    return width;
}

json_t *term_name(const char *name) {
    json_t *plain = name ? json_string(name) : json_null();
    char *copy = plain ? NULL : strdup(name);
    is_short |= !plain && !copy;
    for (char *p = copy; p && *p; p++)
        if ((unsigned char)*p > 126) *p = '?';
    if (copy) plain = json_string(copy);
    free(copy);
    return plain;
}

json_t *term_texts(const char *const *list, size_t count) {
    json_t *out = json_array();
    for (size_t i = 0; i < count; i++) json_array_append_new(out, term_text(list[i]));
    return out;
}

json_t *term_value(const char *text) {
    json_t *value = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    return value ? value : term_text(text);
}

size_t term_json_bytes(const char *text, size_t size, int *depth) {
    /* what Jansson takes at least: for a list, an object, a value and its place in a list */
    enum { LIST = 112, OBJECT = 232, VALUE = 40 };
    size_t bytes = 0;
    int deep = 0;
    bool within = false;
    *depth = 0;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (within && c == '\\') i++;
        else if (c == '"') within = !within;
        if (within) continue;
        bytes += c == '[' ? LIST : c == '{' ? OBJECT : c == ',' ? VALUE : 0;
        deep += (c == '[' || c == '{') - (c == ']' || c == '}');
        if (deep > *depth) *depth = deep;
    }
    return bytes;
}

json_t *term_real(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

double term_number(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

const char *term_string(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

json_t *term_tensor(const hrm_tensor_info *t) {
    json_t *shape = json_array(), *o = json_pack("{s:o}", "name", term_text(t->name));
    for (int d = 0; d < t->dims; d++) json_array_append_new(shape, json_integer(t->shape[d]));
    if (t->status) json_object_set_new(o, "status", json_string(t->status));
    json_object_set_new(o, "shape", shape);
    if (t->dtype) json_object_set_new(o, "dtype", json_string(t->dtype));
    if (t->source) json_object_set_new(o, "source", term_text(t->source));
    return o;
}

const char *term_shape(const hrm_tensor_info *t, char out[128]) {
    size_t at = 0;
    *out = 0;
    for (int i = 0; i < t->dims && at + 24 < 128; i++)
        at +=
            (size_t)snprintf(out + at, 128 - at, "%s%lld", i ? " x " : "", (long long)t->shape[i]);
    return out;
}
