#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/command.h"
#include "gateway/decode/rejects.h"
#include "shared/unit.h"
#include "shared/when.h"

struct request {
    const char *config;
    struct rejects_filter filter;
    bool json;
};

static void print_line(void *arg, const struct reject_line *line, const char *text, size_t len)
{
    const struct request *request = arg;

    if (request->json) {
        (void)fwrite(text, 1, len, stdout);
        (void)fputc('\n', stdout);
        return;
    }
    printf("%s  %-12" PRIu64 " %-20s %-10s %-18s byte %" PRIu64 " of %zu: %s\n", line->received,
           line->position, line->unit, line->format, line->reason, line->at_byte, line->payload_len,
           line->detail);
}

static bool take_since(const char *text, int64_t *since_ms)
{
    int32_t day = 0;

    if (when_instant_parse(text, since_ms))
        return true;
    if (!when_day_parse(text, &day))
        return false;
    *since_ms = day * WHEN_DAY_MS - WHEN_ZONE_MS; /* a civil day in China */
    return true;
}

/* EXIT_DONE: go on; -1: help was asked for. */
static int take_arguments(int argc, char **argv, struct request *request)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'}, {"unit", required_argument, NULL, 'u'},
        {"since", required_argument, NULL, 's'},  {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},         {0}};
    int option = 0;

    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread yet */
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h')
            return -1;
        if (option == '?')
            return EXIT_USAGE;
        if (option == 'c')
            request->config = optarg;
        else if (option == 'j')
            request->json = true;
        else if (option == 'u')
            request->filter.unit = optarg;
        else if (!take_since(optarg, &request->filter.since_ms))
            return command_misuse(&command_rejects,
                                  "--since takes a time (2025-06-30T08:00:00Z) or a day");
    }
    return optind < argc ? command_misuse(&command_rejects, "too many arguments") : EXIT_DONE;
}

static enum err show(struct request *request, struct fault *fault)
{
    struct settings *settings = NULL;
    enum err err = settings_load(request->config, &settings, fault);

    if (err != ERR_OK)
        return err;
    err = rejects_each(settings->rejects_dir, &request->filter, print_line, request, fault);
    settings_free(settings);
    return err == ERR_NOT_FOUND ? ERR_OK : err; /* nothing has been refused yet */
}

static int run(int argc, char **argv)
{
    struct request request = {.config = COMMAND_CONFIG_DEFAULT, .filter = {.since_ms = INT64_MIN}};
    struct fault fault = {0};
    int code = take_arguments(argc, argv, &request);

    if (code < 0)
        return fputs(command_rejects.usage, stdout) < 0 ? EXIT_NOT_NOW : EXIT_DONE;
    if (code != EXIT_DONE)
        return code;
    return show(&request, &fault) == ERR_OK ? EXIT_DONE : command_fail(&command_rejects, &fault);
}

const struct command command_rejects = {
    .name = "rejects",
    .summary = "show the payloads that were refused, and why",
    .usage = "usage: evroll-gateway rejects [--config FILE] [--unit UNIT] [--since TIME] [--json]\n"
             "\n"
             "  --config FILE   default " COMMAND_CONFIG_DEFAULT "\n"
             "  --unit UNIT     of this unit only\n"
             "  --since TIME    that arrived at or after TIME (RFC 3339, or a day YYYY-MM-DD)\n"
             "  --json          a line of JSON each, with the raw bytes as base64url\n"
             "\n"
             "Exit codes: 0 done, 2 wrong usage or configuration, 3 could not be read now.\n",
    .run = run,
};
