/* text.c - the helpers of text.h. */
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

/* The C locale: numbers with a point. The first caller makes it; never freed, as threads may be
 * using it. */
static locale_t plain(void) {
    static _Atomic(locale_t) kept;
    locale_t known = atomic_load(&kept);
    if (known) return known;
    locale_t made = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (atomic_compare_exchange_strong(&kept, &known, made)) return made;
    freelocale(made);
    return known;
}

/* vsnprintf in the C locale. */
__attribute__((format(printf, 3, 0))) static int print(char *out, size_t size, const char *format,
                                                       va_list args) {
    locale_t before = uselocale(plain());
    int n = vsnprintf(out, size, format, args);
    uselocale(before);
    return n;
}

char *hr_text_copy(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = hr_alloc(size);
    if (copy) memcpy(copy, text, size);
    return copy;
}

char *hr_text_format_args(const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int n = print(NULL, 0, format, again);
    va_end(again);
    char *text = n < 0 ? NULL : hr_alloc((size_t)n + 1);
    if (text) print(text, (size_t)n + 1, format, args);
    return text;
}

char *hr_text_format(const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *text = hr_text_format_args(format, args);
    va_end(args);
    return text;
}

static bool reserve(hr_buffer *buffer, size_t more) {
    size_t need = hr_add(hr_add(buffer->size, more), 1);
    if (need <= buffer->capacity) return true;
    size_t capacity = need < SIZE_MAX / 2 ? need * 2 : need;
    char *text = hr_realloc(buffer->text, buffer->text ? buffer->size + 1 : 0, capacity);
    if (!text) {
        buffer->failed = true;
        return false;
    }
    buffer->text = text;
    buffer->capacity = capacity;
    return true;
}

void hr_buffer_add(hr_buffer *buffer, const void *bytes, size_t size) {
    if (!reserve(buffer, size)) return;
    if (size) memcpy(buffer->text + buffer->size, bytes, size);
    buffer->size += size;
    buffer->text[buffer->size] = 0;
}

void hr_buffer_print(hr_buffer *buffer, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = print(NULL, 0, format, args);
    va_end(args);
    if (n < 0) buffer->failed = true;
    else if (reserve(buffer, (size_t)n)) {
        print(buffer->text + buffer->size, (size_t)n + 1, format, again);
        buffer->size += (size_t)n;
    }
    va_end(again);
}

void hr_buffer_quote(hr_buffer *buffer, const char *text) {
    hr_buffer_add(buffer, "'", 1);
    for (; *text; text++) hr_buffer_add(buffer, *text == '\'' ? "''" : text, *text == '\'' ? 2 : 1);
    hr_buffer_add(buffer, "'", 1);
}

void hr_buffer_free(hr_buffer *buffer) {
    hr_free(buffer->text);
    *buffer = (hr_buffer){0};
}

bool hr_text_number(const char *text, double *out) {
    if (!*text || isspace((unsigned char)*text)) return false;
    char *end;
    double value = strtod_l(text, &end, plain());
    if (*end || !isfinite(value)) return false;
    *out = value;
    return true;
}

void hr_text_real(double value, char out[HR_REAL_SIZE]) {
    double back;
    locale_t before = uselocale(plain());
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(out, HR_REAL_SIZE, "%.*g", digits, value);
        if (hr_text_number(out, &back) && back == value) break;
    }
    uselocale(before);
}

void hr_text_float(float value, char out[HR_REAL_SIZE]) {
    double back;
    locale_t before = uselocale(plain());
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(out, HR_REAL_SIZE, "%.*g", digits, (double)value);
        if (hr_text_number(out, &back) && (float)back == value) break;
    }
    uselocale(before);
}

bool hr_text_integer(const char *text, int64_t *out) {
    static const struct {
        const char *suffix;
        int64_t unit;
    } units[] = {{"", 1},           {"k", 1000},        {"K", 1000},        {"M", 1000000},
                 {"G", 1000000000}, {"KiB", 1LL << 10}, {"MiB", 1LL << 20}, {"GiB", 1LL << 30}};
    if (!isdigit((unsigned char)*text) && *text != '-') return false;
    errno = 0;
    char *end;
    long long value = strtoll(text, &end, 10);
    if (errno || end == text) return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        int64_t product;
        if (strcmp(end, units[i].suffix)) continue;
        if (__builtin_mul_overflow((int64_t)value, units[i].unit, &product)) return false;
        *out = product;
        return true;
    }
    double whole; /* 1e6 and the like, when exact */
    if (!hr_text_number(text, &whole) || whole != floor(whole) || fabs(whole) > 0x1p53)
        return false;
    *out = (int64_t)whole;
    return true;
}

bool hr_text_bytes(const char *text, int64_t *out) {
    static const char prefix[] = "kmgt";
    if (!isdigit((unsigned char)*text) || strpbrk(text, "xXpP")) return false;
    char *unit;
    double value = strtod_l(text, &unit, plain()), step = 1000;
    const char *power = *unit ? strchr(prefix, tolower((unsigned char)*unit)) : NULL;
    unit += power != NULL;
    if (power && tolower((unsigned char)*unit) == 'i') {
        step = 1024;
        unit++;
        if (!*unit) return false; /* "Gi" is no unit of ours */
    }
    unit += tolower((unsigned char)*unit) == 'b';
    for (const char *p = prefix; power && p <= power; p++) value *= step;
    if (*unit || !(value < 0x1p62)) return false;
    *out = (int64_t)value;
    return true;
}

bool hr_text_blank(const char *text, size_t size) {
    size_t at = 0;
    while (at < size && isspace((unsigned char)text[at])) at++;
    return at == size;
}

size_t hr_text_letter(const void *at, size_t left) {
    const unsigned char *p = at;
    if (*p < 0x80) return *p >= 0x20 && *p != 0x7f;
    size_t more = *p >= 0xc2 && *p < 0xe0   ? 1
                  : *p >= 0xe0 && *p < 0xf0 ? 2
                  : *p >= 0xf0 && *p < 0xf5 ? 3
                                            : 0;
    if (!more || left <= more) return 0;
    for (size_t i = 1; i <= more; i++)
        if ((p[i] & 0xc0) != 0x80) return 0;
    bool overlong = (*p == 0xe0 && p[1] < 0xa0) || (*p == 0xf0 && p[1] < 0x90);
    bool beyond = (*p == 0xed && p[1] > 0x9f) || (*p == 0xf4 && p[1] > 0x8f);
    return overlong || beyond ? 0 : more + 1;
}

bool hr_text_ends(const char *text, const char *suffix) {
    size_t n = strlen(text), m = strlen(suffix);
    return n >= m && !strcasecmp(text + n - m, suffix);
}

bool hr_text_bool(const char *text, bool *out) {
    static const char *const yes[] = {"true", "yes", "on", "1"};
    static const char *const no[] = {"false", "no", "off", "0"};
    for (int i = 0; i < 4; i++) {
        if (!strcasecmp(text, yes[i]) || !strcasecmp(text, no[i])) {
            *out = !strcasecmp(text, yes[i]);
            return true;
        }
    }
    return false;
}

enum { WORD_MAX = 64 };

/* How many letters have to be inserted, deleted, replaced or swapped with their neighbour. */
static size_t distance(const char *a, const char *b) {
    size_t n = strlen(a), m = strlen(b), rows[3][WORD_MAX + 1];
    if (n > WORD_MAX || m > WORD_MAX) return SIZE_MAX;
    for (size_t i = 0; i <= n; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *higher = rows[(i + 1) % 3];
        for (size_t j = 0; j <= m; j++) {
            size_t best = i ? above[j] + 1 : j;
            if (j && row[j - 1] + 1 < best) best = row[j - 1] + 1;
            if (i && j && above[j - 1] + (a[i - 1] != b[j - 1]) < best)
                best = above[j - 1] + (a[i - 1] != b[j - 1]);
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && higher[j - 2] + 1 < best) best = higher[j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[n % 3][m];
}

const char *hr_text_nearest(const char *word, const char *const *words, size_t count) {
    const char *best = NULL;
    size_t least = strlen(word) / 2 + 2;
    for (size_t i = 0; i < count; i++) {
        size_t d = words[i] ? distance(word, words[i]) : least;
        if (d < least) {
            least = d;
            best = words[i];
        }
    }
    return best;
}

hr_status hr_text_check_json(const char *text, size_t size) {
    /* what Jansson takes at least: for a list, an object, a value and its place in a list */
    enum { LIST = 112, OBJECT = 232, VALUE = 40 };
    size_t need = 0, begin = 0;
    bool quoted = false;
    while (begin < size && memchr(" \t\r\n", text[begin], 4)) begin++;
    if (begin == size || !memchr("[{", text[begin], 2)) return HR_OK; /* is no such JSON */
    for (size_t i = begin; i < size; i++) {
        char c = text[i];
        if (c == '"') quoted = !quoted;
        else if (quoted) i += c == '\\';
        else need = hr_add(need, c == '[' ? LIST : c == '{' ? OBJECT : c == ',' ? VALUE : 0);
    }
    if (need <= hr_add(hr_mul(size, 32), 64 << 20)) return HR_OK;
    return hr_fail(HR_ERR_FORMAT,
                   "is JSON of so many values that they would take %zu MB of memory, more than 32 "
                   "times its size; part it into several files",
                   need >> 20);
}
