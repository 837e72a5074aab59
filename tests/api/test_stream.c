/* test_stream.c - puzzles joined in one stream: the same bits as alone, whatever is beside them;
 * limits, ends and errors of one that do not touch the others; puzzles that come while others are
 * at work. */
#include "fixture.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/rng.h"

enum { MOST = 17 };

/* A puzzle, and what came of it. */
typedef struct item {
    const char *text;
    hrm_solve_options options;
    hrm_search search;
    bool plain;        /* asked without options of its own */
    int end_after;     /* its progress says no then; 0: never */
    int calls, steps;  /* of its progress, of its step */
    hrm_status status; /* that it is to be answered with */
    const char *error; /* in the message */
    hrm_answer *alone;
    int answers;
} item;

typedef struct mix {
    item *item;
    size_t count, given, done, order[MOST];
    int asked, later; /* every so many calls that need not wait there is none; 0: never */
    bool in_order;
    size_t stop_at; /* done says no then */
} mix;

static hrm_next next(void *user, bool wait, hrm_stream_puzzle *out) {
    mix *m = user;
    if (!wait && m->later && ++m->asked % m->later == 0) return HRM_NEXT_LATER;
    if (m->given == m->count) return HRM_NEXT_END;
    item *x = &m->item[m->order[m->given++]];
    out->text = x->text;
    out->options = x->plain ? NULL : &x->options;
    out->user = x;
    return HRM_NEXT_PUZZLE;
}

/* To the bit, but for the time. */
static void assert_same(const hrm_answer *a, const hrm_answer *b) {
    assert_string_equal(a->text, b->text);
    assert_string_equal(a->drawing_colour, b->drawing_colour);
    assert_string_equal(a->why, b->why);
    assert_int_equal(a->verdict, b->verdict);
    assert_memory_equal(&a->confidence, &b->confidence, sizeof a->confidence);
    const int x[] = {a->segments, a->rounds, a->guesses, a->restarts, a->chains, a->chain};
    const int y[] = {b->segments, b->rounds, b->guesses, b->restarts, b->chains, b->chain};
    assert_memory_equal(x, y, sizeof x);
}

static bool done(void *user, const hrm_stream_answer *a) {
    mix *m = user;
    item *x = a->user;
    assert_ptr_equal(x, &m->item[m->order[a->index]]);
    m->in_order &= a->index == m->done++;
    x->answers++;
    assert_int_equal(a->status, x->status);
    if (x->error && !strstr(a->error, x->error)) fail_msg("says %s", a->error);
    assert_true((a->answer != NULL) == !x->status);
    if (x->alone) assert_same(a->answer, x->alone);
    return m->done != m->stop_at;
}

static bool count_calls(void *user, size_t steps, size_t most) {
    item *x = user;
    assert_true(steps <= most);
    return ++x->calls != x->end_after;
}

static bool count_steps(void *user, const hrm_step *step) {
    item *x = user;
    assert_int_equal(step->step >= 0, true);
    return ++x->steps != x->end_after;
}

static hrm_stream_options over(mix *m, const hrm_solve_options *solve) {
    hrm_stream_options o;
    hrm_stream_options_init(&o, sizeof o);
    o.next = next, o.done = done, o.user = m, o.solve = solve;
    return o;
}

/* Options that differ from puzzle to puzzle. */
static void ask(item *x, const hrm_model_info *info, hr_rng rng, uint64_t i, int most) {
    hrm_solve_options_init(&x->options, sizeof x->options);
    hrm_search_init(&x->search, sizeof x->search);
    x->options.segments = 1 + (int)hr_rng_below(rng, 8 * i, (uint64_t)most);
    x->options.user = x;
    if (!info->symbols) return;
    x->options.search = &x->search;
    x->options.seed = hr_rng_below(rng, 8 * i + 1, 3);
    x->options.check = hr_rng_below(rng, 8 * i + 2, 2);
    x->search.chains = 1 + (int)hr_rng_below(rng, 8 * i + 3, 40);
    x->search.patience = 1 + (int)hr_rng_below(rng, 8 * i + 4, 9);
    x->search.agree = 1 + (int)hr_rng_below(rng, 8 * i + 5, 2);
    x->search.drop = 0.05 + 0.01 * (double)hr_rng_below(rng, 8 * i + 6, 9);
}

/* Those that the stream gives back without an answer, put in among the others. */
static size_t spoil(mix *m, size_t n, const hrm_model_info *info) {
    item *x = m->item;
    x[n] = (item){.text = "no puzzle", .plain = true, .status = HRM_STATUS_TASK, .error = "c"};
    x[n + 1] = x[0];
    x[n + 1].options.segments = -1;
    x[n + 1].status = HRM_STATUS_ARG, x[n + 1].error = "segments: -1", x[n + 1].alone = NULL;
    x[n + 2] = x[1];
    x[n + 2].options.segments = 1 << 20; /* for long, if it was not ended */
    x[n + 2].options.user = &x[n + 2];
    x[n + 2].options.progress = count_calls;
    x[n + 2].options.step = count_steps;
    x[n + 2].search.chains = 4, x[n + 2].search.agree = info->symbols ? 64 : 1;
    if (info->symbols) x[n + 2].options.search = &x[n + 2].search;
    x[n + 2].end_after = 3, x[n + 2].status = HRM_STATUS_STOPPED, x[n + 2].alone = NULL;
    x[n + 2].error = "stopped after";
    x[n + 3] = x[0];
    x[n + 3].options.size = 3;
    x[n + 3].status = HRM_STATUS_ARG, x[n + 3].error = "init function", x[n + 3].alone = NULL;
    x[n + 4] = x[n + 2];
    if (!info->symbols) hrm_search_init(&x[n + 4].search, sizeof x->search);
    x[n + 4].search.seconds = 0.03, x[n + 4].options.search = &x[n + 4].search;
    x[n + 4].options.progress = NULL, x[n + 4].options.step = NULL, x[n + 4].end_after = 0;
    x[n + 4].status = HRM_STATUS_OK, x[n + 4].error = NULL;
    return n + 5;
}

static void mixes_of(const char *path, const char *const *text, size_t n, int most) {
    hrm_model *model;
    hrm_solver *solver[2];
    hrm_model_info info;
    item items[MOST] = {0};
    OK(hrm_model_load(path, NULL, &model));
    hrm_model_inspect(model, &info);
    for (int t = 0; t < 2; t++) OK(hrm_solver_new(model, 1 + t, &solver[t]));
    hr_rng rng = hr_rng_stream(5, path);
    mix m = {.item = items};
    for (size_t i = 0; i < n; i++) {
        items[i].text = text[i];
        ask(&items[i], &info, rng, i, most);
        OK(hrm_solver_solve(solver[0], &text[i], 1, &items[i].options, &items[i].alone));
        items[i].options.progress = i % 2 ? count_calls : NULL;
        if (i % 3 == 0) items[i].options.step = count_steps;
    }
    m.count = spoil(&m, n, &info);
    static const int batch[] = {1, 7, 64};
    for (uint64_t round = 0; round < 6; round++) {
        hrm_solve_options solve = {.size = sizeof solve, .batch = batch[round % 3]};
        for (size_t i = 0; i < m.count; i++) m.order[i] = i;
        for (size_t i = m.count; i > 1; i--) {
            size_t j = hr_rng_below(hr_rng_sub(rng, round), i, i), k = m.order[j];
            m.order[j] = m.order[i - 1], m.order[i - 1] = k;
        }
        m.given = m.done = 0, m.later = (int)round, m.in_order = true;
        hrm_stream_options o = over(&m, &solve);
        o.unordered = round % 2;
        OK(hrm_solver_stream(solver[round / 2 % 2], &o));
        assert_int_equal(m.done, m.count);
        assert_true(o.unordered || m.in_order);
        for (size_t i = 0; i < m.count; i++) {
            assert_int_equal(items[i].answers, round + 1);
            assert_true(items[i].calls < 4 || !items[i].end_after);
            items[i].calls = items[i].steps = 0;
        }
    }
    for (size_t i = 0; i < n; i++) hrm_answers_free(items[i].alone, 1);
    for (int t = 0; t < 2; t++) hrm_solver_free(solver[t]);
    hrm_model_free(model);
}

/* Texts of a table. */
static void read_texts(const char *path, size_t from, const char **text, size_t count) {
    hrm_dataset *data;
    hrm_example e;
    OK(hrm_dataset_open(path, NULL, &data));
    for (size_t i = 0; i < count; i++) {
        OK(hrm_dataset_example(data, from + i, &e));
        text[i] = strdup(e.question);
    }
    hrm_dataset_free(data);
}

static const char *small[12];

/* Whoever else is in the stream, in whatever order, with whatever options and ends: each answer is
 * the one that its puzzle gets alone. */
static void answers_do_not_know_their_neighbours(void **state) {
    (void)state;
    const char *text[4];
    mixes_of(in_dir("search/model.safetensors"), small, 12, 60);
    mixes_of(in_dir("tokens/model.safetensors"), small, 12, 9);
    read_texts("data/sudoku-9x9-test.csv", 5, text, 4);
    mixes_of("models/sudoku.safetensors", text, 4, 30);
    mixes_of("models/sudoku-fields.safetensors", text, 4, 9);
    for (int i = 0; i < 4; i++) free((void *)(uintptr_t)text[i]);
    const hrm_generate_options o = {.size = sizeof o,
                                    .settings = (const char *const[]){"size=30"},
                                    .settings_count = 1,
                                    .count = 3,
                                    .seed = 2};
    OK(hrm_generate("maze", in_dir("mazes.csv"), &o));
    read_texts(in_dir("mazes.csv"), 0, text, 2);
    mixes_of("models/maze.safetensors", text, 2, 3);
    for (int i = 0; i < 2; i++) free((void *)(uintptr_t)text[i]);
}

/* An easy puzzle behind endless ones is answered at once; their time is their own, and when it is
 * over they are. */
static void easy_ones_do_not_wait(void **state) {
    (void)state;
    hrm_model *model;
    hrm_solver *solver;
    OK(hrm_model_load("models/sudoku.safetensors", NULL, &model));
    OK(hrm_solver_new(model, 1, &solver));
    const char *easy;
    read_texts("data/sudoku-9x9-test.csv", 1, &easy, 1);
    item items[4] = {0};
    for (int i = 0; i < 3; i++) {
        items[i].text = easy;
        hrm_solve_options_init(&items[i].options, sizeof items[i].options);
        hrm_search_init(&items[i].search, sizeof items[i].search);
        items[i].search.agree = 64, items[i].search.chains = 1, items[i].search.rounds = 1 << 20;
        items[i].search.conflict = 1e-9; /* nothing is ever believed */
        items[i].options.search = &items[i].search;
    }
    items[3].text = easy, items[3].plain = true;
    mix m = {.item = items, .count = 4, .order = {0, 1, 2, 3}, .stop_at = 1};
    hrm_solve_options solve = {.size = sizeof solve, .batch = 1};
    hrm_stream_options o = over(&m, &solve);
    o.unordered = true;
    OK(hrm_solver_solve(solver, &easy, 1, NULL, &items[3].alone));
    REFUSED(HRM_STATUS_STOPPED, "stopped", hrm_solver_stream(solver, &o));
    assert_int_equal(items[3].answers, 1);
    m.given = m.done = m.stop_at = 0;
    for (int i = 0; i < 3; i++) items[i].search.seconds = 0.05;
    OK(hrm_solver_stream(solver, &o));
    for (int i = 0; i < 3; i++) assert_int_equal(items[i].answers, 1);
    o.unordered = false;
    m.given = m.done = 0, m.stop_at = 1;
    REFUSED(HRM_STATUS_STOPPED, "stopped", hrm_solver_stream(solver, &o));
    assert_int_equal(items[0].answers, 2);
    hrm_answers_free(items[3].alone, 1);
    free((void *)(uintptr_t)easy);
    hrm_solver_free(solver);
    hrm_model_free(model);
}

/* strict: the first that cannot be answered ends the stream, once those before it are. */
static void a_strict_stream_ends_with_an_error(void **state) {
    (void)state;
    hrm_model *model;
    hrm_solver *solver;
    OK(hrm_model_load(in_dir("search/model.safetensors"), NULL, &model));
    OK(hrm_solver_new(model, 1, &solver));
    item items[4] = {0};
    for (int i = 0; i < 4; i++) items[i].text = i == 2 ? "12" : small[i], items[i].plain = true;
    mix m = {.item = items, .count = 4, .order = {0, 1, 2, 3}};
    hrm_solve_options solve = {.size = sizeof solve, .segments = 6};
    hrm_stream_options o = over(&m, &solve);
    o.strict = true;
    REFUSED(HRM_STATUS_TASK, "puzzle 3", hrm_solver_stream(solver, &o));
    assert_int_equal(m.done, 2);
    o.next = NULL;
    REFUSED(HRM_STATUS_ARG, "next", hrm_solver_stream(solver, &o));
    REFUSED(HRM_STATUS_ARG, "options", hrm_solver_stream(solver, NULL));
    o.next = next, solve.segments = -1;
    REFUSED(HRM_STATUS_ARG, "segments", hrm_solver_stream(solver, &o));
    hrm_solver_free(solver);
    hrm_model_free(model);
}

/* A service: puzzles come from another thread, the stream sleeps in between. */
typedef struct feed {
    mix m;
    pthread_mutex_t lock;
    pthread_cond_t some;
    size_t ready; /* so many may be taken */
    size_t told;
} feed;

static hrm_next fed(void *user, bool wait, hrm_stream_puzzle *out) {
    feed *f = user;
    pthread_mutex_lock(&f->lock);
    while (wait && f->ready == f->m.given) pthread_cond_wait(&f->some, &f->lock);
    bool any = f->ready > f->m.given;
    pthread_mutex_unlock(&f->lock);
    return any ? next(&f->m, true, out) : HRM_NEXT_LATER;
}

static bool told(void *user, const hrm_stream_answer *a) {
    feed *f = user;
    pthread_mutex_lock(&f->lock);
    f->told++;
    pthread_cond_signal(&f->some);
    pthread_mutex_unlock(&f->lock);
    return done(&f->m, a);
}

static void *feed_all(void *argument) {
    feed *f = argument;
    pthread_mutex_lock(&f->lock);
    for (size_t i = 1; i <= f->m.count; i += 2) {
        f->ready = i;
        pthread_cond_broadcast(&f->some);
        while (f->told < i) pthread_cond_wait(&f->some, &f->lock);
    }
    f->ready = f->m.count + 1; /* the end */
    pthread_cond_broadcast(&f->some);
    pthread_mutex_unlock(&f->lock);
    return NULL;
}

static void puzzles_come_while_others_are_solved(void **state) {
    (void)state;
    item items[11] = {0};
    for (int m = 0; m < 2; m++) {
        hrm_model *model;
        hrm_solver *solver;
        OK(hrm_model_load(in_dir(m ? "tokens/model.safetensors" : "search/model.safetensors"), NULL,
                          &model));
        OK(hrm_solver_new(model, 2, &solver));
        feed f = {.m = {.item = items, .count = 11}, .told = 0};
        pthread_mutex_init(&f.lock, NULL);
        pthread_cond_init(&f.some, NULL);
        for (size_t i = 0; i < 11; i++) {
            items[i] = (item){.text = small[i], .plain = true};
            f.m.order[i] = i;
        }
        hrm_solve_options solve = {.size = sizeof solve, .segments = 6};
        hrm_stream_options o = over(&f.m, &solve);
        o.next = fed, o.done = told, o.user = &f, o.unordered = true;
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, feed_all, &f), 0);
        OK(hrm_solver_stream(solver, &o));
        pthread_join(thread, NULL);
        assert_int_equal(f.told, 11);
        hrm_solver_free(solver);
        hrm_model_free(model);
    }
}

/* What a device calls that has no memory to take: the answers of other calls, whatever came before,
 * and none is taken. */
static void one_puzzle_takes_no_memory(void **state) {
    (void)state;
    for (int m = 0; m < 2; m++) {
        const char *path = m ? "tokens/model.safetensors" : "search/model.safetensors";
        hrm_model *model;
        hrm_solver *solver;
        hrm_answer *alone;
        hrm_verdict verdict;
        hrm_solve_options o;
        char text[17];
        hrm_solve_options_init(&o, sizeof o);
        o.batch = 1;
        OK(hrm_model_load(in_dir(path), NULL, &model));
        OK(hrm_solver_new(model, 2, &solver));
        REFUSED(HRM_STATUS_ARG, "batch", hrm_solver_reserve(solver, 1, -1));
        OK(hrm_solver_reserve(solver, 1, 1));
        for (int i = 0; i < 24; i++) {
            o.segments = 3 + 20 * (i % 2); /* some come to no answer */
            OK(hrm_solve(model, &small[i % 12], 1, &o, &alone));
            uint64_t taken = hr_alloc_count();
            OK(hrm_solver_answer(solver, small[i % 12], &o, text, &verdict));
            assert_int_equal(hr_alloc_count(), taken);
            assert_string_equal(text, alone->text);
            assert_int_equal(verdict, alone->verdict);
            hrm_answers_free(alone, 1);
            REFUSED(HRM_STATUS_TASK, "3", hrm_solver_answer(solver, "123", &o, text, &verdict));
            assert_true(!*text && verdict == HRM_VERDICT_INCOMPLETE);
        }
        hrm_solver_cancel(solver);
        assert_int_equal(hrm_solver_answer(solver, small[0], &o, text, &verdict),
                         HRM_STATUS_STOPPED);
        REFUSED(HRM_STATUS_ARG, "NULL", hrm_solver_answer(solver, NULL, &o, text, &verdict));
        hrm_solver_free(solver);
        hrm_model_free(model);
    }
}

/* Bytes of the process that lie in memory; 0: the system does not tell, or a sanitizer's are among
 * them. */
static size_t resident(void) {
    unsigned long all = 0, in_memory = 0;
#ifdef __SANITIZE_ADDRESS__
    return 0;
#endif
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%lu %lu", &all, &in_memory) != 2) in_memory = 0;
    if (f) fclose(f);
    return in_memory * (size_t)sysconf(_SC_PAGESIZE);
}

/* On a small machine all cores solve: what each of them needs is less than a megabyte. */
static void four_threads_take_little_memory(void **state) {
    (void)state;
    static const char puzzle[] =
        "8..........36......7..9.2...5...7.......457.....1...3...1....68..85...1..9....4..";
    const char *puzzles[] = {puzzle};
    hrm_model *model;
    hrm_solver *solver;
    hrm_answer *answer;
    size_t before;
    OK(hrm_model_load("models/sudoku.safetensors", NULL, &model));
    OK(hrm_solver_new(model, 4, &solver));
    before = resident();
    OK(hrm_solver_solve(solver, puzzles, 1, NULL, &answer));
    size_t taken = resident() - before;
    if (before && taken >= 4 << 20) fail_msg("%zu bytes", taken);
    hrm_answers_free(answer, 1);
    hrm_solver_free(solver);
    hrm_model_free(model);
}

static char *read_bytes(const char *path, size_t *size) {
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    *size = (size_t)ftell(f);
    rewind(f);
    char *bytes = malloc(*size + 1);
    assert_int_equal(fread(bytes + 1, 1, *size, f), *size);
    fclose(f);
    return bytes;
}

/* Small weights of a file, of bytes that go, and of bytes that stay (at an odd place) are one
 * model, and saved they are it again. */
static void small_weights_are_where_they_may_be(void **state) {
    (void)state;
    static const char *const dtypes[] = {"int8", "bf16"};
    for (int i = 0; i < 4; i++) {
        const char *path = i % 2 ? "tokens/model.safetensors" : "search/model.safetensors";
        hrm_convert_options convert = {.size = sizeof convert, .dtype = dtypes[i / 2]};
        hrm_conversion *report;
        hrm_model *model[4];
        hrm_answer *answers[4];
        hrm_run run;
        size_t size;
        OK(hrm_convert(in_dir(path), in_dir("small.safetensors"), &convert, &report));
        hrm_conversion_free(report);
        char *bytes = read_bytes(in_dir("small.safetensors"), &size);
        hrm_run_init(&run, sizeof run);
        OK(hrm_model_load(in_dir("small.safetensors"), NULL, &model[0]));
        OK(hrm_model_load_memory(bytes + 1, size, NULL, &model[1]));
        memset(bytes, 0, size + 1);
        free(bytes);
        bytes = read_bytes(in_dir("small.safetensors"), &size);
        run.borrow = true;
        OK(hrm_model_load_memory(bytes + 1, size, &run, &model[2]));
        OK(hrm_model_save(model[2], in_dir("saved.safetensors")));
        OK(hrm_model_load(in_dir("saved.safetensors"), NULL, &model[3]));
        for (int m = 0; m < 4; m++) {
            OK(hrm_solve(model[m], small, 12, NULL, &answers[m]));
            for (int k = 0; k < 12; k++) assert_same(&answers[0][k], &answers[m][k]);
        }
        for (int m = 0; m < 4; m++) hrm_answers_free(answers[m], 12), hrm_model_free(model[m]);
        free(bytes);
    }
}

static int open_all(void **state) {
    (void)state;
    make_fixture(40);
    read_texts(in_dir("train.csv"), 0, small, 12);
    return 0;
}

static int close_all(void **state) {
    (void)state;
    for (int i = 0; i < 12; i++) free((void *)(uintptr_t)small[i]);
    remove_fixture();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_do_not_know_their_neighbours),
        cmocka_unit_test(easy_ones_do_not_wait),
        cmocka_unit_test(a_strict_stream_ends_with_an_error),
        cmocka_unit_test(puzzles_come_while_others_are_solved),
        cmocka_unit_test(one_puzzle_takes_no_memory),
        cmocka_unit_test(four_threads_take_little_memory),
        cmocka_unit_test(small_weights_are_where_they_may_be),
    };
    return cmocka_run_group_tests_name("tests", tests, open_all, close_all);
}
