/* evroll-registry findings: looks for findings now, and shows those there are. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "registry/command.h"
#include "registry/findings/finding_json.h"
#include "registry/findings/findings.h"
#include "shared/csv.h"
#include "shared/when.h"

#define PAGE 1000

enum format_option { AS_TABLE, AS_JSON, AS_CSV };

struct options {
    const char *db, *kind, *status, *subject, *format;
    enum format_option as;
    unsigned states;
    bool run, help;
};

static const char usage[] =
    "usage: evroll-registry findings [--db URL] [--run] [--kind KIND] [--status STATUS]\n"
    "           [--subject ID] [--format table|json|csv]\n"
    "\n"
    "Where register, reports and telemetry disagree, with the evidence.\n"
    "\n"
    "  --db URL         the database (default: EVROLL_DB)\n"
    "  --run            look at everybody first; serve does so by itself in the background\n"
    "  --kind KIND      only one kind\n"
    "  --status STATUS  open, explained, confirmed, closed, all (default: all but closed)\n"
    "  --subject ID     only those of one vehicle or unit\n"
    "  --format FORMAT  table, json or csv (default: table)\n";

/* False: a usage error, which getopt has reported. */
static bool parse(int argc, char **argv, struct options *o)
{
    static const struct option names[] = {
        {"db", required_argument, NULL, 'd'},      {"run", no_argument, NULL, 'R'},
        {"kind", required_argument, NULL, 'k'},    {"status", required_argument, NULL, 's'},
        {"subject", required_argument, NULL, 'v'}, {"format", required_argument, NULL, 'f'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
    };
    int letter = 0;

    optind = 1;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the program has one thread here */
    while ((letter = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (letter == '?')
            return false;
        o->run = o->run || letter == 'R';
        o->help = o->help || letter == 'h';
        o->db = letter == 'd' ? optarg : o->db;
        o->kind = letter == 'k' ? optarg : o->kind;
        o->status = letter == 's' ? optarg : o->status;
        o->subject = letter == 'v' ? optarg : o->subject;
        o->format = letter == 'f' ? optarg : o->format;
    }
    if (optind < argc)
        fprintf(stderr, "evroll-registry findings: unexpected \"%s\"; see --help\n", argv[optind]);
    return optind == argc;
}

static enum err check_options(struct options *o, struct fault *fault)
{
    static const char *const formats[] = {"table", "json", "csv"};
    const char *format = o->format == NULL ? "table" : o->format;

    o->states = 1u << FINDING_OPEN | 1u << FINDING_EXPLAINED | 1u << FINDING_CONFIRMED;
    if (o->status != NULL && strcmp(o->status, "all") == 0)
        o->states = 0;
    else if (o->status != NULL && finding_state_parse(o->status) == FINDING_NONE)
        return fault_set(fault, ERR_INPUT,
                         "--status %s: expected open, explained, confirmed, closed or all",
                         o->status);
    else if (o->status != NULL)
        o->states = 1u << finding_state_parse(o->status);
    if (o->kind != NULL && detector_find(o->kind) == NULL)
        return fault_set(fault, ERR_INPUT,
                         "--kind %s: there is no such kind; GET /v1/finding-kinds lists them",
                         o->kind);
    for (o->as = AS_TABLE; o->as <= AS_CSV; o->as++)
        if (strcmp(formats[o->as], format) == 0)
            return ERR_OK;
    return fault_set(fault, ERR_INPUT, "--format %s: expected table, json or csv", format);
}

/* ---- looking ---- */

static enum err begin_anew(struct sql *db, struct fault *fault)
{
    enum err err = sql_begin(db, SQL_WRITE, fault);

    if (err != ERR_OK)
        return err;
    err = findings_sweep_all(db, fault);
    if (err == ERR_OK)
        return sql_commit(db, fault);
    sql_rollback(db);
    return err;
}

static enum err run_all(struct sql *db, struct fault *fault)
{
    enum err err = begin_anew(db, fault);
    size_t did = 1, steps = 0;
    bool shown = isatty(STDERR_FILENO) == 1;

    while (err == ERR_OK && did > 0) {
        err = findings_step(db, &clock_system, 0, &did, fault);
        if (shown && ++steps % 16 == 0)
            fprintf(stderr, "\rlooking: %zu subjects", steps * FINDINGS_SLICE);
    }
    if (shown)
        fprintf(stderr, "\r\033[K");
    return err;
}

/* ---- showing ---- */

struct sink {
    enum format_option as;
    json_t *list;
    struct csv_writer csv;
    size_t count;
};

static void print_head(struct sink *sink)
{
    static const char *const columns[] = {"id",         "kind",      "title_zh", "subject_kind",
                                          "subject",    "about",     "status",   "cause",
                                          "first_seen", "last_seen", "reopened", "evidence"};

    if (sink->as == AS_TABLE)
        printf("%6s  %-24s  %-18s  %-9s  %-10s  %s\n", "id", "kind", "subject", "status",
               "last seen", "cause");
    for (size_t i = 0; sink->as == AS_CSV && i < sizeof columns / sizeof columns[0]; i++)
        csv_put(&sink->csv, columns[i]);
    if (sink->as == AS_CSV)
        csv_end_row(&sink->csv);
}

static void print_csv(struct sink *sink, const struct store_finding *f)
{
    char number[24], reopened[24], first[WHEN_INSTANT_TEXT], last[WHEN_INSTANT_TEXT];
    const struct detector *detector = detector_find(f->kind);

    snprintf(number, sizeof number, "%lld", (long long)f->number);
    snprintf(reopened, sizeof reopened, "%lld", (long long)f->reopened);
    when_instant_format(f->first_ms, first);
    when_instant_format(f->last_ms, last);
    const char *const values[] = {number,
                                  f->kind,
                                  detector == NULL ? "" : detector->zh,
                                  detector_subject_word(f->subject_kind),
                                  f->subject,
                                  f->about,
                                  finding_state_word(f->state),
                                  f->cause,
                                  first,
                                  last,
                                  reopened,
                                  f->evidence};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        csv_put(&sink->csv, values[i]);
    csv_end_row(&sink->csv);
}

static void print_finding(struct sink *sink, const struct store_finding *f)
{
    char last[WHEN_DAY_TEXT];

    when_day_format(when_day_of(f->last_ms), last);
    sink->count++;
    if (sink->as == AS_JSON)
        json_array_append_new(sink->list, finding_json(f));
    else if (sink->as == AS_CSV)
        print_csv(sink, f);
    else
        printf("%6lld  %-24s  %-18s  %-9s  %-10s  %s\n", (long long)f->number, f->kind, f->subject,
               finding_state_word(f->state), last, f->cause);
}

static enum err print_pages(const struct options *o, struct sql *db, struct sink *sink,
                            struct fault *fault)
{
    struct store_finding_search search = {.kind = o->kind,
                                          .subject = o->subject,
                                          .states = o->states,
                                          .from_ms = INT64_MIN,
                                          .to_ms = INT64_MAX,
                                          .limit = PAGE};
    struct store_findings page = {.count = PAGE};
    struct arena *arena = arena_create();
    enum err err = ERR_OK;

    while (err == ERR_OK && page.count == PAGE) {
        arena_reset(arena);
        err = store_finding_search(db, arena, &search, &page, fault);
        for (size_t i = 0; err == ERR_OK && i < page.count; i++) {
            print_finding(sink, &page.items[i]);
            search.after = page.items[i].number;
        }
        if (err == ERR_OK)
            err = csv_flush(&sink->csv, stdout, fault);
    }
    arena_destroy(arena);
    return err;
}

static enum err show(const struct options *o, struct sql *db, struct fault *fault)
{
    struct sink sink = {.as = o->as, .list = o->as == AS_JSON ? json_array() : NULL};
    enum err err = ERR_OK;

    print_head(&sink);
    err = print_pages(o, db, &sink, fault);
    if (err == ERR_OK && sink.list != NULL) {
        json_dumpf(sink.list, stdout, JSON_INDENT(2));
        fputc('\n', stdout);
    }
    if (err == ERR_OK && o->as == AS_TABLE)
        printf("%zu findings\n", sink.count);
    json_decref(sink.list);
    csv_writer_free(&sink.csv);
    return err;
}

static int run(int argc, char **argv)
{
    struct options o = {.db = command_default_db()};
    struct registry_context context;
    struct fault fault = {0};
    enum err err = ERR_OK;

    if (!parse(argc, argv, &o))
        return EXIT_USAGE;
    if (o.help) {
        fputs(usage, stdout);
        return EXIT_DONE;
    }
    err = check_options(&o, &fault);
    if (err == ERR_OK)
        err = command_context_open(o.db, NULL, &context, &fault);
    if (err != ERR_OK)
        return command_fail("findings", &fault);
    if (o.run)
        err = run_all(context.db, &fault);
    if (err == ERR_OK)
        err = show(&o, context.db, &fault);
    command_context_close(&context);
    return err == ERR_OK ? EXIT_DONE : command_fail("findings", &fault);
}

const struct command command_findings = {
    .name = "findings",
    .summary = "where register, reports and telemetry disagree, with the evidence",
    .usage = usage,
    .run = run,
};
