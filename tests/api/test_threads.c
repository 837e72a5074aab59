/* test_threads.c - one model, eight threads, a solver each: the same answers as alone, and under
 * CONFIG=tsan no race. What a service that shares a model between its workers relies on. */
#include "fixture.h"
#include "hrm_look.h"

#include <fenv.h>
#include <pthread.h>
#ifdef __SSE__
#include <xmmintrin.h>
#endif

enum { THREADS = 8, PUZZLES = 6 };

static hrm_model *model;
static const char *question[PUZZLES];
static hrm_answer *alone;

/* Steps bounded: an untrained model would go on for long. */
static hrm_solve_options bounded = {.size = sizeof bounded, .segments = 6};

static void *solve_all(void *argument) {
    int index = *(int *)argument;
    char *fault = NULL;
    hrm_solver *solver = NULL;
    hrm_model_info info;
    if (hrm_solver_new(model, 1 + index % 2, &solver)) return strdup(hrm_error());
    for (int round = 0; round < 3 && !fault; round++) {
        hrm_answer *answers = NULL;
        hrm_trace *trace = NULL;
        if (hrm_model_inspect(model, &info)) fault = strdup(hrm_error());
        if (!fault && hrm_solver_solve(solver, question, PUZZLES, &bounded, &answers))
            fault = strdup(hrm_error());
        for (int i = 0; !fault && i < PUZZLES; i++)
            if (strcmp(answers[i].text, alone[i].text)) fault = strdup("another answer than alone");
        hrm_answers_free(answers, PUZZLES);
        if (!fault && hrm_solver_trace(solver, question[index % PUZZLES], &bounded, &trace))
            fault = strdup(hrm_error());
        hrm_trace_free(trace);
        /* each thread has its own message */
        char wanted[32];
        const char *bad = "bad";
        snprintf(wanted, sizeof wanted, "puzzle %d", round + 1);
        const char *list[3] = {question[0], question[1], question[2]};
        list[round] = bad;
        if (!fault && (hrm_solver_solve(solver, list, 3, &bounded, &answers) != HRM_STATUS_TASK ||
                       !strstr(hrm_error(), wanted)))
            fault = strdup("another thread's message");
    }
    hrm_solver_free(solver);
    return fault;
}

static void solve_with(const char *path) {
    OK(hrm_model_load(in_dir(path), &(hrm_run){.size = sizeof(hrm_run), .threads = 1}, &model));
    hrm_model_info info;
    OK(hrm_model_inspect(model, &info));
    bounded.seed = info.symbols ? 3 : 0; /* a model that answers at once draws nothing */
    OK(hrm_solve(model, question, PUZZLES, &bounded, &alone));
    pthread_t thread[THREADS];
    int index[THREADS];
    for (int i = 0; i < THREADS; i++) {
        index[i] = i;
        assert_int_equal(pthread_create(&thread[i], NULL, solve_all, &index[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *fault;
        pthread_join(thread[i], &fault);
        if (fault) fail_msg("thread %d: %s", i, (char *)fault);
    }
    hrm_answers_free(alone, PUZZLES);
    hrm_model_free(model);
}

static void eight_threads_share_a_model(void **state) {
    (void)state;
    make_fixture(3);
    hrm_dataset *data;
    hrm_example e;
    OK(hrm_dataset_open(in_dir("train.csv"), NULL, &data));
    for (size_t i = 0; i < PUZZLES; i++) {
        OK(hrm_dataset_example(data, i, &e));
        question[i] = strdup(e.question);
    }
    hrm_dataset_free(data);
    solve_with("search/model.safetensors");
    solve_with("tokens/model.safetensors");
    for (size_t i = 0; i < PUZZLES; i++) free((void *)(uintptr_t)question[i]);
    remove_fixture();
}

static void *cancel_soon(void *trainer) {
    usleep(300000);
    hrm_trainer_cancel(trainer);
    return NULL;
}

static bool cancel_at_two(void *trainer, const hrm_event *event) {
    if (event->step == 2) hrm_trainer_cancel(trainer);
    return true;
}

/* Whoever trains in a program of their own can end it at any moment, from any thread, and goes on
 * from the last checkpoint as if nothing had been. */
static void training_is_cancelled(void **state) {
    (void)state;
    hrm_trainer *trainer;
    const char *const deep[] = {data_setting, "arch=trm", "h_cycles=64", "l_cycles=1024",
                                "steps=2"};
    hrm_trainer_cancel(NULL);
    make_fixture(3);
    OK(hrm_trainer_new(in_dir("tokens.yaml"), settings, 1, in_dir("ended"), NULL, &trainer));
    const hrm_train_options at_two = {sizeof at_two, cancel_at_two, trainer, false};
    REFUSED(HRM_STATUS_STOPPED, "stopped after step 2 of 3", hrm_trainer_run(trainer, &at_two));
    OK(hrm_trainer_run(trainer, NULL));
    hrm_trainer_free(trainer);
    same_bytes("ended/model.safetensors", "tokens/model.safetensors");
    OK(hrm_trainer_new(in_dir("tokens.yaml"), deep, 5, in_dir("cut"), NULL, &trainer));
    hrm_trainer_cancel(trainer);
    REFUSED(HRM_STATUS_STOPPED, "stopped after step 0 of 2", hrm_trainer_run(trainer, NULL));
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, trainer), 0);
    REFUSED(HRM_STATUS_STOPPED, "step 1 of 2 was cut", hrm_trainer_run(trainer, NULL));
    pthread_join(thread, NULL);
    REFUSED(HRM_STATUS_STOPPED, "has been cut", hrm_trainer_save(trainer));
    hrm_trainer_free(trainer);
    OK(hrm_trainer_resume(in_dir("cut"), NULL, 0, NULL, &trainer));
    hrm_trainer_free(trainer);
    remove_fixture();
}

/* A program that rounds upward, or flushes what is tiny to zero for its own sake, gets the same
 * bits as any other, and has its own arithmetic again when a call returns. */
static void the_hosts_arithmetic_is_left_alone(void **state) {
    (void)state;
    make_fixture(3);
    assert_int_equal(fesetround(FE_UPWARD), 0);
    volatile double third = 1, rounded = third / 3;
#ifdef __SSE__
    const unsigned own = _mm_getcsr() | 0x8040; /* flush to zero, denormals are zero */
    _mm_setcsr(own);
#endif
    const hrm_run two = {.size = sizeof two, .threads = 2};
    hrm_trainer *trainer;
    OK(hrm_trainer_new(in_dir("search.yaml"), settings, 3, in_dir("rough"), &two, &trainer));
    OK(hrm_trainer_run(trainer, NULL));
    hrm_trainer_free(trainer);
    OK(hrm_model_load(in_dir("search/model.safetensors"), &two, &model));
    OK(hrm_model_save(model, in_dir("again.safetensors")));
    hrm_model_free(model);
    hrm_interval mean;
    OK(hrm_mean((const double[]){0.1, 0.2, 0.7}, 3, &mean));
    assert_int_equal(fegetround(), FE_UPWARD);
    assert_true(third / 3 == rounded && rounded > 0.33333333333333333);
#ifdef __SSE__
    assert_int_equal(_mm_getcsr() & 0xffc0, own & 0xffc0);
#endif
    fesetenv(FE_DFL_ENV);
    hrm_interval same;
    OK(hrm_mean((const double[]){0.1, 0.2, 0.7}, 3, &same));
    assert_memory_equal(&mean, &same, sizeof same);
    same_bytes("rough/model.safetensors", "search/model.safetensors");
    same_bytes("again.safetensors", "search/model.safetensors");
    remove_fixture();
}

HR_TEST_MAIN(cmocka_unit_test(eight_threads_share_a_model), cmocka_unit_test(training_is_cancelled),
             cmocka_unit_test(the_hosts_arithmetic_is_left_alone))
