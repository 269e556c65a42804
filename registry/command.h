/*
 * command: the subcommands of evroll-registry. Each is one file registry/command_NAME.c that
 * defines a `const struct command`; registry_main.c holds them in one table that drives dispatch
 * and help.
 */
#ifndef EVROLL_REGISTRY_COMMAND_H
#define EVROLL_REGISTRY_COMMAND_H

#include "registry/context.h"
#include "shared/err.h"

/* Exit codes of every program of the product. */
enum { EXIT_DONE = 0, EXIT_NO = 1, EXIT_USAGE = 2, EXIT_NOT_NOW = 3 };

struct command {
    const char *name;                  /* "import" */
    const char *summary;               /* one line for the list */
    const char *usage;                 /* the text of --help */
    int (*run)(int argc, char **argv); /* argv[0] is the subcommand's name; returns an exit code */
};

extern const struct command command_serve;
extern const struct command command_migrate;
extern const struct command command_copy;
extern const struct command command_import;
extern const struct command command_compliance;
extern const struct command command_findings;
extern const struct command command_token;
extern const struct command command_freight;
extern const struct command command_verify_log;
extern const struct command command_projection;
extern const struct command command_replacements;
extern const struct command command_list;
extern const struct command command_avoided;
extern const struct command command_what_if;
extern const struct command command_user;
extern const struct command command_snapshot;
extern const struct command command_retention;

/* "sqlite:/var/lib/evroll/registry.db", or EVROLL_DB from the environment. */
const char *command_default_db(void);

/* Who works here, for versions and the audit log: "root (command)". */
void command_author(char *out, size_t size);

/* Opens the database, checks its schema, loads the plans (`plan_dir` NULL: the built-in ones). */
enum err command_context_open(const char *db_url, const char *plan_dir,
                              struct registry_context *context, struct fault *fault) ERR_CHECKED;
void command_context_close(struct registry_context *context);

/* Prints "evroll-registry NAME: what, where, what to do" on stderr and gives the exit code for the
 * fault. */
int command_fail(const char *name, const struct fault *fault);

#endif
