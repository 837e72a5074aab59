/* work.h - every kind of work of the library, for tests that let something of it fail: memory,
 * calls of the system. */
#ifndef TEST_API_WORK_H
#define TEST_API_WORK_H

#include "run_folder.h"

#include "hrm.h"
#include "hrm_data.h"
#include "hrm_look.h"
#include "hrm_tools.h"

static const char recipe[] =
    "arch: hrm\nhidden: 16\nheads: 2\nexpansion: 1\nh_layers: 1\nl_layers: 1\n"
    "h_cycles: 1\nl_cycles: 1\nbatch: 4\nsteps: 2\nhalt_max_steps: 2\nema: 0.9\n"
    "eval_every: 2\neval_limit: 3\nsave_every: 1\nthreads: 1\n";
static const char *const lattice[] = {"regime=lattice", "arch=loop", "pos=grid", "loss=softmax"};
static const char *const colours[] = {"arch=trm", "halt_max_steps=1", NULL,
                                      "valid=", "eval_every=0"};
enum { LATTICE = sizeof lattice / sizeof *lattice, COLOURS = sizeof colours / sizeof *colours };

static hrm_status train(const char *const *settings, size_t count, const char *dir, bool events) {
    hrm_trainer *t = NULL;
    const hrm_train_options options = {.size = sizeof options, .tensorboard = events};
    hrm_status status = hrm_trainer_new(at("recipe.yaml"), settings, count, at(dir), NULL, &t);
    if (!status) status = hrm_trainer_run(t, &options);
    hrm_trainer_free(t);
    return status;
}

static const char tasks[] =
    "{\"train\": [{\"input\": [[1, 2]], \"output\": [[1]]}, {\"input\": [[4, 5], [6, 7]], "
    "\"output\": [[2]]}], \"test\": [{\"input\": [[3]], \"output\": [[3]]}]}";

static hrm_status make_arc(void) {
    const char *source = at("t.json");
    const hrm_arc_options options = {.size = sizeof options,
                                     .train = &source,
                                     .trains = 1,
                                     .scored = &source,
                                     .scoreds = 1,
                                     .augment = 2,
                                     .side = 3,
                                     .seed = 1};
    hrm_arc_report *report = NULL;
    hrm_status status = hrm_arc_build(at("arc"), &options, &report);
    hrm_arc_report_free(report);
    return status;
}

static int told(void) {
    print_error("%s\n", hrm_error());
    return -1;
}

static const char task_file[] =
    "shape: 4 x 4\nalphabet: \".1234\"\nanswers: \"1234\"\nblank: \".\"\n"
    "symmetries: [symbols, half turn]\nregions: |\n  1122\n  1122\n  3344\n  3344\n"
    "rules:\n  - different in rows\n  - different in columns\n  - different in regions\n";

/* What the work below begins with: puzzles, tasks, and a model of each kind. */
static int begin(void **state) {
    static char data[300];
    (void)state;
    if (open_run_folder(recipe, true)) return -1;
    if (hr_os_write_file(at("t.json"), tasks, strlen(tasks)) || make_arc()) return told();
    if (hr_os_write_file(at("task.yaml"), task_file, strlen(task_file))) return told();
    const char *of_colours[COLOURS];
    memcpy(of_colours, colours, sizeof colours);
    snprintf(data, sizeof data, "data=%s", at("arc/train"));
    of_colours[2] = data;
    if (train(NULL, 0, "run", false) || train(lattice, LATTICE, "search", false) ||
        train(of_colours, COLOURS, "colours", false))
        return told();
    hrm_dataset *d;
    if (hrm_dataset_open(at("d.csv"), NULL, &d) || hrm_dataset_export(d, at("folder"), 1, 1))
        return told();
    hrm_dataset_free(d);
    bool bad = hrm_convert(at("run/model.safetensors"), at("weights.npz"), NULL, NULL) ||
               hrm_convert(at("run/model.safetensors"), at("weights.pt"), NULL, NULL);
    return bad ? told() : 0;
}

/* ---- kinds of work --------------------------------------------------------------------------- */

static hrm_status data_of(const char *from, const char *to) {
    hrm_dataset *d = NULL;
    hrm_dataset_info info;
    hrm_example example;
    hrm_status status = hrm_dataset_open(at(from), NULL, &d);
    if (!status) status = hrm_dataset_inspect(d, &info);
    if (!status) status = hrm_dataset_example(d, 1, &example);
    if (!status && to) status = hrm_dataset_export(d, at(to), 0, 1);
    if (!status && to) status = hrm_dataset_picture(d, 0, at("p.svg"));
    hrm_dataset_free(d);
    return status;
}

static hrm_status tables(void) {
    return data_of("d.csv", "out");
}

static hrm_status folders(void) {
    return data_of("folder", "out.csv");
}

static hrm_status copies_of_tasks(void) {
    return data_of("arc/train", NULL);
}

static hrm_status checks(void) {
    hrm_data_report *report = NULL;
    hrm_status status =
        hrm_dataset_check(at("d.csv"), NULL, at("folder"), at("clean.csv"), &report);
    hrm_data_report_free(report);
    return status;
}

static hrm_status descriptions(void) {
    static const char *const of[] = {
        "run",   "search/model.safetensors", "d.csv", "arc/train", "weights.npz", "recipe.yaml",
        "t.json"};
    hrm_status status = HRM_STATUS_OK;
    for (size_t i = 0; !status && i < sizeof of / sizeof *of; i++) {
        hrm_description *d = NULL;
        status = hrm_describe(at(of[i]), &d);
        hrm_description_free(d);
    }
    return status;
}

static hrm_status task_files(void) {
    hrm_dataset *d = NULL;
    hrm_data_report *report = NULL;
    hrm_status status = hrm_dataset_open(at("d.csv"), at("task.yaml"), &d);
    hrm_dataset_free(d);
    if (!status) status = hrm_dataset_check(at("d.csv"), at("task.yaml"), NULL, NULL, &report);
    hrm_data_report_free(report);
    return status;
}

/* A checkpoint of the published program, with its configuration. */
static hrm_status published(void) {
    static const char from[] = FIXTURES "/ckpt/hrm_newlayout/step_52083";
    hrm_conversion *report = NULL;
    const hrm_convert_options options = {.size = sizeof options,
                                         .config = FIXTURES "/ckpt/hrm/all_config.yaml"};
    hrm_status status = hrm_convert(from, at("theirs.safetensors"), &options, &report);
    hrm_conversion_free(report);
    return status;
}

static hrm_status converted(const char *from, const char *to, const char *with) {
    hrm_conversion *report = NULL;
    const hrm_convert_options options = {.size = sizeof options, .recipe = with ? at(with) : NULL};
    hrm_status status = hrm_convert(at(from), to ? at(to) : NULL, &options, &report);
    hrm_conversion_free(report);
    return status;
}

static hrm_status exports(void) {
    hrm_status status = converted("run/model.safetensors", "to.pt", NULL);
    return status ? status : converted("run/model.safetensors", "to.npz", NULL);
}

static hrm_status imports(void) {
    hrm_status status = converted("weights.pt", "from.safetensors", "its.yaml");
    return status ? status : converted("weights.npz", NULL, NULL);
}

static hrm_status generation(void) {
    static const char *const settings[] = {"side=4"}, *const size[] = {"size=5"};
    const hrm_generate_options sudoku = {
        .size = sizeof sudoku, .settings = settings, .settings_count = 1, .count = 2, .seed = 1};
    const hrm_generate_options maze = {
        .size = sizeof maze, .settings = size, .settings_count = 1, .count = 2, .seed = 1};
    hrm_status status = hrm_generate("sudoku", at("made.csv"), &sudoku);
    return status ? status : hrm_generate("maze", at("made.csv"), &maze);
}

static hrm_status reports(void) {
    const char *dirs[] = {at("run"), at("search")};
    hrm_runs *runs = NULL;
    hrm_report_options options;
    hrm_report_options_init(&options, sizeof options);
    hrm_status status = hrm_report(dirs, 2, at("report.html"), &options, NULL);
    if (!status) status = hrm_runs_open(at("."), &runs);
    hrm_runs_free(runs);
    return status;
}

static hrm_status with_model(const char *name, hrm_status (*work)(const hrm_model *model)) {
    hrm_model *model = NULL;
    hrm_status status = hrm_model_load(at(name), NULL, &model);
    if (!status) status = work(model);
    hrm_model_free(model);
    return status;
}

static hrm_status answers_of(const hrm_model *model, bool check) {
    static const char *const puzzle[] = {"12..............", "...............1"};
    const hrm_solve_options options = {.size = sizeof options, .check = check, .segments = 2};
    hrm_answer *out = NULL;
    hrm_status status = hrm_solve(model, puzzle, 2, &options, &out);
    if (!status) hrm_answers_free(out, 2);
    if (!status) status = hrm_model_save(model, at("saved.safetensors"));
    return status;
}

static hrm_status answers(const hrm_model *model) {
    return answers_of(model, false);
}

static hrm_status checked_answers(const hrm_model *model) {
    return answers_of(model, true);
}

static hrm_status scores(const hrm_model *model) {
    hrm_dataset *d = NULL;
    hrm_eval_report report;
    const hrm_eval_options options = {
        .size = sizeof options, .limit = 3, .latency = 1, .segments = 2};
    hrm_status status = hrm_dataset_open_for(at("d.csv"), model, &d);
    if (!status) status = hrm_evaluate(model, d, &options, &report);
    hrm_dataset_free(d);
    return status;
}

static hrm_status votes(const hrm_model *model) {
    hrm_dataset *d = NULL;
    hrm_eval_report report;
    const hrm_eval_options options = {.size = sizeof options,
                                      .contaminated = true,
                                      .scores = at("s.csv"),
                                      .submission = at("s.json")};
    hrm_status status = hrm_dataset_open_for(at("arc/test"), model, &d);
    if (!status) status = hrm_evaluate(model, d, &options, &report);
    hrm_dataset_free(d);
    return status;
}

static hrm_status fits(const hrm_model *model) {
    hrm_adapted *out = NULL;
    const hrm_adapt_options options = {.size = sizeof options,
                                       .augment = 1,
                                       .steps = 2,
                                       .batch = 2,
                                       .lr = .01,
                                       .out = at("fit.safetensors")};
    hrm_status status = hrm_adapt(model, at("t.json"), &options, &out);
    hrm_adapted_free(out);
    return status;
}

static hrm_status solving(void) {
    return with_model("run/model.safetensors", answers);
}

static hrm_status searching(void) {
    return with_model("search/model.safetensors", checked_answers);
}

static hrm_status evaluation(void) {
    return with_model("run", scores);
}

static hrm_status searched_evaluation(void) {
    return with_model("search", scores);
}

static hrm_status voting(void) {
    return with_model("colours", votes);
}

static hrm_status adapting(void) {
    return with_model("colours", fits);
}

static void clear(void) {
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", at("new"));
    assert_int_equal(system(command), 0);
}

static hrm_status trained(const char *const *settings, size_t count, bool events) {
    clear();
    return train(settings, count, "new", events);
}

static hrm_status training(void) {
    return trained(NULL, 0, true);
}

static hrm_status training_of_searches(void) {
    return trained(lattice, LATTICE, false);
}

/* With all that a recipe can say of data. */
static hrm_status training_on_more(void) {
    static char task[300];
    static const char *const with[] = {
        task,           "class_balance=0.5", "augment=1", "muon=true", "class_weights=1:2",
        "stop_after=9", "minutes=9",         "steps=1"};
    snprintf(task, sizeof task, "task=%s", at("task.yaml"));
    return trained(with, sizeof with / sizeof *with, false);
}

/* A run that begins with weights, and that a program steps through. */
static hrm_status stepping(void) {
    static char init[300];
    static const char *const with[] = {init};
    hrm_trainer *t = NULL;
    hrm_plan *plan = NULL;
    hrm_model *model = NULL;
    hrm_event event;
    hrm_eval_report report;
    clear();
    snprintf(init, sizeof init, "init=%s", at("run/model.safetensors"));
    hrm_status status = hrm_trainer_new(at("recipe.yaml"), with, 1, at("new"), NULL, &t);
    if (!status) status = hrm_trainer_plan(t, &plan);
    if (!status) status = hrm_trainer_step(t, &event);
    if (!status) status = hrm_trainer_evaluate(t, &report);
    if (!status) status = hrm_trainer_save(t);
    if (!status) status = hrm_trainer_model(t, &model);
    hrm_model_free(model);
    hrm_plan_free(plan);
    hrm_trainer_free(t);
    return status;
}

static hrm_status measuring(void) {
    static const hrm_run with = {.size = sizeof with, .isa = "ref", .threads = 2};
    hrm_trainer *t = NULL;
    double seconds;
    clear();
    hrm_status status = hrm_trainer_new(at("recipe.yaml"), NULL, 0, at("new"), &with, &t);
    if (!status) hrm_trainer_cancel(t); /* the first step is enough */
    if (!status) status = hrm_trainer_measure(t, &seconds);
    hrm_trainer_free(t);
    return status == HRM_STATUS_STOPPED ? HRM_STATUS_OK : status;
}

static hrm_status going_on(void) {
    static const char *const further[] = {"steps=3", "eval_limit=4", "lr=1e-3"};
    char command[200];
    hrm_trainer *t = NULL;
    snprintf(command, sizeof command, "rm -rf %s && cp -r %s %s", at("new"), at("run"), at("new"));
    assert_int_equal(system(command), 0);
    hrm_status status = hrm_trainer_resume(at("new"), further, 3, NULL, &t);
    if (!status) status = hrm_trainer_run(t, NULL);
    hrm_trainer_free(t);
    return status;
}

static const struct {
    const char *name;
    hrm_status (*work)(void);
    uint64_t most; /* points that are tried one after another; then ever fewer */
} kinds[] = {{"tables", tables, 400},
             {"folders", folders, 400},
             {"copies of tasks", copies_of_tasks, 400},
             {"checks", checks, 400},
             {"descriptions", descriptions, 400},
             {"making tasks", make_arc, 400},
             {"task files", task_files, 400},
             {"published checkpoints", published, 400},
             {"exports", exports, 200},
             {"imports", imports, 200},
             {"generation", generation, 200},
             {"reports", reports, 100},
             {"solving", solving, 200},
             {"searching", searching, 200},
             {"evaluation", evaluation, 100},
             {"searched evaluation", searched_evaluation, 100},
             {"voting", voting, 100},
             {"adapting", adapting, 60},
             {"training", training, 60},
             {"training of searches", training_of_searches, 60},
             {"training on more", training_on_more, 60},
             {"stepping", stepping, 60},
             {"measuring", measuring, 60},
             {"going on", going_on, 60}};

#endif
