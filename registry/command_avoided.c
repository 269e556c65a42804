/* evroll-registry avoided: the answer of GET /v1/avoided-emissions. */
#include <stdio.h>
#include <string.h>

#include "registry/command.h"
#include "registry/command_options.h"
#include "registry/outlook/avoided_answer.h"

#define PARAMS_MAX 12
#define NAME_SIZE  24

static const char usage[] =
    "usage: evroll-registry avoided [--vehicles N] [--from CN5|CN6] [--to CN6|BEV]\n"
    "           [--distance-km KM] [--fuel-l-100km L] [--kwh-km KWH] [--grid ID]\n"
    "           [--vehicle ID] [--as-of DAY] [--db URL] [--factors FILE]\n"
    "           [--format table|json|csv|xlsx]\n"
    "\n"
    "NOx and CO2 that are not emitted when heavy diesel trucks are replaced, with every input and "
    "the\n"
    "source of every factor.\n"
    "\n"
    "  --vehicles N        how many (default: 1)\n"
    "  --from, --to        what is replaced by what (default: CN5 by BEV)\n"
    "  --distance-km KM    of one vehicle\n"
    "  --fuel-l-100km L    what the diesel burns\n"
    "  --kwh-km KWH        what the electric truck takes\n"
    "  --grid ID           grid_national_2023 (default), grid_national_2022, grid_central_2023\n"
    "  --vehicle ID        measured by the telemetry of this vehicle where it has it\n"
    "  --as-of DAY         the last of the 365 days that are measured (default: today)\n"
    "  --db URL            the database (default: EVROLL_DB)\n"
    "  --factors FILE      another table of factors\n"
    "  --format FORMAT     table, json, csv or xlsx (default: table)\n";

struct options {
    const char *db, *factors, *format;
    const char *values[PARAMS_MAX];
    char names[PARAMS_MAX][NAME_SIZE];
};

static size_t make_options(struct options *o, struct command_option *options)
{
    size_t count = 0;

    options[count++] = (struct command_option){"db", &o->db};
    options[count++] = (struct command_option){"factors", &o->factors};
    options[count++] = (struct command_option){"format", &o->format};
    for (size_t i = 0; avoided_params[i] != NULL; i++) {
        command_option_name(avoided_params[i], o->names[i], NAME_SIZE);
        options[count++] = (struct command_option){o->names[i], &o->values[i]};
    }
    return count;
}

static enum err print_sheets(const struct avoided *avoided, enum sheet_format format,
                             struct fault *fault)
{
    struct sheet *inputs = sheet_create(format, &avoided_inputs_head);
    struct sheet *rows = sheet_create(format, &avoided_head);
    enum err err = ERR_OK;

    avoided_input_rows(avoided, inputs);
    avoided_rows(avoided, rows);
    if (format == SHEET_TABLE) {
        err = command_print_sheet(inputs, format, fault);
        putchar('\n');
    }
    if (err == ERR_OK)
        err = command_print_sheet(rows, format, fault);
    sheet_destroy(inputs);
    sheet_destroy(rows);
    return err;
}

static enum err answer(const struct options *o, const struct registry_context *context,
                       enum sheet_format format, struct fault *fault)
{
    struct factor_set *factors = NULL;
    struct avoided_query query;
    struct avoided avoided;
    enum err err = factors_load(o->factors, &factors, fault);

    query = avoided_blank(factors, when_day_of(clock_wall_ms(context->clock)));
    for (size_t i = 0; avoided_params[i] != NULL && err == ERR_OK; i++)
        if (o->values[i] != NULL)
            err = avoided_take(&query, avoided_params[i], o->values[i], fault);
    if (err == ERR_OK)
        err = avoided_compute(context->db, &query, &avoided, fault);
    if (err == ERR_OK && format == SHEET_JSON)
        command_print_json(avoided_json(&avoided));
    else if (err == ERR_OK)
        err = print_sheets(&avoided, format, fault);
    factors_free(factors);
    return err;
}

static int run(int argc, char **argv)
{
    struct options o = {.db = command_default_db()};
    struct command_option options[PARAMS_MAX + 3];
    struct command_words none = {0};
    struct registry_context context;
    enum sheet_format format = SHEET_TABLE;
    struct fault fault = {0};
    enum err err =
        command_options_take(argc, argv, options, make_options(&o, options), &none, &fault);

    if (err == ERR_OK)
        err = command_format(o.format, SHEET_TABLE, &format, &fault);
    if (err == ERR_OK)
        err = command_context_open(o.db, NULL, &context, &fault);
    if (err != ERR_OK)
        return command_fail("avoided", &fault);
    err = answer(&o, &context, format, &fault);
    command_context_close(&context);
    return err == ERR_OK ? EXIT_DONE : command_fail("avoided", &fault);
}

const struct command command_avoided = {
    .name = "avoided",
    .summary = "NOx and CO2 avoided by replacing diesel trucks, with inputs and factors",
    .usage = usage,
    .run = run,
};
