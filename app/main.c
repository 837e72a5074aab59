/* main.c - the table of commands, and which one was asked for. */
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "families.h"
#include "ranks.h"
#include "term.h"

#define PUZZLE "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"

/* Which means a file where data are checked. */
static const app_option solve_own[] = {
    {.name = "skip-bad",
     .kind = OPT_FLAG,
     .offset = offsetof(app_args, skip_bad),
     .help = "tell lines that are no puzzle, answer each by an empty line (--json: an object with "
             "its error), and go on; exit code 1"},
    {0}};

static const app_command commands[] = {
    {"train",
     "RECIPE [key=value ...] [--out DIR]  |  --resume DIR [key=value ...]",
     "train a model as a recipe says",
     "A recipe is a YAML file of keys, or the bare name of one that comes with the program;\n"
     "key=value overrides a key. The run folder gets\n"
     "recipe.yaml, metrics.jsonl, model.safetensors (last), best.safetensors (best evaluation)\n"
     "and state.safetensors, from which --resume goes on bit for bit. Ctrl-C finishes the step,\n"
     "saves and says how to go on; a second one cuts the step, of which nothing is kept.",
     "  hrm train demo-sudoku-6x6 --out runs/first\n"
     "  hrm train my.yaml data=train.csv seed=1 --plan\n"
     "  hrm train --resume runs/first threads=2",
     {"out", "resume", "plan", "keys", "tensorboard", "threads", "isa", "json", "quiet",
      "no-verify", "wait", "mixed"},
     {0, 1000},
     .run = cmd_train},
    {"eval",
     "[MODEL] DATA",
     "measure a model on puzzles with known answers",
     "Wrong and unfinished answers both count as not exact. The interval is Wilson's, at 95 %.\n"
     "On ARC data the copies of a task vote, and pass@k says whether the solution is among the\n"
     "first k answers. Models that search are measured as they learned; with --check the task's\n"
     "rules may reject a finished answer, which is said in the report. Without MODEL, the model\n"
     "that hrm solve takes.",
     "  hrm eval runs/first/best.safetensors data/sudoku-9x9-test.csv\n"
     "  hrm eval model.safetensors test.csv --limit 1000 --latency 100 --json\n"
     "  hrm eval arc.safetensors arc-1/test --votes 32 --submission submission.json",
     {"limit",      "latency",  "segments",      "check",     "seed",        "rounds",
      "chains",     "patience", "agree",         "published", "temperature", "drop",
      "conflict",   "seconds",  "total-seconds", "votes",     "answers",     "symbols",
      "submission", "scores",   "contaminated",  "model",     "batch",       "threads",
      "isa",        "json",     "quiet",         "letters",   "flops",       "run-checker",
      "no-verify",  "views",    "sure",          "right"},
     {1, 2},
     .run = cmd_eval},
    {"solve",
     "[MODEL] [PUZZLE | FILE | -]",
     "solve puzzles",
     "A puzzle is one line, one character per cell, or a grid of lines. FILE holds lines, or is a\n"
     "table with a column question or puzzle (docs/formats.md has the forms); - (or nothing, in a "
     "pipe) reads lines from standard input, any\n"
     "number of them, and answers in their order as they are done. On a terminal answers are\n"
     "drawn; in a pipe each is one line: the answer, a tab, and the verdict of the task's rules,\n"
     "which the model does not see. Exit code 1 when one is not solved. A line that is no puzzle\n"
     "ends it; with --skip-bad such lines are told and answered by empty ones. Without MODEL: "
     "--model,\n"
     "HRM_MODEL, or the Sudoku model that comes with the program; sudoku and maze name shipped\n"
     "ones.\n\n"
     "A model that searches works in rounds: it drops candidates, then guesses, and takes a\n"
     "guess back that leads to a contradiction. An answer is given only when it is complete and\n"
     "keeps the givens. The same seed gives the same answers, whatever is solved beside them and\n"
     "with any number of threads, unless a bound by time is set.\n\n"
     "For an ARC model FILE may be tasks, as for hrm adapt, whose other options are presets here:\n"
     "fresh puzzle vectors are fitted on the demonstrations, then two answers to each test are "
     "told;\n--picture draws the first as FILE.png or FILE.svg.",
     "  hrm solve " PUZZLE "\n"
     "  hrm solve model.safetensors puzzles.txt > answers.txt\n"
     "  hrm solve puzzles.txt --check --agree 2 --trace rounds.jsonl\n"
     "  hrm solve model.safetensors puzzles.txt --explain --quiet\n"
     "  hrm solve " PUZZLE " \\\n"
     "      --trace solved.html",
     {"check",      "run-checker", "explain",       "trace",     "seed",        "rounds",
      "chains",     "patience",    "agree",         "published", "temperature", "drop",
      "conflict",   "seconds",     "total-seconds", "segments",  "model",       "batch",
      "threads",    "isa",         "json",          "quiet",     "picture",     "letters",
      "submission", "flops",       "no-verify",     "views",     "sure",        "skip-bad"},
     {0, 2},
     .own = solve_own,
     .run = cmd_solve},
    {"serve",
     "[MODEL ...]",
     "solve puzzles for programs, over HTTP",
     "Serves models, each loaded once, as JSON: POST /v1/solve, /v1/check, GET /v1/models and "
     "what\n"
     "else GET /openapi.json lists. Without MODEL: --model, HRM_MODEL, or all models that come "
     "with\n"
     "the program. A model's name is its file's. It listens on this machine alone unless --host "
     "says\n"
     "otherwise, prints its address when it is ready, and bounds how much, how long and how "
     "slowly\n"
     "anyone may ask. SIGHUP loads model files again that changed; SIGTERM and Ctrl-C finish what\n"
     "is asked already. Answers do not depend on who else asks.",
     "  hrm serve\n"
     "  hrm serve model.safetensors --port 8080 --workers 4\n"
     "  curl -d '{\"puzzle\": "
     "\"53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79\"}' \\\n"
     "      -H 'Content-Type: application/json' http://127.0.0.1:8091/v1/solve",
     {"host", "port", "workers", "queue", "connections", "time-limit", "grace", "per-address",
      "api-key-file", "origin", "runs", "puzzles", "model", "isa", "quiet"},
     {0, 64},
     .run = cmd_serve},
    {"mcp",
     "[MODEL ...]",
     "be a tool of a language model, over a pipe",
     "Speaks the Model Context Protocol on standard input and output, one JSON message a line, in "
     "its\n"
     "revision 2026-07-28 and those before. Tools: solve_puzzle, check_answer, explain_solution,\n"
     "list_tasks, describe_model. A program that talks to language models starts it by itself: "
     "give\n"
     "it this command. hrm serve has the same at POST /mcp. Models as for hrm serve.",
     "  hrm mcp\n"
     "  hrm mcp model.safetensors --time-limit 30",
     {"workers", "time-limit", "model", "isa"},
     {0, 64},
     .run = cmd_mcp},
    {"adapt",
     "MODEL TASKS",
     "solve ARC tasks that a model never saw",
     "TASKS as for hrm data arc. Every copy of a task gets a fresh puzzle vector, fitted on the\n"
     "demonstrations; then the copies vote on the test inputs. The model file does not change.",
     "  hrm adapt arc.safetensors task.json --augment 30\n"
     "  hrm adapt arc.safetensors tasks/ --network --steps 500 --submission submission.json",
     {"augment", "share-vectors", "steps", "rate", "network", "network-rate", "batch", "segments",
      "seed", "submission", "picture", "model-out", "threads", "isa", "json", "quiet", "flops",
      "no-verify"},
     {2, 2},
     .run = cmd_adapt},
    {"info",
     "PATH",
     "say what a model, a run folder or a data set is",
     "",
     "  hrm info runs/first/best.safetensors\n"
     "  hrm info data/sudoku-9x9-train.csv --json",
     {"json"},
     {1, 1},
     .run = cmd_info},
    {"inspect",
     "MODEL DATA",
     "look inside a model while it works on puzzles",
     "What it would answer after every call and segment: cells right, changed and lost, rules "
     "broken,\n"
     "halting values; how far its states move, how many directions they spread into beside a net\n"
     "with fresh weights, and how well standing still tells a right answer. With --out also as\n"
     "report.html, inspect.json and tables. Models that search play "
     "rounds\n"
     "without a guess.",
     "  hrm inspect runs/first/best.safetensors data/sudoku-9x9-test.csv --limit 100\n"
     "  hrm inspect model.safetensors test.csv --out inside --json",
     {"limit", "segments", "attention", "patch", "filled", "starts", "out", "replace", "batch",
      "seed", "threads", "isa", "json", "quiet", "letters", "flops", "no-verify"},
     {2, 2},
     .run = cmd_inspect},
    {"report",
     "RUN [RUN ...]",
     "make a page about training runs",
     "One HTML file without scripts or anything from elsewhere, for light and dark: curves of "
     "what\n"
     "metrics.jsonl holds, the best evaluations, also by difficulty, where the recipes differ,\n"
     "machines, time and operations, and validation puzzles that the best of the models solves "
     "and\n"
     "fails here and now. What is missing or damaged is said, and the rest shown; runs may be at "
     "work.\n"
     "A folder of runs, such as a sweep's, stands for all that are below it.",
     "  hrm report runs/first\n"
     "  hrm report runs/* --out compared.html --examples 0",
     {"out", "examples", "threads", "isa", "quiet"},
     {1, 1000},
     .run = cmd_report},
    {"runs",
     "[DIR]",
     "list the training runs in a folder",
     "A line for every run in DIR (runs) and the folders below it: running, finished, stopped,\n"
     "failed or killed; steps, time, its best evaluation, and where its recipe says something else "
     "than "
     "most\n"
     "of them.",
     "  hrm runs\n"
     "  hrm runs sweeps/lr --csv > runs.csv",
     {"json", "csv"},
     {0, 1},
     .run = cmd_runs},
    {"sweep",
     "RECIPE [--set KEY=A,B ...] [--list FILE] [--seeds N] --out DIR [key=value ...]",
     "train all combinations of some values, with several seeds",
     "Every combination of the values (or of lines of a list and values) is trained with every\n"
     "seed, each in a folder of its own in DIR, its messages beside it in a .log. All recipes are\n"
     "checked before anything runs. Ctrl-C stops all runs after their steps and saves; the same\n"
     "command, then or after a kill, goes on: finished runs are not repeated, failed ones are "
     "tried\n"
     "again. At the end come a table, with means and 95 % intervals over seeds, and report.html "
     "in\n"
     "DIR. Exit code 1 where a run failed.",
     "  hrm sweep demo-sudoku-6x6 --set lr=1e-3,3e-3 --seeds 3 --out sweeps/lr\n"
     "  hrm sweep my.yaml --set mix=attention,token_mlp --set muon=false,true \\\n"
     "      --jobs 2 --out sweeps/nets steps=500\n"
     "  hrm sweep my.yaml --list nets.txt --seeds 3 --out sweeps/nets --plan",
     {"set", "list", "seeds", "out", "jobs", "plan", "examples", "threads", "isa", "json", "quiet"},
     {1, 1000},
     .run = cmd_sweep},
    {"convert",
     "IN [OUT]",
     "turn published checkpoints into models, and models into checkpoints",
     "IN: a checkpoint of the published HRM or TRM code with all_config.yaml beside it\n"
     "(PyTorch's, of which nothing is run; safetensors or .npz with the same names), or a model.\n"
     "OUT: a model (.safetensors), a PyTorch checkpoint (.pt, step_N) or .npz. Every tensor is\n"
     "listed: matched, missing or left over; without OUT that is all. Values are not changed,\n"
     "but where --dtype writes them in fewer bytes, which also take less memory in solving. "
     "--sure\n"
     "keeps a bound of confidence in the model: answers below it are said to be possibly wrong.\n"
     "--task gives a model that searches another task of as many cells and symbols.",
     "  hrm convert checkpoints/sudoku/step_52083 hrm-sudoku.safetensors\n"
     "  hrm convert step_65104 model.safetensors --data maze/test --puzzle-emb mean\n"
     "  hrm convert runs/first/best.safetensors export/step_1000.pt\n"
     "  hrm convert runs/first/best.safetensors small.safetensors --dtype int8",
     {"from-config", "base", "part", "data", "puzzle-emb", "recipe", "compiled", "raw", "dtype",
      "sure", "task", "json", "quiet"},
     {1, 2},
     .run = cmd_convert},
    {.run = cmd_data_generate}, /* one for every family that has a generator */
    {"data arc",
     "OUT_DIR [TASKS ...] [--score TASKS]",
     "make training and test data of ARC tasks",
     "TASKS is a JSON file of ARC tasks (Kaggle's ..._challenges.json, with ..._solutions.json\n"
     "beside it), the file of one task, or a folder of those. OUT_DIR gets train/, test/,\n"
     "identifiers.json and test_puzzles.json. The copies that --augment asks for are made when\n"
     "they are read: a thousand of them take no room.",
     "  hrm data arc arc-1 arc-agi_training_challenges.json arc-agi_concept_challenges.json \\\n"
     "      --score arc-agi_evaluation_challenges.json --augment 1000\n"
     "  hrm data arc mine my-tasks/ --augment 100 --seed 1\n"
     "  hrm data arc small arc-agi_training_challenges.json \\\n"
     "      --score arc-agi_evaluation_challenges.json --augment 300 --side 10",
     {"score", "augment", "side", "boxes", "drop-known", "keep-colours", "keep-output-colours",
      "share-vectors", "seed", "replace", "threads", "json", "quiet"},
     {1, 64},
     .run = cmd_data_arc},
    {"data arc-like",
     "OUT.json --count N",
     "generate tasks in the manner of ARC",
     "Tasks of many families of rules (docs/arc.md lists them), each with colours, sizes and a\n"
     "variant of its own, 3 to 5 demonstrations and a test pair; no two are alike but for "
     "rotation,\n"
     "mirror image and colours. OUT.json is one of the TASKS that hrm data arc trains on.",
     "  hrm data arc-like made.json --count 10000 --seed 1\n"
     "  hrm data arc-like few.json --count 100 --side 10 --family gravity --family rays",
     {"count", "side", "family", "seed", "quiet"},
     {1, 1},
     .run = cmd_data_arc_like},
    {"data check",
     "DATA [OTHER]",
     "look data over: bad rows, duplicates, overlap, symbols, baseline",
     "Every row that cannot be read or whose answer breaks a rule, with its line; puzzles that "
     "occur\n"
     "twice, or in OTHER too; how often each symbol occurs, and what guessing would reach; "
     "symmetries\n"
     "of a task file that do not hold. Answers may be missing. Exit code 1 where rows are bad,\n"
     "contradict each other or are in OTHER, and where training would refuse a symmetry.",
     "  hrm data check train.csv test.csv\n"
     "  hrm data check puzzles.csv --task task.yaml --skip-bad clean.csv",
     {"task", "skip-bad", "json"},
     {1, 2},
     .run = cmd_data_check},
    {"data import",
     "DATA OUT.csv",
     "turn a published data directory into CSV",
     "",
     "  hrm data import data/sudoku-extreme-1k-aug-1000/test test.csv",
     {"task"},
     {2, 2},
     .run = cmd_data_import},
    {"data export",
     "DATA OUT_DIR",
     "write puzzles in the published directory layout",
     "OUT_DIR is the folder of one split, such as sudoku/train. Training here needs no copies:\n"
     "symmetries are drawn on the fly. --augment is for programs that want them on disk.",
     "  hrm data export train.csv sudoku/train --augment 1000 --seed 1",
     {"augment", "seed", "task", "replace"},
     {2, 2},
     .run = cmd_data_export},
    {"data show",
     "DATA [INDEX]",
     "draw an example (the first is 0)",
     "Colours on a terminal, unless NO_COLOR is set.",
     "  hrm data show data/sudoku-9x9-test.csv 7\n"
     "  hrm data show arc-1/train 100 --picture example.png",
     {"picture", "task", "json"},
     {1, 2},
     .run = cmd_data_show},
    {"bench",
     "gemm|kernels|train|infer|ranks",
     "measure this machine",
     "Every figure stands beside what the same threads reach when they only multiply registers,\n"
     "measured in the same run. Medians; nothing else should run meanwhile. ranks reckons, from a\n"
     "step that it measures, what training would come to on several machines: nodes with as many\n"
     "cores as are used here, and with 16, over links of 1, 10 and 100 Gb/s.",
     "  hrm bench gemm\n"
     "  hrm bench train --config hrm-27m --json",
     {"config", "batch", "seconds", "threads", "isa", "json"},
     {1, 1},
     .run = cmd_bench},
    {"parity",
     "[DIR]",
     "compare this build with golden numbers of the published code",
     "DIR holds manifest.json, models/, unit/ and data/; in the source tree it is\n"
     "tests/fixtures. One line per case: the worst deviation and its tolerance. Exit code 1 on\n"
     "any miss. Kernels are --isa float unless another is asked for; with bf16 only the cases\n"
     "that bind it are run.",
     "  hrm parity\n"
     "  hrm parity fixtures --isa ref --json",
     {"threads", "isa", "json"},
     {0, 1},
     .run = cmd_parity},
    {"completion",
     "bash|zsh|fish",
     "print completion for a shell",
     "The script completes commands, options, recipe keys and files; make install puts it where\n"
     "the shells look.",
     "  . <(hrm completion bash)\n"
     "  hrm completion fish > ~/.config/fish/completions/hrm.fish",
     {NULL},
     {1, 1},
     .run = cmd_completion},
    {"manual",
     "[COMMAND]",
     "print a manual page",
     "The page of a command, or of the program, for man(1); make install puts them where man\n"
     "looks.",
     "  hrm manual train | man -l -\n"
     "  hrm manual data sudoku | man -l -",
     {NULL},
     {0, 2},
     .run = cmd_manual},
};
enum { COMMANDS = sizeof commands / sizeof *commands, COMMANDS_MAX = 64 };

/* The table with the families' commands in their place. */
static const app_command *all[COMMANDS_MAX];
static size_t count;

static void list_commands(void) {
    for (size_t i = 0; i < COMMANDS; i++) {
        const app_command *made;
        if (commands[i].name) all[count++] = &commands[i];
        for (size_t f = 0; !commands[i].name && (made = app_family_command(f, commands[i].run));
             f++)
            all[count++] = made;
    }
}

/* How many words of argv name the command: 0 when they do not. */
static int matches(const app_command *command, int argc, char **argv) {
    const char *blank = strchr(command->name, ' ');
    size_t size = blank ? (size_t)(blank - command->name) : strlen(command->name);
    if (argc < 1 || strlen(argv[0]) != size || memcmp(argv[0], command->name, size)) return 0;
    if (!blank) return 1;
    return argc > 1 && !strcmp(argv[1], blank + 1) ? 2 : 0;
}

const app_command *app_command_next(const app_command *command) {
    size_t i = 0;
    while (command && i < count && all[i++] != command) {
    }
    return i < count ? all[i] : NULL;
}

const app_command *app_command_find(const char *first, const char *second) {
    char *words[] = {(char *)(uintptr_t)first, (char *)(uintptr_t)second};
    int named = second ? 2 : 1;
    for (const app_command *c = app_command_next(NULL); c; c = app_command_next(c))
        if (matches(c, named, words) == named) return c;
    return NULL;
}

static bool any_help(int argc, char **argv) {
    for (int i = 0; i < argc; i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) return true;
    return false;
}

static int unknown_command(int argc, char **argv) {
    const char *names[COMMANDS_MAX];
    bool data = !strcmp(argv[0], "data");
    size_t n = 0;
    if (data && (argc < 2 || any_help(argc, argv))) {
        app_help_all("data");
        return argc < 2 ? EXIT_USAGE : 0;
    }
    for (size_t i = 0; i < count; i++) {
        const char *blank = strchr(all[i]->name, ' ');
        if (data && blank) names[n++] = blank + 1;
        if (!data && !blank) names[n++] = all[i]->name;
    }
    const char *word = data ? argv[1] : argv[0];
    const char *near = hrm_nearest(word, names, n);
    if (near)
        return app_usage_error("%s%s: no such command; did you mean hrm %s%s?", data ? "data " : "",
                               word, data ? "data " : "", near);
    return app_usage_error("%s%s: no such command; see hrm --help", data ? "data " : "", word);
}

static int print_version(bool json) {
    hrm_build b;
    const char *engine;
    hrm_build_inspect(&b);
    hrm_status status = ranks_engine(&engine);
    if (status) return app_fail(status);
    if (!json) {
        printf("hrm %s%s\n", b.version, engine ? " with MPI" : "");
        return 0;
    }
    json_t *o = json_pack("{s:s, s:s, s:o, s:s, s:i, s:b}", "version", b.version, "isa", b.isa,
                          "isas", term_texts(b.isas, b.isa_count), "compiler", b.compiler,
                          "threads", b.threads, "mpi", engine != NULL);
    return term_json(o, 0) ? 0 : app_fail(HRM_STATUS_MEM);
}

static int run(int argc, char **argv) {
    if (argc < 1) {
        app_help_all("");
        return EXIT_USAGE;
    }
    if (!strcmp(argv[0], "--version")) return print_version(argc > 1 && !strcmp(argv[1], "--json"));
    if (!strcmp(argv[0], "help") && argc > 1) {
        argc--;
        argv++;
        if (argc == 1 && !strcmp(argv[0], "data")) {
            app_help_all("data");
            return 0;
        }
        for (size_t i = 0; i < count; i++)
            if (matches(all[i], argc, argv)) {
                app_help(all[i]);
                return 0;
            }
    } else if (!strcmp(argv[0], "--help") || !strcmp(argv[0], "-h") || !strcmp(argv[0], "help")) {
        app_help_all("");
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        int words = matches(all[i], argc, argv);
        if (!words) continue;
        app_args args;
        int code = app_parse(all[i], argc - words + 1, argv + words - 1, &args);
        if (code) return code;
        if (!args.help && !(code = ranks_join(&args))) code = all[i]->run(&args);
        if (!args.help) return ranks_leave(code);
        app_help(all[i]);
        return 0;
    }
    return unknown_command(argc, argv);
}

int main(int argc, char **argv) {
    signal(SIGXFSZ, SIG_IGN); /* a limit on files is an error of the write that meets it */
    signal(SIGCHLD, SIG_DFL); /* where a launcher ignores it nobody would hear how children end */
    ranks_silence();
    term_watch_json();
    list_commands();
    app_options_prepare();
    int code = run(argc - 1, argv + 1);
    code = app_fail_short(code);
    return term_flush() || code ? code : EXIT_FAILED;
}
