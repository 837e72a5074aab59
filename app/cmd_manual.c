/* cmd_manual.c - hrm manual: manual pages out of the tables of commands and options. */
#include <stdio.h>
#include <string.h>

#include "commands.h"

/* Text as roff takes it: no line begins a request, dashes are those of a keyboard. */
static void put_text(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        bool first = !i || text[i - 1] == '\n';
        if (first && (text[i] == '.' || text[i] == '\'')) fputs("\\&", stdout);
        if (text[i] == '\\') fputs("\\e", stdout);
        else if (text[i] == '-') fputs("\\-", stdout);
        else putchar(text[i]);
    }
}

static void put(const char *text) {
    put_text(text, strlen(text));
}

/* "data sudoku" -> data-sudoku, as pages are called. */
static void put_page(const char *command) {
    for (; *command; command++) {
        if (*command == ' ' || *command == '-') fputs("\\-", stdout);
        else putchar(*command);
    }
}

/* A section of lines as they stand. */
static void put_examples(const char *lines) {
    puts(".SH EXAMPLES\n.nf");
    while (*lines) {
        size_t size = strcspn(lines, "\n");
        const char *line = lines;
        size_t indent = strspn(line, " ");
        put_text(line + indent, size - indent);
        putchar('\n');
        lines += size + (lines[size] == '\n');
    }
    puts(".fi");
}

static void put_option(const app_option *o) {
    printf(".TP\n\\fB\\-\\-");
    put(o->name);
    printf("\\fR");
    if (o->value) {
        printf(" \\fI");
        put(o->value);
        printf("\\fR");
    }
    putchar('\n');
    put(o->help);
    puts(".");
}

static void put_common(const char *see) {
    puts(
        ".SH EXIT STATUS\n0 done, 1 failed (or a puzzle is not solved), 2 wrong usage, 130 "
        "interrupted (training saves first).\n"
        ".SH ENVIRONMENT\n.TP\n\\fBHRM_THREADS\\fR, \\fBHRM_ISA\\fR\nStand in for "
        "\\fB\\-\\-threads\\fR and \\fB\\-\\-isa\\fR where these are not given.\n"
        ".TP\n\\fBHRM_MODEL\\fR\nThe model of \\fBhrm solve\\fR and \\fBhrm eval\\fR where none is "
        "given.\n"
        ".TP\n\\fBNO_COLOR\\fR\nWhen set, drawings are without colour.");
    printf(".SH SEE ALSO\n%s\n", see);
}

static void put_command(const app_command *c) {
    printf(".TH \"HRM\\-");
    for (const char *p = c->name; *p; p++) {
        char upper = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
        if (upper == ' ' || upper == '-') fputs("\\-", stdout);
        else putchar(upper);
    }
    printf("\" 1 \"\" \"hrm %s\" \"hrm\"\n.SH NAME\nhrm\\-", hrm_version());
    put_page(c->name);
    printf(" \\- ");
    put(c->summary);
    printf("\n.SH SYNOPSIS\n\\fBhrm ");
    put(c->name);
    printf("\\fR ");
    put(c->usage);
    printf(" [\\fIoptions\\fR]\n.SH DESCRIPTION\n");
    put(*c->detail ? c->detail : c->summary);
    if (!*c->detail) putchar('.');
    puts("\n.SH OPTIONS");
    for (size_t i = 0; app_option_at(c, i); i++) put_option(app_option_at(c, i));
    put_examples(c->examples);
    put_common("\\fBhrm\\fR(1)");
}

static void put_program(void) {
    printf(".TH HRM 1 \"\" \"hrm %s\" \"hrm\"\n", hrm_version());
    puts(".SH NAME\nhrm \\- train, evaluate and use recursive reasoning models\n"
         ".SH SYNOPSIS\n\\fBhrm\\fR \\fIcommand\\fR [\\fIarguments\\fR] [\\fIoptions\\fR]\n"
         ".SH DESCRIPTION\nHierarchical (HRM) and tiny (TRM) recursive reasoning models are small "
         "networks that learn hard puzzles from about a thousand examples. Every command has a "
         "page of its own and \\fB\\-\\-help\\fR.\n.SH COMMANDS");
    for (const app_command *c = app_command_next(NULL); c; c = app_command_next(c)) {
        printf(".TP\n\\fBhrm\\-");
        put_page(c->name);
        printf("\\fR(1)\n");
        put(c->summary);
        puts(".");
    }
    puts(".SH OPTIONS\n.TP\n\\fB\\-\\-version\\fR [\\fB\\-\\-json\\fR]\nSay the version and, as "
         "JSON, the kernels this processor runs.\n.TP\n\\fB\\-\\-help\\fR\nList the commands.");
    put_common("The library's interface: \\fI/usr/include/hrm.h\\fR.");
}

int cmd_manual(const app_args *args) {
    if (!args->count) {
        put_program();
        return 0;
    }
    const app_command *c =
        app_command_find(args->words[0], args->count > 1 ? args->words[1] : NULL);
    if (!c)
        return app_usage_error("%s%s%s: no such command; see hrm --help", args->words[0],
                               args->count > 1 ? " " : "", args->count > 1 ? args->words[1] : "");
    put_command(c);
    return 0;
}
