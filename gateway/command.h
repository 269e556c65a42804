/*
 * command: the subcommands of evroll-gateway. Each is a file command_NAME.c that defines a
 * `const struct command`; gateway_main.c holds them in one table that drives dispatch and help.
 */
#ifndef EVROLL_GATEWAY_COMMAND_H
#define EVROLL_GATEWAY_COMMAND_H

#include "gateway/settings.h"
#include "shared/err.h"

/* Exit codes of every program of the product. */
enum { EXIT_DONE = 0, EXIT_NO = 1, EXIT_USAGE = 2, EXIT_NOT_NOW = 3 };

struct command {
    const char *name;
    const char *summary;               /* one line for the list */
    const char *usage;                 /* the text of --help */
    int (*run)(int argc, char **argv); /* argv[0] is the subcommand's name; returns an exit code */
};

extern const struct command command_run;
extern const struct command command_check_config;
extern const struct command command_journal;
extern const struct command command_rejects;

#define COMMAND_CONFIG_DEFAULT "/etc/evroll/gateway.yaml"

/* Prints "evroll-gateway NAME: …" on stderr and gives the exit code for the fault: 2 for what the
 * user wrote, 3 for what may go better later. */
int command_fail(const struct command *command, const struct fault *fault);

/* Prints what is wrong with the arguments and where the help is. Gives EXIT_USAGE. */
int command_misuse(const struct command *command, const char *what);

#endif
