/* generate.c - forms of Sudoku whose digits are read through noise, as puzzles; and what exact
 * searches make of the same forms.
 *
 * usage: generate puzzles LEFT NOISE SEED SUDOKU.csv [ANSWERS...]
 *            a table of questions and answers, of the forms that none of these files of a model's
 *            answers has a solution for; LEFT of the chances may be left out of a cell
 *        generate searches LEFT,LEFT... NOISE SEED SUDOKU.csv
 *            how often exact searches are right: on the likeliest digits, on the puzzles of each
 *            LEFT where those before have no solution, and with all chances weighed
 *        generate score NOISE SEED SUDOKU.csv ANSWERS...
 *            how often a model is, whose first file answers all forms, the next those that are
 *            left, and so on
 * NOISE is the deviation of a segment, whose signal is 1; SUDOKU.csv a table of questions and
 * answers. */
#include "../interval.h"
#include "reader.h"
#include "weighed.h"

enum { NODES = 200000, FILES = 16 };

/* How answers were. */
typedef struct tally {
    long forms, right, wrong, unproved;
} tally;

/* A table of Sudoku, and files of a model's answers to its forms. */
typedef struct input {
    double noise;
    uint64_t seed, number; /* of the form that is next */
    FILE *table, *answers[FILES];
    int files;
    char question[CELLS + 1], truth[CELLS + 1];
    form form;
} input;

/* Shares of all forms, the right ones with Wilson's interval at 95 %. */
static void tell(const char *name, const tally *t) {
    double n = (double)t->forms, low, high;
    wilson(t->right, t->forms, &low, &high);
    printf("%-24s right %.4f (%.4f to %.4f)  wrong %.4f  none %.4f", name, (double)t->right / n,
           low, high, (double)t->wrong / n, (double)(t->forms - t->right - t->wrong) / n);
    printf(t->unproved ? "  not proved %ld\n" : "\n", t->unproved);
}

static void count(tally *t, const char *grid, const char *truth) {
    bool right = !strncmp(grid, truth, CELLS);
    t->forms++;
    t->right += *grid && right;
    t->wrong += *grid && !right;
}

/* The next form of the table; false at its end. */
static bool next_form(input *in) {
    char line[512];
    while (fgets(line, sizeof line, in->table)) {
        char *at = line, *comma = strchr(line, ',');
        if (comma && strspn(at, "123456789.") != CELLS) at = comma + 1; /* behind the source */
        if (strspn(at, "123456789.") != CELLS || at[CELLS] != ',' ||
            strspn(at + CELLS + 1, "123456789") != CELLS)
            continue;
        memcpy(in->question, at, CELLS);
        memcpy(in->truth, at + CELLS + 1, CELLS);
        read_form(in->question, in->noise, in->seed, in->number++, &in->form);
        return true;
    }
    return false;
}

/* What the model answered: digits, and behind a tab "solved"; "" where it has none. *by: the number
 * of the file that has it. False: a file ends too early. */
static bool next_answer(input *in, char *grid, int *by) {
    *grid = 0;
    for (*by = 0; *by < in->files && !*grid; ++*by) {
        char line[512];
        if (!fgets(line, sizeof line, in->answers[*by])) {
            fprintf(stderr, "file %d of answers has none for form %llu\n", *by + 1,
                    (unsigned long long)in->number);
            return false;
        }
        bool whole = strspn(line, "123456789") == CELLS && !strncmp(line + CELLS, "\tsolved", 7);
        if (!whole) continue;
        memcpy(grid, line, CELLS);
        grid[CELLS] = 0;
    }
    return true;
}

static int puzzles(input *in, double left_out) {
    printf("question,answer\n");
    while (next_form(in)) {
        char grid[CELLS + 1], read[CELLS + 1];
        int by;
        if (!next_answer(in, grid, &by)) return 1;
        puzzle_of(&in->form, left_out, read);
        if (!*grid) printf("%s,%s\n", read, in->truth);
    }
    return fflush(stdout) != 0;
}

/* The cheapest grid of the sets, or any; "": there is none. */
static void find(const form *f, const int *sets, bool any, tally *t, char *grid) {
    static const double nothing[CELLS][DIGITS];
    weighed w;
    weigh(any ? nothing : f->cost, sets, NODES, &w);
    t->unproved += w.nodes >= w.most;
    memcpy(grid, w.grid, CELLS + 1);
}

static int searches(input *in, const double *left_out, int rungs) {
    tally likely = {0}, ladder = {0}, all = {0};
    long digits = 0, misread = 0;
    while (next_form(in)) {
        int set[CELLS];
        char grid[CELLS + 1] = "";
        for (int i = 0; i < CELLS; i++) {
            set[i] = set_of(&in->form, i, 1);
            digits += in->form.given[i];
            misread += in->form.given[i] && !(set[i] >> (in->truth[i] - '1') & 1);
        }
        find(&in->form, set, true, &likely, grid);
        count(&likely, grid, in->truth);
        for (int r = 0; r < rungs && !*grid; r++) {
            for (int i = 0; i < CELLS; i++) set[i] = set_of(&in->form, i, left_out[r]);
            find(&in->form, set, true, &ladder, grid);
        }
        count(&ladder, grid, in->truth);
        for (int i = 0; i < CELLS; i++) set[i] = (1 << DIGITS) - 1;
        find(&in->form, set, false, &all, grid);
        count(&all, grid, in->truth);
    }
    if (!digits) return 1;
    printf("%ld digits, %.4f of them misread\n", digits, (double)misread / (double)digits);
    tell("likeliest digits, exact", &likely);
    tell("more where need be, exact", &ladder);
    tell("all chances, exact", &all);
    return 0;
}

/* An answer, and how likely the reader holds its digits to be, as a logarithm. */
typedef struct judged {
    double chance;
    bool right;
} judged;

static int surer(const void *a, const void *b) {
    const judged *x = a, *y = b;
    return (x->chance < y->chance) - (x->chance > y->chance);
}

/* How many of the surest answers are right. */
static void tell_surest(judged *list, long n) {
    qsort(list, (size_t)n, sizeof *list, surer);
    for (int part = 50; n && part < 100; part += 30) {
        long kept = (n * part + 99) / 100, right = 0;
        for (long i = 0; i < kept; i++) right += list[i].right;
        printf("  of its surest %d %%, %ld: right %.4f\n", part, kept,
               (double)right / (double)kept);
    }
}

static int score(input *in) {
    static judged list[1 << 16];
    long answered = 0;
    tally all = {0}, by_file[FILES] = {{0}};
    while (next_form(in)) {
        char grid[CELLS + 1];
        int by;
        if (!next_answer(in, grid, &by)) return 1;
        count(&all, grid, in->truth);
        if (!*grid) continue;
        count(&by_file[by - 1], grid, in->truth);
        double chance = 0;
        for (int i = 0; i < CELLS; i++)
            if (in->form.given[i]) chance += log(in->form.chance[i][grid[i] - '1']);
        if (answered < 1 << 16)
            list[answered++] = (judged){chance, !strncmp(grid, in->truth, CELLS)};
    }
    if (!all.forms) return 1;
    tell("the model", &all);
    tell_surest(list, answered);
    for (int i = 0; i < in->files; i++)
        printf("  answered with file %d: %ld, right %.4f\n", i + 1, by_file[i].forms,
               by_file[i].forms ? (double)by_file[i].right / (double)by_file[i].forms : 0);
    return 0;
}

/* The tables; false: one cannot be read. */
static bool open_files(input *in, const char *table, int files, char **path) {
    in->table = fopen(table, "r");
    if (!in->table) fprintf(stderr, "%s: cannot be read\n", table);
    for (int i = 0; in->table && i < files; i++, in->files++) {
        in->answers[i] = fopen(path[i], "r");
        if (!in->answers[i]) fprintf(stderr, "%s: cannot be read\n", path[i]);
        if (!in->answers[i]) return false;
    }
    return in->table != NULL;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    bool table = !strcmp(what, "puzzles"), exact = !strcmp(what, "searches"), good;
    int at = table || exact ? 3 : 2, rungs = 0, files = argc - at - 3, code = 1;
    double left_out[FILES] = {0};
    input in = {.noise = argc > at ? atof(argv[at]) : 0,
                .seed = argc > at + 1 ? strtoull(argv[at + 1], NULL, 10) : 0};
    good = table || exact || !strcmp(what, "score");
    for (char *word = good && at == 3 && argc > 2 ? argv[2] : NULL; word && rungs < FILES;
         rungs++) {
        left_out[rungs] = strtod(word, &word);
        good &= left_out[rungs] > 0 && left_out[rungs] <= 1 && (!*word || *word == ',');
        word = *word == ',' ? word + 1 : NULL;
    }
    if (!good || !(in.noise > 0) || files < (at == 2) || files > (exact ? 0 : FILES)) {
        fprintf(stderr,
                "usage: %s puzzles LEFT NOISE SEED SUDOKU.csv [ANSWERS...] | searches LEFT,LEFT... "
                "NOISE SEED SUDOKU.csv | score NOISE SEED SUDOKU.csv ANSWERS...\n",
                argv[0]);
        return 2;
    }
    if (open_files(&in, argv[at + 2], files, argv + at + 3))
        code = table   ? puzzles(&in, left_out[0])
               : exact ? searches(&in, left_out, rungs)
                       : score(&in);
    for (int i = 0; i < in.files; i++) fclose(in.answers[i]);
    if (in.table) fclose(in.table);
    return code;
}
