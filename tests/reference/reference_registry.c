/*
 * reference_registry: the registry's figures for tests/reference, which asks about thousands of registers: one process
 * reads orders from stdin, one a line with tabs between the words, and gives one line for each, "ok", "error: why", or
 * the answer in JSON.
 *
 *     open URL                            a migrated database; the one before is closed
 *     plans [DIR]                         the built-in plan, and those beside it
 *     import FILE                         as evroll-registry import; a refused row is an error
 *     report ACTION ORG PERIOD [FILE]     what a clerk (create, write, submit, amend) or an officer (return, accept,
 *                                         lock) does to a freight report; FILE: its content in JSON
 *     telemetry FILE                      unit,at,lat,lon,rpm: milliseconds, 10⁻⁷ degrees, 1/min
 *     settle                              works off all that waits
 *     compliance DAY                      as evroll-registry compliance --format json
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/command.h"
#include "registry/compliance/answer.h"
#include "registry/compliance/restated.h"
#include "registry/freight/desk.h"
#include "registry/freight/form.h"
#include "registry/import_kinds.h"
#include "registry/ingest/ingest.h"
#include "registry/plans/plan.h"
#include "registry/rollup/rollup.h"
#include "registry/sites/upkeep.h"
#include "registry/vehicles/import.h"
#include "shared/when.h"

#define WORDS 6

struct desk {
    struct sql *db;
    struct plan_set *plans;
    struct arena *arena; /* of the order */
    struct fault fault;
    const char *words[WORDS];
    size_t count;
};

/* ---- files ---- */

static void take_refused(void *arg, const struct import_row *row)
{
    struct desk *d = arg;

    for (size_t i = 0; i < row->remarks->count; i++)
        if (row->remarks->items[i].refusal)
            fault_set(&d->fault, ERR_INPUT, "line %lld: %s: %s", (long long)row->line,
                      row->remarks->items[i].column, row->remarks->items[i].reason);
}

static enum err import(struct desk *d, FILE *file)
{
    const struct import_options options = {
        .db = d->db,
        .clock = &clock_system,
        .author = "clerk",
        .kinds = import_kinds,
        .source = csv_from_file,
        .source_arg = file,
        .arg = d,
        .row = take_refused,
    };
    struct import_counts counts = {0};
    enum err err = import_run(&options, &counts, &d->fault);

    return err == ERR_OK && counts.rejected > 0 ? ERR_INPUT : err;
}

static enum err with_file(struct desk *d, const char *path, enum err (*take)(struct desk *, FILE *))
{
    FILE *file = fopen(path, "re");
    enum err err = ERR_OK;

    if (file == NULL)
        return fault_set(&d->fault, ERR_INPUT, "%s: %m", path);
    err = take(d, file);
    fclose(file);
    return err;
}

static enum err do_import(struct desk *d)
{
    return with_file(d, d->words[1], import);
}

/* ---- reports ---- */

static enum err read_content(struct desk *d, struct store_freight_content *content)
{
    struct remarks remarks = {0};
    json_t *body = json_load_file(d->words[4], 0, NULL);

    freight_form_read(body, d->arena, content, &remarks);
    json_decref(body);
    if (remarks.refused)
        return fault_set(&d->fault, ERR_INPUT, "%s: %s", remarks.items[0].column,
                         remarks.items[0].reason);
    return ERR_OK;
}

static const char *first_error(const struct checks *checks)
{
    for (size_t i = 0; i < checks->count; i++)
        if (checks->items[i].error)
            return checks->items[i].en;
    return "";
}

static enum err place(struct desk *d, struct registrar *registrar, const struct desk_order *order)
{
    struct store_freight_report report;
    struct checks checks = {0};
    struct remarks remarks = {0};
    enum err err = registrar_begin(registrar, &d->fault);

    if (err == ERR_OK)
        err = desk_do(registrar, order, &report, &checks, &remarks, &d->fault);
    if (err == ERR_OK && remarks.refused)
        err = fault_set(&d->fault, ERR_INPUT, "%s %s %s: %s %s", d->words[1], d->words[3],
                        remarks.items[0].column, remarks.items[0].reason, first_error(&checks));
    return err == ERR_OK ? registrar_commit(registrar, &d->fault) : err;
}

static enum err do_report(struct desk *d)
{
    enum freight_action action =
        (enum freight_action)vocabulary_code(&vocabulary_freight_action, d->words[1]);
    bool officer = action == FREIGHT_RETURN || action == FREIGHT_ACCEPT || action == FREIGHT_LOCK;
    struct registrar *registrar =
        registrar_create(d->db, &clock_system, officer ? "officer" : "clerk");
    struct store_freight_content content = {0};
    struct desk_order order = {
        .action = action,
        .party = FREIGHT_BUREAU,
        .reason = "because",
        .content = d->count > 4 ? &content : NULL,
        .calendar = &freight_calendar_default,
        .arena = d->arena,
    };
    enum err err = ERR_OK;

    snprintf(order.key.org_id, sizeof order.key.org_id, "%s", d->words[2]);
    snprintf(order.key.period, sizeof order.key.period, "%s", d->words[3]);
    if (d->count > 4)
        err = read_content(d, &content);
    if (err == ERR_OK)
        err = place(d, registrar, &order);
    registrar_destroy(registrar);
    return err;
}

/* ---- telemetry ---- */

static int64_t number(const struct csv_record *record, size_t field)
{
    return strtoll(record->fields[field].text, NULL, 10);
}

static struct sample sample_of(const struct csv_record *record)
{
    struct sample sample = {.at_ms = number(record, 1)};

    if (record->fields[2].len > 0) {
        sample_set(&sample, SIGNAL_LAT, number(record, 2));
        sample_set(&sample, SIGNAL_LON, number(record, 3));
    }
    sample_set(&sample, SIGNAL_RPM, number(record, 4));
    return sample;
}

static enum err deliver(struct desk *d, struct batch_builder *builder, uint64_t end)
{
    const uint8_t *bytes = NULL;
    size_t len = 0;
    struct batch batch;
    struct ingest_result result;
    enum err err = batch_builder_finish(builder, end, &bytes, &len, &d->fault);

    if (err == ERR_OK)
        err = batch_decode(bytes, len, d->arena, &batch, &d->fault);
    return err == ERR_OK ? ingest_batch(d->db, &clock_system, 0, &batch, &result, &d->fault) : err;
}

static enum err telemetry(struct desk *d, FILE *file)
{
    static const uint8_t journal[BATCH_JOURNAL_ID_BYTES] = "reference-model";
    struct batch_builder *builder = batch_builder_create("gw-1", journal);
    struct csv_reader *reader = csv_reader_create(csv_from_file, file, NULL);
    struct csv_record record;
    uint64_t position = 0;
    enum err err = ERR_OK;

    batch_builder_begin(builder, 0, 0);
    while (csv_next(reader, &record, &d->fault) == CSV_RECORD) {
        struct sample sample = sample_of(&record);
        batch_builder_add_samples(builder, record.fields[0].text, FORMAT_SENML_JSON, position++,
                                  sample.at_ms + 200, &sample, 1);
    }
    err = deliver(d, builder, position);
    csv_reader_destroy(reader);
    batch_builder_destroy(builder);
    return err;
}

static enum err do_telemetry(struct desk *d)
{
    return with_file(d, d->words[1], telemetry);
}

static enum err do_settle(struct desk *d)
{
    size_t did = 0;
    bool more = true;
    enum err err = ERR_OK;

    while (err == ERR_OK && (more || did > 0)) {
        err = rollup_step(d->db, &clock_system, ROLLUP_SLICE, &did, &d->fault);
        if (err == ERR_OK)
            err = upkeep_step(d->db, &clock_system, 0, &more, &d->fault);
    }
    return err;
}

/* ---- answers ---- */

static enum err do_compliance(struct desk *d)
{
    struct compliance_query query = {.plan = plan_set_find(d->plans, NULL),
                                     .today = when_day_of(clock_wall_ms(&clock_system)),
                                     .close_days = RESTATED_CLOSE_DAYS};
    struct compliance answer;
    enum err err = ERR_OK;

    if (!when_day_parse(d->words[1], &query.as_of))
        return fault_set(&d->fault, ERR_INPUT, "%s is no day", d->words[1]);
    err = compliance_compute(d->db, &query, d->arena, &answer, &d->fault);
    if (err == ERR_OK) {
        json_t *json = answer_json(&answer);
        json_dumpf(json, stdout, JSON_COMPACT | JSON_REAL_PRECISION(17));
        json_decref(json);
        putchar('\n');
    }
    return err;
}

static enum err do_open(struct desk *d)
{
    sql_close(d->db);
    d->db = NULL;
    return sql_open(d->words[1], &d->db, &d->fault);
}

static enum err do_plans(struct desk *d)
{
    plan_set_free(d->plans);
    d->plans = NULL;
    return plan_set_load(d->count > 1 ? d->words[1] : NULL, &d->plans, &d->fault);
}

static const struct {
    const char *name;
    size_t words; /* at least */
    enum err (*run)(struct desk *d);
    bool answers; /* prints its line itself */
} orders[] = {
    {"open", 2, do_open, false},
    {"plans", 1, do_plans, false},
    {"import", 2, do_import, false},
    {"report", 4, do_report, false},
    {"telemetry", 2, do_telemetry, false},
    {"settle", 1, do_settle, false},
    {"compliance", 2, do_compliance, true},
};

static void split(struct desk *d, char *line)
{
    char *rest = NULL;

    d->count = 0;
    line[strcspn(line, "\n")] = '\0';
    for (char *word = strtok_r(line, "\t", &rest); word != NULL && d->count < WORDS;
         word = strtok_r(NULL, "\t", &rest))
        d->words[d->count++] = word;
}

static void obey(struct desk *d)
{
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        if (d->count < orders[i].words || strcmp(d->words[0], orders[i].name) != 0)
            continue;
        if (orders[i].run(d) != ERR_OK)
            printf("error: %s: %s\n", d->words[0], d->fault.text);
        else if (!orders[i].answers)
            puts("ok");
        return;
    }
    puts("error: no such order");
}

int main(void)
{
    struct desk desk = {.count = 0};
    char line[4096];

    while (fgets(line, sizeof line, stdin) != NULL) {
        desk.arena = arena_create();
        desk.fault = (struct fault){0};
        split(&desk, line);
        obey(&desk);
        fflush(stdout);
        arena_destroy(desk.arena);
    }
    plan_set_free(desk.plans);
    sql_close(desk.db);
    return EXIT_DONE;
}
