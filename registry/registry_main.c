/* evroll-registry: the registry service and its administration. One table of commands drives the
 * dispatch and the help. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "registry/command.h"

static const struct command *const commands[] = {
    &command_serve,      &command_migrate,    &command_copy,         &command_import,
    &command_compliance, &command_freight,    &command_findings,     &command_token,
    &command_verify_log, &command_projection, &command_replacements, &command_list,
    &command_avoided,    &command_what_if,    &command_user,         &command_snapshot,
    &command_retention,
};

#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static void print_help(FILE *out)
{
    fputs("usage: evroll-registry COMMAND [OPTION…]\n\n", out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-12s %s\n", commands[i]->name, commands[i]->summary);
    fputs("\n"
          "evroll-registry COMMAND --help says more; so does man evroll-registry.\n"
          "Exit codes: 0 done, 1 the answer is no, 2 wrong usage or configuration, 3 not now.\n",
          out);
}

static const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static bool has_word(int argc, char **argv, const char *word)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], word) == 0)
            return true;
    return false;
}

static int finish(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    fprintf(stderr, "evroll-registry: the output could not be written: %m\n");
    return EXIT_NOT_NOW;
}

int main(int argc, char **argv)
{
    const struct command *command = argc < 2 ? NULL : command_find(argv[1]);

    if (command != NULL && has_word(argc - 1, argv + 1, "--help")) {
        fputs(command->usage, stdout);
        return finish(EXIT_DONE);
    }
    if (command != NULL)
        return finish(command->run(argc - 1, argv + 1));
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)) {
        print_help(stdout);
        return finish(EXIT_DONE);
    }
    if (argc >= 2 && strcmp(argv[1], "--version") == 0) {
        puts("evroll-registry " EVROLL_VERSION);
        return finish(EXIT_DONE);
    }
    if (argc >= 2)
        fprintf(stderr, "evroll-registry: there is no command \"%s\"; see --help\n", argv[1]);
    else
        print_help(stderr);
    return EXIT_USAGE;
}
