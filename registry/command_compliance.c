/* evroll-registry compliance: the answer of GET /v1/compliance and of the vehicles behind a figure,
 * on a terminal or for a pipe. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "registry/command.h"
#include "registry/command_options.h"
#include "registry/compliance/answer.h"
#include "registry/compliance/restated.h"

#define PAGE 1000

struct options {
    const char *db, *plan_dir, *plan, *as_of, *known, *owner, *area, *rule, *vehicles, *format;
    enum sheet_format as;
    bool help;
};

static const char usage[] =
    "usage: evroll-registry compliance [--db URL] [--plans DIR] [--plan ID] [--as-of DAY]\n"
    "           [--known INSTANT] [--owner ID] [--area CODE]\n"
    "           [--rule ID [--vehicles yes|no|exempt|unknown|all]]\n"
    "           [--format table|json|csv|xlsx]\n"
    "\n"
    "Every rule of the plan as of a day: figure, target, verdict, how many vehicles are missing.\n"
    "\n"
    "  --db URL          the database (default: EVROLL_DB)\n"
    "  --plans DIR       plans beside the built-in one\n"
    "  --plan ID         the plan (default: the built-in one)\n"
    "  --as-of DAY       YYYY-MM-DD (default: today)\n"
    "  --known INSTANT   by what was recorded up to then (YYYY-MM-DDTHH:MM:SSZ; default: now)\n"
    "  --owner ID        only the vehicles of one owner\n"
    "  --area CODE       only a division code, or its beginning\n"
    "  --rule ID         only this rule\n"
    "  --vehicles WHICH  what stands behind the rule's figure (vehicles, trips, enterprises),\n"
    "                    and why it counts so\n"
    "  --format FORMAT   table, json, csv or xlsx (default: table; vehicles: csv)\n";

/* False: a usage error, which getopt has reported. */
static bool parse(int argc, char **argv, struct options *o)
{
    static const struct option names[] = {
        {"db", required_argument, NULL, 'd'},       {"plans", required_argument, NULL, 'P'},
        {"plan", required_argument, NULL, 'p'},     {"as-of", required_argument, NULL, 't'},
        {"known", required_argument, NULL, 'k'},    {"owner", required_argument, NULL, 'o'},
        {"area", required_argument, NULL, 'a'},     {"rule", required_argument, NULL, 'r'},
        {"vehicles", required_argument, NULL, 'v'}, {"format", required_argument, NULL, 'f'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0},
    };
    const struct {
        int letter;
        const char **value;
    } values[] = {{'d', &o->db},     {'P', &o->plan_dir}, {'p', &o->plan}, {'t', &o->as_of},
                  {'o', &o->owner},  {'a', &o->area},     {'r', &o->rule}, {'v', &o->vehicles},
                  {'f', &o->format}, {'k', &o->known}};
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
    if (optind < argc)
        fprintf(stderr, "evroll-registry compliance: unexpected \"%s\"; see --help\n",
                argv[optind]);
    return optind == argc;
}

static enum err check_format(struct options *o, struct fault *fault)
{
    enum err err =
        command_format(o->format, o->vehicles != NULL ? SHEET_CSV : SHEET_TABLE, &o->as, fault);

    if (err == ERR_OK && o->vehicles != NULL && o->as == SHEET_TABLE)
        err = fault_set(fault, ERR_INPUT, "--vehicles: the format is json, csv or xlsx");
    return err;
}

static enum err check_options(struct options *o, struct fault *fault)
{
    if (o->vehicles != NULL && o->rule == NULL)
        return fault_set(fault, ERR_INPUT, "--vehicles: whose? give --rule too");
    if (o->vehicles != NULL && strcmp(o->vehicles, "all") != 0 &&
        counts_as_parse(o->vehicles) == COUNTS_AS_COUNT)
        return fault_set(fault, ERR_INPUT,
                         "--vehicles %s: expected yes, no, exempt, unknown or all", o->vehicles);
    if (o->area != NULL && !compliance_area_ok(o->area))
        return fault_set(fault, ERR_INPUT, "--area %s: expected 1 to 12 digits", o->area);
    return check_format(o, fault);
}

static enum err take_query(const struct options *o, const struct registry_context *context,
                           struct compliance_query *query, struct fault *fault)
{
    *query = (struct compliance_query){
        .plan = plan_set_find(context->plans, o->plan),
        .today = when_day_of(clock_wall_ms(context->clock)),
        .filter = {.owner_id = o->owner, .area = o->area},
        .rule_id = o->rule,
        .close_days = RESTATED_CLOSE_DAYS,
    };
    query->as_of = query->today;
    if (query->plan == NULL)
        return fault_set(fault, ERR_INPUT, "--plan %s: there is no such plan", o->plan);
    if (o->as_of != NULL && !when_day_parse(o->as_of, &query->as_of))
        return fault_set(fault, ERR_INPUT, "--as-of %s: no day; expected YYYY-MM-DD", o->as_of);
    if (o->known != NULL &&
        (!when_instant_parse(o->known, &query->filter.known_ms) || query->filter.known_ms <= 0 ||
         query->filter.known_ms > clock_wall_ms(context->clock)))
        return fault_set(fault, ERR_INPUT,
                         "--known %s: no instant that has passed; expected YYYY-MM-DDTHH:MM:SSZ",
                         o->known);
    if (o->rule != NULL && plan_rule(query->plan, o->rule, query->as_of) == NULL)
        return fault_set(fault, ERR_INPUT, "--rule %s: the plan %s has no such rule", o->rule,
                         query->plan->id);
    return ERR_OK;
}

static enum err print_sheet(const struct options *o, const struct compliance *compliance,
                            struct fault *fault)
{
    struct sheet *sheet = sheet_create(o->as, &answer_rules_head);
    enum err err = ERR_OK;

    answer_rules(compliance, sheet);
    err = command_print_sheet(sheet, o->as, fault);
    sheet_destroy(sheet);
    return err;
}

static enum err print_rules(const struct options *o, struct sql *db,
                            const struct compliance_query *query, struct arena *arena,
                            struct fault *fault)
{
    struct compliance compliance;
    enum err err = compliance_compute(db, query, arena, &compliance, fault);

    if (err != ERR_OK)
        return err;
    if (o->as == SHEET_CSV || o->as == SHEET_XLSX)
        return print_sheet(o, &compliance, fault);
    if (o->as == SHEET_TABLE)
        answer_table(&compliance, stdout);
    else
        command_print_json(answer_json(&compliance));
    return ERR_OK;
}

struct sink {
    const struct rule *rule;
    json_t *list; /* NULL: the sheet */
    struct sheet *sheet;
};

static void print_vehicle(void *arg, const struct behind_row *row)
{
    struct sink *sink = arg;

    if (sink->list != NULL)
        json_array_append_new(sink->list, answer_behind_json(sink->rule, row));
    else
        answer_behind(row, sink->sheet);
}

static enum err print_pages(const struct options *o, struct sql *db, struct behind_query *behind,
                            struct sink *sink, struct arena *arena, struct fault *fault)
{
    enum err err = ERR_OK;

    do {
        const char *next = NULL;
        err = behind_read(db, behind, arena, print_vehicle, sink, &next, fault);
        if (err == ERR_OK && o->as == SHEET_CSV)
            err = sheet_flush(sink->sheet, stdout, fault);
        behind->after = next;
    } while (err == ERR_OK && behind->after != NULL);
    return err;
}

static enum err print_vehicles(const struct options *o, struct sql *db,
                               const struct compliance_query *query, struct arena *arena,
                               struct fault *fault)
{
    const struct rule *rule = plan_rule(query->plan, query->rule_id, query->as_of);
    bool all = strcmp(o->vehicles, "all") == 0;
    struct behind_query behind = {
        .asked = *query,
        .scope = scope_of(query->plan, rule, query->as_of, &query->filter),
        .all = all,
        .as = all ? COUNTS_YES : counts_as_parse(o->vehicles),
        .limit = PAGE,
        .evidence = true,
    };
    struct sink sink = {
        .rule = rule,
        .list = o->as == SHEET_JSON ? json_array() : NULL,
        .sheet = sheet_create(o->as, answer_behind_head(&behind)),
    };
    enum err err = print_pages(o, db, &behind, &sink, arena, fault);

    if (err == ERR_OK && sink.list != NULL)
        command_print_json(json_incref(sink.list));
    if (err == ERR_OK && sink.list == NULL)
        err = command_print_sheet(sink.sheet, o->as, fault);
    json_decref(sink.list);
    sheet_destroy(sink.sheet);
    return err;
}

static enum err answer(const struct options *o, const struct registry_context *context,
                       struct fault *fault)
{
    struct arena *arena = arena_create();
    struct compliance_query query;
    enum err err = take_query(o, context, &query, fault);

    if (err == ERR_OK)
        err = o->vehicles != NULL ? print_vehicles(o, context->db, &query, arena, fault)
                                  : print_rules(o, context->db, &query, arena, fault);
    arena_destroy(arena);
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
        err = command_context_open(o.db, o.plan_dir, &context, &fault);
    if (err != ERR_OK)
        return command_fail("compliance", &fault);
    err = answer(&o, &context, &fault);
    command_context_close(&context);
    return err == ERR_OK ? EXIT_DONE : command_fail("compliance", &fault);
}

const struct command command_compliance = {
    .name = "compliance",
    .summary = "every rule of the plan as of a day, and the vehicles behind a figure",
    .usage = usage,
    .run = run,
};
