/* cmd_completion.c - hrm completion: scripts for shells out of the tables of commands and options.
 *
 * What a word may be is read off the tables: "a|b|c" in a usage is a choice, a value called DIR a
 * folder, one called N or such nothing that a shell could know, anything else a file. */
#include <stdio.h>
#include <string.h>

#include "commands.h"

typedef enum word_kind { WORD_NONE, WORD_DIR, WORD_FILE } word_kind;

static word_kind kind_of(const app_option *o) {
    static const char *const files[] = {"FILE", "DATA", "MODEL", "PATH", "TASKS", NULL};
    if (!o->value) return WORD_NONE;
    if (strstr(o->value, "DIR")) return WORD_DIR;
    for (int i = 0; files[i]; i++)
        if (strstr(o->value, files[i])) return WORD_FILE;
    return WORD_NONE;
}

/* The length of the choices that a command's first word has, "gemm|kernels"; 0: it has none. */
static size_t choices_of(const app_command *c) {
    size_t size = strcspn(c->usage, " ");
    bool words = strspn(c->usage, "abcdefghijklmnopqrstuvwxyz|") >= size;
    return words && memchr(c->usage, '|', size) ? size : 0;
}

static void put_choices(const app_command *c) {
    size_t size = choices_of(c);
    for (size_t i = 0; i < size; i++) putchar(c->usage[i] == '|' ? ' ' : c->usage[i]);
}

/* Text within 'quotes' of a shell; zsh's descriptions also keep [ ] and : to themselves. */
static void put_quoted(const char *text, bool zsh) {
    for (; *text; text++) {
        if (*text == '\'') fputs("'\\''", stdout);
        else if (zsh && strchr("[]:\\", *text)) printf("\\%c", *text);
        else putchar(*text);
    }
}

/* First words of commands, or the second words that follow `first`. */
static void put_names(const char *first) {
    char last[32] = "";
    for (const app_command *c = app_command_next(NULL); c; c = app_command_next(c)) {
        size_t size = strcspn(c->name, " ");
        bool same = first && strlen(first) == size && !memcmp(first, c->name, size);
        if (first && same && c->name[size]) printf(" %s", c->name + size + 1);
        if (first || (strlen(last) == size && !memcmp(last, c->name, size))) continue;
        snprintf(last, sizeof last, "%.*s", (int)size, c->name);
        printf(" %s", last);
    }
}

/* Its words after the recipe are settings. */
static bool takes_keys(const app_command *c) {
    return strstr(c->usage, "key=value");
}

static void put_keys(void) {
    for (size_t i = 0; hrm_recipe_keys(i); i++) printf(" %s=", hrm_recipe_keys(i)->name);
}

static void put_value(const app_option *o) {
    static const char *const words[] = {"COMPREPLY=(); compopt +o default; return",
                                        "COMPREPLY=($(compgen -d -- \"$cur\")); return", "return"};
    if (o->value) printf("    --%s) %s ;;\n", o->name, words[kind_of(o)]);
}

static void bash(void) {
    puts("# bash completion for hrm; made by `hrm completion bash`\n"
         "_hrm() {\n"
         "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
         "    local command=${COMP_WORDS[1]} at=2 words= options=\n"
         "    COMPREPLY=()");
    printf("    if ((COMP_CWORD == 1)); then\n        words='help --help --version");
    put_names(NULL);
    printf(
        "'\n    elif [[ $command == data ]]; then\n        command=\"data ${COMP_WORDS[2]}\" at=3\n"
        "        ((COMP_CWORD > 2)) || words='");
    put_names("data");
    puts("'\n    fi\n    case $command in");
    for (const app_command *c = app_command_next(NULL); c; c = app_command_next(c)) {
        printf("    '%s')\n        options='", c->name);
        for (size_t i = 0; app_option_at(c, i); i++) printf(" --%s", app_option_at(c, i)->name);
        puts("'");
        if (choices_of(c)) {
            printf("        ((COMP_CWORD != at)) || words='");
            put_choices(c);
            puts("'");
        }
        if (takes_keys(c)) {
            printf("        ((COMP_CWORD == at)) || words='");
            put_keys();
            puts("'");
        }
        puts("        ;;");
    }
    puts("    esac\n    case $prev in");
    for (const app_command *c = app_command_next(NULL); c; c = app_command_next(c))
        for (size_t i = 0; app_option_at(c, i); i++) put_value(app_option_at(c, i));
    puts("    esac\n    ((COMP_CWORD == 1)) || [[ $cur != -* ]] || words=$options\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
         "    [[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null\n"
         "}\n"
         "complete -o default -F _hrm hrm");
}

static void zsh_command(const app_command *c) {
    static const char *const actions[] = {" ", "_files -/", "_files"};
    printf("    '%s')\n        _arguments", c->name);
    for (size_t i = 0; app_option_at(c, i); i++) {
        const app_option *o = app_option_at(c, i);
        printf(" \\\n            '--%s[", o->name);
        put_quoted(o->help, true);
        printf("]");
        if (o->value) printf(":%s:%s", o->value, actions[kind_of(o)]);
        printf("'");
    }
    if (choices_of(c)) {
        printf(" \\\n            ':what:(");
        put_choices(c);
        printf(")'");
    } else if (takes_keys(c)) {
        printf(" \\\n            ':recipe:_files' '*:key:compadd -S \"\" --");
        put_keys();
        printf("'");
    } else printf(" \\\n            '*:file:_files'");
    puts("\n        ;;");
}

static void zsh(void) {
    printf("#compdef hrm\n# zsh completion for hrm; made by `hrm completion zsh`\n"
           "local command\n"
           "if ((CURRENT == 2)); then\n    compadd -- help --help --version");
    put_names(NULL);
    printf("\n    return\nfi\ncommand=$words[2]\n"
           "if [[ $command == data ]]; then\n    if ((CURRENT == 3)); then\n        compadd --");
    put_names("data");
    puts("\n        return\n    fi\n    command=\"data $words[3]\"\n    shift words\n    "
         "((CURRENT--))\nfi\n"
         "shift words\n((CURRENT--))\ncase $command in");
    for (const app_command *c = app_command_next(NULL); c; c = app_command_next(c)) zsh_command(c);
    puts("esac");
}

static void fish(void) {
    printf("# fish completion for hrm; made by `hrm completion fish`\n"
           "function __hrm_at --description 'the words so far are exactly these'\n"
           "    test \"$(commandline -opc | string join ' ')\" = \"$argv\"\n"
           "end\n"
           "function __hrm_in --description 'the command so far begins with these'\n"
           "    set -l words (commandline -opc)\n"
           "    test \"$words[1..$(count $argv)]\" = \"$argv\"\n"
           "end\n"
           "complete -c hrm -n '__hrm_at hrm' -f -a 'help");
    put_names(NULL);
    printf("'\ncomplete -c hrm -n '__hrm_at hrm' -l help -d 'list the commands'\n"
           "complete -c hrm -n '__hrm_at hrm' -l version -d 'version and kernels'\n"
           "complete -c hrm -n '__hrm_at hrm data' -f -a '");
    put_names("data");
    puts("'");
    for (const app_command *c = app_command_next(NULL); c; c = app_command_next(c)) {
        for (size_t i = 0; app_option_at(c, i); i++) {
            static const char *const takes[] = {" -x", " -x -a '(__fish_complete_directories)'",
                                                " -r -F"};
            const app_option *o = app_option_at(c, i);
            printf("complete -c hrm -n '__hrm_in hrm %s' -l %s%s -d '", c->name, o->name,
                   o->value ? takes[kind_of(o)] : "");
            put_quoted(o->help, false);
            puts("'");
        }
        if (!choices_of(c)) continue;
        printf("complete -c hrm -n '__hrm_at hrm %s' -f -a '", c->name);
        put_choices(c);
        puts("'");
    }
    for (const app_command *c = app_command_next(NULL); c; c = app_command_next(c)) {
        if (!takes_keys(c)) continue;
        printf("complete -c hrm -n '__hrm_in hrm %s' -a '", c->name);
        put_keys();
        puts("'");
    }
}

/* Every command as its manual page calls it. */
static void commands(void) {
    for (const app_command *c = app_command_next(NULL); c; c = app_command_next(c)) {
        for (const char *p = c->name; *p; p++) putchar(*p == ' ' ? '-' : *p);
        putchar('\n');
    }
}

int cmd_completion(const app_args *args) {
    const char *shell = args->words[0];
    if (!strcmp(shell, "bash")) bash();
    else if (!strcmp(shell, "zsh")) zsh();
    else if (!strcmp(shell, "fish")) fish();
    else if (!strcmp(shell, "commands")) commands(); /* for make install */
    else
        return app_usage_error("%s: no completion for this shell; bash, zsh and fish have one",
                               shell);
    return 0;
}
