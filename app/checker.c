/* checker.c - see checker.h */
#include "checker.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "opt.h"
#include "reading.h"
#include "signals.h"
#include "term.h"

/* Seconds for a verdict, and for the program to end once nothing more is asked. */
enum { PATIENCE = 60, PARTING = 3 };

/* The command in a shell, between two pipes. It is a group of its own, to be ended as one. */
static bool start(app_checker *c, const char *command) {
    int to[2], from[2];
    if (pipe(to)) return false;
    if (pipe(from)) {
        close(to[0]);
        close(to[1]);
        return false;
    }
    c->pid = fork();
    if (!c->pid) {
        setpgid(0, 0);
        dup2(to[0], STDIN_FILENO);
        dup2(from[1], STDOUT_FILENO);
        close(to[0]);
        close(to[1]);
        close(from[0]);
        close(from[1]);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    c->in = c->pid > 0 ? fdopen(to[1], "w") : NULL;
    c->out = from[0];
    if (c->pid > 0) setpgid(c->pid, c->pid); /* whichever of the two comes first */
    if (!c->in) {
        close(to[1]);
        close(from[0]);
    }
    return c->in != NULL;
}

/* Takes the next line, without its end, or what fits of it. NULL, or what came instead: nothing is
 * said of a stop. */
static const char *read_line(app_checker *c, char *line, size_t size) {
    double late = term_now() + (c->patience > 0 && c->patience < PATIENCE ? c->patience : PATIENCE);
    if (c->until > 0 && c->until < late) late = c->until;
    size_t length = 0;
    for (;;) {
        for (size_t i = 0; i < c->have; i++) {
            char ch = c->said[i];
            if (ch != '\n' && length + 1 < size) line[length++] = ch;
            if (ch != '\n') continue;
            memmove(c->said, c->said + i + 1, c->have -= i + 1);
            line[length] = 0;
            return NULL;
        }
        c->have = 0;
        struct pollfd from = {.fd = c->out, .events = POLLIN};
        int ready = poll(&from, 1, 100); /* so that a stop is heard soon */
        if (signals_stop()) return "";
        if (ready <= 0 && term_now() < late) continue;
        ssize_t got = ready > 0 ? read(c->out, c->said, sizeof c->said) : 0;
        if (got <= 0)
            return ready > 0                         ? "ended, or gave no verdict"
                   : c->patience > 0 || c->until > 0 ? "gave no verdict in the time there is"
                                                     : "gave no verdict in a minute";
        c->have = (size_t)got;
    }
}

/* Whether it says what nothing asked for: its verdicts are then those of other answers. */
static bool says_more(const app_checker *c) {
    struct pollfd from = {.fd = c->out, .events = POLLIN};
    char more;
    return c->have || (poll(&from, 1, 0) > 0 && read(c->out, &more, 1) > 0);
}

static void tell_more(const app_checker *c) {
    fprintf(stderr,
            "hrm: the checker %s says more than a line for each answer: its verdicts are not to be "
            "relied on\n",
            c->command);
}

/* The model that `path` stands for, which in a run folder is its best. */
static hrm_status describe(const char *path, hrm_description **out) {
    static const char *const models[] = {"best.safetensors", "model.safetensors"};
    char inner[PATH_MAX];
    for (int i = 0; i < 2; i++) {
        int size = snprintf(inner, sizeof inner, "%s/%s", path, models[i]);
        if (size < (int)sizeof inner && !access(inner, F_OK)) return hrm_describe(inner, out);
    }
    return hrm_describe(path, out);
}

int app_checker_open(app_checker *c, const hrm_model *model, const char *path) {
    hrm_description *about;
    hrm_model_info info;
    hrm_status status = hrm_model_inspect(model, &info);
    if (!status) status = describe(path, &about);
    if (status) return app_fail(status);
    json_t *task = term_value(about->task);
    const char *command =
        json_string_value(json_object_get(json_object_get(task, "keys"), "check"));
    hrm_description_free(about);
    int code = 0;
    c->model = model;
    c->tokens = malloc((size_t)info.cells);
    c->text = malloc((size_t)info.cells + 1);
    c->command = command ? strdup(command) : NULL;
    signal(SIGPIPE, SIG_IGN); /* a checker that ends early is an error of write */
    if (!c->tokens || !c->text || (command && !c->command)) code = app_fail(HRM_STATUS_MEM);
    else if (!command)
        code = app_usage_error("--run-checker: the model's task file names none (key check)");
    else {
        fprintf(stderr, "running %s\n", command);
        fflush(stdout);
        if (!start(c, command)) {
            fprintf(stderr, "hrm: %s: cannot run: %s\n", command, strerror(errno));
            code = EXIT_FAILED;
        }
    }
    json_decref(task);
    return code;
}

bool app_checker_judge(app_checker *c, const char *question, const char *answer,
                       hrm_verdict *verdict, char why[96]) {
    static const struct {
        const char *word;
        hrm_verdict verdict;
    } words[] = {{"solved", HRM_VERDICT_SOLVED},
                 {"wrong", HRM_VERDICT_WRONG},
                 {"unknown", HRM_VERDICT_UNKNOWN}};
    char line[256];
    if (*verdict == HRM_VERDICT_INCOMPLETE || *verdict == HRM_VERDICT_WRONG) return true;
    c->failed = true; /* until there is a verdict */
    if (says_more(c)) {
        tell_more(c);
        return false;
    }
    const char *numbers = "";
    if (!hrm_model_tokens(c->model, question, false, c->tokens) &&
        !hrm_model_text(c->model, c->tokens, c->text)) {
        numbers = reading_numbers(c->model, question);
        question = c->text; /* the user may have written rows, or separators */
    }
    fputs(question, c->in);
    for (; *numbers; numbers++) fputc(*numbers == '\n' || *numbers == '\r' ? ' ' : *numbers, c->in);
    bool asked = fprintf(c->in, "\t%s\n", answer) > 0 && !fflush(c->in) && !ferror(c->in);
    const char *none = asked ? read_line(c, line, sizeof line) : "ended, or gave no verdict";
    if (none && *none) fprintf(stderr, "hrm: the checker %s %s\n", c->command, none);
    if (none) return false;
    line[strcspn(line, "\r")] = 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i].word);
        if (strncmp(line, words[i].word, n) || (line[n] && line[n] != ':')) continue;
        const char *said = line[n] ? line + n + 1 : "";
        c->failed = false;
        *verdict = words[i].verdict;
        snprintf(why, 96, "%.95s", said + strspn(said, " "));
        return true;
    }
    if (strlen(line) > 40) strcpy(line + 37, "...");
    fprintf(stderr, "hrm: the checker %s said \"", c->command);
    term_say(stderr, line);
    fputs("\"; it should say solved, unknown or wrong: why\n", stderr);
    return false;
}

/* Waits for the program, and ends it where that takes too long, or all are to stop. */
static void end(pid_t pid, int *status) {
    const double late = term_now() + PARTING;
    while (!waitpid(pid, status, WNOHANG)) {
        if (signals_stop() || term_now() > late) kill(-pid, SIGKILL);
        poll(NULL, 0, 10);
    }
}

bool app_checker_close(app_checker *c) {
    int status = 0;
    bool more = false;
    if (c->in) fclose(c->in);
    if (c->pid > 0) end(c->pid, &status);
    if (c->in) {
        more = !c->failed && says_more(c);
        close(c->out);
    }
    bool none = WIFEXITED(status) && (WEXITSTATUS(status) == 126 || WEXITSTATUS(status) == 127);
    if (none) /* the shell has said why */
        fprintf(stderr, "hrm: the checker %s cannot be run\n", c->command);
    if (more) tell_more(c);
    free(c->command);
    free(c->tokens);
    free(c->text);
    *c = (app_checker){0};
    return !none && !more;
}
