#include "gateway/command.h"

#include <stdio.h>

int command_fail(const struct command *command, const struct fault *fault)
{
    fprintf(stderr, "evroll-gateway %s: %s\n", command->name, fault->text);
    return fault->code == ERR_INPUT ? EXIT_USAGE : EXIT_NOT_NOW;
}

int command_misuse(const struct command *command, const char *what)
{
    fprintf(stderr, "evroll-gateway %s: %s; see evroll-gateway %s --help\n", command->name, what,
            command->name);
    return EXIT_USAGE;
}
