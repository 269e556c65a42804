/*
 * evroll-unit: a reference onboard unit, for demonstrations, load and tests. Sends a recording
 * (`replay`) or a simulated fleet (`simulate`) through the gateway and says what was acknowledged.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/crc32c.h"
#include "shared/log.h"
#include "shared/when.h"
#include "tests/unit_tool/fleet.h"
#include "tests/unit_tool/replay.h"
#include "tests/unit_tool/runner.h"

enum { EXIT_DONE = 0, EXIT_NO = 1, EXIT_USAGE = 2, EXIT_NOT_NOW = 3 };

struct settings {
    struct runner_options run;
    struct replay_options replay;
    struct fleet_options fleet;
    bool simulate;
    bool list_units, quiet;
    const char *resume_file, *report_file, *register_dir;
};

/* Set by SIGTERM and SIGINT: stop sending, wait for what is in flight. */
static volatile sig_atomic_t stop_asked;

static void on_stop(int number)
{
    (void)number;
    stop_asked = 1;
}

/* ---- options: one table for parsing and help ---- */

typedef bool option_set(struct settings *s, const char *value);

static bool parse_unsigned(const char *text, uint64_t most, uint64_t *number)
{
    char *end = NULL;

    errno = 0;
    *number = strtoull(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && text[0] != '-' && *number <= most;
}

static bool set_count(const char *text, uint64_t least, uint64_t most, unsigned *into)
{
    uint64_t number = 0;

    if (!parse_unsigned(text, most, &number) || number < least)
        return false;
    *into = (unsigned)number;
    return true;
}

/* "90", "90s", "15m", "2h", "1d" */
static bool parse_duration(const char *text, int64_t *ms)
{
    static const struct {
        const char *suffix;
        double seconds;
    } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
    char *end = NULL;
    double number = strtod(text, &end);

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (end != text && strcmp(end, units[i].suffix) == 0 && number > 0 && number < 1e7) {
            *ms = llround(number * units[i].seconds * 1000);
            return *ms > 0;
        }
    return false;
}

static bool set_host(struct settings *s, const char *v)
{
    s->run.link.host = v;
    return *v != '\0';
}

static bool set_port(struct settings *s, const char *v)
{
    unsigned port = 0;
    bool ok = set_count(v, 1, 65535, &port);

    s->run.link.port = (int)port;
    return ok;
}

static bool set_pki(struct settings *s, const char *v)
{
    s->run.link.pki = v;
    return true;
}

static bool set_mqtt(struct settings *s, const char *v)
{
    s->run.link.version = strcmp(v, "5") == 0 ? 5 : 4;
    return strcmp(v, "5") == 0 || strcmp(v, "3.1.1") == 0;
}

static bool set_format(struct settings *s, const char *v)
{
    s->run.link.format = format_parse(v, strlen(v));
    return s->run.link.format == FORMAT_SENML_JSON || s->run.link.format == FORMAT_SENML_CBOR;
}

static bool set_speed(struct settings *s, const char *v)
{
    char *end = NULL;

    if (strcmp(v, "realtime") == 0 || strcmp(v, "max") == 0) {
        s->run.speed = strcmp(v, "max") == 0 ? 0 : 1;
        return true;
    }
    s->run.speed = strtod(v, &end);
    return end != v && *end == '\0' && s->run.speed > 0 && isfinite(s->run.speed);
}

static bool set_samples(struct settings *s, const char *v)
{
    return set_count(v, 1, 1000, &s->run.samples_per_message);
}

static bool set_window(struct settings *s, const char *v)
{
    return set_count(v, 1, 65535, &s->run.link.window);
}

static bool set_limit(struct settings *s, const char *v)
{
    return parse_unsigned(v, UINT64_MAX, &s->run.limit);
}

static bool set_start(struct settings *s, const char *v)
{
    bool ok = when_instant_parse(v, &s->replay.start_ms);

    s->fleet.start_ms = s->replay.start_ms;
    return ok;
}

static bool set_stall(struct settings *s, const char *v)
{
    int64_t ms = 0;
    bool ok = parse_duration(v, &ms) && ms < INT_MAX;

    s->run.stall_ms = (int)ms;
    return ok;
}

static bool set_resume(struct settings *s, const char *v)
{
    s->resume_file = v;
    return true;
}

static bool set_report(struct settings *s, const char *v)
{
    s->report_file = v;
    return true;
}

static bool set_list(struct settings *s, const char *v)
{
    (void)v;
    s->list_units = true;
    return true;
}

static bool set_quiet(struct settings *s, const char *v)
{
    (void)v;
    s->quiet = true;
    return true;
}

static bool set_plain(struct settings *s, const char *v)
{
    (void)v;
    s->run.link.tls = false;
    return true;
}

static bool set_bare_topic(struct settings *s, const char *v)
{
    s->run.link.bare_topic = v;
    return *v != '\0' && strlen(v) < 64;
}

static bool set_mapping(struct settings *s, const char *v)
{
    s->replay.mapping_file = v;
    return true;
}

static bool set_copies(struct settings *s, const char *v)
{
    return set_count(v, 1, 10000, &s->replay.copies);
}

static bool set_units(struct settings *s, const char *v)
{
    return set_count(v, 1, TALLY_UNITS_MAX, &s->fleet.units);
}

static bool set_prefix(struct settings *s, const char *v)
{
    s->fleet.prefix = v;
    return strlen(v) <= 24 && unit_name_ok(v, strlen(v));
}

static bool set_seed(struct settings *s, const char *v)
{
    return parse_unsigned(v, UINT64_MAX, &s->fleet.seed);
}

static bool set_duration(struct settings *s, const char *v)
{
    return parse_duration(v, &s->fleet.duration_ms);
}

static bool set_interval(struct settings *s, const char *v)
{
    return parse_duration(v, &s->fleet.interval_ms);
}

static bool set_register(struct settings *s, const char *v)
{
    s->register_dir = v;
    return true;
}

enum scope { BOTH, REPLAY, SIMULATE };

static const struct option_row {
    enum scope scope;
    const char *name;
    const char *value; /* NULL: a flag */
    option_set *set;
    const char *help;
} option_rows[] = {
    {BOTH, "host", "NAME", set_host, "the gateway (default localhost)"},
    {BOTH, "port", "N", set_port, "its MQTT/TLS port (default 8883)"},
    {BOTH, "pki", "DIR", set_pki,
     "ca.pem, units/NAME.pem, units/NAME.key (default $EVROLL_PKI or ./pki)"},
    {BOTH, "mqtt", "VERSION", set_mqtt, "3.1.1 or 5 (default 3.1.1)"},
    {BOTH, "format", "FORMAT", set_format, "senml-json or senml-cbor (default senml-cbor)"},
    {BOTH, "speed", "SPEED", set_speed,
     "realtime, max, or so many times faster than real time (default max)"},
    {BOTH, "samples-per-message", "N", set_samples, "samples of a unit in one message (default 1)"},
    {BOTH, "window", "N", set_window, "messages of a unit in flight (default 20)"},
    {BOTH, "limit", "N", set_limit, "end after so many messages"},
    {BOTH, "start-at", "TIME", set_start,
     "time of the first sample, RFC 3339 (replay: default as recorded)"},
    {BOTH, "stall", "TIME", set_stall,
     "give up when nothing was acknowledged for so long (default 60s)"},
    {BOTH, "resume", "FILE", set_resume,
     "remember what was acknowledged; go on there the next time"},
    {BOTH, "report", "FILE", set_report, "write what was sent and acknowledged, by unit, as JSON"},
    {BOTH, "list-units", NULL, set_list, "print the names of the units and end"},
    {BOTH, "quiet", NULL, set_quiet, "no progress line"},
    {BOTH, "plain", NULL, set_plain, "no TLS: to measure a bare broker on loopback"},
    {BOTH, "bare-topic", "TOPIC", set_bare_topic,
     "publish to TOPIC/UNIT: to measure a bare broker"},
    {REPLAY, "mapping", "FILE", set_mapping, "which column is which signal (required)"},
    {REPLAY, "copies", "N", set_copies, "the recording as so many units each (default 1)"},
    {SIMULATE, "units", "N", set_units, "size of the fleet (default 10)"},
    {SIMULATE, "prefix", "NAME", set_prefix, "units are NAME-0001 … (default sim)"},
    {SIMULATE, "seed", "N", set_seed,
     "the same seed gives the same fleet and readings (default 1)"},
    {SIMULATE, "duration", "TIME", set_duration, "how long it runs, in its own time (default 1h)"},
    {SIMULATE, "interval", "TIME", set_interval, "between two samples of a unit (default 10s)"},
    {SIMULATE, "register", "DIR", set_register,
     "write orgs.csv and vehicles.csv of the fleet there and end"},
};

#define OPTION_COUNT (sizeof option_rows / sizeof option_rows[0])

static void print_options(enum scope scope)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_rows[i];
        char left[64];
        if (row->scope != scope)
            continue;
        snprintf(left, sizeof left, "--%s%s%s", row->name, row->value != NULL ? " " : "",
                 row->value != NULL ? row->value : "");
        printf("  %-26s %s\n", left, row->help);
    }
}

static void print_help(void)
{
    printf("usage: evroll-unit replay --mapping FILE [OPTION…] RECORDING\n"
           "       evroll-unit simulate [OPTION…]\n"
           "       evroll-unit --help | --version | --signals\n\n"
           "Sends telemetry to an evroll gateway over MQTT/TLS as one or many onboard units, QoS "
           "1, and\n"
           "counts what was acknowledged. SIGTERM and SIGINT stop it in order.\n\noptions:\n");
    print_options(BOTH);
    printf("\nreplay:\n");
    print_options(REPLAY);
    printf("\nsimulate:\n");
    print_options(SIMULATE);
    printf("\nexit codes: 0 everything was acknowledged; 1 not everything; 2 wrong usage; 3 could "
           "not run\n");
}

static void print_signals(void)
{
    for (int id = 0; id < SIGNAL_COUNT; id++) {
        const struct signal_def *def = signal_def((enum signal_id)id);
        printf("%-9s %-6s %s\n", def->name, def->unit, def->meaning);
    }
}

static int usage_error(const char *format, const char *what)
{
    fprintf(stderr, "evroll-unit: ");
    fprintf(stderr, format, what);
    fprintf(stderr, "; see evroll-unit --help\n");
    return EXIT_USAGE;
}

static int parse_options(int argc, char **argv, struct settings *s)
{
    struct option longs[OPTION_COUNT + 1] = {0};
    int index = 0;

    for (size_t i = 0; i < OPTION_COUNT; i++)
        longs[i] = (struct option){option_rows[i].name,
                                   option_rows[i].value != NULL ? required_argument : no_argument,
                                   NULL, 1};
    while (true) {
        /* Options are read before any thread begins. NOLINTNEXTLINE(concurrency-mt-unsafe) */
        int got = getopt_long(argc, argv, "", longs, &index);
        if (got == -1)
            break;
        if (got != 1)
            return EXIT_USAGE; /* getopt_long has said what */
        if (option_rows[index].scope == (s->simulate ? REPLAY : SIMULATE))
            return usage_error("--%s does not belong to this command", option_rows[index].name);
        if (!option_rows[index].set(s, optarg))
            return usage_error("the value of --%s cannot be taken", option_rows[index].name);
    }
    if (s->simulate && optind < argc)
        return usage_error("unexpected argument \"%s\"", argv[optind]);
    if (!s->simulate && optind != argc - 1)
        return usage_error("%s", "replay takes exactly one recording");
    if (!s->simulate && s->replay.mapping_file == NULL)
        return usage_error("%s", "replay needs --mapping FILE");
    s->replay.recording_file = s->simulate ? NULL : argv[optind];
    return EXIT_DONE;
}

/* ---- running ---- */

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
    int len =
        snprintf(text, sizeof text,
                 "%d|%s|%s|%" PRId64 "|%u|%s|%u|%" PRIu64 "|%" PRId64 "|%" PRId64 "|%" PRId64 "|%u",
                 s->simulate, s->simulate ? "" : s->replay.mapping_file,
                 s->simulate ? "" : s->replay.recording_file, s->replay.start_ms, s->replay.copies,
                 s->fleet.prefix, s->fleet.units, s->fleet.seed, s->fleet.start_ms,
                 s->fleet.duration_ms, s->fleet.interval_ms, s->run.samples_per_message);

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
            "{\"sent\": %" PRIu64 ", \"acknowledged\": %" PRIu64
            ", \"samples_acknowledged\": %" PRIu64 ", \"skipped\": %" PRIu64
            ", \"reconnects\": %" PRIu64 ", \"elapsed_ms\": %" PRId64 ",\n \"units\": {",
            result->sent, result->acknowledged, result->samples_acknowledged, result->skipped,
            result->reconnects, result->elapsed_ms);
    for (size_t i = 0; i < tally_count(tally); i++) {
        const struct tally_unit *unit = tally_at(tally, i);
        char at[WHEN_INSTANT_TEXT];
        when_instant_format(unit->last_at_ms, at);
        fprintf(file,
                "%s\n  \"%s\": {\"sent\": %" PRIu64 ", \"acknowledged\": %" PRIu64
                ", \"samples_acknowledged\": %" PRIu64 ", \"last_at\": \"%s\"}",
                i > 0 ? "," : "", unit->unit, unit->sent, unit->acknowledged,
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

    printf("sent %" PRIu64 "  acknowledged %" PRIu64 "  samples acknowledged %" PRIu64
           "  in %.1f s (%.0f messages/s)\n",
           result->sent, result->acknowledged, result->samples_acknowledged,
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
    return err == ERR_OK ? EXIT_DONE : fail(&fault);
}

static void settings_default(struct settings *s)
{
    const char *pki = secure_getenv("EVROLL_PKI");

    *s = (struct settings){
        .run = {.link = {.host = "localhost",
                         .port = 8883,
                         .pki = pki != NULL ? pki : "pki",
                         .version = 4,
                         .window = 20,
                         .format = FORMAT_SENML_CBOR,
                         .tls = true},
                .samples_per_message = 1,
                .drain_ms = 10000,
                .stall_ms = 60000,
                .stop = &stop_asked},
        .replay = {.start_ms = INT64_MIN, .copies = 1},
        .fleet = {.prefix = "sim",
                  .units = 10,
                  .seed = 1,
                  .duration_ms = WHEN_HOUR_MS,
                  .interval_ms = 10000},
    };
    /* A simulated fleet begins at a fixed time unless told otherwise: the same command, the same
     * readings. */
    when_instant_parse("2025-06-30T08:00:00+08:00", &s->fleet.start_ms);
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
    if (argc < 2)
        return usage_error("%s", "a command is missing: replay or simulate");
    if (strcmp(argv[1], "--help") == 0)
        print_help();
    else if (strcmp(argv[1], "--version") == 0)
        printf("evroll-unit %s\n", EVROLL_VERSION);
    else if (strcmp(argv[1], "--signals") == 0)
        print_signals();
    else if (strcmp(argv[1], "replay") != 0 && strcmp(argv[1], "simulate") != 0)
        status = usage_error("there is no command \"%s\"", argv[1]);
    else {
        s.simulate = strcmp(argv[1], "simulate") == 0;
        status = parse_options(argc - 1, argv + 1, &s);
        if (status != EXIT_DONE)
            return status;
        s.run.progress = !s.quiet && isatty(STDERR_FILENO);
        status = command(&s);
    }
    return status;
}
