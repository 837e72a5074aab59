/* test_maze.c - mazes: text whose blanks count, the benchmark's rule, what passes as an answer,
 * symmetries that redraw the label, the generator, and the published data where they are present.
 */
#include "test.h"
#include "same_task.h"

#include <math.h>

#include "base/mem.h"
#include "io/safetensors.h"
#include "data/dataset_open.h"
#include "task/dihedral.h"
#include "task/family.h"
#include "task/maze.h"
#include "task/task_json.h"
#include "task/survey.h"
#include "task/maze_gen.h"
#include "task/maze_way.h"

enum { SIDE = 4, SEQ = 16 };

static hr_task maze;
static uint8_t question[SEQ], answer[SEQ];

static void read_pair(const char *q, const char *a) {
    OK(hr_task_maze(SIDE, &maze));
    OK(maze.ops->parse(&maze, q, SEQ, false, question));
    OK(maze.ops->parse(&maze, a, SEQ, true, answer));
}

static hr_verdict verdict(const char *q, const char *a, char why[96]) {
    read_pair(q, a);
    return maze.ops->check(&maze, question, answer, why, 96);
}

/* Who trims a maze or misreads its characters gets another maze. */
static void text_is_kept(void **state) {
    (void)state;
    const char *q = "   S#   # # G   ", *a = "oooS#   # # G   ";
    char text[SEQ + 1];
    read_pair(q, a);
    maze.ops->format(&maze, question, text);
    assert_string_equal(text, q);
    maze.ops->format(&maze, answer, text);
    assert_string_equal(text, a);
    assert_int_equal(question[0], 2); /* the published order: # blank S G o from 1 on */
    assert_int_equal(question[3], 3);
    assert_int_equal(answer[0], 5);
    assert_int_equal(maze.ops->parse(&maze, a, SEQ, false, question), HR_ERR_TASK); /* o asked */
    assert_int_equal(maze.ops->parse(&maze, "   S#   # #x    ", SEQ, false, question), HR_ERR_TASK);
    assert_int_equal(maze.ops->parse(&maze, "   S", 4, false, question), HR_ERR_TASK);
}

/* A maze with two starts must not be said to have no way; other letters are the same maze. */
static void starts_and_letters(void **state) {
    (void)state;
    char why[96];
    assert_int_equal(verdict("S S G           ", "SoSoG           ", why), HR_WRONG);
    assert_string_equal(why, "the maze has not one S and one G");
    hr_task theirs, again;
    uint8_t tokens[SEQ];
    OK(hr_task_maze(SIDE, &theirs));
    OK(hr_task_set_letters(&theirs, "X.AB*", 5));
    read_pair("S # G  #        ", "S # G  #        ");
    OK(theirs.ops->parse(&theirs, "A.X.B..X........", SEQ, false, tokens));
    assert_memory_equal(tokens, question, SEQ);
    assert_int_equal(theirs.ops->parse(&theirs, "S # G  #        ", SEQ, false, tokens),
                     HR_ERR_TASK);
    char *json = hr_task_to_json(&theirs);
    assert_non_null(json);
    assert_non_null(strstr(json, "\"letters\": \"X.AB*\""));
    OK(hr_task_from_json(json, &again));
    assert_memory_equal(again.alphabet, theirs.alphabet, sizeof again.alphabet);
    hr_free(json);
    json = hr_task_to_json(&maze);
    assert_null(strstr(json, "letters")); /* older programs read what needs none */
    hr_free(json);
    assert_int_equal(hr_task_set_letters(&theirs, "XX.AB", 5), HR_ERR_TASK);
    assert_int_equal(hr_task_set_letters(&theirs, "X.A", 3), HR_ERR_TASK);
}

/* The labelled way goes down, left, right, up, whichever comes closer first. */
static void rule_draws_the_label(void **state) {
    (void)state;
    read_pair("S               ", "S               ");
    question[15] = HR_MAZE_GOAL;
    uint8_t way[SEQ];
    char text[SEQ + 1];
    assert_int_equal(hr_maze_solve(&maze, question, way), 6);
    maze.ops->format(&maze, way, text);
    assert_string_equal(text, "S   o   o   oooG"); /* down before right */
    read_pair("   S         G  ", "                ");
    assert_int_equal(hr_maze_solve(&maze, question, way), 5);
    maze.ops->format(&maze, way, text);
    assert_string_equal(text, "   S   o   o Goo"); /* down before left */
    read_pair("S#  ##         G", "                ");
    assert_int_equal(hr_maze_solve(&maze, question, way), 0); /* walled in */
    read_pair("S  S           G", "                ");
    assert_int_equal(hr_maze_solve(&maze, question, way), 0); /* two starts */
}

/* Any shortest way is right; nothing else is. */
static void answers_are_judged(void **state) {
    (void)state;
    char why[96];
    const char *q = "S    #  #      G";
    assert_int_equal(verdict(q, "So   #o #  o   G", why), HR_WRONG); /* not joined */
    assert_int_equal(verdict(q, "Soo  #o # oo   G", why), HR_SOLVED);
    assert_int_equal(verdict(q, "Soo  #oo#  o   G", why),
                     HR_SOLVED); /* another of the same length */
    assert_string_equal(why, "");
    assert_int_equal(verdict(q, "Sooo #oo# oo   G", why), HR_WRONG); /* a cell too many */
    assert_string_equal(why, "cells beside the way are marked");
    assert_int_equal(verdict("S    ## #      G", "S    ##o#  o   G", why), HR_WRONG);
    assert_int_equal(verdict(q, "Soo   o # oo   G", why), HR_WRONG); /* a wall gone */
    assert_string_equal(why, "row 2, column 2: '#' became ' '");
    assert_int_equal(verdict(q, "ooo  #o # oo   G", why), HR_WRONG); /* the start gone */
    assert_int_equal(verdict("S  # # # # #   G", "So #o#o#o#o#oooG", why), HR_WRONG);
    assert_int_equal(verdict("S   ### G       ", "SoooG##oooooooo ", why), HR_WRONG);
    read_pair(q, "Soo  #o # oo   G");
    answer[3] = 0;
    assert_int_equal(maze.ops->check(&maze, question, answer, why, 96), HR_INCOMPLETE);
    static const char *const hopeless[][2] = {
        {"S#  ##         G", "the maze has no way from S to G"},
        {"S  S           G", "the maze has 2 S, not one"},
        {"S               ", "the maze has 0 G, not one"},
        {"S              G", NULL}};
    for (int i = 0; i < 4; i++) {
        read_pair(hopeless[i][0], hopeless[3][0]);
        assert_true(maze.ops->hopeless(&maze, question, why, 96) == (hopeless[i][1] != NULL));
        if (hopeless[i][1]) assert_string_equal(why, hopeless[i][1]);
    }
    /* a way that is longer than need be */
    assert_int_equal(verdict("SG              ", "SG              ", why), HR_SOLVED);
    assert_int_equal(verdict("S G             ", "S G ooo         ", why), HR_WRONG);
    assert_int_equal(verdict("S G             ", "S Goooo         ", why), HR_WRONG);
}

/* After a turn the label must be the one that the benchmark would give the turned maze: a model
 * that learns turned labels learns another rule. A label by no rule just moves along. */
static void symmetries_redraw_labels(void **state) {
    (void)state;
    uint8_t q[SEQ], a[SEQ], own[SEQ], back[SEQ];
    unsigned seen = 0;
    for (int by_rule = 0; by_rule < 2; by_rule++) {
        read_pair("S           #G  ", by_rule ? "S           #G  " : "Soo   o  oo #G  ");
        if (by_rule) assert_int_equal(hr_maze_solve(&maze, question, answer), 4);
        for (uint64_t i = 0; i < 64; i++) {
            maze.ops->augment(&maze, hr_rng_sub(hr_rng_stream(1, "t"), i), question, answer, q, a);
            int code = 0;
            for (; code < HR_DIHEDRAL; code++) { /* which was it? */
                for (int c = 0; c < SEQ; c++)
                    back[c] = question[hr_dihedral_source(code, SIDE, SIDE, c / SIDE, c % SIDE)];
                if (!memcmp(back, q, SEQ)) break;
            }
            assert_in_range(code, 0, HR_DIHEDRAL - 1);
            seen |= 1u << code;
            hr_maze_solve(&maze, q, own);
            for (int c = 0; c < SEQ; c++)
                back[c] = answer[hr_dihedral_source(code, SIDE, SIDE, c / SIDE, c % SIDE)];
            assert_memory_equal(a, by_rule ? own : back, SEQ);
        }
    }
    assert_int_equal(seen, 0xff);
}

static void codes_undo_each_other(void **state) {
    (void)state;
    for (int code = 0; code < HR_DIHEDRAL; code++) {
        bool turns = hr_dihedral_transposes(code);
        int rows = turns ? 5 : 3, cols = turns ? 3 : 5, undo = hr_dihedral_inverse(code);
        for (int i = 0; i < 15; i++) {
            int seen = hr_dihedral_source(undo, rows, cols, i / 5, i % 5);
            int from = hr_dihedral_source(code, 3, 5, seen / cols, seen % cols);
            assert_int_equal(from, i);
        }
    }
}

/* The generator keeps its promises, and the same seed its mazes. */
extern const hr_task_ops hr_family_maze;

static void generated_mazes(void **state) {
    (void)state;
    hr_task task;
    uint8_t q[81], a[81], again[81], other[81], key[81], turned[81], turned_key[81];
    static const char *const settings[] = {"size=9", "density=0.25:0.4", "min-length=16"};
    const hr_generator *g = &hr_maze_generator;
    hr_gen_args args, different;
    OK(hr_generator_begin(&hr_family_maze, settings, 3, 7, &args));
    OK(hr_generator_begin(&hr_family_maze, settings, 3, 8, &different));
    task = args.task;
    for (uint64_t i = 0; i < 50; i++) {
        int moves, walls = 0;
        OK(g->make(&args, i, NULL, q, a, &moves));
        OK(g->make(&args, i, NULL, again, a, &moves));
        OK(g->make(&different, i, NULL, other, turned, &moves));
        assert_memory_equal(q, again, 81);
        assert_memory_not_equal(q, other, 81);
        assert_true(hr_maze_solve(&task, q, NULL) >= 16);
        assert_int_equal(task.ops->check(&task, q, a, NULL, 0), HR_SOLVED);
        assert_true(task.ops->fits(&task, q, a));
        for (int c = 0; c < 81; c++) walls += q[c] == HR_MAZE_WALL;
        assert_in_range(walls, 6, 55);
        for (int c = 0; c < 81; c++)
            turned[c] = q[hr_dihedral_source(1 + (int)(i % 7), 9, 9, c / 9, c % 9)];
        g->key(&task, q, a, key);
        g->key(&task, turned, a, turned_key);
        assert_memory_equal(key, turned_key, 81);
    }
    int moves;
    args.option[1].integer = 3; /* four cells have no such way */
    OK(hr_task_maze(2, &args.task));
    assert_int_equal(g->make(&args, 0, NULL, q, a, &moves), HR_ERR_TASK);
}

static void hostile_descriptions(void **state) {
    (void)state;
    hr_task task, back;
    static const char *const bad[] = {"{\"task\": \"maze\", \"side\": 1}",
                                      "{\"task\": \"maze\", \"side\": 129}",
                                      "{\"task\": \"maze\", \"side\": -3}",
                                      "{\"task\": \"maze\", \"side\": \"3\"}",
                                      "{\"task\": \"mace\", \"side\": 3}",
                                      "{\"task\": \"maze\", \"side\": 3, \"rows\": 3}",
                                      "{\"task\": \"maze\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(hr_task_from_json(bad[i], &task), HR_ERR_FORMAT);
    OK(hr_task_maze(30, &task));
    char *text = hr_task_to_json(&task);
    OK(hr_task_from_json(text, &back));
    assert_true(same_task(&task, &back));
    hr_free(text);
}

/* Sizes that look like a maze's are not enough: other puzzles stay plain grids. */
static void data_tell_mazes(void **state) {
    (void)state;
    hr_task_survey survey = {0};
    hr_task task;
    OK(hr_task_survey_add(&survey, "S# G", 4, "S#oG", 4));
    OK(hr_task_survey_end(&survey, &task));
    assert_string_equal(task.ops->name, "maze");
    OK(hr_task_survey_add(&survey, "S# S", 4, "S#oS", 4)); /* no goal */
    OK(hr_task_survey_end(&survey, &task));
    assert_string_equal(task.ops->name, "grid");
    OK(hr_task_of_sizes(900, 6, NULL, &task));
    assert_string_equal(task.ops->name, "maze");
    OK(hr_task_of_sizes(900, 6, "grid", &task));
    assert_string_equal(task.ops->name, "grid");
    assert_string_equal(task.alphabet + 1, "# SGo");
}

/* ---- published data -------------------------------------------------------------------------- */

static hr_dataset *open_shared(const char *shared, const char *name) {
    char path[512];
    hr_dataset *d;
    snprintf(path, sizeof path, "%s/%s", shared, name);
    OK(hr_dataset_open(path, NULL, NULL, &d));
    return d;
}

/* All 2,000 labels follow the rule, and directory and CSV hold the same tokens. */
static void published_mazes(void **state) {
    (void)state;
    SKIP_WITHOUT(shared, "data/maze-hard/train.csv");
    static const char *const splits[] = {"train", "test"};
    for (int s = 0; s < 2; s++) {
        char name[96];
        snprintf(name, sizeof name, "data/maze-hard/%s.csv", splits[s]);
        hr_dataset *csv = open_shared(shared, name);
        snprintf(name, sizeof name, "data/maze-hard/official-format/%s", splits[s]);
        hr_dataset *dir = open_shared(shared, name);
        assert_string_equal(csv->task.ops->name, "maze");
        assert_true(same_task(&csv->task, &dir->task));
        assert_int_equal(csv->examples, 1000);
        assert_memory_equal(csv->inputs, dir->inputs, 900000);
        assert_memory_equal(csv->labels, dir->labels, 900000);
        for (size_t i = 0; i < csv->examples; i++) {
            uint8_t way[900];
            const uint8_t *q = csv->inputs + i * 900, *a = csv->labels + i * 900;
            assert_int_equal(hr_maze_solve(&csv->task, q, way), csv->rating[i]);
            assert_memory_equal(way, a, 900);
            assert_int_equal(csv->task.ops->check(&csv->task, q, a, NULL, 0), HR_SOLVED);
        }
        hr_dataset_free(csv);
        hr_dataset_free(dir);
    }
}

/* Codes and inverses on a grid that is not square, as the published code maps it. */
static void published_codes(void **state) {
    (void)state;
    hr_safetensors file = {0};
    OK(hr_safetensors_open(FIXTURES "/data/arc/dihedral.safetensors", &file));
    const hr_tensor *grid = hr_safetensors_find(&file, "grid");
    int images = 0;
    assert_non_null(grid);
    for (int code = 0; code < HR_DIHEDRAL; code++) {
        char name[16];
        snprintf(name, sizeof name, "t%d", code);
        const hr_tensor *image = hr_safetensors_find(&file, name);
        assert_non_null(image);
        int rows = (int)grid->shape[0], cols = (int)grid->shape[1];
        assert_int_equal(image->shape[0], hr_dihedral_transposes(code) ? cols : rows);
        int wide = (int)image->shape[1];
        for (int c = 0; c < (int)image->count; c++, images++) {
            int at = hr_dihedral_source(code, rows, cols, c / wide, c % wide);
            assert_int_equal(hr_tensor_at(image, (size_t)c), hr_tensor_at(grid, (size_t)at));
        }
    }
    assert_true(images > 0);
    hr_safetensors_close(&file);
}

/* Who trains on parts of ways must not learn a way that is wrong: each is labelled as the benchmark
 * would label it. */
static void parts_are_right(void **state) {
    (void)state;
    hr_dataset *data;
    OK(hr_dataset_open("data/maze-10x10-train.csv", "maze", NULL, &data));
    const hr_task *task = &data->task;
    uint8_t q[100], a[100], solved[100];
    for (int i = 0; i < 400; i++) {
        const uint8_t *question_in, *answer_in;
        hr_dataset_pair(data, (size_t)i, &question_in, &answer_in);
        memcpy(q, question_in, 100);
        memcpy(a, answer_in, 100);
        int whole = hr_maze_solve(task, q, solved);
        double share = (i % 10 + 1) / 10.0;
        task->ops->part(task, hr_rng_stream((uint64_t)i, "part"), share, q, a);
        assert_int_equal(hr_maze_solve(task, q, solved), (int)fmax(2, rint(share * whole)));
        assert_memory_equal(solved, a, 100);
        for (int c = 0; c < 100; c++)
            assert_int_equal(q[c] == HR_MAZE_WALL, question_in[c] == HR_MAZE_WALL);
    }
    hr_dataset_free(data);
    /* marks that are no single way stay as they are */
    read_pair("S    #  #      G", "Soo  #oo# oo   G");
    memcpy(q, question, SEQ);
    memcpy(a, answer, SEQ);
    maze.ops->part(&maze, hr_rng_stream(1, "part"), 0.5, question, answer);
    assert_memory_equal(question, q, SEQ);
    assert_memory_equal(answer, a, SEQ);
}

HR_TEST_MAIN(cmocka_unit_test(parts_are_right), cmocka_unit_test(text_is_kept),
             cmocka_unit_test(starts_and_letters), cmocka_unit_test(rule_draws_the_label),
             cmocka_unit_test(answers_are_judged), cmocka_unit_test(symmetries_redraw_labels),
             cmocka_unit_test(codes_undo_each_other), cmocka_unit_test(generated_mazes),
             cmocka_unit_test(hostile_descriptions), cmocka_unit_test(data_tell_mazes),
             cmocka_unit_test(published_mazes), cmocka_unit_test(published_codes))
