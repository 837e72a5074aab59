/* test_api.c - what programs that link the library rely on, through hrm.h alone. */
#include "fixture.h"

#include <math.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

static hrm_model *searching, *plain; /* of candidates; of tokens */
static hrm_dataset *puzzles;
static const char *question[30];

static int set_up(void **state) {
    (void)state;
    make_fixture(150);
    OK(hrm_model_load(in_dir("search/model.safetensors"), NULL, &searching));
    OK(hrm_model_load(in_dir("tokens/model.safetensors"), NULL, &plain));
    OK(hrm_dataset_open_for(in_dir("train.csv"), searching, &puzzles));
    for (size_t i = 0; i < 30; i++) {
        hrm_example e;
        OK(hrm_dataset_example(puzzles, i, &e));
        question[i] = strdup(e.question);
    }
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    for (size_t i = 0; i < 30; i++) free((void *)(uintptr_t)question[i]);
    hrm_dataset_free(puzzles);
    hrm_model_free(searching);
    hrm_model_free(plain);
    remove_fixture();
    return 0;
}

/* Who loads the library by hand finds out that it is the right one, and what a model is. */
static void models_say_what_they_are(void **state) {
    (void)state;
    assert_int_equal(hrm_abi_version(), HRM_ABI);
    assert_string_equal(hrm_status_name(HRM_STATUS_TASK), "task");
    assert_string_equal(hrm_status_name((hrm_status)-77), "unknown");
    hrm_model_info info;
    OK(hrm_model_inspect(searching, &info));
    assert_string_equal(info.arch, "loop");
    assert_string_equal(info.task, "sudoku");
    assert_memory_equal(info.alphabet, "\0.1234", 6);
    assert_int_equal(info.cells, 16);
    assert_int_equal(info.rows * info.cols, 16);
    assert_int_equal(info.vocab, 6);
    assert_int_equal(info.symbols, 4);
    assert_int_equal(info.steps, 60);
    assert_true(info.parameters > 1000);
    OK(hrm_model_inspect(plain, &info));
    assert_int_equal(info.symbols, 0);
    assert_string_equal(info.arch, "hrm");
}

/* A NULL where something is needed is a message, never a crash. */
static void null_is_refused(void **state) {
    (void)state;
    hrm_solver *solver = NULL;
    hrm_answer *answers;
    hrm_trace *trace;
    hrm_trainer *trainer = NULL;
    const char *none[] = {NULL};
    REFUSED(HRM_STATUS_ARG, "model", hrm_solver_new(NULL, 1, &solver));
    assert_null(solver);
    OK(hrm_solver_new(plain, 1, &solver));
    REFUSED(HRM_STATUS_ARG, "puzzle 1", hrm_solver_solve(solver, none, 1, NULL, &answers));
    REFUSED(HRM_STATUS_ARG, "puzzles", hrm_solver_solve(solver, NULL, 1, NULL, &answers));
    REFUSED(HRM_STATUS_ARG, "puzzle", hrm_solver_trace(solver, NULL, NULL, &trace));
    hrm_solver_free(solver);
    REFUSED(HRM_STATUS_ARG, "threads", hrm_solver_new(plain, -1, &solver));
    REFUSED(HRM_STATUS_ARG, "trainer", hrm_trainer_step(trainer, NULL));
    REFUSED(HRM_STATUS_ARG, "trainer", hrm_trainer_evaluate(trainer, NULL));
    REFUSED(HRM_STATUS_ARG, "trainer", hrm_trainer_save(trainer));
    REFUSED(HRM_STATUS_ARG, "out", hrm_trainer_model(trainer, NULL));
    REFUSED(HRM_STATUS_ARG, "model", hrm_model_inspect(NULL, NULL));
    REFUSED(HRM_STATUS_ARG, "path", hrm_model_save(plain, NULL));
    REFUSED(HRM_STATUS_ARG, "settings 1 is NULL",
            hrm_trainer_new("r.yaml", none, 1, "x", NULL, &trainer));
    REFUSED(HRM_STATUS_ARG, "settings 1 is NULL", hrm_trainer_resume("x", none, 1, NULL, &trainer));
    const hrm_arc_options arc = {.size = sizeof arc, .train = none, .trains = 1};
    REFUSED(HRM_STATUS_ARG, "train 1 is NULL", hrm_arc_build("x", &arc, NULL));
    const hrm_arc_options scored = {.size = sizeof scored, .scoreds = 1};
    REFUSED(HRM_STATUS_ARG, "scored is NULL", hrm_arc_build("x", &scored, NULL));
    assert_null(hrm_nearest("abc", none, 1));
    hrm_plan *plan = (void *)&none; /* what a failure leaves is NULL, to be freed without a look */
    REFUSED(HRM_STATUS_ARG, "trainer", hrm_trainer_plan(NULL, &plan));
    assert_null(plan);
    REFUSED(HRM_STATUS_ARG, "dataset", hrm_dataset_tokens(NULL, NULL, NULL, NULL));
    hrm_solver_cancel(NULL);
    hrm_solver_free(NULL);
    hrm_trace_free(NULL);
    assert_int_equal(hrm_trace_steps(NULL), 0);
    assert_null(hrm_trace_answer(NULL));
}

/* Text and tokens are the same puzzle; the checker tells right, wrong and unfinished apart. */
static void text_tokens_and_verdicts(void **state) {
    (void)state;
    unsigned char tokens[16];
    char text[17], why[96];
    hrm_verdict verdict;
    OK(hrm_model_tokens(searching, "1.0.............", false, tokens));
    assert_int_equal(tokens[0], 2);
    assert_int_equal(tokens[2], 1);
    OK(hrm_model_text(searching, tokens, text));
    assert_string_equal(text, "1...............");
    REFUSED(HRM_STATUS_TASK, "column 3",
            hrm_model_tokens(searching, "1.q.............", false, tokens));
    REFUSED(HRM_STATUS_TASK, "15", hrm_model_tokens(searching, "123412341234123", false, tokens));
    OK(hrm_check(plain, "1...............", "1234341221434321", &verdict, why, sizeof why));
    assert_int_equal(verdict, HRM_VERDICT_SOLVED);
    assert_string_equal(why, "");
    OK(hrm_check(plain, "2...............", "1234341221434321", &verdict, why, sizeof why));
    assert_int_equal(verdict, HRM_VERDICT_WRONG);
    assert_true(*why);
    OK(hrm_check(plain, "1...............", "123434122143432.", &verdict, NULL, 0));
    assert_int_equal(verdict, HRM_VERDICT_INCOMPLETE);
    REFUSED(HRM_STATUS_TASK, "answer",
            hrm_check(plain, "1...............", "1", &verdict, NULL, 0));
}

/* A solver that is used again, with any number of puzzles, answers as fresh ones do. */
static void a_solver_is_used_again(void **state) {
    (void)state;
    const hrm_model *models[] = {searching, plain};
    for (int m = 0; m < 2; m++) {
        hrm_answer *all, *some;
        hrm_solver *solver;
        OK(hrm_solve(models[m], question, 30, NULL, &all));
        OK(hrm_solver_new(models[m], 2, &solver));
        for (size_t n = 30; n > 0; n /= 3) {
            OK(hrm_solver_solve(solver, question, n, NULL, &some));
            for (size_t i = 0; i < n; i++) {
                unsigned char tokens[16];
                assert_string_equal(some[i].text, all[i].text);
                assert_int_equal(some[i].verdict, all[i].verdict);
                if (some[i].verdict == HRM_VERDICT_INCOMPLETE) continue;
                OK(hrm_model_tokens(models[m], some[i].text, true, tokens));
                assert_memory_equal(some[i].tokens, tokens, 16);
            }
            hrm_answers_free(some, n);
        }
        OK(hrm_solver_solve(solver, question, 0, NULL, &some));
        hrm_answers_free(some, 0);
        hrm_solver_free(solver);
        hrm_answers_free(all, 30);
    }
}

typedef struct inner_call {
    hrm_solver *solver;
    hrm_status status;
} inner_call;

static bool solve_inside(void *user, const hrm_step *step) {
    inner_call *inner = user;
    hrm_answer *answers;
    (void)step;
    inner->status = hrm_solver_solve(inner->solver, question, 3, NULL, &answers);
    return true;
}

/* A callback that uses the solver it is called from hears of it, and the call goes on. */
static void a_solver_is_not_used_inside_itself(void **state) {
    (void)state;
    inner_call inner = {0};
    OK(hrm_solver_new(plain, 1, &inner.solver));
    const hrm_solve_options options = {
        .size = sizeof options, .step = solve_inside, .user = &inner};
    hrm_answer *answers;
    OK(hrm_solver_solve(inner.solver, question, 1, &options, &answers));
    assert_int_equal(inner.status, HRM_STATUS_ARG);
    hrm_answers_free(answers, 1);
    OK(hrm_solver_solve(inner.solver, question, 1, NULL, &answers));
    hrm_answers_free(answers, 1);
    hrm_solver_free(inner.solver);
}

/* Servers fork: the child has the solver, and none of its threads. */
static void a_solver_survives_a_fork(void **state) {
    (void)state;
    hrm_solver *solver;
    hrm_answer *answers;
    int how;
    OK(hrm_solver_new(plain, 2, &solver));
    OK(hrm_solver_solve(solver, question, 8, NULL, &answers));
    hrm_answers_free(answers, 8);
    pid_t child = fork();
    if (!child) {
        alarm(20);
        int bad = hrm_solver_solve(solver, question, 8, NULL, &answers);
        hrm_solver_free(solver);
        _exit(bad != 0);
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_int_equal(how, 0);
    hrm_solver_free(solver);
}

static bool stop_at_second(void *user, const hrm_step *step) {
    ++*(int *)user;
    return step->step < 1;
}

static void *cancel_soon(void *solver) {
    usleep(20000);
    hrm_solver_cancel(solver);
    return NULL;
}

/* Whoever waits for an answer can give up: before, from a callback, from another thread. */
static void solving_is_cancelled(void **state) {
    (void)state;
    const char *open[] = {"................"};
    const hrm_model *models[] = {searching, plain};
    for (int m = 0; m < 2; m++) {
        hrm_solver *solver;
        hrm_answer *answers;
        int calls = 0;
        OK(hrm_solver_new(models[m], 1, &solver));
        hrm_solver_cancel(solver);
        REFUSED(HRM_STATUS_STOPPED, "stopped", hrm_solver_solve(solver, open, 1, NULL, &answers));
        assert_null(answers);
        OK(hrm_solver_solve(solver, open, 1,
                            &(hrm_solve_options){.size = sizeof(hrm_solve_options), .segments = 4},
                            &answers));
        hrm_answers_free(answers, 1);
        hrm_solve_options options = {
            .size = sizeof options, .step = stop_at_second, .user = &calls};
        REFUSED(HRM_STATUS_STOPPED, "stopped",
                hrm_solver_solve(solver, question, 2, &options, &answers));
        assert_true(calls >= 2 && calls <= 4);
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, cancel_soon, solver), 0);
        /* a search that believes nothing, and more segments than 20 ms have room for */
        hrm_search never;
        hrm_search_init(&never, sizeof never);
        never.conflict = 1e-9;
        options = (hrm_solve_options){
            .size = sizeof(hrm_solve_options), .segments = 1 << 20, .search = m ? NULL : &never};
        REFUSED(HRM_STATUS_STOPPED, "stopped",
                hrm_solver_solve(solver, question, 1, &options, &answers));
        pthread_join(thread, NULL);
        hrm_solver_free(solver);
    }
}

/* The model file `from` as `to`, its cycles made 1024 each. */
static void make_endless(const char *from, const char *to) {
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    static char bytes[1 << 20];
    uint64_t header;
    assert_true(in && out && fread(&header, sizeof header, 1, in) == 1 && header < 1 << 19);
    size_t size = fread(bytes, 1, sizeof bytes - 8, in), at = 0;
    for (const char *key = "h_cycles"; key; key = *key == 'h' ? "l_cycles" : NULL) {
        while (at < header && strncmp(bytes + at, key, 8)) at++;
        at += strcspn(bytes + at, "1") + 1;
        assert_true(at < header);
        memmove(bytes + at + 3, bytes + at, size - at);
        memcpy(bytes + at, "024", 3);
        header += 3;
        size += 3;
    }
    memmove(bytes + header + 2, bytes + header, size - header);
    memcpy(bytes + header, "  ", 2);
    header += 2;
    fwrite(&header, sizeof header, 1, out);
    fwrite(bytes, 1, size + 2, out);
    fclose(in);
    assert_int_equal(fclose(out), 0);
}

static bool no_progress(void *user, size_t done, size_t total) {
    (void)done;
    (void)total;
    return ++*(int *)user < 3;
}

/* Leaves run so that it passes. */
static void changed_is_refused(const char *path, hrm_run *run) {
    hrm_model *model;
    hrm_failure failure;
    hrm_run_init(run, sizeof *run);
    REFUSED(HRM_STATUS_FORMAT, "not as it was written", hrm_model_load(path, run, &model));
    run->no_verify = true;
    run->flops = 1e9;
    REFUSED(HRM_STATUS_UNSUPPORTED, "FLOP", hrm_model_load(path, run, &model));
    hrm_last_failure(&failure);
    assert_string_equal(failure.option, "flops");
    run->flops = 0;
}

/* A file with 1024 x 1024 cycles held its solver for minutes, whatever bound was set. */
static void a_segment_is_cut_short(void **state) {
    (void)state;
    hrm_model *model;
    hrm_solver *solver;
    hrm_answer *a;
    pthread_t thread;
    hrm_run run;
    int calls = 0;
    make_endless(in_dir("tokens/model.safetensors"), in_dir("endless.safetensors"));
    changed_is_refused(in_dir("endless.safetensors"), &run);
    OK(hrm_model_load(in_dir("endless.safetensors"), &run, &model));
    hrm_search search;
    hrm_search_init(&search, sizeof search);
    for (int threads = 1; threads < 3; threads++) {
        OK(hrm_solver_new(model, threads, &solver));
        hrm_solve_options options = {.size = sizeof options, .search = &search};
        for (int all = 0; all < 2; all++) {
            search.seconds = all ? 0 : 0.01;
            search.total_seconds = all ? 0.05 : 0;
            OK(hrm_solver_solve(solver, question, 5, &options, &a));
            for (int i = 0; i < 5; i++) {
                assert_string_equal(a[i].text, question[i]);
                assert_int_equal(a[i].verdict, HRM_VERDICT_INCOMPLETE);
                assert_string_equal(a[i].why, "out of time after 0 segments");
            }
            hrm_answers_free(a, 5);
        }
        search.total_seconds = 0;
        assert_int_equal(pthread_create(&thread, NULL, cancel_soon, solver), 0);
        REFUSED(HRM_STATUS_STOPPED, "stopped", hrm_solver_solve(solver, question, 5, NULL, &a));
        pthread_join(thread, NULL);
        options.progress = no_progress;
        options.user = &calls;
        REFUSED(HRM_STATUS_STOPPED, "stopped", hrm_solver_solve(solver, question, 5, &options, &a));
        assert_int_equal(calls, 3);
        calls = 0;
        hrm_solver_free(solver);
    }
    hrm_model_free(model);
    /* whole segments, fewer than were asked for: the answer as it stands */
    hrm_answer *whole;
    hrm_solve_options late = {.size = sizeof late, .search = &search, .segments = 1 << 20};
    search.seconds = 0.02;
    OK(hrm_solve(plain, question, 1, &late, &a));
    assert_true(a->segments > 0 && a->segments < 1 << 20 && a->confidence == 0);
    assert_true(!strncmp(a->why, "out of time after ", 18) && a->verdict == HRM_VERDICT_INCOMPLETE);
    late.segments = a->segments, late.search = NULL;
    OK(hrm_solve(plain, question, 1, &late, &whole));
    assert_string_equal(a->text, whole->text);
    hrm_answers_free(whole, 1);
    hrm_answers_free(a, 1);
}

/* A puzzle that nothing can answer is given back untried, and those beside it are answered. */
static void hopeless_puzzles_come_back(void **state) {
    (void)state;
    const hrm_model *models[] = {searching, plain};
    const char *asked[] = {question[0], "11..............", question[1], "....3.......3..."};
    for (int m = 0; m < 2; m++) {
        hrm_answer *a, *alone;
        hrm_solve_options options = {.size = sizeof options, .check = m == 0, .segments = 1 << 20};
        OK(hrm_solve(models[m], asked + 1, 1, &options, &alone)); /* for hours, if it was tried */
        options.segments = 0;
        OK(hrm_solve(models[m], asked, 4, &options, &a));
        for (int i = 1; i < 4; i += 2) {
            assert_int_equal(a[i].verdict, HRM_VERDICT_INCOMPLETE);
            assert_string_equal(a[i].text, asked[i]);
            assert_int_equal(a[i].rounds + a[i].segments, 0);
            assert_true(a[i].confidence == 0);
        }
        assert_string_equal(a[1].why, "no answer fits the givens: row 1 holds 1 twice");
        assert_string_equal(alone->why, a[1].why);
        assert_string_equal(a[3].why, "no answer fits the givens: column 1 holds 3 twice");
        assert_true(a[0].segments > 0 && a[2].segments > 0);
        hrm_answers_free(a, 4);
        hrm_answers_free(alone, 1);
    }
}

/* Of a model that answers at once: one step per segment, odds that sum to one, the last is the
 * answer. */
static void a_trace_of_segments(void **state) {
    (void)state;
    hrm_solver *solver;
    hrm_trace *trace;
    hrm_step step;
    OK(hrm_solver_new(plain, 1, &solver));
    OK(hrm_solver_trace(solver, question[0],
                        &(hrm_solve_options){.size = sizeof(hrm_solve_options), .segments = 3},
                        &trace));
    assert_int_equal(hrm_trace_steps(trace), 3);
    for (size_t i = 0; i < 3; i++) {
        OK(hrm_trace_step(trace, i, &step));
        assert_int_equal(step.step, i);
        assert_int_equal(step.end, HRM_ROUND_END_SEGMENT); /* not "guessed" */
        for (int c = 0; c < step.cells; c++) {
            const float *p = step.probabilities + c * step.vocab;
            double sum = 0;
            for (int v = 0; v < step.vocab; v++) {
                sum += (double)p[v];
                assert_true(p[v] <= p[step.tokens[c]]);
            }
            assert_true(fabs(sum - 1) < 1e-5);
        }
    }
    assert_string_equal(step.text, hrm_trace_answer(trace)->text);
    assert_true(fabs(step.confidence - hrm_trace_answer(trace)->confidence) < 1e-9);
    REFUSED(HRM_STATUS_ARG, "has 3", hrm_trace_step(trace, 3, &step));
    hrm_trace_free(trace);
    REFUSED(HRM_STATUS_TASK, "puzzle 1", hrm_solver_trace(solver, "1", NULL, &trace));
    assert_null(trace);
    hrm_solver_free(solver);
}

/* A halting head that was not trained says nothing; confidence is then the cells' own. */
static void confidence_without_halting(void **state) {
    (void)state;
    const char *quiet[] = {data_setting, "q_weight=0"};
    hrm_trainer *trainer;
    hrm_model *model;
    hrm_solver *solver;
    hrm_trace *trace;
    hrm_step step;
    hrm_dataset *data;
    hrm_eval_report report;
    OK(hrm_trainer_new(in_dir("tokens.yaml"), quiet, 2, in_dir("quiet"), NULL, &trainer));
    OK(hrm_trainer_run(trainer, NULL));
    hrm_trainer_free(trainer);
    OK(hrm_model_load(in_dir("quiet/model.safetensors"), NULL, &model));
    OK(hrm_solver_new(model, 1, &solver));
    OK(hrm_solver_trace(solver, question[0],
                        &(hrm_solve_options){.size = sizeof(hrm_solve_options), .segments = 2},
                        &trace));
    OK(hrm_trace_step(trace, 1, &step));
    double sum = 0;
    for (int c = 0; c < step.cells; c++)
        sum += log((double)step.probabilities[c * step.vocab + step.tokens[c]]);
    assert_true(fabs(step.confidence - exp(sum / step.cells)) < 1e-5);
    assert_true(hrm_trace_answer(trace)->confidence == step.confidence);
    hrm_trace_free(trace);
    hrm_solver_free(solver);
    OK(hrm_dataset_open_for(in_dir("train.csv"), model, &data));
    OK(hrm_evaluate(model, data, NULL, &report));
    assert_true(isnan(report.halt_accuracy));
    OK(hrm_evaluate(plain, data, NULL, &report));
    assert_true(report.halt_accuracy >= 0);
    hrm_dataset_free(data);
    hrm_model_free(model);
}

/* A program that was compiled with an older header has shorter options, one with a newer header
 * longer ones; one that forgot to begin with the init function is told so. A failure says where it
 * lies. */
static void options_say_their_size(void **state) {
    (void)state;
    struct {
        hrm_run run;
        char more[64];
    } longer;
    hrm_model *model = NULL;
    hrm_run run = {.threads = 1};
    hrm_failure failure;
    char path[256];
    snprintf(path, sizeof path, "%s", in_dir("options.csv"));
    memset(&longer, 0xff, sizeof longer);
    hrm_run_init(&longer.run, sizeof longer);
    assert_int_equal(longer.run.size, sizeof longer);
    assert_int_equal(longer.more[63], 0);
    assert_int_equal(hrm_model_load_memory("x", 1, &run, &model), HRM_STATUS_ARG);
    assert_non_null(strstr(hrm_error(), "init"));
    assert_int_equal(hrm_model_load_memory("x", 1, &longer.run, &model), HRM_STATUS_FORMAT);
    run.size = offsetof(hrm_run, isa);
    run.isa = "forgotten";
    assert_int_equal(hrm_model_load_memory("x", 1, &run, &model), HRM_STATUS_FORMAT);
    assert_null(model);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("question,answer\n1...,1234\n1..\n", file);
    fclose(file);
    hrm_dataset *data;
    assert_int_not_equal(hrm_dataset_open(path, NULL, &data), 0);
    hrm_last_failure(&failure);
    assert_string_equal(failure.file, path);
    assert_int_equal(failure.line, 3);
    assert_string_equal(failure.text, hrm_error());
}

static bool count_round(void *user, const hrm_round *round) {
    (void)round;
    ++*(size_t *)user;
    return true;
}

/* Of a model that searches: one step per round of a chain; a candidate that fell stays at zero
 * until its chain begins again. */
static void a_trace_of_rounds(void **state) {
    (void)state;
    hrm_solver *solver;
    hrm_trace *trace;
    OK(hrm_solver_new(searching, 1, &solver));
    for (int n = 0; n < 5; n++) {
        size_t told = 0;
        hrm_solve_options options = {
            .size = sizeof options, .explain = count_round, .user = &told, .check = true};
        OK(hrm_solver_trace(solver, question[n], &options, &trace));
        const hrm_answer *answer = hrm_trace_answer(trace);
        assert_int_equal(hrm_trace_steps(trace), answer->segments);
        assert_int_equal(told, answer->segments); /* the caller's own callbacks were called too */
        hrm_step step = {0}, before = {0};
        for (size_t i = 0; i < hrm_trace_steps(trace); i++) {
            OK(hrm_trace_step(trace, i, &step));
            for (int j = 0; before.cells && before.chain == step.chain && j < 16 * 6; j++)
                if (before.end == HRM_ROUND_END_GUESSED && step.probabilities[j] > 0)
                    assert_true(before.probabilities[j] > 0);
            before = step;
        }
        if (answer->verdict == HRM_VERDICT_SOLVED) {
            assert_int_equal(step.end, HRM_ROUND_END_SOLVED);
            assert_string_equal(step.text, answer->text);
        }
        hrm_trace_free(trace);
    }
    hrm_solver_free(solver);
}

/* When memory is short a call says so and gives nothing; the next one works. Leaks show under asan.
 */
static void memory_runs_out(void **state) {
    (void)state;
    const hrm_model *models[] = {searching, plain};
    for (int m = 0; m < 2; m++) {
        hrm_status status = HRM_STATUS_MEM;
        int failures = 0;
        for (uint64_t n = 1; status != HRM_STATUS_OK; n++) {
            hrm_solver *solver = NULL;
            hrm_trace *trace = NULL;
            hr_alloc_fail_after(n);
            status = hrm_solver_new(models[m], 1, &solver);
            if (!status)
                status = hrm_solver_trace(
                    solver, question[0],
                    &(hrm_solve_options){.size = sizeof(hrm_solve_options), .segments = 2}, &trace);
            hr_alloc_fail_after(0);
            if (status) {
                REFUSED(HRM_STATUS_MEM, "out of memory", status);
                assert_null(trace);
                failures++;
            }
            if (solver && status) { /* the same solver goes on */
                OK(hrm_solver_trace(
                    solver, question[0],
                    &(hrm_solve_options){.size = sizeof(hrm_solve_options), .segments = 2},
                    &trace));
                assert_true(hrm_trace_steps(trace) > 0);
            }
            hrm_trace_free(trace);
            hrm_solver_free(solver);
        }
        assert_true(failures > 10);
    }
}

/* What was loaded is saved as it was, its record included. */
static void models_are_saved(void **state) {
    (void)state;
    OK(hrm_model_save(searching, in_dir("copy.safetensors")));
    same_bytes("copy.safetensors", "search/model.safetensors");
    REFUSED(HRM_STATUS_IO, "nowhere",
            hrm_model_save(searching, in_dir("nowhere/copy.safetensors")));
}

static void data_comes_as_tokens(void **state) {
    (void)state;
    const unsigned char *questions, *answers;
    size_t cells;
    char text[17];
    OK(hrm_dataset_tokens(puzzles, &questions, &answers, &cells));
    assert_int_equal(cells, 16);
    hrm_example e;
    OK(hrm_dataset_example(puzzles, 7, &e));
    OK(hrm_model_text(plain, questions + 7 * cells, text));
    assert_string_equal(text, e.question);
    OK(hrm_model_text(plain, answers + 7 * cells, text));
    assert_string_equal(text, e.answer);
}

static bool stop_after_two(void *user, const hrm_event *event) {
    (void)user;
    return event->step < 2;
}

static bool look_inside(void *trainer, const hrm_event *event) {
    static double before;
    hrm_model *model;
    if (event->kind != HRM_EVENT_KIND_STEP) return true;
    assert_true(event->step == 1 || event->seconds >= before + 0.03);
    before = event->seconds;
    usleep(30000);
    OK(hrm_trainer_model(trainer, &model));
    hrm_model_free(model);
    return true;
}

/* Who takes a model out in the midst of a run does not stop its clock, or what is written down of
 * its time would be too little. */
static void looking_takes_no_time_away(void **state) {
    (void)state;
    hrm_trainer *trainer;
    const char *const three[] = {data_setting, "steps=3"};
    OK(hrm_trainer_new(in_dir("tokens.yaml"), three, 2, in_dir("looked"), NULL, &trainer));
    OK(hrm_trainer_run(trainer, TOLD(look_inside, trainer)));
    hrm_trainer_free(trainer);
}

/* The caller's own loop trains as hrm_trainer_run does, to the bit; mixed with it, too. */
static void training_is_stepped(void **state) {
    (void)state;
    snprintf(steps_setting, sizeof steps_setting, "steps=%d", 6);
    hrm_trainer *trainer;
    hrm_event event;
    OK(hrm_trainer_new(in_dir("search.yaml"), settings, 3, in_dir("whole"), NULL, &trainer));
    OK(hrm_trainer_run(trainer, NULL));
    hrm_trainer_free(trainer);
    OK(hrm_trainer_new(in_dir("search.yaml"), settings, 3, in_dir("pieces"), NULL, &trainer));
    assert_int_equal(hrm_trainer_run(trainer, TOLD(stop_after_two, NULL)), HRM_STATUS_STOPPED);
    for (int i = 3; i <= 5; i++) {
        OK(hrm_trainer_step(trainer, &event));
        assert_int_equal(event.step, i);
        assert_int_equal(event.steps, 6);
        assert_true(event.loss > 0);
    }
    hrm_eval_report report;
    OK(hrm_trainer_evaluate(trainer, &report));
    assert_int_equal(report.n, 30);
    assert_int_equal(report.shared, -1); /* not counted, which is not none */
    OK(hrm_trainer_step(trainer, NULL));
    REFUSED(HRM_STATUS_ARG, "at its end", hrm_trainer_step(trainer, &event));
    assert_int_equal(event.step, 6);
    OK(hrm_trainer_save(trainer));
    same_bytes("whole/model.safetensors", "pieces/model.safetensors");
    hrm_model *now;
    OK(hrm_trainer_model(trainer, &now));
    hrm_trainer_free(trainer);
    OK(hrm_model_save(now, in_dir("now.safetensors")));
    same_bytes("now.safetensors", "whole/model.safetensors");
    hrm_answer *answers;
    OK(hrm_solve(now, question, 2, NULL, &answers));
    hrm_answers_free(answers, 2);
    hrm_model_free(now);
    OK(hrm_trainer_new(in_dir("tokens.yaml"), settings, 1, in_dir("bare"), NULL, &trainer));
    REFUSED(HRM_STATUS_ARG, "set valid", hrm_trainer_evaluate(trainer, &report));
    hrm_trainer_free(trainer);
}

/* After a step that failed nothing can overwrite the last good checkpoint. */
static void a_failed_step_is_the_end(void **state) {
    (void)state;
    const char *wild[] = {
        data_setting, "valid=",   "eval_every=0", "lr=100", "weight_decay=1",
        "clip=0",     "warmup=0", "steps=60"}; /* weights grow 99-fold by the step */
    hrm_trainer *trainer;
    hrm_model *now;
    hrm_status status = HRM_STATUS_OK;
    OK(hrm_trainer_new(in_dir("search.yaml"), wild, 8, in_dir("wild"), NULL, &trainer));
    OK(hrm_trainer_save(trainer));
    for (int i = 0; i < 60 && !status; i++) status = hrm_trainer_step(trainer, NULL);
    REFUSED(HRM_STATUS_NUMERIC, "not finite", status);
    REFUSED(HRM_STATUS_NUMERIC, "resume", hrm_trainer_save(trainer));
    REFUSED(HRM_STATUS_NUMERIC, "resume", hrm_trainer_step(trainer, NULL));
    REFUSED(HRM_STATUS_NUMERIC, "resume", hrm_trainer_run(trainer, NULL));
    REFUSED(HRM_STATUS_NUMERIC, "resume", hrm_trainer_model(trainer, &now));
    assert_null(now);
    hrm_trainer_free(trainer);
    OK(hrm_model_load(in_dir("wild/model.safetensors"), NULL, &now));
    hrm_model_free(now);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_say_their_size),
        cmocka_unit_test(models_say_what_they_are),
        cmocka_unit_test(null_is_refused),
        cmocka_unit_test(text_tokens_and_verdicts),
        cmocka_unit_test(a_solver_is_used_again),
        cmocka_unit_test(a_solver_is_not_used_inside_itself),
        cmocka_unit_test(a_solver_survives_a_fork),
        cmocka_unit_test(solving_is_cancelled),
        cmocka_unit_test(hopeless_puzzles_come_back),
        cmocka_unit_test(a_segment_is_cut_short),
        cmocka_unit_test(a_trace_of_segments),
        cmocka_unit_test(confidence_without_halting),
        cmocka_unit_test(a_trace_of_rounds),
        cmocka_unit_test(memory_runs_out),
        cmocka_unit_test(models_are_saved),
        cmocka_unit_test(data_comes_as_tokens),
        cmocka_unit_test(looking_takes_no_time_away),
        cmocka_unit_test(training_is_stepped),
        cmocka_unit_test(a_failed_step_is_the_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
