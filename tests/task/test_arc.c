/* test_arc.c - ARC: views, tokens, crops, names, duplicates, places, votes. What
 * the published builder and evaluator gave is compared by hrm parity (check/test_parity.c). */
#include "test.h"

#include <math.h>

#include "base/mem.h"
#include "base/os.h"
#include "base/pool.h"
#include "io/json.h"
#include "data/dataset_open.h"
#include "data/arc_box.h"
#include "data/dataset_arc.h"
#include "task/arc_vote.h"
#include "task/grid.h"
#include "task/two_tasks.h"

static hr_arc_grid grid_of(int rows, int cols, const char *digits) {
    hr_arc_grid g = {.rows = rows, .cols = cols};
    for (int i = 0; i < rows * cols; i++) g.cell[i] = (uint8_t)(digits[i] - '0');
    return g;
}

static hr_rng stream(uint64_t i) {
    return hr_rng_sub(hr_rng_stream(5, "test"), i);
}

static hr_status draw(const hr_arc_tasks *tasks, int copies, bool keep_colours, hr_pool *pool,
                      hr_arc_views *out) {
    const hr_arc_draw how = {.copies = copies, .keep_colours = keep_colours, .seed = 1};
    return hr_arc_views_draw(tasks, &how, pool, out);
}

static hr_status part(const hr_arc_tasks *tasks, const hr_arc_views *views, int side, bool test,
                      hr_dataset **out) {
    const hr_arc_layout layout = {.side = side, .test = test, .seed = 1};
    return hr_arc_dataset(tasks, views, &layout, "x", out);
}

static hr_status vote(hr_arc_votes *votes, const char *name, const uint8_t *question,
                      const uint8_t *answer, double confidence) {
    return hr_arc_votes_add(votes, &(hr_arc_vote){name, NULL, question, answer, confidence});
}

/* Voting stands on this: what an augmented copy answers must come back to the original's frame. */
static void views_are_undone(void **state) {
    (void)state;
    hr_arc_grid plain = grid_of(2, 3, "012345"), seen, back;
    unsigned codes = 0;
    for (uint64_t i = 0; i < 100; i++) {
        hr_arc_view view = hr_arc_view_draw(stream(i), HR_ARC_FREE), read;
        hr_buffer name = {0};
        assert_int_equal(view.colour[0], 0);
        hr_arc_apply(&view, &plain, &seen);
        hr_arc_undo(&view, &seen, &back);
        assert_true(hr_arc_same(&plain, &back));
        codes |= 1u << view.code;
        hr_arc_name_print(&name, "cafe_t1|||", &view);
        assert_int_equal(hr_arc_name_read(name.text, &read), 10);
        assert_memory_equal(&view, &read, sizeof view);
        hr_buffer_free(&name);
    }
    assert_int_equal(codes, 0xff);
}

static void names_tell_views(void **state) {
    (void)state;
    hr_arc_view view;
    assert_int_equal(hr_arc_name_read("cafe|||t3|||0593247618", &view), 4);
    assert_int_equal(view.code, 3);
    assert_int_equal(view.colour[9], 8);
    assert_int_equal(hr_arc_name_read("cafe_t7_0213456789", &view), 4); /* HRM's builder */
    assert_int_equal(view.code, 7);
    static const char *const plain[] = {"cafe",
                                        "",
                                        "cafe|||t8|||0593247618",
                                        "cafe|||t3|||0593247611",
                                        "cafe|||t3|||05932476180",
                                        "|||t3|||0593247618",
                                        "cafe_t3|||0593247618"};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        assert_int_equal(hr_arc_name_read(plain[i], &view), strlen(plain[i]));
        assert_memory_equal(&view, &hr_arc_plain, sizeof view);
    }
}

static void tokens_and_crops(void **state) {
    (void)state;
    hr_arc_grid g = grid_of(2, 3, "102340"), back;
    uint8_t tokens[900];
    hr_arc_encode(&g, 4, 27, 30, tokens); /* no room for the marker on the right */
    assert_int_equal(tokens[4 * 30 + 27], 3);
    assert_int_equal(tokens[5 * 30 + 29], 2);
    assert_int_equal(tokens[6 * 30 + 28], 1);
    assert_int_equal(tokens[4 * 30 + 26], 0);
    hr_arc_crop(tokens, 30, &back);
    assert_int_equal(back.rows, 0);
    hr_arc_encode(&g, 0, 0, 30, tokens);
    assert_int_equal(tokens[3], 1);
    assert_int_equal(tokens[60], 1);
    assert_int_equal(tokens[63], 0); /* the corner */
    hr_arc_crop(tokens, 30, &back);
    assert_true(hr_arc_same(&g, &back));
    tokens[1] = 1; /* 2 x 1 or 1 x 1: the larger */
    hr_arc_crop(tokens, 30, &back);
    assert_int_equal(back.rows, 2);
    assert_int_equal(back.cols, 1);
}

/* On a small canvas a grid often touches the edge, where no marker has room. */
static void small_canvas(void **state) {
    (void)state;
    static const uint8_t touching[] = {0, 0, 0, 0, 3, 2, 0, 4, 5}, whole[] = {3, 2, 4, 5};
    hr_arc_grid g = grid_of(2, 2, "1023"), back;
    uint8_t tokens[900];
    memset(tokens, 7, sizeof tokens);
    hr_arc_encode(&g, 1, 1, 3, tokens);
    assert_memory_equal(tokens, touching, sizeof touching);
    assert_int_equal(tokens[9], 7); /* nothing is written past it */
    hr_arc_encode(&g, 0, 0, 2, tokens);
    assert_memory_equal(tokens, whole, sizeof whole);
    hr_arc_crop(tokens, 2, &back);
    assert_true(hr_arc_same(&g, &back));
    hr_arc_encode(&g, 0, 0, 3, tokens);
    hr_arc_crop(tokens, 3, &back);
    assert_true(hr_arc_same(&g, &back));
    hr_arc_grid one = grid_of(1, 1, "5");
    hr_arc_encode(&one, 0, 0, 1, tokens);
    hr_arc_crop(tokens, 1, &back);
    assert_true(hr_arc_same(&one, &back));
}

/* Copies that show the same pairs would count their votes twice. */
static void copies_differ(void **state) {
    (void)state;
    hr_arc_tasks tasks = {0};
    hr_arc_views views, again;
    hr_pool *pool;
    /* one cell of one colour, and 0: nine different looks in all, the plain one among them */
    static const char one[] = "{\"train\": [{\"input\": [[1]], \"output\": [[0]]}], \"test\": "
                              "[{\"input\": [[1]], \"output\": [[0]]}]}";
    OK(hr_arc_tasks_parse(&tasks, one, strlen(one), NULL, 0, "x", true));
    OK(hr_arc_tasks_parse(&tasks, two_tasks, strlen(two_tasks), NULL, 0, "x", false));
    OK(hr_pool_new(2, HR_POOL_SPACE, &pool));
    OK(draw(&tasks, 50, false, pool, &views));
    assert_int_equal(views.start[1], 9);
    assert_int_equal(views.start[3] - views.start[2], 51);
    assert_int_equal(views.identifiers, views.count + 1);
    OK(draw(&tasks, 50, false, pool, &again));
    assert_memory_equal(views.view, again.view, views.count * sizeof *views.view);
    hr_arc_views_free(&again);
    hr_arc_views_free(&views);
    hr_pool_free(pool);
    hr_arc_tasks_free(&tasks);
}

/* For nets to which colours are alike: turns and mirror images alone, those that show something
 * new. */
static void copies_keep_their_colours(void **state) {
    (void)state;
    hr_arc_tasks tasks = parse_two(false);
    hr_arc_views views;
    hr_pool *pool;
    OK(hr_pool_new(2, HR_POOL_SPACE, &pool));
    OK(draw(&tasks, 50, true, pool, &views));
    assert_int_equal(views.start[1], 8);
    for (size_t i = 0; i < views.count; i++) {
        assert_memory_equal(views.view[i].colour, hr_arc_plain.colour, HR_ARC_COLOURS);
        assert_int_equal(views.view[i].code, i % 8);
    }
    hr_arc_views_free(&views);
    hr_pool_free(pool);
    hr_arc_tasks_free(&tasks);
}

/* Colours that only outputs have are part of a task's rule: a net that has one vector for all its
 * copies cannot know what became of them. */
static void colours_of_outputs_stay(void **state) {
    (void)state;
    static const char text[] =
        "{\"train\": [{\"input\": [[1, 2]], \"output\": [[7, 3]]}, {\"input\": [[4, 0]], "
        "\"output\": "
        "[[2, 7]]}], \"test\": [{\"input\": [[3, 5]], \"output\": [[8, 8]]}]}";
    hr_arc_tasks tasks = {0};
    hr_arc_views views;
    hr_pool *pool;
    unsigned changed = 0;
    OK(hr_arc_tasks_parse(&tasks, text, strlen(text), NULL, 0, "x", true));
    OK(hr_pool_new(1, HR_POOL_SPACE, &pool));
    const hr_arc_draw how = {.copies = 100, .keep_output_colours = true, .share_vectors = true};
    OK(hr_arc_views_draw(&tasks, &how, pool, &views));
    for (size_t v = 0; v < views.count; v++) {
        unsigned images = 0;
        for (int c = 0; c < HR_ARC_COLOURS; c++) {
            images |= 1u << views.view[v].colour[c];
            changed |= (unsigned)(views.view[v].colour[c] != c) << c;
        }
        assert_int_equal(images, 0x3ff);
        assert_int_equal(views.id[v], 1 + views.view[v].code);
    }
    assert_int_equal(changed,
                     HR_ARC_FREE & ~(1u << 7)); /* 3 is in a test's input; 8 is not known */
    assert_int_equal(views.identifiers, 9);
    hr_arc_views_free(&views);
    hr_pool_free(pool);
    hr_arc_tasks_free(&tasks);
}

/* A box must hold what is learned, and tell nothing of what is scored. */
static void boxes_follow_from_demonstrations(void **state) {
    (void)state;
    static const struct {
        const char *in[2], *out[2]; /* rows x columns of two demonstrations */
        const char *test, *box;
    } of[] = {{{"3x4", "5x2"}, {"3x4", "5x2"}, "7x9", "7x9"},  /* kept */
              {{"3x4", "5x2"}, {"8x4", "8x2"}, "7x9", "8x9"},  /* rows fixed */
              {{"3x4", "5x2"}, {"2x1", "2x6"}, "7x9", "7x10"}, /* three times, but for the canvas */
              {{"3x4", "5x2"}, {"6x8", "10x4"}, "2x3", "4x6"}, /* twice */
              {{"3x4", "5x2"}, {"1x2", "4x1"}, "6x5", "6x5"},  /* never larger */
              {{"2x2", "3x3"}, {"2x2", "4x4"}, "3x1", "4x4"}}; /* up to 4 / 3, and to 4 */
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        uint8_t bytes[6][2 + HR_ARC_SEQ] = {{0}}, box[6];
        int32_t pair[6];
        const char *const sizes[6] = {of[i].in[0],  of[i].out[0], of[i].in[1],
                                      of[i].out[1], of[i].test,   "9x9"};
        for (int k = 0; k < 6; k++) {
            unsigned rows, cols;
            assert_int_equal(sscanf(sizes[k], "%ux%u", &rows, &cols), 2);
            bytes[k][0] = (uint8_t)rows;
            bytes[k][1] = (uint8_t)cols;
            pair[k] = (int32_t)(k * (2 + HR_ARC_SEQ));
        }
        hr_arc_task task = {.demos = 2, .tests = 1, .scored = true};
        hr_arc_tasks tasks = {.pair = pair, .bytes = bytes[0], .pairs = 3};
        unsigned rows, cols;
        hr_arc_box(&tasks, &task, 10, box);
        assert_int_equal(sscanf(of[i].box, "%ux%u", &rows, &cols), 2);
        assert_int_equal(box[4], rows);
        assert_int_equal(box[5], cols);
        for (int k = 0; k < 4; k++) { /* demonstrations fit */
            assert_true(box[k / 2 * 2] >= bytes[k][0]);
            assert_true(box[k / 2 * 2 + 1] >= bytes[k][1]);
        }
        task.scored = false; /* trained on: its output is known, and fits */
        hr_arc_box(&tasks, &task, 10, box);
        assert_true(box[4] >= 9 && box[5] >= 9);
    }
}

/* Nothing but the box has tokens; the answer, cropped and seen back, is the task's own. */
static void boxed_pairs_are_read_back(void **state) {
    (void)state;
    hr_arc_tasks tasks = parse_two(false);
    hr_arc_views views;
    hr_pool *pool;
    hr_dataset *d;
    OK(hr_pool_new(1, HR_POOL_SPACE, &pool));
    const hr_arc_draw how = {.copies = 20, .share_vectors = true};
    OK(hr_arc_views_draw(&tasks, &how, pool, &views));
    OK(hr_arc_dataset(&tasks, &views, &(hr_arc_layout){.side = 12, .boxed = true}, "x", &d));
    assert_true(d->boxed && d->share == 8);
    for (size_t e = 0; e < d->examples; e++) {
        const uint8_t *q, *a;
        hr_arc_grid seen, back, own;
        size_t p = hr_dataset_puzzle_of(d, e), task = p / 21;
        size_t pair = tasks.task[task].first + e - (size_t)d->puzzle_start[p];
        hr_dataset_pair(d, e, &q, &a);
        for (int t = 0; t < 144; t++) assert_int_equal(!q[t], !a[t]);
        for (int side = 0; side < 2; side++) {
            hr_arc_crop(side ? a : q, 12, &seen);
            hr_arc_undo(hr_arc_dataset_view(d, e), &seen, &back);
            assert_true(hr_arc_tasks_grid(&tasks, pair, side, &own));
            assert_true(hr_arc_same(&own, &back));
        }
    }
    OK(hr_dataset_check_padding(d, 0));
    hr_dataset_free(d);
    hr_arc_views_free(&views);
    hr_pool_free(pool);
    hr_arc_tasks_free(&tasks);
}

/* As the published builder: of each puzzle's examples one lies at the top left, the others
 * anywhere; in the test part all do, or crops would miss them. */
static void one_example_stays(void **state) {
    (void)state;
    hr_arc_tasks tasks = parse_two(false);
    hr_arc_views views;
    hr_pool *pool;
    hr_dataset *d;
    size_t moved = 0;
    OK(hr_pool_new(1, HR_POOL_SPACE, &pool));
    OK(draw(&tasks, 20, false, pool, &views));
    OK(part(&tasks, &views, 30, false, &d));
    assert_int_equal(d->examples, 2 * 21 * 3); /* test pairs included: nothing is scored */
    for (size_t p = 0; p < d->puzzles; p++) {
        size_t in_place = 0;
        for (int32_t e = d->puzzle_start[p]; e < d->puzzle_start[p + 1]; e++) {
            const uint8_t *q, *a;
            hr_dataset_pair(d, (size_t)e, &q, &a);
            in_place += q[0] > 1 || a[0] > 1;
        }
        assert_true(in_place > 0);
        moved += 3 - in_place;
    }
    assert_true(moved > 60); /* of 84 */
    hr_dataset_free(d);
    for (size_t t = 0; t < tasks.count; t++) tasks.task[t].scored = true;
    OK(part(&tasks, &views, 30, true, &d));
    assert_int_equal(d->examples, 21 * 3);
    for (size_t e = 0; e < d->examples; e++) {
        const uint8_t *q, *a;
        hr_dataset_pair(d, e, &q, &a);
        assert_true(q[0] > 1 && a[0] > 1);
    }
    hr_dataset_free(d);
    hr_arc_views_free(&views);
    hr_arc_tasks_free(&tasks);
    hr_pool_free(pool);
}

static void votes_rank(void **state) {
    (void)state;
    hr_arc_tasks tasks = parse_two(true);
    hr_arc_votes *votes;
    uint8_t q[900], a[900];
    hr_arc_grid in = grid_of(1, 2, "45"), out = grid_of(2, 1, "54"), seen, guess;
    size_t count;
    double confidence;
    OK(hr_arc_votes_new(&tasks, 30, &votes));
    assert_false(hr_arc_votes_any(votes, 0));
    for (uint64_t i = 0; i < 6; i++) { /* two say 5 4 through views, three 1, one 2 */
        hr_arc_view view = hr_arc_view_draw(stream(i), HR_ARC_FREE);
        hr_buffer name = {0};
        hr_arc_name_print(&name, "a", &view);
        hr_arc_grid wrong = grid_of(1, 1, i < 5 ? "1" : "2");
        hr_arc_apply(&view, &in, &seen);
        hr_arc_encode(&seen, 0, 0, 30, q);
        hr_arc_apply(&view, i < 2 ? &out : &wrong, &seen);
        hr_arc_encode(&seen, 0, 0, 30, a);
        OK(vote(votes, name.text, q, a, i == 5 ? 0.9 : 0.25));
        hr_buffer_free(&name);
    }
    assert_true(hr_arc_votes_guess(votes, 0, 0, 1, &guess, &count, &confidence));
    assert_true(hr_arc_same(&guess, &out));
    assert_int_equal(count, 2);
    assert_true(fabs(confidence - 0.25) < 1e-12);
    assert_true(hr_arc_votes_pass(votes, 0, 1) == 0);
    assert_true(hr_arc_votes_pass(votes, 0, 2) == 1);
    OK(vote(votes, "a", a, a, 1)); /* no such test input */
    OK(vote(votes, "c", q, a, 1)); /* no such task */
    assert_true(hr_arc_votes_guess(votes, 0, 0, 0, &guess, &count, NULL));
    assert_int_equal(count, 3);
    assert_false(hr_arc_votes_guess(votes, 0, 0, 3, &guess, NULL, NULL));
    json_t *submission = hr_arc_votes_submission(votes);
    char *text = json_dumps(submission, 0);
    assert_non_null(strstr(text, "{\"a\": [{\"attempt_1\": [[1]], \"attempt_2\": [[5], [4]]}]"));
    free(text);
    json_decref(submission);
    hr_arc_votes_free(votes);
    hr_arc_tasks_free(&tasks);
}

/* A net that answers with padding alone gives no grid; the judges take none that is empty. */
static void an_empty_grid_is_no_attempt(void **state) {
    (void)state;
    hr_arc_tasks tasks = parse_two(true);
    hr_arc_votes *votes;
    uint8_t q[900], a[900] = {0};
    hr_arc_grid in = grid_of(1, 2, "45");
    const hr_arc_larger left = {(char *)(uintptr_t) "big", 31, 1, 2, true};
    OK(hr_arc_tasks_leave(&tasks, &left));
    OK(hr_arc_votes_new(&tasks, 30, &votes));
    hr_arc_encode(&in, 0, 0, 30, q);
    OK(vote(votes, "a", q, a, 1));
    json_t *submission = hr_arc_votes_submission(votes);
    char *text = json_dumps(submission, 0);
    assert_non_null(strstr(text, "\"a\": [{\"attempt_1\": [[0]], \"attempt_2\": [[0]]}"));
    assert_non_null(strstr(text, "\"big\": [{\"attempt_1\": [[0]], \"attempt_2\": [[0]]}, {\"att"));
    free(text);
    json_decref(submission);
    hr_arc_votes_free(votes);
    hr_arc_tasks_free(&tasks);
}

static void write_header(const char *dir, const char *seq, const char *vocab, const char *views) {
    char path[96];
    snprintf(path, sizeof path, "%s/dataset.json", dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file,
            "{\"seq_len\": %s, \"vocab_size\": %s, \"ignore_label_id\": 0, "
            "\"num_puzzle_identifiers\": 9, \"views\": {%s\"shift\": true, \"seed\": 1}}",
            seq, vocab, views);
    fclose(file);
}

static void remove_arc(const char *dir) {
    static const char *const files[] = {"all__grids.npy",
                                        "all__pairs.npy",
                                        "all__first_pairs.npy",
                                        "all__views.npy",
                                        "all__puzzle_identifiers.npy",
                                        "all__puzzle_indices.npy",
                                        "all__group_indices.npy",
                                        "dataset.json"};
    char path[96];
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        snprintf(path, sizeof path, "%s/%s", dir, files[f]);
        remove(path);
    }
    remove(dir);
}

/* Every example lies on the canvas, also anywhere on it, and what is written is read back so. */
static void small_canvas_in_files(void **state) {
    (void)state;
    static const char *const bad[][3] = {
        {"9", "12", "\"side\": 4, "},      {"16", "12", ""},
        {"16", "12", "\"side\": 0, "},     {"961", "12", "\"side\": 31, "},
        {"16", "12", "\"side\": \"4\", "}, {"1", "12", "\"side\": 1, "},
        {"16", "11", "\"side\": 4, "},     {"900", "12", "\"side\": 4, "},
    };
    char dir[] = "/tmp/hrm-arc-XXXXXX";
    hr_arc_tasks tasks = parse_two(false);
    hr_arc_views views;
    hr_pool *pool;
    hr_dataset *d, *again, *flat;
    hr_task line;
    OK(hr_pool_new(1, HR_POOL_SPACE, &pool));
    OK(draw(&tasks, 3, false, pool, &views));
    assert_int_equal(part(&tasks, &views, 31, false, &d), HR_ERR_TASK);
    OK(part(&tasks, &views, 4, false, &d));
    d->larger = 5;
    assert_non_null(mkdtemp(dir));
    OK(hr_dataset_write_arc(d, dir));
    OK(hr_dataset_open(dir, NULL, NULL, &again));
    OK(hr_task_grid(1, 16, "abcdefghijk", 11, &line)); /* as many tokens, but no square */
    OK(hr_dataset_open(dir, NULL, &line, &flat));
    assert_string_equal(again->task.ops->name, "arc");
    assert_int_equal(again->task.rows, 4);
    assert_int_equal(again->larger, 5);
    assert_true(hr_dataset_hash(d) == hr_dataset_hash(again));
    for (size_t e = 0; e < d->examples; e++) {
        const uint8_t *q, *a;
        uint8_t kept[2][16];
        hr_dataset_pair(d, e, &q, &a);
        assert_true(d->task.ops->fits(&d->task, q, a));
        memcpy(kept[0], q, 16);
        memcpy(kept[1], a, 16);
        hr_dataset_pair(again, e, &q, &a);
        assert_true(!memcmp(kept[0], q, 16) && !memcmp(kept[1], a, 16));
        hr_dataset_pair(flat, e, &q, &a);
        assert_true(!memcmp(kept[0], q, 16) && !memcmp(kept[1], a, 16));
    }
    hr_dataset_free(flat);
    hr_dataset_free(again);
    hr_dataset_free(d);
    write_header(dir, "4", "12", "\"side\": 2, "); /* which the grids still fit */
    OK(hr_dataset_open(dir, NULL, NULL, &d));
    hr_dataset_free(d);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_header(dir, bad[i][0], bad[i][1], bad[i][2]);
        if (!hr_dataset_open(dir, NULL, NULL, &d)) fail_msg("%s%s passed", bad[i][2], bad[i][0]);
    }
    write_header(dir, "900", "12", ""); /* as it was before there was a side */
    OK(hr_dataset_open(dir, NULL, NULL, &d));
    assert_int_equal(d->task.rows, 30);
    hr_dataset_free(d);
    remove_arc(dir);
    hr_arc_views_free(&views);
    hr_arc_tasks_free(&tasks);
    hr_pool_free(pool);
}

/* Opens a directory and, where it passes as data, reads every example. */
static bool readable(const char *dir) {
    hr_dataset *d;
    const uint8_t *q, *a;
    if (hr_dataset_open(dir, NULL, NULL, &d)) return false;
    for (size_t e = 0; e < d->examples; e++) {
        hr_dataset_pair(d, e, &q, &a);
        for (int i = 0; i < 900; i++) assert_true(q[i] < 12 && a[i] < 12);
    }
    hr_dataset_free(d);
    return true;
}

/* Without fsync, which would take most of the test's time. */
static void write_bytes(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

/* A byte changed anywhere in the arrays is refused or harmless: nothing is read out of bounds. */
static void damaged_directories(void **state) {
    (void)state;
    static const char *const files[] = {
        "grids",          "pairs",        "first_pairs", "views", "puzzle_identifiers",
        "puzzle_indices", "group_indices"};
    char dir[] = "/tmp/hrm-arc-XXXXXX", path[96];
    hr_arc_tasks tasks = parse_two(false);
    hr_arc_views views;
    hr_pool *pool;
    hr_dataset *d;
    int refused = 0;
    OK(hr_pool_new(1, HR_POOL_SPACE, &pool));
    OK(draw(&tasks, 3, false, pool, &views));
    OK(part(&tasks, &views, 30, false, &d));
    assert_non_null(mkdtemp(dir));
    OK(hr_dataset_write_arc(d, dir));
    assert_true(readable(dir));
    for (int f = 0; f < 7; f++) {
        hr_file file;
        snprintf(path, sizeof path, "%s/all__%s.npy", dir, files[f]);
        OK(hr_os_load(path, &file));
        size_t size = file.size;
        unsigned char *bytes = malloc(size);
        memcpy(bytes, file.data, size);
        hr_os_unload(&file);
        for (size_t i = 0; i < size; i += i < 100 ? 13 : 1) {
            unsigned char was = bytes[i];
            for (int change = 0; change < 3; change++) {
                bytes[i] = (unsigned char)(change == 0 ? was ^ 1 : change == 1 ? 0xff : was + 40);
                write_bytes(path, bytes, size);
                refused += !readable(dir);
            }
            bytes[i] = was;
        }
        write_bytes(path, bytes, size);
        free(bytes);
    }
    assert_true(readable(dir));
    assert_true(refused > 50);
    remove_arc(dir);
    hr_dataset_free(d);
    hr_arc_views_free(&views);
    hr_arc_tasks_free(&tasks);
    hr_pool_free(pool);
}

/* ---- fixtures -------------------------------------------------------------------------------- */

static hr_arc_grid json_grid(const json_t *json) {
    hr_arc_grid g = {.rows = (int)json_array_size(json),
                     .cols = (int)json_array_size(json_array_get(json, 0))};
    for (int i = 0; i < g.rows * g.cols; i++)
        g.cell[i] = (uint8_t)json_integer_value(
            json_array_get(json_array_get(json, (size_t)(i / g.cols)), (size_t)(i % g.cols)));
    return g;
}

static void published_views(void **state) {
    (void)state;
    json_t *root, *o;
    size_t i;
    OK(hr_json_open(FIXTURES "/data/arc/augment_cases.json", &root));
    json_array_foreach(json_object_get(root, "cases"), i, o) {
        hr_arc_view view;
        const char *name = json_string_value(json_object_get(o, "name"));
        const char *orig = json_string_value(json_object_get(o, "orig"));
        hr_arc_grid plain = json_grid(json_object_get(o, "grid")), own, back;
        hr_arc_grid mapped = json_grid(json_object_get(o, "mapped"));
        assert_int_equal(hr_arc_name_read(name, &view), strlen(orig));
        hr_arc_apply(&view, &plain, &own);
        assert_true(hr_arc_same(&own, &mapped));
        hr_arc_undo(&view, &own, &back);
        assert_true(hr_arc_same(&plain, &back));
    }
    assert_true(i > 4);
    json_decref(root);
}

HR_TEST_MAIN(cmocka_unit_test(views_are_undone), cmocka_unit_test(names_tell_views),
             cmocka_unit_test(tokens_and_crops), cmocka_unit_test(small_canvas),
             cmocka_unit_test(copies_differ), cmocka_unit_test(copies_keep_their_colours),
             cmocka_unit_test(colours_of_outputs_stay),
             cmocka_unit_test(boxes_follow_from_demonstrations),
             cmocka_unit_test(boxed_pairs_are_read_back), cmocka_unit_test(one_example_stays),
             cmocka_unit_test(votes_rank), cmocka_unit_test(an_empty_grid_is_no_attempt),
             cmocka_unit_test(small_canvas_in_files), cmocka_unit_test(damaged_directories),
             cmocka_unit_test(published_views))
