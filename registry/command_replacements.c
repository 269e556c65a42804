/* evroll-registry replacements: the answer of GET /v1/compliance/{rule}/replacements. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/command.h"
#include "registry/command_options.h"
#include "registry/outlook/replacement_answer.h"

static const char usage[] =
    "usage: evroll-registry replacements --rule ID [--db URL] [--plans DIR] [--plan ID]\n"
    "           [--as-of DAY] [--owner ID] [--area CODE] [--target NUM/DEN] [--weight-age N]\n"
    "           [--weight-stage N] [--weight-distance N] [--limit N] [--format FORMAT]\n"
    "\n"
    "Which vehicles to replace first so that a rule's share reaches a target: by age, emission "
    "stage\n"
    "and the distance of the last 365 days. The score is the sum of weight x points (0 to 1000 "
    "each);\n"
    "what is not known adds nothing. The list ends where the target is reached.\n"
    "\n"
    "  --rule ID         the rule: a STOCK_SHARE\n" COMMAND_RULE_USAGE
    "  --target NUM/DEN  the share to reach, such as 90/100 (default: the rule's threshold)\n"
    "  --weight-age N, --weight-stage N, --weight-distance N\n"
    "                    0 to 1000 (default: 4, 4, 2)\n"
    "  --limit N         the first N only (default: 1000; csv and xlsx: 100000)\n"
    "  --format FORMAT   table, json, csv or xlsx (default: table)\n";

struct options {
    struct command_rule rule;
    const char *target, *age, *stage, *distance, *limit, *format;
};

static enum err take_number(const char *option, const char *text, int64_t max, int64_t *number,
                            struct fault *fault)
{
    if (text == NULL)
        return ERR_OK;
    if (text[0] != '\0' && strlen(text) <= 9 && strspn(text, "0123456789") == strlen(text)) {
        *number = strtoll(text, NULL, 10);
        if (*number <= max)
            return ERR_OK;
    }
    return fault_set(fault, ERR_INPUT, "--%s %s: expected a whole number from 0 to %lld", option,
                     text, (long long)max);
}

static enum err take_query(const struct options *o, const struct registry_context *context,
                           enum sheet_format format, struct replacement_query *query,
                           struct fault *fault)
{
    const int64_t max = REPLACEMENT_WEIGHT_MAX;
    struct compliance_query base;
    enum err err = command_rule_query(&o->rule, context, &base, &query->rule, fault);

    query->plan = base.plan;
    query->as_of = base.as_of;
    query->filter = base.filter;
    query->limit = format == SHEET_CSV || format == SHEET_XLSX ? 100000 : 1000;
    if (err == ERR_OK && o->target != NULL && !replacement_target_parse(o->target, &query->target))
        err = fault_set(fault, ERR_INPUT, "--target %s: no share; write 90/100", o->target);
    if (err == ERR_OK)
        err = take_number("weight-age", o->age, max, &query->weights.age, fault);
    if (err == ERR_OK)
        err = take_number("weight-stage", o->stage, max, &query->weights.stage, fault);
    if (err == ERR_OK)
        err = take_number("weight-distance", o->distance, max, &query->weights.distance, fault);
    if (err == ERR_OK)
        err = take_number("limit", o->limit, 1000000, &query->limit, fault);
    return err;
}

static void print_end(const struct replacement *r)
{
    printf("\n%s as of the day: %lld/%lld; target %lld/%lld: %lld of %lld vehicles to replace%s\n"
           "score = %lld x age + %lld x stage + %lld x distance\n",
           r->query.rule->id, (long long)r->share.num, (long long)r->share.den,
           (long long)r->query.target.num, (long long)r->query.target.den, (long long)r->needed,
           (long long)r->candidates, r->more ? " (cut; see --limit)" : "",
           (long long)r->query.weights.age, (long long)r->query.weights.stage,
           (long long)r->query.weights.distance);
}

static enum err print(const struct replacement *r, enum sheet_format format, struct fault *fault)
{
    struct sheet *sheet = sheet_create(format, &replacement_head);
    enum err err = ERR_OK;

    replacement_rows(r, sheet);
    if (format == SHEET_JSON) {
        json_t *answer = replacement_json(r);
        json_object_set_new(answer, "vehicles", sheet_rows_json(sheet));
        command_print_json(answer);
    } else {
        err = command_print_sheet(sheet, format, fault);
    }
    if (format == SHEET_TABLE)
        print_end(r);
    sheet_destroy(sheet);
    return err;
}

static enum err answer(const struct options *o, const struct registry_context *context,
                       enum sheet_format format, struct fault *fault)
{
    struct replacement_query query = {.weights = replacement_weights_default};
    struct arena *arena = arena_create();
    struct replacement replacement;
    enum err err = take_query(o, context, format, &query, fault);

    if (err == ERR_OK)
        err = replacement_compute(context->db, &query, arena, &replacement, fault);
    if (err == ERR_OK)
        err = print(&replacement, format, fault);
    arena_destroy(arena);
    return err;
}

static int run(int argc, char **argv)
{
    struct options o = {.rule.db = command_default_db()};
    const struct command_option options[] = {COMMAND_RULE_OPTIONS(&o.rule),
                                             {"target", &o.target},
                                             {"weight-age", &o.age},
                                             {"weight-stage", &o.stage},
                                             {"weight-distance", &o.distance},
                                             {"limit", &o.limit},
                                             {"format", &o.format}};
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
        return command_fail("replacements", &fault);
    err = answer(&o, &context, format, &fault);
    command_context_close(&context);
    return err == ERR_OK ? EXIT_DONE : command_fail("replacements", &fault);
}

const struct command command_replacements = {
    .name = "replacements",
    .summary = "which vehicles to replace first to reach a share",
    .usage = usage,
    .run = run,
};
