#include "registry/store/store_freight_files.h"

#include <stdio.h>
#include <string.h>

#include "registry/store/sql.h"
#include "registry/store/store_freight_internal.h"
#include "shared/tls/tls.h"

#define COLUMNS "f.number, f.digest, f.name, f.type, f.kind, f.bytes, f.author, f.recorded_at"

static const char FILES[] = "SELECT " COLUMNS " FROM freight_file f "
                            "WHERE f.org_id = $1 AND f.period = $2 ORDER BY f.number";
static const char READ[] = "SELECT " COLUMNS ", b.content FROM freight_file f "
                           "JOIN freight_blob b ON b.digest = f.digest "
                           "WHERE f.org_id = $1 AND f.period = $2 AND f.number = $3";
static const char HAS[] = "SELECT COALESCE(MAX(number), 0) + 1, "
                          "COALESCE(MAX(CASE WHEN digest = $3 THEN number ELSE 0 END), 0) "
                          "FROM freight_file WHERE org_id = $1 AND period = $2";
static const char ADD[] =
    "INSERT INTO freight_file (org_id, period, number, digest, name, type, kind, bytes, author, "
    "recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
static const char KEEP[] = "INSERT INTO freight_blob (digest, content) VALUES ($1, $2) "
                           "ON CONFLICT (digest) DO NOTHING";

static void digest_of(const void *content, size_t len, char out[static FREIGHT_DIGEST_SIZE])
{
    uint8_t digest[32];

    tls_sha256(content, len, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static enum err number_of(struct sql *db, const struct freight_key *key,
                          struct store_freight_file *file, struct fault *fault)
{
    struct sql_rows *rows = sql_query(
        db, HAS, SQL_VALUES(sql_text(key->org_id), sql_text(key->period), sql_text(file->digest)));
    int64_t has = 0;
    enum err err = ERR_OK;

    if (sql_next(rows)) {
        file->number = sql_column_int(rows, 0);
        has = sql_column_int(rows, 1);
    }
    err = sql_done(rows, fault);
    if (err == ERR_OK && has != 0)
        return fault_set(fault, ERR_CONFLICT, "the report has these very bytes as file %lld",
                         (long long)has);
    return err;
}

enum err store_freight_file_add(struct sql *db, const struct freight_key *key,
                                struct store_freight_file *f, const void *content,
                                struct fault *fault)
{
    enum err err = ERR_OK;

    digest_of(content, (size_t)f->bytes, f->digest);
    err = number_of(db, key, f, fault);
    if (err == ERR_OK)
        err = sql_exec(db, KEEP,
                       SQL_VALUES(sql_text(f->digest), sql_bytes(content, (size_t)f->bytes)), NULL,
                       fault);
    if (err != ERR_OK)
        return err;
    return sql_exec(db, ADD,
                    SQL_VALUES(sql_text(key->org_id), sql_text(key->period), sql_int(f->number),
                               sql_text(f->digest), sql_text(f->name), sql_int(f->type),
                               sql_int(f->kind), sql_int(f->bytes), sql_text(f->author),
                               sql_int(f->recorded_at)),
                    NULL, fault);
}

static void read_file(const struct sql_rows *rows, struct store_freight_file *f)
{
    *f = (struct store_freight_file){
        .number = sql_column_int(rows, 0),
        .type = (int)sql_column_int(rows, 3),
        .kind = (int)sql_column_int(rows, 4),
        .bytes = sql_column_int(rows, 5),
        .recorded_at = sql_column_int(rows, 7),
    };
    snprintf(f->digest, sizeof f->digest, "%s", sql_column_text(rows, 1));
    snprintf(f->name, sizeof f->name, "%s", sql_column_text(rows, 2));
    snprintf(f->author, sizeof f->author, "%s", sql_column_text(rows, 6));
}

enum err store_freight_files(struct sql *db, const struct freight_key *key, struct arena *arena,
                             struct store_freight_file **files, size_t *count, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, FILES, SQL_VALUES(sql_text(key->org_id), sql_text(key->period)));
    size_t cap = 0;

    *count = 0;
    *files = NULL;
    while (sql_next(rows)) {
        *files = freight_room(arena, *files, *count, &cap, sizeof **files);
        read_file(rows, &(*files)[(*count)++]);
    }
    return sql_done(rows, fault);
}

enum err store_freight_file_read(struct sql *db, const struct freight_key *key, int64_t number,
                                 struct arena *arena, struct store_freight_file *file,
                                 const void **content, struct fault *fault)
{
    struct sql_rows *rows = sql_query(
        db, READ, SQL_VALUES(sql_text(key->org_id), sql_text(key->period), sql_int(number)));
    bool found = sql_next(rows);
    char digest[FREIGHT_DIGEST_SIZE] = "";
    size_t len = 0;
    enum err err = ERR_OK;

    if (found) {
        const uint8_t *bytes = sql_column_bytes(rows, 8, &len);
        read_file(rows, file);
        *content = arena_copy(arena, bytes, len);
        digest_of(*content, len, digest);
    }
    err = sql_done(rows, fault);
    if (err == ERR_OK && !found)
        return fault_set(fault, ERR_NOT_FOUND, "the report has no file %lld", (long long)number);
    if (err == ERR_OK && strcmp(digest, file->digest) != 0)
        return fault_set(fault, ERR_IO,
                         "file %lld of the report is damaged in the database: its digest is %s",
                         (long long)number, digest);
    return err;
}
