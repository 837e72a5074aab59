/* test_train.c - whole runs: the same bits with any number of threads, and after any interruption.
 */
#include "run_folder.h"

#include <math.h>
#include <unistd.h>

#include "base/os.h"
#include "base/result.h"
#include "base/text.h"
#include "model/checkpoint.h"
#include "data/generate.h"
#include "model/describe.h"
#include "nn/exec.h"
#include "train/train.h"

static const char recipe_text[] = "arch: hrm\nhidden: 16\nheads: 2\nexpansion: 1\nh_layers: 1\n"
                                  "l_layers: 1\nh_cycles: 1\nl_cycles: 2\nbatch: 9\nsteps: 100\n"
                                  "halt_max_steps: 3\nlr: 1e-3\nwarmup: 5\nema: 0.9\nclip: 1\n"
                                  "halt_exploration: 0.5\neval_every: 40\neval_limit: 10\n"
                                  "save_every: 13\nmemory: 20MiB\n";

/* The same on candidates, from fresh rows to a full pool; Muon keeps what its rows were, and the
 * rate knows where it falls. */
static const char *const lattice[] = {"regime=lattice",    "arch=loop",    "pos=grid",
                                      "loss=softmax",      "pool_from=.1", "pool_to=.5",
                                      "halt_max_steps=20", "muon=true",    "halt_exploration=.1",
                                      "muon_rows=true",    "cooldown=.3",  "lr_min_ratio=.1"};
enum { LATTICE = sizeof lattice / sizeof *lattice };

/* Mazes by local mixing, whose ways and segments grow. */
static const char *const growing[] = {"arch=loop",
                                      "mix=none",
                                      "conv=3",
                                      "pos=none",
                                      "norm=pre",
                                      "act=relu",
                                      "l_cycles=3",
                                      "reads=2",
                                      "stagger=1",
                                      "halt_max_steps=6",
                                      "grow_from=.2",
                                      "grow_by=1.02",
                                      "grow_at=0",
                                      "q_weight=0",
                                      "puzzle_emb_ndim=0",
                                      "eval_every=50",
                                      "eval_limit=4",
                                      "loss=softmax",
                                      "batch=4",
                                      "data=data/maze-10x10-train.csv",
                                      "valid=data/maze-10x10-test.csv",
                                      "halt_exploration=0"};
enum { GROWING = sizeof growing / sizeof *growing };

static int open_run(void **state) {
    (void)state;
    return open_run_folder(recipe_text, true);
}

/* Trains in FOLDER/name; stops after step `stop` (0: never). */
static void train(const char *name, const char *const *settings, size_t count, int threads,
                  const char *isa, int64_t stop) {
    hrm_trainer *t;
    hrm_run run = {.size = sizeof run, .threads = threads, .isa = isa};
    OK(hr_trainer_new(at("recipe.yaml"), settings, count, at(name), &run, &t));
    hr_status status = hr_trainer_run(t, &(hrm_train_options){.event = stop_at, .user = &stop});
    assert_int_equal(status, stop ? HR_ERR_STOPPED : HR_OK);
    hr_trainer_free(t);
}

static void resume(const char *name, int threads, int64_t stop) {
    hrm_trainer *t;
    hrm_run run = {.size = sizeof run, .threads = threads};
    OK(hr_trainer_resume(at(name), NULL, 0, &run, &t));
    assert_int_equal(hr_trainer_run(t, &(hrm_train_options){.event = stop_at, .user = &stop}),
                     stop ? HR_ERR_STOPPED : HR_OK);
    hr_trainer_free(t);
}

static void check_threads(const char *const *settings, size_t count, const char *prefix) {
    for (int k = 0; hr_kern_at(k); k++) {
        char first[48], name[48], a[80], b[80];
        snprintf(first, sizeof first, "%s%s-1", prefix, hr_kern_at(k)->name);
        train(first, settings, count, 1, hr_kern_at(k)->name, 0);
        for (int threads = 2; threads <= 4; threads++) {
            snprintf(name, sizeof name, "%s%s-%d", prefix, hr_kern_at(k)->name, threads);
            train(name, settings, count, threads, hr_kern_at(k)->name, 0);
            snprintf(a, sizeof a, "%s/model.safetensors", first);
            snprintf(b, sizeof b, "%s/model.safetensors", name);
            assert_same_file(a, b);
            snprintf(a, sizeof a, "%s/best.safetensors", first);
            snprintf(b, sizeof b, "%s/best.safetensors", name);
            assert_same_file(a, b);
        }
    }
}

/* 100 steps with ACT, exploration, EMA, clipping and evaluation, on 1 to 4 threads and every
 * instruction set: the model files are equal to the byte. */
static void threads_do_not_change_a_run(void **state) {
    (void)state;
    check_threads(NULL, 0, "");
    check_threads(lattice, LATTICE, "lattice-");
}

static void another_seed_is_another_run(void **state) {
    (void)state;
    static const char *const settings[] = {"seed=1"};
    hr_file x, y;
    train("seed0", NULL, 0, 2, NULL, 0);
    train("seed1", settings, 1, 2, NULL, 0);
    OK(hr_os_load(at("seed0/model.safetensors"), &x));
    OK(hr_os_load(at("seed1/model.safetensors"), &y));
    assert_true(x.size != y.size || memcmp(x.data, y.data, x.size));
    hr_os_unload(&x);
    hr_os_unload(&y);
}

/* Stopped at several places and resumed, with other threads: the end is the same to the bit. */
static void a_resumed_run_ends_the_same(void **state) {
    (void)state;
    train("whole", NULL, 0, 2, NULL, 0);
    train("parts", NULL, 0, 2, NULL, 1);
    resume("parts", 1, 17);
    resume("parts", 3, 60);
    resume("parts", 2, 0);
    assert_same_file("whole/model.safetensors", "parts/model.safetensors");
    assert_same_file("whole/best.safetensors", "parts/best.safetensors");
}

/* The pool, its ages and its replacements are part of what a run goes on with. */
static void a_resumed_pool_ends_the_same(void **state) {
    (void)state;
    train("whole-pool", lattice, LATTICE, 2, NULL, 0);
    train("parts-pool", lattice, LATTICE, 2, NULL, 1);
    resume("parts-pool", 1, 30);
    resume("parts-pool", 3, 71);
    resume("parts-pool", 2, 0);
    assert_same_file("whole-pool/model.safetensors", "parts-pool/model.safetensors");
    assert_same_file("whole-pool/best.safetensors", "parts-pool/best.safetensors");
}

/* So are the size that loops and puzzles have grown to, and the parts that were drawn. */
static void a_resumed_growth_ends_the_same(void **state) {
    (void)state;
    train("whole-grow", growing, GROWING, 2, NULL, 0);
    train("parts-grow", growing, GROWING, 2, NULL, 1);
    resume("parts-grow", 1, 33);
    resume("parts-grow", 3, 0);
    assert_same_file("whole-grow/model.safetensors", "parts-grow/model.safetensors");
    assert_same_file("whole-grow/best.safetensors", "parts-grow/best.safetensors");
    char *text = NULL;
    hr_file metrics;
    OK(hr_os_load(at("parts-grow/metrics.jsonl"), &metrics));
    text = hr_text_format("%.*s", (int)metrics.size, (const char *)metrics.data);
    assert_non_null(strstr(text, "\"grown\":1.0")); /* 1.02^100 is above 5 */
    hr_free(text);
    hr_os_unload(&metrics);
}

/* A hole after the third line, as a power cut leaves it, and a line that was cut off at the end. */
static void damage(const char *path) {
    hr_file old;
    OK(hr_os_load(path, &old));
    const char *data = (const char *)old.data, *third = data;
    for (int i = 0; i < 3; i++) third = strchr(third, '\n') + 1;
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fwrite(data, 1, (size_t)(third - data), f);
    fwrite("\0\0\0\0hole\n", 1, 9, f);
    fwrite(third, 1, old.size - (size_t)(third - data), f);
    fputs("{\"event\":\"step\",\"st", f);
    assert_int_equal(fclose(f), 0);
    hr_os_unload(&old);
}

/* Whether the plan of a resumed run tells that its metrics lack lines. */
static bool is_holed(const char *name) {
    hrm_trainer *t;
    hrm_plan *plan;
    hrm_run run = {.size = sizeof run, .threads = 1};
    OK(hr_trainer_resume(at(name), NULL, 0, &run, &t));
    OK(hr_trainer_plan(t, &plan));
    bool told = false;
    for (size_t i = 0; i < plan->warning_count; i++)
        told |= strstr(plan->warnings[i], "metrics.jsonl does not hold") != NULL;
    hrm_plan_free(plan);
    hr_trainer_free(t);
    return told;
}

/* After a power cut a file may lack what was written to it: that is told, not passed over; and what
 * was written after the checkpoint goes, also where it is of the same step. */
static void lost_metrics_are_told(void **state) {
    (void)state;
    train("lost", NULL, 0, 2, NULL, 20);
    assert_false(is_holed("lost"));
    FILE *f = fopen(at("lost/metrics.jsonl"), "r+");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    fputs("{\"event\":\"eval\",\"step\":20}\n", f);
    assert_int_equal(fflush(f), 0);
    assert_false(is_holed("lost"));
    resume("lost", 1, 30);
    assert_int_equal(fclose(f), 0);
    hr_file metrics;
    OK(hr_os_load(at("lost/metrics.jsonl"), &metrics));
    assert_null(memmem(metrics.data, metrics.size, "\"step\":20}", 10));
    hr_os_unload(&metrics);
    damage(at("lost/metrics.jsonl"));
    assert_true(is_holed("lost"));
    assert_int_equal(truncate(at("lost/metrics.jsonl"), 500), 0);
    assert_true(is_holed("lost"));
    assert_int_equal(unlink(at("lost/metrics.jsonl")), 0);
    assert_true(is_holed("lost"));
    resume("lost", 1, 40);
    assert_false(is_holed("lost")); /* told once, and kept in sessions.jsonl */
    OK(hr_os_load(at("lost/sessions.jsonl"), &metrics));
    assert_non_null(memmem(metrics.data, metrics.size, "\"metrics_damaged\":true", 22));
    hr_os_unload(&metrics);
}

/* The metrics of a resumed run have every step once, also where a line among them is damaged. */
static void metrics_have_every_step_once(void **state) {
    (void)state;
    train("journal", NULL, 0, 2, NULL, 20);
    damage(at("journal/metrics.jsonl"));
    resume("journal", 2, 0);
    FILE *f = fopen(at("journal/metrics.jsonl"), "r");
    assert_non_null(f);
    char line[4096];
    int steps = 0, evals = 0, holes = 0;
    while (fgets(line, sizeof line, f)) {
        long long step;
        if (strstr(line, "\"eval\"")) evals++;
        else if (!*line) holes++;
        else {
            assert_int_equal(sscanf(strstr(line, "\"step\":"), "\"step\":%lld", &step), 1);
            assert_int_equal(step, ++steps);
        }
    }
    fclose(f);
    assert_int_equal(steps, 100);
    assert_int_equal(holes, 1);
    assert_int_equal(evals, 3); /* at 40, 80 and the end */
}

static bool keep_rates(void *user, const hrm_event *event) {
    double *rates = user;
    if (event->kind == HRM_EVENT_KIND_STEP) rates[event->step] = event->lr;
    return true;
}

/* Goes on with settings, to its end; the rates of the steps are kept. */
static void go_on(const char *name, const char *const *settings, size_t count, double *rates) {
    hrm_trainer *t;
    OK(hr_trainer_resume(at(name), settings, count, NULL, &t));
    OK(hr_trainer_run(t, &(hrm_train_options){.event = keep_rates, .user = rates}));
    hr_trainer_free(t);
}

/* A run may go on longer, or with another rate, and its schedule says what that means: what is left
 * of a cosine is spread over what is left of the run, another rate begins a cosine of its own, and
 * each ends where it should. */
static void schedules_go_on(void **state) {
    (void)state;
    static const char *const cosine[] = {"lr=1e-3",  "lr_min_ratio=0.1", "warmup=5",
                                         "steps=20", "valid=",           "eval_every=0"};
    static const char *const longer[] = {"steps=40"}, *const rate[] = {"lr=4e-3", "steps=30"};
    double r[64] = {0};
    const double low = 1e-4;
    train("longer", cosine, 6, 1, NULL, 12);
    go_on("longer", longer, 1, r);
    assert_true(r[13] < 1e-3 && r[13] > low && r[14] < r[13] && r[40] == low);
    const double wave = 7. / 15 + (8. / 15) * (1. / 28); /* continuous where it was stretched */
    assert_true(fabs(r[13] - 1e-3 * (0.1 + 0.45 * (1 + cos(acos(-1) * wave)))) < 1e-15);
    train("rate", cosine, 6, 1, NULL, 0);
    go_on("rate", rate, 2, r);
    assert_true(r[21] < 4e-3 && r[21] > 3.8e-3 && fabs(r[30] - 4e-4) < 1e-15);
    assert_true(fabs(r[25] - 2.2e-3) < 1e-9); /* half of the way */
    go_on("rate", longer, 1, r);              /* at its end: at the least rate */
    assert_true(fabs(r[31] - 4e-4) < 1e-15 && r[40] == r[31]);
    static const char *const zero[] = {"lr_min_ratio=0", "steps=10", "warmup=1",
                                       "valid=", "eval_every=0"};
    hrm_trainer *t;
    train("zero", zero, 5, 1, NULL, 0);
    assert_int_equal(hr_trainer_resume(at("zero"), longer, 1, NULL, &t), HR_ERR_ARG);
    assert_non_null(strstr(hr_error_text(), "say with which lr"));
    go_on("zero", rate, 2, r);
    /* the record says what was changed where, and the run still resumes */
    hrm_description *model;
    OK(hr_describe(at("rate/model.safetensors"), &model));
    assert_non_null(strstr(model->training, "from step 21 on steps=30 lr=0.004"));
    hr_result_free(model);
    OK(hr_trainer_resume(at("rate"), NULL, 0, NULL, &t));
    hr_trainer_free(t);
}

static hr_model *model_of(const char *name) {
    hr_model *model;
    char *record;
    hrm_trainer *t;
    OK(hr_trainer_resume(at(name), NULL, 0, NULL, &t));
    OK(hr_trainer_snapshot(t, &model, &record));
    hr_free(record);
    hr_trainer_free(t);
    return model;
}

/* At a constant rate, and before a cooldown, more steps only go further, in the bits of one run. */
static void longer_is_the_same_run(void **state) {
    (void)state;
    static const char *const whole[] = {"steps=24", "cooldown=.5", "lr_min_ratio=.1"};
    static const char *const part[] = {"steps=10", "cooldown=.5", "lr_min_ratio=.1"};
    double rates[128];
    for (size_t i = 0; i < 2; i++) {
        const char *one = i ? "cool24" : "whole24", *other = i ? "cool10" : "part10";
        train(one, whole, 1 + 2 * i, 1, NULL, 0);
        train(other, part, 1 + 2 * i, 1, NULL, i ? 5 : 0);
        go_on(other, whole, 1, rates);
        hr_model *x = model_of(one), *y = model_of(other);
        assert_memory_equal(x->params, y->params, x->table.total * sizeof *x->params);
        hr_model_free(x);
        hr_model_free(y);
    }
}

/* By time the cosine ends when the minutes do, however many steps were planned. */
static void minutes_drive_the_schedule(void **state) {
    (void)state;
    static const char *const timed[] = {
        "minutes=0.02", "schedule=minutes", "steps=1000000", "lr_min_ratio=0.1",
        "warmup=2",     "valid=",           "eval_every=0"};
    hrm_trainer *t;
    double *rates = HR_NEW(double, 1000001);
    OK(hr_trainer_new(at("recipe.yaml"), timed, 7, at("timed"), NULL, &t));
    double peak = t->setup.recipe.lr;
    OK(hr_trainer_run(t, &(hrm_train_options){.event = keep_rates, .user = rates}));
    int64_t last = t->at.step;
    assert_true(last > 3 && last < 1000000);
    assert_true(rates[last] < 0.5 * peak && rates[last] >= 0.1 * peak && rates[2] > 0.5 * peak);
    hr_trainer_free(t);
    hr_free(rates);
    assert_int_equal(hr_trainer_new(at("recipe.yaml"), timed + 1, 2, at("untimed"), NULL, &t),
                     HR_ERR_ARG);
    assert_non_null(strstr(hr_error_text(), "minutes is 0"));
}

/* A rate of 0 never gets better: the run ends after so many evaluations, and says so when asked
 * again. */
static void runs_stop_when_nothing_gets_better(void **state) {
    (void)state;
    static const char *const still[] = {"lr=0",  "puzzle_emb_lr=0", "steps=100",
                                        "ema=0", "eval_every=5",    "stop_after=2"};
    static const char *const on[] = {"stop_after=4"};
    double rates[128];
    hrm_trainer *t;
    train("waits", still, 6, 1, NULL, 0);
    OK(hr_trainer_resume(at("waits"), NULL, 0, NULL, &t));
    assert_int_equal(t->at.step, 15); /* the first is the best, and two more */
    assert_int_equal(hr_trainer_run(t, NULL), HR_ERR_ARG);
    assert_non_null(strstr(hr_error_text(), "stop_after: the last 2 evaluations"));
    hr_trainer_free(t);
    go_on("waits", on, 1, rates);
    OK(hr_trainer_resume(at("waits"), NULL, 0, NULL, &t));
    assert_int_equal(t->at.step, 25);
    hr_trainer_free(t);
}

/* A plan's time is of steps that leave no trace. */
static void measuring_writes_nothing(void **state) {
    (void)state;
    hrm_trainer *t;
    double seconds = 0;
    OK(hr_trainer_new(at("recipe.yaml"), NULL, 0, at("measured"), NULL, &t));
    OK(hr_trainer_measure(t, &seconds));
    assert_true(seconds > 0 && seconds < 60);
    assert_false(hr_os_is_dir(at("measured")));
    assert_int_equal(hr_trainer_run(t, NULL), HR_ERR_ARG);
    assert_non_null(strstr(hr_error_text(), "measured"));
    hr_trainer_free(t);
    /* a run that has begun refuses, and goes on */
    hrm_event event;
    OK(hr_trainer_new(at("recipe.yaml"), NULL, 0, at("begun"), NULL, &t));
    OK(hr_trainer_step(t, &event));
    assert_int_equal(hr_trainer_measure(t, &seconds), HR_ERR_ARG);
    OK(hr_trainer_step(t, &event));
    assert_int_equal(event.step, 2);
    hr_trainer_free(t);
}

static void bad_resumes_are_refused(void **state) {
    (void)state;
    hrm_trainer *t;
    static const char *const lr[] = {"beta1=0.5"};
    assert_int_not_equal(hr_trainer_resume(at("nowhere"), NULL, 0, NULL, &t), HR_OK);
    train("bad", NULL, 0, 1, NULL, 5);
    assert_int_equal(hr_trainer_resume(at("bad"), lr, 1, NULL, &t), HR_ERR_ARG);
    assert_non_null(strstr(hr_error_text(), "beta1 cannot change"));
    assert_non_null(strstr(hr_error_text(), "bad/model.safetensors")); /* what can be done */
    assert_int_equal(hr_trainer_new(at("recipe.yaml"), NULL, 0, at("bad"), NULL, &t), HR_ERR_ARG);
    assert_non_null(strstr(hr_error_text(), "holds a run already"));
    /* two that read the same state: the later one's end would be written over by the other */
    hrm_trainer *second;
    OK(hr_trainer_resume(at("bad"), NULL, 0, NULL, &t));
    assert_int_equal(hr_trainer_resume(at("bad"), NULL, 0, NULL, &second), HR_ERR_IO);
    assert_non_null(strstr(hr_error_text(), "another process"));
    hr_trainer_free(t);
    /* truncated and flipped state files */
    hr_file file;
    OK(hr_os_load(at("bad/state.safetensors"), &file));
    unsigned char *bytes = hr_alloc(file.size);
    memcpy(bytes, file.data, file.size);
    size_t size = file.size;
    hr_os_unload(&file);
    for (size_t cut = 0; cut < size; cut += size / 7 + 1) {
        OK(hr_os_write_file(at("bad/state.safetensors"), bytes, cut));
        assert_int_not_equal(hr_trainer_resume(at("bad"), NULL, 0, NULL, &t), HR_OK);
        assert_null(t);
    }
    /* other data than the run was started on */
    OK(hr_os_write_file(at("bad/state.safetensors"), bytes, size));
    hr_free(bytes);
    hrm_generate_options options = {.size = sizeof options,
                                    .settings = (const char *const[]){"side=4"},
                                    .settings_count = 1,
                                    .count = 30,
                                    .seed = 2};
    OK(hr_generate("sudoku", at("d.csv"), &options));
    assert_int_equal(hr_trainer_resume(at("bad"), NULL, 0, NULL, &t), HR_ERR_TASK);
    options.seed = 1;
    OK(hr_generate("sudoku", at("d.csv"), &options));
}

/* Memory is planned as if every run were evaluated: else valid would change the weights. */
static void evaluation_changes_no_bits(void **state) {
    (void)state;
    static const char *const settings[] = {"batch=512", "memory=9MiB", "steps=3",
                                           "valid=", "eval_every=0"};
    hrm_trainer *t;
    int micro[2];
    for (size_t i = 0; i < 2; i++) {
        OK(hr_trainer_new(at("recipe.yaml"), settings, i ? 5 : 3, at(i ? "mute" : "judged"), NULL,
                          &t));
        micro[i] = t->setup.size.micro;
        hr_trainer_free(t);
    }
    assert_int_equal(micro[0], micro[1]);
    assert_in_range(micro[0], 1, 511); /* memory did decide */
}

static void a_run_that_diverges_says_so(void **state) {
    (void)state;
    static const char *const settings[] = {"lr=100", "optimizer=adamw", "save_every=1", "clip=0",
                                           "weight_decay=1000"};
    hrm_trainer *t;
    OK(hr_trainer_new(at("recipe.yaml"), settings, 5, at("wild"), NULL, &t));
    assert_int_equal(hr_trainer_run(t, NULL), HR_ERR_NUMERIC);
    assert_non_null(strstr(hr_error_text(), "not finite"));
    hr_trainer_free(t);
    OK(hr_trainer_resume(at("wild"), NULL, 0, NULL, &t)); /* what was kept is good */
    hr_trainer_free(t);
}

static hr_status load_model(const char *path, const hr_kern *kern, hr_pool *pool, hr_model **model,
                            hr_task *task, char **training) {
    hr_file file;
    OK(hr_os_load(path, &file));
    const hr_checkpoint_bytes from = {.bytes = file.data, .size = file.size, .name = path};
    hr_status status = hr_checkpoint_parse(&from, kern, pool, model, task, training);
    hr_os_unload(&file);
    return status;
}

/* A model file alone is enough to solve with, and hostile ones are refused. */
static void model_files_are_checked(void **state) {
    (void)state;
    train("model", NULL, 0, 1, NULL, 3);
    hr_pool *pool;
    hr_model *model;
    hr_task task;
    char *training;
    OK(hr_pool_new(1, HR_POOL_SPACE, &pool));
    OK(load_model(at("model/model.safetensors"), hr_kern_select(NULL), pool, &model, &task,
                  &training));
    assert_int_equal(task.seq, 16);
    assert_non_null(strstr(training, "\"recipe\""));
    hrm_description *told; /* what makes a model slow is told, and kept */
    model->params[model->table.param[0].offset] = (hr_real)1e-40;
    OK(hr_checkpoint_save(at("x.safetensors"), model, NULL, &task, training));
    OK(hr_describe(at("x.safetensors"), &told));
    assert_int_equal(told->denormals, 1);
    hr_result_free(told);
    hr_free(training);
    hr_model_free(model);
    hr_file file;
    OK(hr_os_load(at("model/model.safetensors"), &file));
    unsigned char *bytes = hr_alloc(file.size);
    memcpy(bytes, file.data, file.size);
    size_t size = file.size;
    hr_os_unload(&file);
    for (size_t cut = 0; cut < size; cut += size / 9 + 1) {
        OK(hr_os_write_file(at("x.safetensors"), bytes, cut));
        assert_int_not_equal(
            load_model(at("x.safetensors"), hr_kern_select(NULL), pool, &model, &task, &training),
            HR_OK);
        assert_null(model);
    }
    const float nan = NAN; /* the last value of the data */
    memcpy(bytes + size - 4, &nan, 4);
    OK(hr_os_write_file(at("x.safetensors"), bytes, size));
    assert_int_equal(
        load_model(at("x.safetensors"), hr_kern_select(NULL), pool, &model, &task, &training),
        HR_ERR_FORMAT);
    const hr_checkpoint_bytes from = {
        .bytes = bytes, .size = size, .name = "x", .unverified = true};
    assert_int_equal(
        hr_checkpoint_parse(&from, hr_kern_select(NULL), pool, &model, &task, &training),
        HR_ERR_NUMERIC); /* its checksum apart */
    hr_free(bytes);
    hr_pool_free(pool);
}

static size_t total_of(const hrm_trainer *t) {
    hrm_plan *plan;
    OK(hr_trainer_plan(t, &plan));
    size_t bytes = plan->total_bytes;
    hr_result_free(plan);
    return bytes;
}

/* Rows run in as many parts as the memory key asks for, and then the plan is less. That the process
 * takes no more than its plan is checked on whole runs (tests/cli). */
static void little_memory_splits_a_batch(void **state) {
    (void)state;
    static const char *const little[] = {"batch=512", "memory=8MiB"};
    static const char *const enough[] = {"batch=512", "memory=1GiB"};
    hrm_trainer *t;
    OK(hr_trainer_new(at("recipe.yaml"), little, 2, at("plan"), NULL, &t));
    int rows = t->setup.size.micro;
    size_t least = total_of(t);
    hr_trainer_free(t);
    OK(hr_trainer_new(at("recipe.yaml"), enough, 2, at("plan"), NULL, &t));
    assert_true(rows > 0 && rows < t->setup.size.micro);
    assert_true(total_of(t) > least);
    hr_trainer_free(t);
}

/* Trains a few steps of a batch of 512 in so much memory, on some threads, stopped on the way where
 * there are two; returns the rows at once. */
static int in_memory(const char *name, const char *const *regime, size_t count, const char *memory,
                     int threads) {
    const char *settings[LATTICE + 5] = {memory, "batch=512", "steps=6", "valid=", "eval_every=0"};
    hrm_trainer *t;
    hrm_run run = {.threads = threads};
    int64_t stop = threads == 2 ? 3 : 0;
    memcpy(settings + 5, regime, count * sizeof *regime);
    OK(hr_trainer_new(at("recipe.yaml"), settings, count + 5, at(name), &run, &t));
    int rows = t->setup.size.micro;
    assert_int_equal(hr_trainer_run(t, &(hrm_train_options){.event = stop_at, .user = &stop}),
                     stop ? HR_ERR_STOPPED : HR_OK);
    hr_trainer_free(t);
    if (!stop) return rows;
    const char *more = "memory=1GiB";
    OK(hr_trainer_resume(at(name), &more, 1, &run, &t));
    OK(hr_trainer_run(t, NULL));
    hr_trainer_free(t);
    return rows;
}

/* For small and large models and both regimes. */
static void bits_do_not_depend_on_memory(void **state) {
    (void)state;
    static const char *const memory[2][4] = {
        {"memory=8MiB", "memory=9MiB", "memory=11MiB", "memory=64MiB"},
        {"memory=4MiB", "memory=5MiB", "memory=7MiB", "memory=64MiB"},
    };
    const size_t kept = hr_exec_small_dense;
    for (int i = 0; i < 4; i++) {
        size_t count = i % 2 ? LATTICE : 0;
        hr_exec_small_dense = i < 2 ? kept : 0;
        char name[32], file[64], ample[64];
        snprintf(name, sizeof name, "ample-%d", i);
        snprintf(ample, sizeof ample, "%s/model.safetensors", name);
        int most = in_memory(name, lattice, count, "memory=1GiB", 1);
        for (int k = 0; k < 4; k++) {
            snprintf(name, sizeof name, "memory-%d-%d", i, k);
            int rows = in_memory(name, lattice, count, memory[i % 2][k], k + 1);
            assert_true(k || rows < most);
            snprintf(file, sizeof file, "%s/model.safetensors", name);
            assert_same_file(ample, file);
        }
    }
    hr_exec_small_dense = kept;
}

/* Every rate follows the schedule of lr, also where lr itself is 0: the rest of the net is frozen.
 */
static void a_rate_of_0_freezes_no_other(void **state) {
    (void)state;
    static const char *const still[] = {"muon=true", "lr=0", "muon_lr=0", "ema=0"};
    static const char *const moves[] = {"muon=true", "lr=0", "muon_lr=.01", "ema=0"};
    hr_file x, y;
    train("still", still, 4, 1, NULL, 9);
    train("moves", moves, 4, 1, NULL, 9);
    OK(hr_os_load(at("still/model.safetensors"), &x));
    OK(hr_os_load(at("moves/model.safetensors"), &y));
    size_t values = 4096, same = 0; /* bytes from the end: weights, whatever stands before them */
    assert_true(x.size > 8 * values && y.size > 8 * values);
    for (size_t i = 1; i <= 8 * values; i++) same += x.data[x.size - i] == y.data[y.size - i];
    assert_true(same < 7 * values);
    hr_os_unload(&x);
    hr_os_unload(&y);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_change_a_run),
        cmocka_unit_test(another_seed_is_another_run),
        cmocka_unit_test(a_resumed_run_ends_the_same),
        cmocka_unit_test(a_resumed_pool_ends_the_same),
        cmocka_unit_test(a_resumed_growth_ends_the_same),
        cmocka_unit_test(lost_metrics_are_told),
        cmocka_unit_test(metrics_have_every_step_once),
        cmocka_unit_test(schedules_go_on),
        cmocka_unit_test(longer_is_the_same_run),
        cmocka_unit_test(minutes_drive_the_schedule),
        cmocka_unit_test(runs_stop_when_nothing_gets_better),
        cmocka_unit_test(measuring_writes_nothing),
        cmocka_unit_test(bad_resumes_are_refused),
        cmocka_unit_test(evaluation_changes_no_bits),
        cmocka_unit_test(a_run_that_diverges_says_so),
        cmocka_unit_test(model_files_are_checked),
        cmocka_unit_test(little_memory_splits_a_batch),
        cmocka_unit_test(bits_do_not_depend_on_memory),
        cmocka_unit_test(a_rate_of_0_freezes_no_other),
    };
    return cmocka_run_group_tests(tests, open_run, remove_folder);
}
