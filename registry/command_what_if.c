/* evroll-registry what-if: the answer of POST /v1/compliance/{rule}/what-if for a file. */
#include <stdio.h>
#include <string.h>

#include "registry/command.h"
#include "registry/command_options.h"
#include "registry/outlook/what_if_answer.h"

static const char usage[] =
    "usage: evroll-registry what-if FILE [--db URL] [--plans DIR] [--plan ID] [--as-of DAY]\n"
    "           [--owner ID] [--area CODE] [--format table|json|csv|xlsx]\n"
    "\n"
    "Every share of the plan as it would be with another list of vehicles. Nothing is stored. "
    "FILE\n"
    "has the columns of vehicles.csv, as many as are needed, and `replaces`: the id of a vehicle "
    "that\n"
    "leaves; a FILE that ends in .json holds a list of objects with the same names. Rows that "
    "cannot\n"
    "be are named on standard error and left out.\n"
    "\n" COMMAND_RULE_USAGE "  --format FORMAT   table, json, csv or xlsx (default: table)\n"
    "\n"
    "Exit codes: 0 done, 1 some rows were refused, 2 wrong usage or file, 3 not now.\n";

struct options {
    struct command_rule rule;
    const char *file, *format;
};

static enum err read_json(const char *path, struct what_if_rows *rows, struct fault *fault)
{
    json_error_t error;
    json_t *json = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    enum err err = ERR_OK;

    if (json == NULL)
        return fault_set(fault, ERR_INPUT, "%s:%d:%d: %s", path, error.line, error.column,
                         error.text);
    err = what_if_from_json(json, rows, fault);
    json_decref(json);
    return err;
}

static enum err read_file(const char *path, struct what_if_rows *rows, struct fault *fault)
{
    const char *dot = strrchr(path, '.');
    FILE *file = NULL;
    enum err err = ERR_OK;

    if (dot != NULL && strcmp(dot, ".json") == 0)
        return read_json(path, rows, fault);
    file = fopen(path, "re");
    if (file == NULL)
        return fault_set(fault, ERR_INPUT, "%s: %m", path);
    err = what_if_from_csv(csv_from_file, file, rows, fault);
    fclose(file);
    if (err != ERR_OK)
        fault_prefix(fault, "%s", path);
    return err;
}

static void print_remarks(const char *path, const struct what_if_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        for (size_t k = 0; k < rows->items[i].remarks.count; k++) {
            const struct remark *remark = &rows->items[i].remarks.items[k];
            fprintf(stderr, "%s:%lld: %s: %s: %s\n", path, (long long)rows->items[i].line,
                    remark->refusal ? "refused" : "warning", remark->column, remark->reason);
        }
}

static enum err print(const struct what_if *what_if, const struct what_if_rows *rows,
                      const struct compliance_query *query, enum sheet_format format,
                      struct fault *fault)
{
    struct sheet *sheet = NULL;
    enum err err = ERR_OK;

    if (format == SHEET_JSON) {
        command_print_json(what_if_json(what_if, rows, query));
        return ERR_OK;
    }
    sheet = sheet_create(format, &what_if_head);
    what_if_put(what_if, sheet);
    err = command_print_sheet(sheet, format, fault);
    sheet_destroy(sheet);
    return err;
}

static enum err answer(const struct options *o, const struct registry_context *context,
                       enum sheet_format format, bool *refused, struct fault *fault)
{
    struct arena *arena = arena_create();
    struct what_if_rows rows = {.arena = arena};
    struct compliance_query query;
    const struct rule *rule = NULL;
    struct what_if what_if;
    enum err err = command_rule_query(&o->rule, context, &query, &rule, fault);

    if (err == ERR_OK)
        err = read_file(o->file, &rows, fault);
    if (err == ERR_OK)
        err = what_if_compute(context->db, &query, &rows, arena, &what_if, fault);
    if (err == ERR_OK) {
        print_remarks(o->file, &rows);
        *refused = what_if_refused(&rows) > 0;
        err = print(&what_if, &rows, &query, format, fault);
    }
    arena_destroy(arena);
    return err;
}

static int run(int argc, char **argv)
{
    struct options o = {.rule.db = command_default_db()};
    const struct command_option options[] = {COMMAND_RULE_OPTIONS(&o.rule), {"format", &o.format}};
    struct command_words words = {.items = &o.file, .max = 1};
    struct registry_context context;
    enum sheet_format format = SHEET_TABLE;
    bool refused = false;
    struct fault fault = {0};
    enum err err = command_options_take(argc, argv, options, sizeof options / sizeof options[0],
                                        &words, &fault);

    if (err == ERR_OK)
        err = command_format(o.format, SHEET_TABLE, &format, &fault);
    if (err == ERR_OK && (o.file == NULL || o.rule.rule != NULL))
        err = fault_set(&fault, ERR_INPUT, "expected a FILE and no --rule: all rules are shown");
    if (err == ERR_OK)
        err = command_context_open(o.rule.db, o.rule.plan_dir, &context, &fault);
    if (err != ERR_OK)
        return command_fail("what-if", &fault);
    err = answer(&o, &context, format, &refused, &fault);
    command_context_close(&context);
    if (err != ERR_OK)
        return command_fail("what-if", &fault);
    return refused ? EXIT_NO : EXIT_DONE;
}

const struct command command_what_if = {
    .name = "what-if",
    .summary = "the plan's shares with another list of vehicles; nothing is stored",
    .usage = usage,
    .run = run,
};
