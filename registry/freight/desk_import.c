/*
 * desk_import.c: freight.csv, a row at a time: figures the bureau has accepted already.
 *
 * A version is never changed once it is in force; the rows of one transaction about one report make
 * one version together. It is known by its instant: the registrar's, which all rows of a transaction
 * share.
 */
#include <stdio.h>
#include <string.h>

#include "registry/freight/desk.h"
#include "registry/freight/form.h"
#include "registry/freight/import_freight.h"
#include "registry/store/store_freight_sums.h"

struct entry {
    struct registrar *registrar;
    struct sql *db;
    struct arena *arena;
    const struct freight_row *row;
    struct store_freight_report report;
    bool there; /* was the report there? */
    struct store_freight_content content;
    struct store_freight_line *same; /* the line of the row's way; NULL: none */
};

static enum err load_report(struct entry *e, struct remarks *remarks, struct fault *fault)
{
    struct freight_key key;
    struct period period;
    struct store_orgs orgs;
    enum err err = store_org_versions(e->db, e->row->org_id, e->arena, &orgs, fault);

    memcpy(key.org_id, e->row->org_id, sizeof key.org_id);
    memcpy(key.period, e->row->period, sizeof key.period);
    e->report = (struct store_freight_report){.key = key};
    if (!period_parse(key.period, &period) || period.months == 12)
        remark_refuse(remarks, "period", "\"%s\" is no month (2025-06) and no quarter (2025-Q2)",
                      key.period);
    else if (period_last_day(period) >= registrar_today(e->registrar))
        remark_refuse(remarks, "period", "%s has not ended yet", key.period);
    if (err == ERR_OK && orgs.count == 0)
        remark_refuse_as(remarks, ERR_NOT_FOUND, "org_id",
                         "the register has no enterprise \"%.64s\"; import orgs.csv first",
                         key.org_id);
    if (err != ERR_OK || remarks->refused)
        return err;
    err = store_freight_get(e->db, &key, &e->report, fault);
    e->there = err == ERR_OK;
    if (err == ERR_NOT_FOUND) {
        e->report.first_month = period.first_month;
        e->report.months = period.months;
        err = ERR_OK;
    }
    return err;
}

static enum err check_report(struct entry *e, struct remarks *remarks, struct fault *fault)
{
    char other[FREIGHT_PERIOD_SIZE];
    enum err err = store_freight_overlap(e->db, &e->report, other, fault);

    if (err == ERR_OK && other[0] != '\0')
        remark_refuse_as(remarks, ERR_CONFLICT, "period",
                         "the enterprise's report for %s speaks for these months", other);
    if (freight_step(FREIGHT_IMPORT, (enum freight_state)e->report.state) == NULL)
        remark_refuse_as(remarks, ERR_CONFLICT, "period",
                         "the enterprise's own report is %s; settle it there",
                         vocabulary_word(&vocabulary_freight_state, e->report.state));
    return err;
}

static enum err load_content(struct entry *e, struct fault *fault)
{
    enum err err = ERR_OK;

    e->content.head = (struct store_freight_version){.output_t = FREIGHT_TONNES_NONE,
                                                     .throughput_t = FREIGHT_TONNES_NONE};
    if (e->there)
        err = store_freight_read(e->db, &e->report.key, e->report.accepted, e->arena, &e->content,
                                 fault);
    for (size_t i = 0; i < e->content.line_count; i++)
        if (freight_line_same_way(&e->content.lines[i], &e->row->line))
            e->same = &e->content.lines[i];
    return err;
}

static bool says_the_same(const struct entry *e)
{
    const struct store_freight_line *a = e->same;
    const struct store_freight_line *b = &e->row->line;

    return a != NULL && a->tonnes == b->tonnes && a->km == b->km &&
           strcmp(a->station, b->station) == 0;
}

/* ---- a version of this transaction ---- */

static enum err note_import(struct entry *e, int from_state, struct fault *fault)
{
    struct store_freight_event event = {.at = registrar_recorded_ms(e->registrar),
                                        .action = FREIGHT_IMPORT,
                                        .from_state = from_state,
                                        .to_state = FREIGHT_ACCEPTED,
                                        .version = e->report.version};

    snprintf(event.author, sizeof event.author, "%s", registrar_author(e->registrar));
    return store_freight_event_add(e->db, &e->report.key, &event, fault);
}

static enum err put_report(struct entry *e, struct fault *fault)
{
    int from_state = e->report.state;
    enum err err = ERR_OK;

    e->report.accepted = e->report.version;
    e->report.state = FREIGHT_ACCEPTED;
    e->report.recorded_at = registrar_recorded_ms(e->registrar);
    err = e->there ? store_freight_update(e->db, &e->report, fault)
                   : store_freight_insert(e->db, &e->report, fault);
    return err == ERR_OK ? note_import(e, from_state, fault) : err;
}

static enum err open_version(struct entry *e, struct fault *fault)
{
    struct store_freight_version *head = &e->content.head;
    enum err err = ERR_OK;

    e->report.version++;
    *head = (struct store_freight_version){.version = e->report.version,
                                           .output_t = head->output_t,
                                           .throughput_t = head->throughput_t,
                                           .recorded_at = registrar_recorded_ms(e->registrar)};
    snprintf(head->author, sizeof head->author, "%s", registrar_author(e->registrar));
    err = store_freight_write(e->db, &e->report.key, &e->content, fault);
    memcpy(head->submitter, head->author, sizeof head->submitter);
    memcpy(head->accepter, head->author, sizeof head->accepter);
    head->submitted_at = head->accepted_at = head->recorded_at;
    if (err == ERR_OK)
        err = store_freight_mark(e->db, &e->report.key, head, fault);
    return err == ERR_OK ? put_report(e, fault) : err;
}

static bool of_this_transaction(const struct entry *e)
{
    return e->there && e->content.head.accepted_at == registrar_recorded_ms(e->registrar) &&
           strcmp(e->content.head.accepter, registrar_author(e->registrar)) == 0;
}

static enum err put_line(struct entry *e, struct fault *fault)
{
    struct store_freight_line line = e->row->line;
    enum err err = ERR_OK;

    line.line = e->same != NULL ? e->same->line : (int64_t)e->content.line_count + 1;
    if (!of_this_transaction(e))
        err = open_version(e, fault);
    if (err == ERR_OK && e->same != NULL)
        err = store_freight_sums_add(e->db, &e->report, e->same, -1, fault);
    if (err == ERR_OK)
        err = store_freight_sums_add(e->db, &e->report, &line, 1, fault);
    return err == ERR_OK
               ? store_freight_line_put(e->db, &e->report.key, e->report.version, &line, fault)
               : err;
}

/* ---- a row ---- */

static enum err enter(struct entry *e, enum change_outcome *outcome, struct remarks *remarks,
                      struct fault *fault)
{
    enum err err = load_report(e, remarks, fault);

    if (err == ERR_OK && !remarks->refused)
        err = check_report(e, remarks, fault);
    if (err == ERR_OK && !remarks->refused)
        err = load_content(e, fault);
    if (err == ERR_OK && !remarks->refused && e->same == NULL &&
        e->content.line_count == FREIGHT_LINES_MAX)
        remark_refuse(remarks, "org_id", "the report has %d lines; it takes no more",
                      FREIGHT_LINES_MAX);
    if (err != ERR_OK || remarks->refused)
        return err;
    *outcome = says_the_same(e) ? CHANGE_UNCHANGED : e->same ? CHANGE_CHANGED : CHANGE_CREATED;
    return *outcome == CHANGE_UNCHANGED ? ERR_OK : put_line(e, fault);
}

static void check_row(const struct freight_row *row, struct remarks *remarks)
{
    if (row->line.mode == FREIGHT_TRUCK)
        remark_refuse(remarks, "mode",
                      "split trucks by stage: TRUCK_NEV, TRUCK_CN6, TRUCK_CN5, "
                      "TRUCK_LE4");
    if (row->line.mode == FREIGHT_BELT)
        remark_refuse(remarks, "mode",
                      "say which conveyor: BELT_ENCLOSED, BELT_OPEN, "
                      "PIPE_CONVEYOR");
}

enum err desk_import(struct registrar *registrar, const struct freight_row *row,
                     enum change_outcome *outcome, struct remarks *remarks, struct fault *fault)
{
    struct entry e = {
        .registrar = registrar, .db = registrar_db(registrar), .arena = arena_create(), .row = row};
    enum err err = ERR_OK;

    *outcome = CHANGE_REFUSED;
    check_row(row, remarks);
    if (!remarks->refused)
        err = enter(&e, outcome, remarks, fault);
    arena_destroy(e.arena);
    return err;
}

static enum err apply_row(struct registrar *registrar, const struct import_columns *columns,
                          const char *const *values, enum change_outcome *outcome,
                          struct remarks *remarks, struct fault *fault)
{
    struct freight_row row = freight_row_blank();

    *outcome = CHANGE_REFUSED;
    import_parse(freight_row_fields, columns, values, &row, NULL, remarks);
    freight_row_settle(&row, remarks);
    return remarks->refused ? ERR_OK : desk_import(registrar, &row, outcome, remarks, fault);
}

const struct import_kind import_freight = {
    .name = "freight",
    .fields = freight_row_fields,
    .field_count = FREIGHT_ROW_FIELDS,
    .mark = "commodity",
    /* enterprise, period, commodity, direction, mode, container, counterpart, note, leg */
    .key = 1u << 0 | 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 7 | 1u << 8 | 1u << 9 | 1u << 10,
    .apply = apply_row,
};
