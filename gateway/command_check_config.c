#include <getopt.h>
#include <stdio.h>

#include "gateway/command.h"

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
            return fputs(command_check_config.usage, stdout) < 0 ? EXIT_NOT_NOW : EXIT_DONE;
        if (option != 'c')
            return EXIT_USAGE;
        path = optarg;
    }
    if (optind < argc)
        path = argv[optind++];
    if (optind < argc)
        return command_misuse(&command_check_config, "too many arguments");
    err = settings_load(path, &settings, &fault);
    if (err == ERR_OK)
        err = settings_check(settings, &fault);
    settings_free(settings);
    if (err == ERR_OK)
        return EXIT_DONE;
    (void)command_fail(&command_check_config, &fault);
    return EXIT_USAGE;
}

const struct command command_check_config = {
    .name = "check-config",
    .summary = "say whether the configuration is sound",
    .usage = "usage: evroll-gateway check-config [--config FILE | FILE]\n"
             "\n"
             "  --config FILE   default " COMMAND_CONFIG_DEFAULT "\n"
             "\n"
             "Says nothing when all is well. Exit codes: 0 sound, 2 not.\n",
    .run = run,
};
