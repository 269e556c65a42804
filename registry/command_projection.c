/* evroll-registry projection: the answer of GET /v1/compliance/{rule}/projection. */
#include <stdio.h>

#include "registry/command.h"
#include "registry/command_options.h"
#include "registry/outlook/projection_answer.h"

static const char usage[] =
    "usage: evroll-registry projection --rule ID [--db URL] [--plans DIR] [--plan ID] [--as-of "
    "DAY]\n"
    "           [--owner ID] [--area CODE] [--target-date DAY] [--format table|json|csv|xlsx]\n"
    "\n"
    "How a rule's share came to where it is by months, how fast it moved in the last four "
    "quarters,\n"
    "and when it reaches its target at that pace, or why it does not, and which vehicles to "
    "replace\n"
    "first to reach it.\n"
    "\n"
    "  --rule ID         the rule: a share of vehicles\n" COMMAND_RULE_USAGE
    "  --target-date DAY what is needed each month until then (default: the rule's due day)\n"
    "  --format FORMAT   table, json, csv or xlsx (default: table; csv and xlsx: the months)\n";

struct options {
    struct command_rule rule;
    const char *target_date, *format;
};

static enum err print(const struct projection *p, struct arena *arena, enum sheet_format format,
                      struct fault *fault)
{
    struct sheet *sheet = NULL;
    enum err err = ERR_OK;

    if (format == SHEET_JSON) {
        command_print_json(projection_json(p, arena));
        return ERR_OK;
    }
    sheet = sheet_create(format, &projection_head);
    projection_rows(p, sheet);
    if (format == SHEET_TABLE)
        projection_print_head(p, stdout);
    err = command_print_sheet(sheet, format, fault);
    if (format == SHEET_TABLE)
        projection_print_end(p, stdout);
    sheet_destroy(sheet);
    return err;
}

static enum err answer(const struct options *o, const struct registry_context *context,
                       enum sheet_format format, struct fault *fault)
{
    struct projection_query query = {.target_date = WHEN_DAY_NEVER};
    struct arena *arena = arena_create();
    struct compliance_query base;
    struct projection projection;
    enum err err = command_rule_query(&o->rule, context, &base, &query.rule, fault);

    if (format == SHEET_TABLE || format == SHEET_JSON)
        query.replacements = PROJECTION_REPLACEMENTS;
    query.plan = base.plan;
    query.as_of = base.as_of;
    query.filter = base.filter;
    if (err == ERR_OK)
        err = command_day("target-date", o->target_date, &query.target_date, fault);
    if (err == ERR_OK)
        err = projection_compute(context->db, &query, arena, &projection, fault);
    if (err == ERR_OK)
        err = print(&projection, arena, format, fault);
    arena_destroy(arena);
    return err;
}

static int run(int argc, char **argv)
{
    struct options o = {.rule.db = command_default_db()};
    const struct command_option options[] = {
        COMMAND_RULE_OPTIONS(&o.rule), {"target-date", &o.target_date}, {"format", &o.format}};
    struct command_words none = {0};
    struct registry_context context;
    enum sheet_format format = SHEET_TABLE;
    struct fault fault = {0};
    enum err err = command_options_take(argc, argv, options, sizeof options / sizeof options[0],
                                        &none, &fault);

    if (err == ERR_OK)
        err = command_format(o.format, SHEET_TABLE, &format, &fault);
    if (err == ERR_OK && o.rule.rule == NULL)
        err = fault_set(&fault, ERR_INPUT, "--rule ID is required");
    if (err == ERR_OK)
        err = command_context_open(o.rule.db, o.rule.plan_dir, &context, &fault);
    if (err != ERR_OK)
        return command_fail("projection", &fault);
    err = answer(&o, &context, format, &fault);
    command_context_close(&context);
    return err == ERR_OK ? EXIT_DONE : command_fail("projection", &fault);
}

const struct command command_projection = {
    .name = "projection",
    .summary = "a rule's share by months, its pace, and when it reaches its target",
    .usage = usage,
    .run = run,
};
