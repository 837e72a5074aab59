/* shipped.c - finds the model and the fixtures that come with the program, beside the program
 * itself. */
#include "shipped.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODEL "models/sudoku.safetensors"

/* From the folder of the program: the build tree's, the installed one's. */
static const char *const places[] = {"../../", "../share/hrm/"};
enum { PLACES = sizeof places / sizeof *places };

/* The folder of the program with a slash, or "" where the system does not say. */
static void program_folder(char folder[PATH_MAX]) {
    ssize_t size = readlink("/proc/self/exe", folder, PATH_MAX - 1);
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
    if (stat(path, &info) || !S_ISREG(info.st_mode)) return false; /* a pipe is read once */
    FILE *file = fopen(path, "rb");
    size_t got = file ? fread(head, 1, sizeof head, file) : 0;
    if (file) fclose(file);
    return got == sizeof head && head[8] == '{' && !head[4] && !head[5] && !head[6] && !head[7];
}

const char *app_shipped(const char *name) {
    static char path[3 * PATH_MAX];
    char folder[PATH_MAX];
    program_folder(folder);
    for (int i = 0; *folder && i < PLACES; i++) {
        snprintf(path, sizeof path, "%s%s%s", folder, places[i], name);
        if (access(path, R_OK)) continue;
        char *real = realpath(path, NULL); /* without its dots, for messages */
        if (real) snprintf(path, sizeof path, "%s", real);
        free(real);
        return path;
    }
    return NULL;
}

const char *app_named(const char *folder, const char *suffix, const char *word) {
    char name[128];
    if (!*word || strchr(word, '/') || !access(word, F_OK)) return word;
    for (int i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "%s/%.80s%s", folder, word, i ? suffix : "");
        const char *path = app_shipped(name);
        if (path) return path;
    }
    return word;
}

const char *app_named_model(const char *word) {
    return app_named("models", ".safetensors", word);
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
    const char *path = app_shipped(MODEL);
    if (!path)
        *code = app_usage_error("no model: give one (MODEL, --model FILE or HRM_MODEL); none comes "
                                "with this program (it looks for " MODEL
                                " beside its build folder or under share/hrm)");
    return path;
}
