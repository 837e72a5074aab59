/* sweep.c - see sweep.h */
#include "sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lines.h"
#include "shipped.h"
#include "term.h"

/* ---- values ---------------------------------------------------------------------------------- */

/* "a,b": commas part values; \, is a comma within one, \\ a backslash. NULL: no UTF-8, or no
 * memory. */
static json_t *split(const char *text) {
    json_t *list = json_array();
    char *value = malloc(strlen(text) + 1);
    bool good = list && value;
    for (size_t n = 0; good; text++) {
        if (*text && *text != ',') {
            if (*text == '\\' && (text[1] == ',' || text[1] == '\\')) text++;
            value[n++] = *text;
            continue;
        }
        good = !json_array_append_new(list, json_stringn(value, n));
        n = 0;
        if (!*text) break;
    }
    free(value);
    if (!good) json_decref(list);
    return good ? list : NULL;
}

static bool is_key(const char *word, const char *key) {
    size_t size = strlen(key);
    return !strncmp(word, key, size) && word[size] == '=';
}

static int read_keys(const app_args *args, sweep *s) {
    for (size_t i = 0; i < args->set.count; i++) {
        const char *word = args->set.word[i], *equals = strchr(word, '=');
        char key[64];
        if (!equals || equals == word || equals - word >= (int)sizeof key)
            return app_usage_error("--set %.60s: is not KEY=A,B", word);
        snprintf(key, sizeof key, "%.*s", (int)(equals - word), word);
        if (json_object_get(s->keys, key))
            return app_usage_error("--set %.60s: %s is varied already", word, key);
        for (size_t k = 1; k < args->count; k++)
            if (is_key(args->words[k], key))
                return app_usage_error("%.60s: --set varies %s already", args->words[k], key);
        if (args->seeds && !strcmp(key, "seed"))
            return app_usage_error("--set %.60s: --seeds gives seeds already; leave one out", word);
        errno = 0;
        json_t *values = split(equals + 1);
        if (!values && errno == ENOMEM) return app_fail(HRM_STATUS_MEM);
        if (!values) return app_usage_error("--set %.60s: is not UTF-8", word);
        json_object_set_new(s->keys, key, values);
    }
    return 0;
}

/* Words of a line into its place; false: memory is short. */
static bool read_line(sweep_line *line) {
    size_t room = strlen(line->text) / 2 + 1;
    char *rest, *word = strtok_r(line->text, " \t\r\n", &rest);
    line->setting = calloc(room, sizeof *line->setting);
    for (line->name = word; line->setting && (word = strtok_r(NULL, " \t\r\n", &rest));)
        line->setting[line->settings++] = app_named_setting(word);
    return line->setting;
}

static int check_line(const sweep *s, const char *path, const sweep_line *line) {
    if (strchr(line->name, '='))
        return app_usage_error("%s: the line of %.60s begins with no name", path, line->name);
    for (const sweep_line *other = s->line; other < line; other++)
        if (!strcmp(other->name, line->name))
            return app_usage_error("%s: the name %.60s is there twice", path, line->name);
    for (size_t i = 0; i < line->settings; i++) {
        char key[64];
        snprintf(key, sizeof key, "%.*s", (int)strcspn(line->setting[i], "="), line->setting[i]);
        if (json_object_get(s->keys, key) || (s->seeds && !strcmp(key, "seed")))
            return app_usage_error("%s: %.60s gives %s, which the command varies already", path,
                                   line->name, key);
        for (size_t k = 0; k < s->settings; k++)
            if (is_key(s->setting[k], key))
                return app_usage_error("%s: %.60s gives %s, which the command gives already", path,
                                       line->name, key);
    }
    return 0;
}

static void drop_line(sweep_line *line) {
    free(line->text);
    free(line->setting);
    *line = (sweep_line){0};
}

/* The lines of a text, as they are checked one by one. */
static int read_lines(sweep *s, const char *path, app_lines *text) {
    char *from;
    size_t size;
    int code = 0;
    while (!code && s->lines <= SWEEP_MOST &&
           app_lines_next(text, true, NULL, &from, &size) == LINE_READ) {
        sweep_line *line = &s->line[s->lines];
        if (strlen(from) < size) return app_usage_error("%s: holds a zero byte", path);
        for (char *c = from; (c = strchr(c, '#')); c++)
            if (c == from || strchr(" \t", c[-1])) *c = 0;
        s->lines++;
        if (!(line->text = strdup(from)) || !read_line(line)) code = app_fail(HRM_STATUS_MEM);
        else if (line->name) code = check_line(s, path, line);
        if (code || line->name) continue;
        drop_line(line);
        s->lines--;
    }
    return code;
}

static int read_list(sweep *s, const char *path) {
    app_lines text = {.fd = -1, .ended = true};
    s->line = calloc(SWEEP_MOST + 1, sizeof *s->line);
    if (!s->line) return app_fail(HRM_STATUS_MEM);
    s->lines = !path;
    if (!path) return 0;
    hrm_status status = hrm_text_load(path, &text.buffer, &text.end, NULL);
    if (status) return app_fail(status);
    int code = read_lines(s, path, &text);
    hrm_free(text.buffer);
    return !code && !s->lines ? app_usage_error("%s: names nothing to train", path) : code;
}

/* A value as text, numbers in as few digits as tell them. */
static void value_text(const json_t *value, char *out, size_t size) {
    *out = 0;
    if (json_is_string(value)) snprintf(out, size, "%s", json_string_value(value));
    else if (json_is_boolean(value))
        snprintf(out, size, "%s", json_is_true(value) ? "true" : "false");
    else if (json_is_integer(value))
        snprintf(out, size, "%lld", (long long)json_integer_value(value));
    for (int digits = 6; json_is_real(value) && digits <= 17; digits++) {
        snprintf(out, size, "%.*g", digits, json_real_value(value));
        if (strtod(out, NULL) == json_real_value(value)) break;
    }
}

/* ---- combinations ---------------------------------------------------------------------------- */

/* What folders may be called: anything odd becomes '-', and a name that is there gets a number. */
static char *name_of(const sweep *s, const sweep_line *line, const json_t *recipe) {
    char name[160] = "", value[512] = "";
    const char *key;
    json_t *values;
    size_t n = line->name ? (size_t)snprintf(name, sizeof name, "%s", line->name) : 0;
    json_object_foreach(s->keys, key, values) {
        if (!strcmp(key, "seed") || n >= sizeof name - 1) continue;
        value_text(json_object_get(recipe, key), value, sizeof value);
        n += (size_t)snprintf(name + n, sizeof name - n, "%s%s=%s", n ? "," : "", key, value);
    }
    if (!n) snprintf(name, sizeof name, "recipe");
    for (char *c = name; *c; c++)
        if (!((*c >= '0' && *c <= '9') || ((*c | 32) >= 'a' && (*c | 32) <= 'z') ||
              strchr("=,.+-_:", *c)))
            *c = '-';
    int same = 1;
    for (size_t i = 0; i < s->combinations; i++) {
        const char *other = s->combination[i].name;
        size_t size = strlen(name);
        same += !strncmp(other, name, size) && (!other[size] || other[size] == '~');
    }
    char *out;
    return asprintf(&out, same > 1 ? "%s~%d" : "%s", name, same) < 0 ? NULL : out;
}

static bool is_alike(const sweep *s, size_t combination, const json_t *recipe) {
    return json_equal(s->combination[combination].recipe, (json_t *)(uintptr_t)recipe);
}

/* Takes the recipe; *at: where it is now or was already. Lines keep their names, also where they
 * differ in the seed alone. */
static bool add_combination(sweep *s, const sweep_line *line, json_t *recipe, size_t *at) {
    for (*at = 0; *at < s->combinations; ++*at)
        if (is_alike(s, *at, recipe) && s->combination[*at].line == line) {
            json_decref(recipe);
            return true;
        }
    s->combination[*at] = (sweep_combination){name_of(s, line, recipe), line, recipe};
    return s->combination[s->combinations++].name;
}

/* The combination that has a run of this recipe and seed, or -1. */
static long planned(const sweep *s, const json_t *recipe, int64_t seed) {
    for (size_t i = 0; i < s->runs; i++)
        if (s->run[i].seed == seed && is_alike(s, s->run[i].combination, recipe))
            return (long)s->run[i].combination;
    return -1;
}

static bool add_run(sweep *s, size_t combination, int64_t seed) {
    if (planned(s, s->combination[combination].recipe, seed) >= 0) return true;
    sweep_run *r = &s->run[s->runs++];
    *r = (sweep_run){.combination = combination, .seed = seed, .state = ""};
    if (asprintf(&r->dir, "%s/%s,seed=%lld", s->out, s->combination[combination].name,
                 (long long)seed) < 0)
        r->dir = NULL;
    if (!r->dir || asprintf(&r->log, "%s.log", r->dir) < 0) r->log = NULL;
    return r->log;
}

/* Each once, whichever combination it is of. */
static void keep_warnings(sweep *s, const hrm_plan *plan) {
    if (!s->warnings) s->warnings = json_array();
    for (size_t i = 0, k; i < plan->warning_count; i++) {
        json_t *text = term_text(plan->warnings[i]), *other;
        bool known = false;
        json_array_foreach(s->warnings, k, other) known |= json_equal(text, other);
        if (known) json_decref(text);
        else json_array_append_new(s->warnings, text);
    }
}

/* What the library makes of a recipe and settings: 0, or the exit code. */
static int resolve(sweep *s, const char *const *setting, size_t count, const hrm_run *run,
                   json_t **recipe) {
    hrm_trainer *trainer;
    hrm_plan *plan = NULL;
    char *nowhere; /* runs of before are no fault of the plan */
    if (asprintf(&nowhere, "%s/.planned", s->out) < 0) return app_fail(HRM_STATUS_MEM);
    hrm_status status = hrm_trainer_new(s->recipe, setting, count, nowhere, run, &trainer);
    free(nowhere);
    if (status) return app_fail(status);
    status = hrm_trainer_plan(trainer, &plan);
    hrm_trainer_free(trainer);
    if (status) return app_fail(status);
    *recipe = term_value(plan->recipe);
    json_object_del(*recipe, "threads");
    if (plan->total_bytes > s->bytes) s->bytes = plan->total_bytes;
    keep_warnings(s, plan);
    hrm_plan_free(plan);
    return *recipe ? 0 : app_fail(HRM_STATUS_MEM);
}

/* The recipe of the i-th of all lines and values, the last key's changing fastest. */
static int combine(sweep *s, const sweep_line *line, size_t i, const hrm_run *run,
                   json_t **recipe) {
    size_t keys = json_object_size(s->keys), n = s->settings, k = 0, below = 1;
    char **own = calloc(keys + 1, sizeof *own);
    const char **setting = calloc(n + line->settings + keys + 1, sizeof *setting), *key;
    bool good = own && setting;
    json_t *values;
    if (good) memcpy(setting, s->setting, n * sizeof *setting);
    for (size_t l = 0; good && l < line->settings; l++) setting[n++] = line->setting[l];
    json_object_foreach(s->keys, key, values) below *= json_array_size(values);
    json_object_foreach(s->keys, key, values) {
        i %= below;
        below /= json_array_size(values);
        good = good && asprintf(&own[k], "%s=%s", key,
                                json_string_value(json_array_get(values, i / below))) > 0;
        if (good) setting[n++] = app_named_setting(own[k++]);
    }
    int code = good ? resolve(s, setting, n, run, recipe) : app_fail(HRM_STATUS_MEM);
    while (k) free(own[--k]);
    free(own);
    free(setting);
    return code;
}

static int add_values(sweep *s, const sweep_line *line, size_t i, const hrm_run *run) {
    json_t *recipe = NULL;
    size_t at;
    int code = combine(s, line, i, run, &recipe);
    if (code) return code;
    int64_t seed = (int64_t)json_integer_value(json_object_get(recipe, "seed"));
    json_object_del(recipe, "seed");
    if (seed > (int64_t)9e18 - (int64_t)s->seeds) {
        json_decref(recipe);
        return app_usage_error("seed=%lld: leaves no room for --seeds", (long long)seed);
    }
    const size_t seeds = s->seeds ? s->seeds : 1;
    size_t known = 0;
    for (size_t more = 0; more < seeds; more++)
        known += planned(s, recipe, seed + (int64_t)more) >= 0;
    if (known == seeds) {
        json_array_append_new(s->warnings,
                              json_sprintf("%s comes twice, in other words; it is trained once",
                                           s->combination[planned(s, recipe, seed)].name));
        json_decref(recipe);
        return 0;
    }
    bool good = add_combination(s, line, recipe, &at);
    for (size_t more = 0; good && more < seeds; more++) good = add_run(s, at, seed + (int64_t)more);
    return good ? 0 : app_fail(HRM_STATUS_MEM);
}

static int add_all(sweep *s, const hrm_run *run) {
    size_t count = s->lines, seeds = s->seeds ? s->seeds : 1;
    const char *key;
    json_t *values;
    json_object_foreach(s->keys, key, values) {
        size_t n = json_array_size(values);
        count = count > SWEEP_MOST ? count : count * n;
    }
    if (count * seeds > SWEEP_MOST)
        return app_usage_error(
            "--set, --list and --seeds ask for %s%zu runs, more than the %d that a "
            "sweep may have; leave values out, or make several sweeps",
            count > SWEEP_MOST ? "at least " : "", count * seeds, SWEEP_MOST);
    s->combination = calloc(count, sizeof *s->combination);
    s->run = calloc(count * seeds, sizeof *s->run);
    int code = s->combination && s->run ? 0 : app_fail(HRM_STATUS_MEM);
    for (size_t i = 0; i < count && !code; i++)
        code = add_values(s, &s->line[i / (count / s->lines)], i, run);
    return code;
}

int sweep_plan(const app_args *args, int threads, sweep *s) {
    *s = (sweep){.recipe = app_named("recipes", ".yaml", args->words[0]),
                 .out = args->out,
                 .settings = args->count - 1,
                 .setting = calloc(args->count, sizeof *s->setting),
                 .keys = json_object(),
                 .seeds = (size_t)args->seeds,
                 .lock = -1};
    hrm_run run = app_run_options(args);
    run.shipped = app_shipped_root();
    run.threads = threads;
    if (!s->setting || !s->keys) return app_fail(HRM_STATUS_MEM);
    if (strchr(args->words[0], '='))
        return app_usage_error("no recipe; usage: hrm sweep %s", args->command->usage);
    for (size_t i = 1; i < args->count; i++) s->setting[i - 1] = app_named_setting(args->words[i]);
    int code = read_keys(args, s);
    if (!code) code = read_list(s, args->list);
    return code ? code : add_all(s, &run);
}

/* ---- the folder ------------------------------------------------------------------------------ */

json_t *sweep_json(const sweep *s) {
    json_t *combinations = json_array(), *runs = json_array();
    for (size_t i = 0; i < s->combinations; i++)
        json_array_append_new(combinations, json_pack("{s:s, s:O}", "name", s->combination[i].name,
                                                      "recipe", s->combination[i].recipe));
    for (size_t i = 0; i < s->runs; i++)
        json_array_append_new(runs, json_pack("{s:s, s:I}", "name",
                                              s->combination[s->run[i].combination].name, "seed",
                                              (json_int_t)s->run[i].seed));
    return json_pack("{s:i, s:o, s:o, s:o}", "version", 1, "from", term_name(s->recipe),
                     "combinations", combinations, "runs", runs);
}

static int other(const sweep *s, const char *format, const char *a, const char *b, const char *c) {
    char why[400];
    snprintf(why, sizeof why, format, a, b, c);
    return app_usage_error("%s: holds another sweep: %s; name another folder, or repeat what it "
                           "was begun with",
                           s->out, why);
}

/* Whether the recorded sweep is this one, which may have more seeds. */
static int compare(const sweep *s, const json_t *plan) {
    const json_t *combinations = json_object_get(plan, "combinations");
    const json_t *runs = json_object_get(plan, "runs");
    char there[100], here[100];
    const char *key;
    json_t *value;
    size_t n = json_array_size(combinations);
    for (size_t i = 0; i < n || i < s->combinations; i++) {
        const json_t *c = json_array_get(combinations, i);
        const char *name = i < n ? term_string(c, "name") : "nothing more";
        const char *own = i < s->combinations ? s->combination[i].name : "nothing more";
        if (strcmp(name, own))
            return other(s, "it has %.100s where this has %.100s", name, own, "");
        json_object_foreach(s->combination[i].recipe, key, value) {
            const json_t *old = json_object_get(json_object_get(c, "recipe"), key);
            if (json_equal((json_t *)(uintptr_t)old, value)) continue;
            value_text(old, there, sizeof there);
            value_text(value, here, sizeof here);
            return other(s, "its recipe has %s=%s, this %s", key, old ? there : "", here);
        }
    }
    for (size_t i = 0; i < json_array_size(runs); i++) {
        const json_t *r = json_array_get(runs, i);
        bool known = false;
        for (size_t k = 0; k < s->runs && !known; k++)
            known = (double)s->run[k].seed == term_number(r, "seed") &&
                    !strcmp(s->combination[s->run[k].combination].name, term_string(r, "name"));
        snprintf(there, sizeof there, "%.0f", term_number(r, "seed"));
        if (!known)
            return other(s, "it has seed %s of %.100s%s, too", there, term_string(r, "name"), "");
    }
    return 0;
}

/* Makes a folder and those above it. */
static bool make_folder(const char *path) {
    char *copy = strdup(path);
    for (char *c = copy; c && *c; c++) {
        if (*c != '/' || c == copy) continue;
        *c = 0;
        mkdir(copy, 0777);
        *c = '/';
    }
    bool made = copy && (!mkdir(copy, 0777) || errno == EEXIST);
    free(copy);
    return made;
}

static bool is_empty(const char *path) {
    DIR *dir = opendir(path);
    size_t n = 0;
    for (const struct dirent *e; dir && (e = readdir(dir));) n += e->d_name[0] != '.';
    if (dir) closedir(dir);
    return !n;
}

/* Writes the plan, as a whole or not at all. */
static int write_plan(const sweep *s, const char *path) {
    hrm_file *file;
    hrm_status status = hrm_file_create(path, &file);
    if (status) return app_fail(status);
    json_t *plan = sweep_json(s);
    bool good = term_line(file, plan, JSON_INDENT(1));
    json_decref(plan);
    status = hrm_file_end(file, good);
    return status || !good ? app_fail(status ? status : HRM_STATUS_MEM) : 0;
}

/* The plan that a folder has; NULL: none, or not as a sweep writes it, and then *bad says why. */
static json_t *read_plan(const char *path, char bad[JSON_ERROR_TEXT_LENGTH]) {
    enum { MOST = 8 << 20 }; /* bytes, of any plan */
    FILE *file = fopen(path, "re");
    char *text = file ? malloc(MOST + 1) : NULL;
    size_t size = text ? fread(text, 1, MOST + 1, file) : 0;
    int depth;
    json_error_t error = {.text = ""};
    json_t *plan = NULL;
    *bad = 0;
    if (!file ? errno != ENOENT : !text || ferror(file))
        snprintf(bad, JSON_ERROR_TEXT_LENGTH, "%s", strerror(errno));
    else if (size > MOST || term_json_bytes(text, size, &depth) > 8 * MOST)
        snprintf(bad, JSON_ERROR_TEXT_LENGTH, "larger than any sweep's");
    else if (file && !(plan = json_loadb(text, size, 0, &error)))
        snprintf(bad, JSON_ERROR_TEXT_LENGTH, "%s", *error.text ? error.text : "out of memory");
    if (file) fclose(file);
    free(text);
    return plan;
}

int sweep_open(sweep *s) {
    char *path, bad[JSON_ERROR_TEXT_LENGTH];
    if (!make_folder(s->out) || (s->lock = open(s->out, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
        fprintf(stderr, "hrm: %s: cannot make this folder: %s\n", s->out, strerror(errno));
        return EXIT_FAILED;
    }
    if (flock(s->lock, LOCK_EX | LOCK_NB)) {
        fprintf(stderr, "hrm: %s: another sweep is at work in this folder\n", s->out);
        return EXIT_FAILED;
    }
    if (asprintf(&path, "%s/sweep.json", s->out) < 0) return app_fail(HRM_STATUS_MEM);
    json_t *plan = read_plan(path, bad);
    int code = 0;
    if (*bad) {
        fprintf(stderr, "hrm: %s: cannot be read as a plan: %s\n", path, bad);
        code = EXIT_FAILED;
    } else if (plan && term_number(plan, "version") != 1) {
        fprintf(stderr, "hrm: %s: has version %g, and this program knows 1; use the newer one\n",
                path, term_number(plan, "version"));
        code = EXIT_FAILED;
    } else if (!plan && !is_empty(s->out))
        code = app_usage_error("%s: is not empty and holds no sweep; name another folder", s->out);
    else if (plan) code = compare(s, plan);
    if (!code && json_array_size(json_object_get(plan, "runs")) != s->runs)
        code = write_plan(s, path);
    json_decref(plan);
    free(path);
    return code;
}

/* ---- words ----------------------------------------------------------------------------------- */

char **sweep_words(const sweep *s, const sweep_run *r, const app_args *args, int threads) {
    const sweep_combination *c = &s->combination[r->combination];
    size_t most = s->settings + c->line->settings + json_object_size(s->keys) + 16;
    char **words = calloc(most, sizeof *words), *state;
    char value[512] = "";
    const char *key;
    json_t *values;
    size_t n = 0;
    if (!words || asprintf(&state, "%s/state.safetensors", r->dir) < 0) {
        free(words);
        return NULL;
    }
    bool again = !access(state, F_OK), good = true;
    free(state);
#define WORD(...) good = good && asprintf(&words[n], __VA_ARGS__) >= 0 && ++n
    WORD("hrm");
    WORD("train");
    WORD(again ? "--resume" : "--out");
    WORD("%s", r->dir);
    WORD("--threads");
    WORD("%d", threads);
    if (args->isa) WORD("--isa");
    if (args->isa) WORD("%s", args->isa);
    if (!again) WORD("%s", s->recipe);
    for (size_t i = 0; i < s->settings && !again; i++) WORD("%s", s->setting[i]);
    for (size_t i = 0; i < c->line->settings && !again; i++) WORD("%s", c->line->setting[i]);
    json_object_foreach(s->keys, key, values) {
        if (again || !strcmp(key, "seed") || !strcmp(key, "threads")) continue;
        value_text(json_object_get(c->recipe, key), value, sizeof value);
        WORD("%s=%s", key, value);
    }
    if (!again) WORD("seed=%lld", (long long)r->seed);
#undef WORD
    if (good) return words;
    words[n] = NULL; /* asprintf leaves it undefined */
    sweep_words_free(words);
    return NULL;
}

void sweep_words_free(char **words) {
    for (char **word = words; word && *word; word++) free(*word);
    free(words);
}

void sweep_free(sweep *s) {
    for (size_t i = 0; i < s->runs; i++) {
        free(s->run[i].puzzles_hash);
        free(s->run[i].dir);
        free(s->run[i].log);
    }
    for (size_t i = 0; i < s->combinations; i++) {
        free(s->combination[i].name);
        json_decref(s->combination[i].recipe);
    }
    for (size_t i = 0; i < s->lines && s->line; i++) {
        free(s->line[i].text);
        free(s->line[i].setting);
    }
    free(s->line);
    free(s->run);
    free(s->combination);
    free(s->setting);
    json_decref(s->keys);
    json_decref(s->warnings);
    if (s->lock >= 0) close(s->lock);
}
