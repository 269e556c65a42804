/*
 * evroll-unit: a reference onboard unit, for demonstrations, load and tests. Sends a recording
 * (`replay`) or a simulated fleet (`simulate`) through the gateway and says what was acknowledged.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/crc32c.h"
#include "shared/log.h"
#include "shared/when.h"
#include "tests/unit_tool/settings.h"

/* Set by SIGTERM and SIGINT: stop sending, wait for what is in flight. */
static volatile sig_atomic_t stop_asked;

static void on_stop(int number)
{
    (void)number;
    stop_asked = 1;
}

static void print_signals(void)
{
    for (int id = 0; id < SIGNAL_COUNT; id++) {
        const struct signal_def *def = signal_def((enum signal_id)id);
        printf("%-9s %-6s %s\n", def->name, def->unit, def->meaning);
    }
}

static int fail(const struct fault *fault)
{
    fprintf(stderr, "evroll-unit: %s\n", fault->text);
    return fault->code == ERR_INPUT || fault->code == ERR_CONFLICT || fault->code == ERR_NOT_FOUND
               ? EXIT_USAGE
               : EXIT_NOT_NOW;
}

static enum err open_source(const struct settings *s, struct source **source, struct fault *fault)
{
    if (s->simulate) {
        *source = fleet_open(&s->fleet);
        return ERR_OK;
    }
    return replay_open(&s->replay, source, fault);
}

/* Every settings that decides which messages there are: a resume file belongs to one such set. */
static uint64_t fingerprint(const struct settings *s)
{
    char text[1024];
    int len = snprintf(
        text, sizeof text,
        "%d|%s|%s|%" PRId64 "|%u|%s|%u|%" PRIu64 "|%" PRId64 "|%" PRId64 "|%" PRId64 "|%u|%d",
        s->simulate, s->simulate ? "" : s->replay.mapping_file,
        s->simulate ? "" : s->replay.recording_file, s->replay.start_ms, s->replay.copies,
        s->fleet.prefix, s->fleet.units, s->fleet.seed, s->fleet.start_ms, s->fleet.duration_ms,
        s->fleet.interval_ms, s->run.samples_per_message, encoder_logs_in(&s->run.encoder));

    return crc32c(0, text, (size_t)len < sizeof text ? (size_t)len : sizeof text - 1);
}

static int list_units(const struct settings *s)
{
    struct source *source = NULL;
    struct tally *seen = NULL;
    struct reading reading;
    struct fault fault = {0};
    enum err err = open_source(s, &source, &fault);

    if (err == ERR_OK)
        err = tally_open(NULL, 0, &seen, &fault);
    while (err == ERR_OK) {
        struct tally_unit *unit = NULL;
        err = source_next(source, &reading, &fault);
        if (err != ERR_OK)
            break;
        err = tally_get(seen, reading.unit, &unit, &fault);
        if (s->simulate && tally_count(seen) == s->fleet.units)
            err = ERR_NOT_FOUND; /* a fleet names them all in its first round */
    }
    for (size_t i = 0; seen != NULL && i < tally_count(seen); i++)
        puts(tally_at(seen, i)->unit);
    tally_close(seen);
    source_close(source);
    return err == ERR_NOT_FOUND ? EXIT_DONE : fail(&fault);
}

static enum err write_report(const char *path, const struct runner_result *result,
                             const struct tally *tally, struct fault *fault)
{
    FILE *file = fopen(path, "we");

    if (file == NULL)
        return fault_set(fault, ERR_IO, "%s: %m", path);
    fprintf(file,
            "{\"sent\": %" PRIu64 ", \"acknowledged\": %" PRIu64 ", \"refused\": %" PRIu64
            ", \"samples_acknowledged\": %" PRIu64 ", \"skipped\": %" PRIu64
            ", \"reconnects\": %" PRIu64 ", \"elapsed_ms\": %" PRId64 ",\n \"units\": {",
            result->sent, result->acknowledged, result->refused, result->samples_acknowledged,
            result->skipped, result->reconnects, result->elapsed_ms);
    for (size_t i = 0; i < tally_count(tally); i++) {
        const struct tally_unit *unit = tally_at(tally, i);
        char at[WHEN_INSTANT_TEXT];
        when_instant_format(unit->last_at_ms, at);
        fprintf(file,
                "%s\n  \"%s\": {\"sent\": %" PRIu64 ", \"acknowledged\": %" PRIu64
                ", \"refused\": %" PRIu64 ", \"samples_acknowledged\": %" PRIu64
                ", \"last_at\": \"%s\"}",
                i > 0 ? "," : "", unit->unit, unit->sent, unit->acknowledged, unit->refused,
                unit->samples_acknowledged, at);
    }
    fprintf(file, "}}\n");
    if (fclose(file) != 0)
        return fault_set(fault, ERR_IO, "%s: %m", path);
    return ERR_OK;
}

static void print_result(const struct settings *s, const struct source *source,
                         const struct runner_result *result)
{
    const char *first = NULL;
    uint64_t bad_rows = s->simulate ? 0 : replay_skipped(source, &first);

    printf("sent %" PRIu64 "  acknowledged %" PRIu64 "  refused %" PRIu64
           "  samples acknowledged %" PRIu64 "  in %.1f s (%.0f messages/s)\n",
           result->sent, result->acknowledged, result->refused, result->samples_acknowledged,
           (double)result->elapsed_ms / 1000,
           result->elapsed_ms > 0 ? (double)result->acknowledged * 1000 / (double)result->elapsed_ms
                                  : 0.0);
    if (result->skipped > 0)
        printf("acknowledged in earlier runs and not sent again: %" PRIu64 "\n", result->skipped);
    if (bad_rows > 0)
        printf("rows of the recording passed over: %" PRIu64 " (first: %s)\n", bad_rows, first);
}

static int run(const struct settings *s)
{
    struct source *source = NULL;
    struct tally *tally = NULL;
    struct runner_result result = {0};
    struct fault fault = {0};
    enum err err = open_source(s, &source, &fault);

    if (err == ERR_OK)
        err = tally_open(s->resume_file, fingerprint(s), &tally, &fault);
    if (err == ERR_OK) {
        err = runner_run(&s->run, source, tally, &result, &fault);
        if (err == ERR_OK || result.sent > 0)
            print_result(s, source, &result);
        if (s->report_file != NULL) {
            struct fault report_fault = {0};
            enum err written = write_report(s->report_file, &result, tally, &report_fault);
            if (err == ERR_OK && written != ERR_OK) {
                err = written;
                fault = report_fault;
            }
        }
    }
    tally_close(tally);
    source_close(source);
    if (err == ERR_TIMEOUT) {
        fprintf(stderr, "evroll-unit: %s\n", fault.text);
        return EXIT_NO;
    }
    if (err == ERR_OK && result.refused > 0)
        return EXIT_NO;
    return err == ERR_OK ? EXIT_DONE : fail(&fault);
}

static void catch_stop_signals(void)
{
    struct sigaction action = {.sa_handler = on_stop};

    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static int command(const struct settings *s)
{
    struct fault fault = {0};

    if (s->register_dir != NULL)
        return fleet_write_register(&s->fleet, s->register_dir, &fault) == ERR_OK ? EXIT_DONE
                                                                                  : fail(&fault);
    if (s->list_units)
        return list_units(s);
    catch_stop_signals();
    return run(s);
}

int main(int argc, char **argv)
{
    struct settings s;
    int status = EXIT_DONE;

    settings_default(&s);
    s.run.stop = &stop_asked;
    if (argc < 2)
        return settings_wrong("%s", "a command is missing: replay or simulate");
    if (strcmp(argv[1], "--help") == 0)
        settings_help();
    else if (strcmp(argv[1], "--version") == 0)
        printf("evroll-unit %s\n", EVROLL_VERSION);
    else if (strcmp(argv[1], "--signals") == 0)
        print_signals();
    else if (strcmp(argv[1], "replay") != 0 && strcmp(argv[1], "simulate") != 0)
        status = settings_wrong("there is no command \"%s\"", argv[1]);
    else {
        s.simulate = strcmp(argv[1], "simulate") == 0;
        status = settings_parse(&s, argc - 1, argv + 1);
        if (status != EXIT_DONE)
            return status;
        s.run.progress = !s.quiet && isatty(STDERR_FILENO);
        status = command(&s);
    }
    return status;
}
