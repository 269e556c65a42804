#include "registry/store/store_distribute.h"

#include <stdio.h>
#include <string.h>

#include "registry/store/sql_driver.h"

#define TEXT_SIZE 256

/* The first of those by unit is the one that the others lie with. */
static const struct placed {
    const char *table;
    enum store_spread spread;
} tables[] = {
    {"unit_total", STORE_BY_UNIT},
    {"block", STORE_BY_UNIT},
    {"evidence", STORE_BY_UNIT},
    {"reject", STORE_BY_UNIT},
    {"reject_count", STORE_BY_UNIT},
    {"rollup_queue", STORE_BY_UNIT},
    {"site_presence", STORE_BY_UNIT},
    {"site_visit", STORE_BY_UNIT},
    {"unit_binding", STORE_BY_UNIT},
    {"unit_day", STORE_BY_UNIT},
    {"unit_day_place", STORE_BY_UNIT},
    {"unit_event", STORE_BY_UNIT},
    {"unit_evidence", STORE_BY_UNIT},
    {"unit_hour", STORE_BY_UNIT},
    {"unit_hour_place", STORE_BY_UNIT},
    {"unit_hour_signal", STORE_BY_UNIT},
    {"unit_hour_site", STORE_BY_UNIT},
    {"unit_vin", STORE_BY_UNIT},
    {"exemption_version", STORE_EVERYWHERE},
    {"org_version", STORE_EVERYWHERE},
    {"site_version", STORE_EVERYWHERE},
    {"vehicle_version", STORE_EVERYWHERE},
    {"account", STORE_ONE_PLACE},
    {"account_link", STORE_ONE_PLACE},
    {"account_session", STORE_ONE_PLACE},
    {"api_token", STORE_ONE_PLACE},
    {"arrival", STORE_ONE_PLACE},
    {"arrival_damaged", STORE_ONE_PLACE},
    {"audit_entry", STORE_ONE_PLACE},
    {"audit_head", STORE_ONE_PLACE},
    {"built_up_queue", STORE_ONE_PLACE},
    {"category_setting", STORE_ONE_PLACE},
    {"copy_unfinished", STORE_ONE_PLACE},
    {"count_change", STORE_ONE_PLACE},
    {"count_day", STORE_ONE_PLACE},
    {"count_dim", STORE_ONE_PLACE},
    {"count_month", STORE_ONE_PLACE},
    {"evroll_mark", STORE_ONE_PLACE},
    {"exception_version", STORE_ONE_PLACE},
    {"finding", STORE_ONE_PLACE},
    {"finding_history", STORE_ONE_PLACE},
    {"finding_parameter", STORE_ONE_PLACE},
    {"finding_queue", STORE_ONE_PLACE},
    {"finding_span", STORE_ONE_PLACE},
    {"finding_sweep", STORE_ONE_PLACE},
    {"freight_blob", STORE_ONE_PLACE},
    {"freight_event", STORE_ONE_PLACE},
    {"freight_file", STORE_ONE_PLACE},
    {"freight_line", STORE_ONE_PLACE},
    {"freight_month", STORE_ONE_PLACE},
    {"freight_report", STORE_ONE_PLACE},
    {"freight_sum", STORE_ONE_PLACE},
    {"freight_version", STORE_ONE_PLACE},
    {"gate_day", STORE_ONE_PLACE},
    {"gate_rematch", STORE_ONE_PLACE},
    {"gate_trip", STORE_ONE_PLACE},
    {"gate_trip_replaced", STORE_ONE_PLACE},
    {"journal", STORE_ONE_PLACE},
    {"journal_room", STORE_ONE_PLACE},
    {"register_head", STORE_ONE_PLACE},
    {"retention", STORE_ONE_PLACE},
    {"schema_migration", STORE_ONE_PLACE},
    {"site_changes", STORE_ONE_PLACE},
    {"site_reopen", STORE_ONE_PLACE},
    {"snapshot", STORE_ONE_PLACE},
    {"statistic_version", STORE_ONE_PLACE},
    {"terminal", STORE_ONE_PLACE},
    {"unit_certificate", STORE_ONE_PLACE},
    {"unit_setting", STORE_ONE_PLACE},
    {"vehicle_built_up", STORE_ONE_PLACE},
};
#define TABLES (sizeof tables / sizeof tables[0])

enum store_spread store_spread_of(const char *table, bool *known)
{
    for (size_t i = 0; i < TABLES; i++) {
        if (strcmp(tables[i].table, table) != 0)
            continue;
        *known = true;
        return tables[i].spread;
    }
    *known = false;
    return STORE_ONE_PLACE;
}

/* Which of the list are distributed now, and how many that are. */
static enum err read_placed(struct sql *db, bool placed[static TABLES], size_t *count,
                            struct fault *fault)
{
    const char *text = sql_distributed(db);
    struct sql_rows *rows = NULL;

    memset(placed, 0, TABLES * sizeof placed[0]);
    *count = 0;
    if (text == NULL)
        return ERR_OK;
    rows = sql_query(db, text, SQL_NO_VALUES);
    while (sql_next(rows))
        for (size_t i = 0; i < TABLES; i++) {
            bool is = strcmp(tables[i].table, sql_column_text(rows, 0)) == 0;
            placed[i] = placed[i] || is;
            *count += is;
        }
    return sql_done(rows, fault);
}

enum err store_is_distributed(struct sql *db, bool *is, struct fault *fault)
{
    bool placed[TABLES];
    size_t count = 0;
    enum err err = read_placed(db, placed, &count, fault);

    *is = count > 0;
    return err;
}

enum err store_check_distributed(struct sql *db, struct fault *fault)
{
    bool placed[TABLES];
    size_t count = 0;
    enum err err = read_placed(db, placed, &count, fault);

    for (size_t i = 0; err == ERR_OK && count > 0 && i < TABLES; i++)
        if (tables[i].spread != STORE_ONE_PLACE && !placed[i])
            return fault_set(fault, ERR_INPUT,
                             "some tables are distributed and table %s is not; run evroll-registry "
                             "migrate --distributed",
                             tables[i].table);
    return err;
}

/* ---- distributing ---- */

static enum err check_possible(struct sql *db, struct fault *fault)
{
    if (strcmp(sql_driver_name(db), "postgresql") != 0)
        return fault_set(fault, ERR_INPUT,
                         "only PostgreSQL with the extension citus can be distributed; copy the "
                         "database there first (evroll-registry copy)");
    if (sql_distributed(db) == NULL)
        return fault_set(fault, ERR_INPUT,
                         "the database has no extension citus; CREATE EXTENSION citus on the "
                         "coordinator and every worker, then add the workers with citus_add_node");
    return ERR_OK;
}

/* Text is ordered by bytes everywhere (sql.h), on each worker too. */
static enum err check_workers(struct sql *db, struct fault *fault)
{
    static const char WORKERS[] =
        "SELECT CAST(nodename AS TEXT), CAST(nodeport AS BIGINT), CAST(result AS TEXT) "
        "FROM run_command_on_workers('SELECT pg_encoding_to_char(encoding) || '' '' || datcollate "
        "FROM pg_database WHERE datname = current_database()') "
        "WHERE NOT success OR result NOT IN ('UTF8 C', 'UTF8 POSIX', 'UTF8 C.UTF-8', 'UTF8 "
        "C.utf8')";
    struct sql_rows *rows = sql_query(db, WORKERS, SQL_NO_VALUES);
    struct fault found = {.code = ERR_OK};
    enum err err = ERR_OK;

    if (sql_next(rows))
        (void)fault_set(&found, ERR_INPUT,
                        "worker %s:%lld has the encoding and collation %s; evroll needs UTF8 and C "
                        "(createdb -T template0 -E UTF8 --locale=C)",
                        sql_column_text(rows, 0), (long long)sql_column_int(rows, 1),
                        sql_column_text(rows, 2));
    err = sql_done(rows, fault);
    if (err == ERR_OK && found.code != ERR_OK)
        return fault_set(fault, ERR_INPUT, "%s", found.text);
    return err;
}

/* The rows that lay at the coordinator are copied, and go from there. */
static enum err place(struct sql *db, const struct placed *to, struct fault *fault)
{
    const char *with = to == &tables[0] ? "none" : tables[0].table;
    char make[TEXT_SIZE], empty[TEXT_SIZE];
    enum err err = ERR_OK;

    if (to->spread == STORE_EVERYWHERE)
        snprintf(make, sizeof make, "SELECT create_reference_table('%s')", to->table);
    else
        snprintf(make, sizeof make,
                 "SELECT create_distributed_table('%s', 'unit_id', colocate_with => '%s')",
                 to->table, with);
    snprintf(empty, sizeof empty, "SELECT truncate_local_data_after_distributing_table('%s')",
             to->table);
    err = sql_run(db, make, fault);
    return err == ERR_OK ? sql_run(db, empty, fault) : err;
}

/* One transaction; whether it is to be done is looked for inside it. */
static enum err place_once(struct sql *db, size_t i, store_distribute_note *note, void *arg,
                           struct fault *fault)
{
    bool placed[TABLES];
    size_t count = 0;
    enum err err = sql_begin(db, SQL_WRITE, fault);

    if (err != ERR_OK)
        return err;
    err = read_placed(db, placed, &count, fault);
    if (err == ERR_OK && !placed[i]) {
        if (note != NULL)
            note(arg, tables[i].table, tables[i].spread, false);
        err = place(db, &tables[i], fault);
    }
    if (err == ERR_OK)
        err = sql_commit(db, fault);
    else
        sql_rollback(db);
    if (err == ERR_OK && !placed[i] && note != NULL)
        note(arg, tables[i].table, tables[i].spread, true);
    return err;
}

enum err store_distribute(struct sql *db, store_distribute_note *note, void *arg,
                          struct fault *fault)
{
    enum err err = check_possible(db, fault);

    if (err == ERR_OK)
        err = check_workers(db, fault);
    for (size_t i = 0; err == ERR_OK && i < TABLES; i++)
        if (tables[i].spread != STORE_ONE_PLACE)
            err = place_once(db, i, note, arg, fault);
    return err;
}
