#include <getopt.h>
#include <stdio.h>

#include "gateway/command.h"
#include "gateway/service.h"
#include "shared/log.h"

static int run(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *path = COMMAND_CONFIG_DEFAULT;
    struct settings *settings = NULL;
    struct fault fault = {0};
    enum err err = ERR_OK;
    int option = 0;

    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread yet */
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h')
            return fputs(command_run.usage, stdout) < 0 ? EXIT_NOT_NOW : EXIT_DONE;
        if (option != 'c')
            return EXIT_USAGE;
        path = optarg;
    }
    if (optind < argc)
        return command_misuse(&command_run, "too many arguments");
    err = settings_load(path, &settings, &fault);
    if (err == ERR_OK)
        err = settings_check(settings, &fault);
    if (err == ERR_OK) {
        log_set_level((enum log_level)(settings->log.level - 1));
        err = service_run(settings, &fault);
    }
    settings_free(settings);
    return err == ERR_OK ? EXIT_DONE : command_fail(&command_run, &fault);
}

const struct command command_run = {
    .name = "run",
    .summary = "decode what the journal holds and send it to the registry",
    .usage = "usage: evroll-gateway run [--config FILE]\n"
             "\n"
             "  --config FILE   default " COMMAND_CONFIG_DEFAULT "\n"
             "\n"
             "Ends on SIGTERM and SIGINT; what was under way is sent again at the next start.\n"
             "Exit codes: 0 stopped, 2 wrong usage or configuration, 3 could not be done now.\n",
    .run = run,
};
