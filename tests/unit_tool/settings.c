#include "tests/unit_tool/settings.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/when.h"
#include "tests/unit_tool/tally.h"

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
    s->run.encoder.format = s->run.link.format;
    return encoder_knows(s->run.encoder.format);
}

static bool set_edition(struct settings *s, const char *v)
{
    s->run.encoder.edition = strcmp(v, "2025") == 0 ? 2025 : 2016;
    return strcmp(v, "2025") == 0 || strcmp(v, "2016") == 0;
}

static bool set_layout(struct settings *s, const char *v)
{
    static const char *const names[] = {
        [CODEC_LAYOUT_L1] = "l1",
        [CODEC_LAYOUT_L1B] = "l1b",
        [CODEC_LAYOUT_L2] = "l2",
        [CODEC_LAYOUT_L3] = "l3",
    };

    for (size_t i = CODEC_LAYOUT_L1; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], v) == 0) {
            s->run.encoder.layout = (enum codec_layout)i;
            return true;
        }
    return false;
}

static bool set_vin(struct settings *s, const char *v)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    s->run.vin = v;
    return strlen(v) == ENCODER_VIN_LEN && strspn(v, allowed) == ENCODER_VIN_LEN;
}

static bool set_no_login(struct settings *s, const char *v)
{
    (void)v;
    s->run.encoder.login = false;
    return true;
}

static bool set_reissue(struct settings *s, const char *v)
{
    (void)v;
    s->run.encoder.reissue = true;
    return true;
}

static bool set_sign(struct settings *s, const char *v)
{
    s->run.encoder.sign_key = v;
    return *v != '\0';
}

static bool set_transport(struct settings *s, const char *v)
{
    static const char *const names[] = {
        [LINK_MQTT] = "mqtt", [LINK_COAP] = "coap", [LINK_COAP_TCP] = "coap-tcp"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], v) == 0) {
            s->run.link.transport = (enum link_transport)i;
            return true;
        }
    return false;
}

static bool set_nstart(struct settings *s, const char *v)
{
    return set_count(v, 1, 65535, &s->run.link.nstart);
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

static bool set_obey(struct settings *s, const char *v)
{
    (void)v;
    s->run.link.obey = true;
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
    {BOTH, "port", "N", set_port, "its port (default 8883, over CoAP 5684)"},
    {BOTH, "pki", "DIR", set_pki,
     "ca.pem, units/NAME.pem, units/NAME.key (default $EVROLL_PKI or ./pki)"},
    {BOTH, "transport", "NAME", set_transport,
     "mqtt, coap (over DTLS) or coap-tcp (over TLS) (default mqtt)"},
    {BOTH, "mqtt", "VERSION", set_mqtt, "3.1.1 or 5 (default 3.1.1)"},
    {BOTH, "nstart", "N", set_nstart,
     "coap: messages of a unit on the line at a time (default 1, RFC 7252)"},
    {BOTH, "format", "FORMAT", set_format,
     "senml-json, senml-cbor, gbt32960 or gb17691 (default senml-cbor)"},
    {BOTH, "edition", "YEAR", set_edition, "gbt32960: 2016 or 2025 (default 2016)"},
    {BOTH, "layout", "NAME", set_layout, "gb17691: l1, l1b, l2 or l3 (default l1)"},
    {BOTH, "vin", "TEXT", set_vin,
     "frames: of every unit (default the vehicle's, or made from the unit's name)"},
    {BOTH, "no-login", NULL, set_no_login, "frames: no login before and no logout behind the rest"},
    {BOTH, "reissue", NULL, set_reissue, "frames: as stored data sent late, command 03"},
    {BOTH, "sign", "KEY", set_sign,
     "frames that carry signatures: PEM of the SM2 key to sign with"},
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
    {BOTH, "obey", NULL, set_obey,
     "report as often, and those signals, as the registry sets for each unit"},
    {BOTH, "report", "FILE", set_report, "write what was sent and acknowledged, by unit, as JSON"},
    {BOTH, "list-units", NULL, set_list, "print the names of the units and end"},
    {BOTH, "quiet", NULL, set_quiet, "no progress line"},
    {BOTH, "plain", NULL, set_plain, "no TLS: to measure a bare peer on loopback"},
    {BOTH, "bare-topic", "TOPIC", set_bare_topic, "publish to TOPIC/UNIT: to measure a bare peer"},
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

void settings_help(void)
{
    printf("usage: evroll-unit replay --mapping FILE [OPTION…] RECORDING\n"
           "       evroll-unit simulate [OPTION…]\n"
           "       evroll-unit --help | --version | --signals\n\n"
           "Sends telemetry to an evroll gateway over MQTT/TLS (QoS 1) or CoAP/DTLS "
           "(confirmable) as one\nor many onboard units and counts what was acknowledged. SIGTERM "
           "and SIGINT stop it in order.\n\noptions:\n");
    print_options(BOTH);
    printf("\nreplay:\n");
    print_options(REPLAY);
    printf("\nsimulate:\n");
    print_options(SIMULATE);
    printf("\nexit codes: 0 everything was acknowledged; 1 not everything, or something "
           "was\nrefused; 2 wrong usage; 3 could "
           "not run\n");
}

int settings_wrong(const char *format, const char *what)
{
    fprintf(stderr, "evroll-unit: ");
    fprintf(stderr, format, what);
    fprintf(stderr, "; see evroll-unit --help\n");
    return EXIT_USAGE;
}

int settings_parse(struct settings *s, int argc, char **argv)
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
            return settings_wrong("--%s does not belong to this command", option_rows[index].name);
        if (!option_rows[index].set(s, optarg))
            return settings_wrong("the value of --%s cannot be taken", option_rows[index].name);
    }
    if (s->simulate && optind < argc)
        return settings_wrong("unexpected argument \"%s\"", argv[optind]);
    if (!s->simulate && optind != argc - 1)
        return settings_wrong("%s", "replay takes exactly one recording");
    if (!s->simulate && s->replay.mapping_file == NULL)
        return settings_wrong("%s", "replay needs --mapping FILE");
    if (s->run.link.port == 0)
        s->run.link.port = s->run.link.transport == LINK_MQTT ? 8883 : 5684;
    s->replay.recording_file = s->simulate ? NULL : argv[optind];
    return EXIT_DONE;
}

void settings_default(struct settings *s)
{
    const char *pki = secure_getenv("EVROLL_PKI");

    *s = (struct settings){
        .run = {.link = {.host = "localhost",
                         .pki = pki != NULL ? pki : "pki",
                         .version = 4,
                         .window = 20,
                         .nstart = 1,
                         .format = FORMAT_SENML_CBOR,
                         .tls = true},
                .encoder = {.format = FORMAT_SENML_CBOR,
                            .login = true,
                            .edition = 2016,
                            .layout = CODEC_LAYOUT_L1},
                .samples_per_message = 1,
                .drain_ms = 10000,
                .stall_ms = 60000},
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
