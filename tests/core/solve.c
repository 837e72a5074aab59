/* solve.c - a program of libhrm-core.a and nothing else: reads a model into memory, solves a puzzle
 * and prints the answer. If the core took more than it says, this would not link; if it solved
 * otherwise than the whole library, tests/core/check.sh would tell. */
#include <hrm.h>
#include <stdio.h>
#include <stdlib.h>

static void *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END)) return NULL;
    *size = (size_t)ftell(file);
    rewind(file);
    void *bytes = malloc(*size);
    if (bytes && fread(bytes, 1, *size, file) != *size) return NULL;
    fclose(file);
    return bytes;
}

int main(int argc, char **argv) {
    size_t size = 0;
    void *bytes = argc == 3 ? read_file(argv[1], &size) : NULL;
    const char *puzzle = argv[argc - 1];
    hrm_model *model;
    hrm_answer *answer;
    if (!bytes || hrm_model_load_memory(bytes, size, NULL, &model)) {
        fprintf(stderr, "%s\n", bytes ? hrm_error() : "usage: solve MODEL PUZZLE");
        return 1;
    }
    free(bytes); /* which may go */
    hrm_status status = hrm_solve(model, &puzzle, 1, NULL, &answer);
    if (status) fprintf(stderr, "%s\n", hrm_error());
    else {
        puts(answer->text);
        hrm_answers_free(answer, 1);
    }
    hrm_model_free(model);
    return status != 0;
}
