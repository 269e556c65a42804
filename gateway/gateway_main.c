/* evroll-gateway: dispatch and help. */
#include <stdio.h>
#include <string.h>

#include "gateway/command.h"

static const struct command *const commands[] = {&command_run, &command_check_config,
                                                 &command_journal, &command_rejects};

#define COMMANDS (sizeof commands / sizeof commands[0])

static void print_help(FILE *out)
{
    fputs("usage: evroll-gateway COMMAND [OPTION…]\n\n", out);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-14s %s\n", commands[i]->name, commands[i]->summary);
    fputs("\n  evroll-gateway COMMAND --help says more; --version gives the version.\n", out);
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";

    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        print_help(stdout);
        return EXIT_DONE;
    }
    if (strcmp(word, "--version") == 0) {
        puts("evroll-gateway " EVROLL_VERSION);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(word, commands[i]->name) == 0)
            return commands[i]->run(argc - 1, argv + 1);
    if (argc > 1)
        fprintf(stderr, "evroll-gateway: there is no command \"%s\"; see --help\n", word);
    else
        print_help(stderr);
    return EXIT_USAGE;
}
