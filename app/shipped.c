/* shipped.c - finds the model and the fixtures that come with the program, beside the program
 * itself. */
#include "shipped.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "term.h"

#define MODEL "models/sudoku.safetensors"

/* From the folder of the program: the build tree's, the installed one's. */
static const char *const places[] = {"../../", "../share/hrm/"};
enum { PLACES = sizeof places / sizeof *places };

void app_program_folder(char *folder, size_t room) {
    ssize_t size = readlink("/proc/self/exe", folder, room - 1);
    folder[size > 0 ? size : 0] = 0;
    char *slash = strrchr(folder, '/');
    folder[slash ? slash - folder + 1 : 0] = 0;
}

/* A safetensors file begins with the length of its header, eight bytes, and a brace; no puzzle has
 * zero bytes. */
static bool is_model(const char *path) {
    size_t size = strlen(path), suffix = strlen(".safetensors");
    if (size > suffix && !strcmp(path + size - suffix, ".safetensors")) return true;
    unsigned char head[9] = {0};
    struct stat info;
    static const char *const models[] = {"best.safetensors", "model.safetensors"};
    for (int i = 0; i < 2; i++) { /* of a run */
        char inner[PATH_MAX];
        snprintf(inner, sizeof inner, "%.*s/%s", PATH_MAX - 32, path, models[i]);
        if (!access(inner, R_OK)) return true;
    }
    if (stat(path, &info) || !S_ISREG(info.st_mode)) return false; /* a pipe is read once */
    FILE *file = fopen(path, "rb");
    size_t got = file ? fread(head, 1, sizeof head, file) : 0;
    if (file) fclose(file);
    return got == sizeof head && head[8] == '{' && !head[4] && !head[5] && !head[6] && !head[7];
}

const char *app_shipped(const char *name) {
    static char path[3 * PATH_MAX];
    char folder[PATH_MAX];
    app_program_folder(folder, sizeof folder);
    for (int i = 0; *folder && i < PLACES; i++) {
        snprintf(path, sizeof path, "%s%s%s", folder, places[i], name);
        if (access(path, R_OK)) continue;
        char real[PATH_MAX]; /* without its dots, for messages */
        if (realpath(path, real)) snprintf(path, sizeof path, "%s", real);
        return path;
    }
    return NULL;
}

/* A copy that lasts as long as the program runs, of room that cannot be short of memory; NULL when
 * it is used up. */
static const char *keep(const char *text) {
    static char kept[1 << 20];
    static size_t used;
    size_t size = strlen(text) + 1;
    if (size > sizeof kept - used) return NULL;
    used += size;
    return memcpy(kept + used - size, text, size);
}

const char *app_shipped_root(void) {
    static char root[PATH_MAX]; /* app_shipped's own place is used again */
    const char *path = app_shipped("models/..");
    return path && snprintf(root, sizeof root, "%s", path) < PATH_MAX ? root : NULL;
}

const char *app_named(const char *folder, const char *suffix, const char *word) {
    char name[128];
    if (!*word || strchr(word, '/') || !access(word, F_OK)) return word;
    for (int i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "%s/%.80s%s", folder, word, i ? suffix : "");
        const char *path = app_shipped(name), *kept = path ? keep(path) : NULL;
        if (kept) return kept;
    }
    return word;
}

const char *app_named_model(const char *word) {
    return app_named("models", ".safetensors", word);
}

const char *app_named_data(const char *word) {
    return strcmp(word, "-") ? app_named("data", ".csv", word) : "/dev/stdin";
}

const char *app_named_setting(const char *word) {
    static const char *const keys[][3] = {
        {"init=", "models", ".safetensors"}, {"data=", "data", ".csv"}, {"valid=", "data", ".csv"}};
    for (int k = 0; k < 3; k++) {
        const char *value = word + strlen(keys[k][0]), *path, *kept;
        char setting[PATH_MAX + 16];
        if (strncmp(word, keys[k][0], strlen(keys[k][0]))) continue;
        path = app_named(keys[k][1], keys[k][2], value);
        if (path == value) continue;
        snprintf(setting, sizeof setting, "%s%s", keys[k][0], path);
        if ((kept = keep(setting))) return kept;
    }
    return word;
}

const char *app_model_path(const app_args *args, size_t most, size_t *words, int *code) {
    const char *environment = getenv("HRM_MODEL");
    const char *first = args->count ? args->words[0] : "";
    bool bare = !args->model && app_named_model(first) != first;
    *words = args->count == most || bare || (args->count && is_model(first));
    *code = 0;
    if (*words && args->model) {
        *code = app_usage_error("%s: --model names the model already", args->words[0]);
        return NULL;
    }
    if (*words || args->model) return app_named_model(*words ? first : args->model);
    if (environment && *environment) return app_named_model(environment);
    const char *shipped = app_shipped(MODEL), *path = shipped ? keep(shipped) : NULL;
    if (!path)
        *code = app_usage_error("no model: give one (MODEL, --model FILE or HRM_MODEL); none comes "
                                "with this program (it looks for " MODEL
                                " beside its build folder or under share/hrm)");
    return path;
}

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

bool app_shipped_files(const char *folder, const char *ending, const char **paths, size_t most,
                       size_t *count) {
    const char *dir = app_shipped(folder);
    struct dirent **entry;
    int n = dir ? scandir(dir, &entry, NULL, by_name) : 0;
    size_t end = strlen(ending);
    *count = 0;
    if (!dir || n < 0) return !dir || errno != ENOMEM;
    for (int i = 0; i < n; i++) {
        size_t size = strlen(entry[i]->d_name);
        char path[PATH_MAX + 300];
        snprintf(path, sizeof path, "%.*s/%s", PATH_MAX, dir, entry[i]->d_name);
        if (size > end && !strcmp(entry[i]->d_name + size - end, ending) && *count < most &&
            (paths[*count] = keep(path)))
            ++*count;
        free(entry[i]);
    }
    free(entry);
    return true;
}

size_t app_model_paths(const app_args *args, const char **paths, size_t most, int *code) {
    const char *environment = getenv("HRM_MODEL");
    size_t words, n = 0;
    *code = 0;
    if (args->count && args->model)
        *code = app_usage_error("%s: --model names the model already", args->words[0]);
    for (size_t i = 0; !*code && i < args->count && n < most; i++)
        paths[n++] = app_named_model(args->words[i]);
    if (*code || n) return *code ? 0 : n;
    if (!args->model && !(environment && *environment)) {
        if (!app_shipped_files("models", ".safetensors", paths, most, &n)) {
            *code = app_fail(HRM_STATUS_MEM);
            return 0;
        }
        const char *first = app_shipped(MODEL);
        for (size_t i = 0; first && i < n; i++)
            if (!strcmp(paths[i], first)) {
                first = paths[i];
                memmove(paths + 1, paths, i * sizeof *paths);
                paths[0] = first;
                first = NULL;
            }
        if (n) return n;
    }
    paths[0] = app_model_path(args, 1, &words, code);
    return paths[0] ? 1 : 0;
}

void app_tell_memory(const char *path, const hrm_model *model) {
    struct stat file;
    hrm_model_info info;
    char text[TERM_TEXT];
    double one = (double)hrm_solver_memory(model, 1), all = (double)hrm_solver_memory(model, 0);
    if (stat(path, &file) || one <= 20.0 * (double)file.st_size + 64e6) return;
    if (hrm_model_inspect(model, &info)) return;
    fprintf(stderr, "%s: solving takes up to %s of memory, as the model sees %d cells at once\n",
            path, term_bytes(all, text), info.cells);
}
