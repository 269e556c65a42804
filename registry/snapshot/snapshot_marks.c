#include "registry/snapshot/snapshot_marks.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "registry/snapshot/archive.h"
#include "registry/snapshot/snapshot.h"

static bool take_mark(const void *statement, size_t len, struct audit_mark *mark)
{
    json_t *json = json_loadb(statement, len, 0, NULL);
    const json_t *audit = json_object_get(json, "audit");
    const char *hash = json_string_value(json_object_get(audit, "hash"));

    mark->head.number = json_integer_value(json_object_get(audit, "number"));
    snprintf(mark->head.hash, sizeof mark->head.hash, "%s", hash == NULL ? "" : hash);
    json_decref(json);
    return hash != NULL;
}

enum err snapshot_marks(struct sql *db, size_t limit, struct arena *arena, struct audit_mark *marks,
                        size_t *count, struct fault *fault)
{
    struct store_snapshot *list = NULL;
    struct store_bytes statement;
    size_t found = 0;
    enum err err =
        store_snapshots_list(db, NULL, INT64_MAX, (int64_t)limit, arena, &list, &found, fault);

    *count = 0;
    for (size_t i = 0; i < found && err == ERR_OK; i++) {
        struct audit_mark *mark = &marks[*count];
        err = store_snapshot_statement(db, list[i].number, arena, &statement, fault);
        mark->source = arena_format(arena, "snapshot %lld", (long long)list[i].number);
        if (err == ERR_OK && !take_mark(statement.bytes, statement.len, mark))
            err = fault_set(fault, ERR_INPUT, "%s in the database is damaged; restore it",
                            mark->source);
        ++*count;
    }
    return err;
}

enum err snapshot_mark_of_file(const char *file, struct arena *arena, struct audit_mark *mark,
                               struct fault *fault)
{
    const struct archive_file *statement = NULL;
    struct archive archive;
    uint8_t *bytes = NULL;
    size_t len = 0;
    enum err err = archive_load(file, arena, &bytes, &len, fault);

    if (err == ERR_OK)
        err = archive_read(bytes, len, &archive, fault);
    if (err != ERR_OK)
        return err;
    statement = archive_find(&archive, SNAPSHOT_STATEMENT);
    mark->source = file;
    if (statement == NULL || !take_mark(statement->bytes, statement->len, mark))
        return fault_set(fault, ERR_INPUT, "%s holds no statement of a snapshot", file);
    return ERR_OK;
}
