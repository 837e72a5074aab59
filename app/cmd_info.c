/* cmd_info.c - hrm info: the library's description, as it is or for people. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "shipped.h"
#include "term.h"

static void print_value(const char *name, const json_t *value, int depth);

static void print_members(const json_t *object, int depth) {
    const char *key;
    json_t *value;
    /* the iterator does not change the object, but Jansson's macro wants it mutable */
    json_object_foreach((json_t *)object, key, value) print_value(key, value, depth);
}

/* Text that holds newlines (a recipe) is shown indented. */
static void print_text(const char *text, int depth) {
    for (const char *p = text; *p;) {
        size_t size = strcspn(p, "\n");
        printf("\n%*s%.*s", 2 * depth + 2, "", (int)size, p);
        p += size + (p[size] == '\n');
    }
    putchar('\n');
}

/* "3 x 4". */
static const char *shape_of(const json_t *tensor, char out[128]) {
    hrm_tensor_info t = {0};
    const json_t *shape = json_object_get(tensor, "shape");
    for (; t.dims < (int)json_array_size(shape) && t.dims < 8; t.dims++)
        t.shape[t.dims] = json_integer_value(json_array_get(shape, (size_t)t.dims));
    return term_shape(&t, out);
}

static void print_value(const char *name, const json_t *value, int depth) {
    char text[TERM_TEXT], shape[128];
    printf("%*s%-*s ", 2 * depth, "", 18 - 2 * depth, name);
    if (json_is_object(value)) {
        putchar('\n');
        print_members(value, depth + 1);
    } else if (json_is_array(value)) {
        size_t i;
        json_t *item;
        printf("%zu\n", json_array_size(value));
        json_array_foreach(value, i, item) if (json_is_object(item))
            printf("  %-60s %-4s %s\n", term_string(item, "name"), term_string(item, "dtype"),
                   shape_of(item, shape));
    } else if (json_is_string(value)) {
        const char *s = json_string_value(value);
        if (strchr(s, '\n')) print_text(s, depth);
        else puts(s);
    } else if (json_is_integer(value)) {
        long long n = (long long)json_integer_value(value);
        if (!strcmp(name, "bytes")) printf("%lld (%s)\n", n, term_bytes((double)n, text));
        else if (!strcmp(name, "parameters")) printf("%lld (%s)\n", n, term_count((double)n, text));
        else if (!strcmp(name, "denormals")) printf("%lld values that make it slow\n", n);
        else printf("%lld\n", n);
    } else if (json_is_real(value)) printf("%.6g\n", json_real_value(value));
    else puts(json_is_true(value) ? "yes" : json_is_false(value) ? "no" : "-");
}

/* Who takes a text of some kind. */
static void print_use(const char *kind) {
    static const char *const use[][2] = {
        {"JSON", "hrm data arc takes tasks of ARC"},
        {"JSON lines", "hrm data arc takes tasks of ARC"},
        {"recipe", "hrm train takes it"},
        {"configuration", "hrm convert reads it beside its checkpoint"},
        {"task file", "recipes name it as their task"},
        {"text", "hrm solve takes lines of puzzles"},
    };
    for (size_t i = 0; i < sizeof use / sizeof *use; i++)
        if (!strcmp(kind, use[i][0])) printf("%-18s %s\n", "note", use[i][1]);
}

static json_t *dataset_json(const hrm_dataset_info *d) {
    json_t *rating = json_null();
    if (d->rated)
        rating = json_pack("{s:I, s:f, s:i, s:i, s:i}", "rated", (json_int_t)d->rated, "mean",
                           d->rating_mean, "median", d->rating_median, "p90", d->rating_p90, "max",
                           d->rating_max);
    json_t *o = json_pack("{s:s, s:o, s:s, s:I, s:I, s:I, s:i, s:i, s:i, s:i, s:i, s:o}", "kind",
                          "dataset", "path", term_name(d->path), "task", d->task, "examples",
                          (json_int_t)d->examples, "puzzles", (json_int_t)d->puzzles, "groups",
                          (json_int_t)d->groups, "identifiers", d->identifiers, "seq", d->cells,
                          "vocab", d->vocab, "rows", d->rows, "cols", d->cols, "rating", rating);
    if (*d->unrated) json_object_set_new(o, "unrated", term_text(d->unrated));
    return o;
}

static json_t *description_json(const hrm_description *d) {
    if (!strcmp(d->kind, "dataset")) return dataset_json(&d->dataset);
    const char *const texts[][2] = {{"spec", d->spec},
                                    {"task", d->task},
                                    {"training", d->training},
                                    {"progress", d->progress},
                                    {"recipe", d->recipe}};
    json_t *tensors = json_array(),
           *o = json_pack("{s:s, s:o, s:I}", "kind", d->kind, "path", term_name(d->path), "bytes",
                          (json_int_t)d->bytes);
    if (d->format) json_object_set_new(o, "format", json_string(d->format));
    if (d->format || !strcmp(d->kind, "model"))
        json_object_set_new(o, "parameters", json_integer((json_int_t)d->parameters));
    if (d->dtype) json_object_set_new(o, "dtype", json_string(d->dtype));
    if (d->denormals) json_object_set_new(o, "denormals", json_integer((json_int_t)d->denormals));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i][1]) json_object_set_new(o, texts[i][0], term_value(texts[i][1]));
    for (size_t i = 0; i < d->tensor_count; i++)
        json_array_append_new(tensors, term_tensor(&d->tensors[i]));
    if (d->tensors) json_object_set(o, "tensors", tensors);
    json_decref(tensors);
    return o;
}

static bool is_packed(const char *path) {
    unsigned char head[2] = {0};
    FILE *file = fopen(path, "rb");
    bool got = file && fread(head, 1, sizeof head, file) == sizeof head;
    if (file) fclose(file);
    return got && head[0] == 0x1f && head[1] == 0x8b;
}

int cmd_info(const app_args *args) {
    hrm_description *description;
    const char *path = app_named_data(app_named_model(args->words[0]));
    hrm_status status = hrm_describe(app_named("recipes", ".yaml", path), &description);
    if (status) return app_fail(status);
    json_t *object = description_json(description);
    if (is_packed(path)) json_object_set_new(object, "packed", json_string("gzip, read as it is"));
    hrm_description_free(description);
    if (args->json) return term_json(object, JSON_COMPACT) ? 0 : app_fail(HRM_STATUS_MEM);
    print_members(object, 0);
    print_use(term_string(object, "kind"));
    json_decref(object);
    return 0;
}
