/* store_freight_content.c: the versions of a report and their lines. */
#include <stdio.h>
#include <string.h>

#include "registry/store/sql.h"
#include "registry/store/store_freight.h"
#include "registry/store/store_freight_internal.h"

#define HEAD_COLUMNS                                                                               \
    "version, no_activity, output_t, throughput_t, contact, responsible, explanation, reason, "    \
    "author, recorded_at, submitter, submitted_at, accepter, accepted_at"
#define LINE_COLUMNS                                                                               \
    "line, commodity, note, direction, mode, tonnes, km, container, counterpart, leg, station, "   \
    "evidence"

static const char HEAD_WRITE[] =
    "INSERT INTO freight_version (org_id, period, " HEAD_COLUMNS ") "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) "
    "ON CONFLICT (org_id, period, version) DO UPDATE SET no_activity = excluded.no_activity, "
    "output_t = excluded.output_t, throughput_t = excluded.throughput_t, "
    "contact = excluded.contact, responsible = excluded.responsible, "
    "explanation = excluded.explanation, author = excluded.author, "
    "recorded_at = excluded.recorded_at WHERE freight_version.submitted_at = 0";
static const char LINES_DELETE[] =
    "DELETE FROM freight_line WHERE org_id = $1 AND period = $2 AND version = $3";
static const char LINE_DELETE[] = "DELETE FROM freight_line WHERE org_id = $1 AND period = $2 "
                                  "AND version = $3 AND line = $4";
static const char LINE_WRITE[] =
    "INSERT INTO freight_line (org_id, period, version, " LINE_COLUMNS ") "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
static const char MARK[] =
    "UPDATE freight_version SET submitter = $4, submitted_at = $5, accepter = $6, "
    "accepted_at = $7 WHERE org_id = $1 AND period = $2 AND version = $3";
static const char HEADS[] = "SELECT " HEAD_COLUMNS " FROM freight_version "
                            "WHERE org_id = $1 AND period = $2 ORDER BY version";
static const char HEAD[] = "SELECT " HEAD_COLUMNS " FROM freight_version "
                           "WHERE org_id = $1 AND period = $2 AND version = $3";
static const char LINES[] = "SELECT " LINE_COLUMNS " FROM freight_line "
                            "WHERE org_id = $1 AND period = $2 AND version = $3 ORDER BY line";

static struct sql_value given(int64_t tonnes)
{
    return tonnes == FREIGHT_TONNES_NONE ? sql_null() : sql_int(tonnes);
}

static enum err write_head(struct sql *db, const struct freight_key *key,
                           const struct store_freight_version *v, struct fault *fault)
{
    int64_t changed = 0;
    enum err err = sql_exec(
        db, HEAD_WRITE,
        SQL_VALUES(sql_text(key->org_id), sql_text(key->period), sql_int(v->version),
                   sql_int(v->no_activity), given(v->output_t), given(v->throughput_t),
                   sql_text(v->contact), sql_text(v->responsible), sql_text(v->explanation),
                   sql_text(v->reason), sql_text(v->author), sql_int(v->recorded_at),
                   sql_text(v->submitter), sql_int(v->submitted_at), sql_text(v->accepter),
                   sql_int(v->accepted_at)),
        &changed, fault);

    if (err == ERR_OK && changed == 0)
        return fault_set(fault, ERR_CONFLICT,
                         "version %lld was submitted and is never changed again",
                         (long long)v->version);
    return err;
}

static enum err write_line(struct sql *db, const struct freight_key *key, int64_t version,
                           const struct store_freight_line *l, struct fault *fault)
{
    return sql_exec(db, LINE_WRITE,
                    SQL_VALUES(sql_text(key->org_id), sql_text(key->period), sql_int(version),
                               sql_int(l->line), sql_int(l->commodity), sql_text(l->note),
                               sql_int(l->direction), sql_int(l->mode), sql_int(l->tonnes),
                               sql_int(l->km), sql_int(l->container), sql_text(l->counterpart),
                               sql_int(l->leg), sql_text(l->station), sql_text(l->evidence)),
                    NULL, fault);
}

enum err store_freight_line_put(struct sql *db, const struct freight_key *key, int64_t version,
                                const struct store_freight_line *line, struct fault *fault)
{
    enum err err = sql_exec(db, LINE_DELETE,
                            SQL_VALUES(sql_text(key->org_id), sql_text(key->period),
                                       sql_int(version), sql_int(line->line)),
                            NULL, fault);

    return err == ERR_OK ? write_line(db, key, version, line, fault) : err;
}

enum err store_freight_write(struct sql *db, const struct freight_key *key,
                             struct store_freight_content *content, struct fault *fault)
{
    int64_t version = content->head.version;
    enum err err = write_head(db, key, &content->head, fault);

    if (err == ERR_OK)
        err = sql_exec(db, LINES_DELETE,
                       SQL_VALUES(sql_text(key->org_id), sql_text(key->period), sql_int(version)),
                       NULL, fault);
    for (size_t i = 0; i < content->line_count && err == ERR_OK; i++) {
        content->lines[i].line = (int64_t)i + 1;
        err = write_line(db, key, version, &content->lines[i], fault);
    }
    return err;
}

enum err store_freight_mark(struct sql *db, const struct freight_key *key,
                            const struct store_freight_version *v, struct fault *fault)
{
    return sql_exec(db, MARK,
                    SQL_VALUES(sql_text(key->org_id), sql_text(key->period), sql_int(v->version),
                               sql_text(v->submitter), sql_int(v->submitted_at),
                               sql_text(v->accepter), sql_int(v->accepted_at)),
                    NULL, fault);
}

static int64_t tonnes_of(const struct sql_rows *rows, int column)
{
    return sql_column_null(rows, column) ? FREIGHT_TONNES_NONE : sql_column_int(rows, column);
}

static void read_head(const struct sql_rows *rows, struct store_freight_version *v)
{
    *v = (struct store_freight_version){
        .version = sql_column_int(rows, 0),
        .no_activity = sql_column_int(rows, 1) != 0,
        .output_t = tonnes_of(rows, 2),
        .throughput_t = tonnes_of(rows, 3),
        .recorded_at = sql_column_int(rows, 9),
        .submitted_at = sql_column_int(rows, 11),
        .accepted_at = sql_column_int(rows, 13),
    };
    snprintf(v->contact, sizeof v->contact, "%s", sql_column_text(rows, 4));
    snprintf(v->responsible, sizeof v->responsible, "%s", sql_column_text(rows, 5));
    snprintf(v->explanation, sizeof v->explanation, "%s", sql_column_text(rows, 6));
    snprintf(v->reason, sizeof v->reason, "%s", sql_column_text(rows, 7));
    snprintf(v->author, sizeof v->author, "%s", sql_column_text(rows, 8));
    snprintf(v->submitter, sizeof v->submitter, "%s", sql_column_text(rows, 10));
    snprintf(v->accepter, sizeof v->accepter, "%s", sql_column_text(rows, 12));
}

static void read_line(const struct sql_rows *rows, struct store_freight_line *l)
{
    *l = (struct store_freight_line){
        .line = sql_column_int(rows, 0),
        .commodity = (int)sql_column_int(rows, 1),
        .direction = (int)sql_column_int(rows, 3),
        .mode = (int)sql_column_int(rows, 4),
        .tonnes = sql_column_int(rows, 5),
        .km = sql_column_int(rows, 6),
        .container = sql_column_int(rows, 7) != 0,
        .leg = (int)sql_column_int(rows, 9),
    };
    snprintf(l->note, sizeof l->note, "%s", sql_column_text(rows, 2));
    snprintf(l->counterpart, sizeof l->counterpart, "%s", sql_column_text(rows, 8));
    snprintf(l->station, sizeof l->station, "%s", sql_column_text(rows, 10));
    snprintf(l->evidence, sizeof l->evidence, "%s", sql_column_text(rows, 11));
}

static enum err read_lines(struct sql *db, const struct freight_key *key, int64_t version,
                           struct arena *arena, struct store_freight_content *content,
                           struct fault *fault)
{
    struct sql_rows *rows = sql_query(
        db, LINES, SQL_VALUES(sql_text(key->org_id), sql_text(key->period), sql_int(version)));
    size_t cap = 0;

    while (sql_next(rows)) {
        content->lines =
            freight_room(arena, content->lines, content->line_count, &cap, sizeof *content->lines);
        read_line(rows, &content->lines[content->line_count++]);
    }
    return sql_done(rows, fault);
}

enum err store_freight_read(struct sql *db, const struct freight_key *key, int64_t version,
                            struct arena *arena, struct store_freight_content *content,
                            struct fault *fault)
{
    struct sql_rows *rows = sql_query(
        db, HEAD, SQL_VALUES(sql_text(key->org_id), sql_text(key->period), sql_int(version)));
    bool found = sql_next(rows);
    enum err err = ERR_OK;

    *content = (struct store_freight_content){.lines = NULL};
    if (found)
        read_head(rows, &content->head);
    err = sql_done(rows, fault);
    if (err == ERR_OK && !found)
        return fault_set(fault, ERR_NOT_FOUND, "the report of %.64s for %s has no version %lld",
                         key->org_id, key->period, (long long)version);
    return err == ERR_OK ? read_lines(db, key, version, arena, content, fault) : err;
}

enum err store_freight_versions(struct sql *db, const struct freight_key *key, struct arena *arena,
                                struct store_freight_version **versions, size_t *count,
                                struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, HEADS, SQL_VALUES(sql_text(key->org_id), sql_text(key->period)));
    size_t cap = 0;

    *count = 0;
    *versions = NULL;
    while (sql_next(rows)) {
        *versions = freight_room(arena, *versions, *count, &cap, sizeof **versions);
        read_head(rows, &(*versions)[(*count)++]);
    }
    return sql_done(rows, fault);
}
