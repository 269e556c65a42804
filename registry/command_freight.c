/* evroll-registry freight: shares, reports and who owes one, on a terminal or for a pipe. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "registry/command.h"
#include "registry/freight/missing.h"
#include "registry/freight/report_json.h"
#include "registry/freight/shares.h"
#include "registry/plans/plan.h"
#include "shared/csv.h"
#include "shared/when.h"

enum format_option { AS_TABLE, AS_JSON, AS_CSV };

struct options {
    const char *db, *what, *period_text, *by, *org_id, *format;
    struct period period;
    enum format_option as;
    bool help;
};

struct output {
    const struct options *options;
    struct sql *db;
    const struct plan_set *plans;
    struct arena *arena;
    int32_t today;
};

static const char usage[] =
    "usage: evroll-registry freight shares|reports|missing --period PERIOD [--by WHAT]\n"
    "           [--org ID] [--db URL] [--format table|json|csv]\n"
    "\n"
    "shares    rail and green share of the accepted reports, under each definition of green\n"
    "reports   the reports for the period, with their state\n"
    "missing   who has not reported, and what is due when\n"
    "\n"
    "  --period PERIOD   2025-06, 2025-Q2 or 2025\n"
    "  --by WHAT         shares by org, commodity, zone or period (default: org)\n"
    "  --org ID          only one enterprise\n"
    "  --db URL          the database (default: EVROLL_DB)\n"
    "  --format FORMAT   table, json or csv (default: table)\n"
    "\n"
    "exit status: 0 done, 1 missing found somebody, 2 wrong usage, 3 could not be done now\n";

/* ---- rows as CSV or as a table ---- */

static void print_json(json_t *json)
{
    json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    fputc('\n', stdout);
    json_decref(json);
}

/* What a member of an object looks like in a cell. */
static const char *cell(struct arena *arena, const json_t *value)
{
    const char *text = "";

    if (json_is_array(value))
        for (size_t i = 0; i < json_array_size(value); i++)
            text = arena_format(arena, "%s%s%s", text, i == 0 ? "" : " ",
                                json_string_value(json_array_get(value, i)));
    else if (json_is_string(value))
        text = json_string_value(value);
    else if (json_is_integer(value))
        text = arena_format(arena, "%lld", (long long)json_integer_value(value));
    else if (json_is_boolean(value))
        text = json_is_true(value) ? "1" : "0";
    return text;
}

static enum err print_rows(const struct output *o, const json_t *list, const char *const *columns,
                           struct fault *fault)
{
    struct csv_writer csv = {0};
    enum err err = ERR_OK;

    for (size_t c = 0; columns[c] != NULL; c++)
        csv_put(&csv, columns[c]);
    csv_end_row(&csv);
    for (size_t i = 0; i < json_array_size(list); i++) {
        for (size_t c = 0; columns[c] != NULL; c++)
            csv_put(&csv, cell(o->arena, json_object_get(json_array_get(list, i), columns[c])));
        csv_end_row(&csv);
    }
    err = csv_flush(&csv, stdout, fault);
    csv_writer_free(&csv);
    return err;
}

static void print_table(const struct output *o, const json_t *list, const char *const *columns)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        for (size_t c = 0; columns[c] != NULL; c++)
            printf("%s%s", c == 0 ? "" : "  ",
                   cell(o->arena, json_object_get(json_array_get(list, i), columns[c])));
        printf("\n");
    }
}

static enum err print_list(const struct output *o, const json_t *list, const char *const *columns,
                           struct fault *fault)
{
    if (o->options->as == AS_CSV)
        return print_rows(o, list, columns, fault);
    print_table(o, list, columns);
    return ERR_OK;
}

/* ---- shares ---- */

static void print_share(const char *name, const json_t *share)
{
    const json_t *value = json_array_get(share, 2);

    if (json_is_real(value))
        printf("  %-18s %8.3f %%\n", name, 100 * json_real_value(value));
    else
        printf("  %-18s  no data\n", name);
}

static void print_figures(const char *title, const json_t *figures)
{
    const char *name = NULL;
    json_t *share = NULL;

    printf("%s: %s t of bulk goods\n", title,
           json_string_value(json_object_get(figures, "bulk_t")));
    json_object_foreach(json_object_get(figures, "shares"), name, share)
    {
        print_share(name, share);
    }
}

static void print_shares(const struct freight_shares *shares, json_t *answer)
{
    static const char *const lists[] = {"orgs", "commodities", "zones", "periods"};
    static const char *const names[] = {"org_id", "commodity", "zone", "period"};
    const json_t *groups = json_object_get(answer, lists[shares->query.by]);

    print_figures(shares->query.org_id == NULL ? "all" : shares->query.org_id, answer);
    for (size_t i = 0; i < json_array_size(groups); i++)
        print_figures(
            json_string_value(json_object_get(json_array_get(groups, i), names[shares->query.by])),
            json_array_get(groups, i));
    printf("reported: %zu of %zu enterprises, %zu of them for the whole period\n",
           shares->coverage.reported, shares->coverage.expected, shares->coverage.complete);
    json_decref(answer);
}

static enum err run_shares(const struct output *o, int *code, struct fault *fault)
{
    struct green_definition definitions[GREEN_DEFINITIONS];
    struct shares_query query = {.period = o->options->period,
                                 .org_id = o->options->org_id,
                                 .today = o->today,
                                 .distances = freight_distances_default,
                                 .definitions = definitions};
    struct freight_shares shares;
    struct csv_writer csv = {0};
    enum err err = ERR_OK;

    (void)code;
    if (o->options->by != NULL && !freight_by_parse(o->options->by, &query.by))
        return fault_set(fault, ERR_INPUT, "--by %s: expected org, commodity, zone or period",
                         o->options->by);
    green_definitions_of(plan_set_find(o->plans, NULL), period_last_day(query.period), definitions);
    err = freight_shares(o->db, &query, o->arena, &shares, fault);
    if (err != ERR_OK)
        return err;
    if (o->options->as == AS_TABLE)
        print_shares(&shares, freight_shares_json(&shares));
    if (o->options->as == AS_JSON)
        print_json(freight_shares_json(&shares));
    if (o->options->as == AS_CSV) {
        freight_shares_csv(&shares, &csv);
        err = csv_flush(&csv, stdout, fault);
    }
    csv_writer_free(&csv);
    return err;
}

/* ---- reports and who owes one ---- */

struct reports {
    json_t *list;
    int32_t today;
};

static void take_report(void *arg, const struct store_freight_report *report)
{
    struct reports *r = arg;

    json_array_append_new(r->list, report_summary(report, r->today));
}

static enum err run_reports(const struct output *o, int *code, struct fault *fault)
{
    static const char *const columns[] = {"org_id",  "period",   "state",    "overdue", "due",
                                          "version", "accepted", "revision", NULL};
    const struct period *period = &o->options->period;
    const struct store_freight_search search = {.from_month = period->first_month,
                                                .to_month =
                                                    period->first_month + period->months - 1,
                                                .org_id = o->options->org_id,
                                                .limit = INT32_MAX};
    struct reports reports = {json_array(), o->today};
    enum err err = store_freight_find(o->db, &search, take_report, &reports, fault);

    (void)code;
    if (err == ERR_OK && o->options->as == AS_JSON)
        print_json(json_incref(reports.list));
    else if (err == ERR_OK)
        err = print_list(o, reports.list, columns, fault);
    json_decref(reports.list);
    return err;
}

static enum err run_missing(const struct output *o, int *code, struct fault *fault)
{
    static const char *const columns[] = {"org_id", "name", "industry", "months",
                                          "state",  "due",  "overdue",  NULL};
    struct coverage coverage;
    json_t *answer = NULL;
    enum err err = coverage_read(o->db, o->options->period, o->options->org_id, o->today, o->arena,
                                 &coverage, fault);

    if (err != ERR_OK)
        return err;
    *code = coverage.complete < coverage.expected ? EXIT_NO : EXIT_DONE;
    answer = missing_json(&coverage, o->options->period, o->today);
    if (o->options->as == AS_JSON)
        print_json(json_incref(answer));
    else
        err = print_list(o, json_object_get(answer, "missing"), columns, fault);
    json_decref(answer);
    return err;
}

static const struct {
    const char *name;
    enum err (*run)(const struct output *output, int *code, struct fault *fault);
} whats[] = {{"shares", run_shares}, {"reports", run_reports}, {"missing", run_missing}};

/* ---- the command ---- */

static bool parse(int argc, char **argv, struct options *o)
{
    static const struct option names[] = {
        {"db", required_argument, NULL, 'd'},
        {"period", required_argument, NULL, 'p'},
        {"by", required_argument, NULL, 'b'},
        {"org", required_argument, NULL, 'o'},
        {"format", required_argument, NULL, 'f'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    const struct {
        int letter;
        const char **value;
    } values[] = {
        {'d', &o->db}, {'p', &o->period_text}, {'b', &o->by}, {'o', &o->org_id}, {'f', &o->format}};
    int letter = 0;

    optind = 1;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the program has one thread here */
    while ((letter = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (letter == '?')
            return false;
        o->help = o->help || letter == 'h';
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
            if (values[i].letter == letter)
                *values[i].value = optarg;
    }
    o->what = optind < argc ? argv[optind] : NULL;
    if (optind + 1 < argc)
        fprintf(stderr, "evroll-registry freight: unexpected \"%s\"; see --help\n",
                argv[optind + 1]);
    return optind + 1 >= argc;
}

static enum err check_options(struct options *o, struct fault *fault)
{
    static const char *const formats[] = {"table", "json", "csv"};

    if (o->period_text == NULL || !period_parse(o->period_text, &o->period))
        return fault_set(fault, ERR_INPUT, "--period %s: expected 2025-06, 2025-Q2 or 2025",
                         o->period_text == NULL ? "is missing" : o->period_text);
    for (o->as = AS_TABLE; o->as <= AS_CSV; o->as++)
        if (o->format == NULL || strcmp(formats[o->as], o->format) == 0)
            return ERR_OK;
    return fault_set(fault, ERR_INPUT, "--format %s: expected table, json or csv", o->format);
}

static enum err answer(const struct options *o, int *code, struct fault *fault)
{
    struct registry_context context;
    struct output output = {.options = o, .arena = arena_create()};
    enum err err = ERR_INPUT;
    size_t what = 0;

    while (what < sizeof whats / sizeof whats[0] &&
           (o->what == NULL || strcmp(whats[what].name, o->what) != 0))
        what++;
    if (what == sizeof whats / sizeof whats[0])
        fault_set(fault, ERR_INPUT, "say shares, reports or missing; see --help");
    else
        err = command_context_open(o->db, NULL, &context, fault);
    if (err == ERR_OK) {
        output.db = context.db;
        output.plans = context.plans;
        output.today = when_day_of(clock_wall_ms(context.clock));
        err = whats[what].run(&output, code, fault);
        command_context_close(&context);
    }
    arena_destroy(output.arena);
    return err;
}

static int run(int argc, char **argv)
{
    struct options o = {.db = command_default_db()};
    struct fault fault = {0};
    int code = EXIT_DONE;
    enum err err = ERR_OK;

    if (!parse(argc, argv, &o))
        return EXIT_USAGE;
    if (o.help) {
        fputs(usage, stdout);
        return EXIT_DONE;
    }
    err = check_options(&o, &fault);
    if (err == ERR_OK)
        err = answer(&o, &code, &fault);
    return err == ERR_OK ? code : command_fail("freight", &fault);
}

const struct command command_freight = {
    .name = "freight",
    .summary = "rail and green share of the freight reports, the reports, and who owes one",
    .usage = usage,
    .run = run,
};
