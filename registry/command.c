#include "registry/command.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "registry/plans/plan.h"

#define DEFAULT_DB "sqlite:/var/lib/evroll/registry.db"

static const int exit_codes[ERR_COUNT] = {
    [ERR_OK] = EXIT_DONE,
    [ERR_INPUT] = EXIT_USAGE,
    [ERR_NOT_FOUND] = EXIT_NO,
    [ERR_CONFLICT] = EXIT_NO,
    [ERR_DENIED] = EXIT_NO,
    [ERR_FULL] = EXIT_NOT_NOW,
    [ERR_BUSY] = EXIT_NOT_NOW,
    [ERR_IO] = EXIT_NOT_NOW,
    [ERR_PEER] = EXIT_NOT_NOW,
    [ERR_TIMEOUT] = EXIT_NOT_NOW,
    [ERR_UNKNOWN_OUTCOME] = EXIT_NOT_NOW,
    [ERR_STOPPED] = EXIT_NOT_NOW,
};

const char *command_default_db(void)
{
    const char *given = secure_getenv("EVROLL_DB");

    return given != NULL && given[0] != '\0' ? given : DEFAULT_DB;
}

void command_author(char *out, size_t size)
{
    struct passwd entry;
    struct passwd *found = NULL;
    char text[1024];

    if (getpwuid_r(getuid(), &entry, text, sizeof text, &found) == 0 && found != NULL)
        snprintf(out, size, "%.50s (command)", entry.pw_name);
    else
        snprintf(out, size, "uid %u (command)", (unsigned)getuid());
}

enum err command_context_open(const char *db_url, const char *plan_dir,
                              struct registry_context *context, struct fault *fault)
{
    struct plan_set *plans = NULL;
    enum err err = sql_open(db_url, &context->db, fault);

    if (err != ERR_OK)
        return err;
    err = store_check_schema(context->db, fault);
    if (err == ERR_OK)
        err = plan_set_load(plan_dir, &plans, fault);
    context->plans = plans;
    context->clock = &clock_system;
    if (err != ERR_OK)
        command_context_close(context);
    return err;
}

void command_context_close(struct registry_context *context)
{
    plan_set_free((struct plan_set *)context->plans);
    sql_close(context->db);
    *context = (struct registry_context){.db = NULL};
}

int command_fail(const char *name, const struct fault *fault)
{
    fprintf(stderr, "evroll-registry %s: %s\n", name, fault->text);
    return exit_codes[fault->code];
}
