#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/freight/files.h"
#include "registry/freight/freight_api.h"
#include "registry/freight/report_json.h"
#include "registry/store/store_freight_files.h"
#include "registry/vehicles/api.h"

struct upload {
    struct freight_key key;
    struct store_freight_file file;
    const void *bytes;
    const char *subject; /* the report's id */
};

/* The name is shown and offered for saving: no path, nothing that ends a header. */
static bool name_ok(const char *name)
{
    return name != NULL && name[0] != '\0' &&
           strlen(name) < sizeof(((struct upload *)0)->file.name) && strpbrk(name, "/\\\"") == NULL;
}

static bool take_upload(struct http_call *call, struct upload *u, struct remarks *remarks)
{
    static const char *const known[] = {"name", "kind", NULL};
    const char *name = http_query(call, "name");
    size_t len = 0;
    enum freight_file_type type = FREIGHT_FILE_NONE;

    if (!http_query_known(call, known) ||
        !api_word(call, "kind", &vocabulary_freight_evidence, &u->file.kind))
        return false;
    u->bytes = http_body(call, &len);
    type = freight_file_type(u->bytes, len);
    if (!name_ok(name))
        remark_refuse(remarks, "name", "is required: the file's name, without a path");
    else if (type == FREIGHT_FILE_NONE)
        remark_refuse(remarks, "", "the file is no PDF, PNG, JPEG, XLSX and no CSV in UTF-8");
    else if (!freight_file_named(name, type))
        remark_refuse(remarks, "name", "the file is %s, its name ends otherwise",
                      vocabulary_word(&vocabulary_freight_file, (int)type));
    if (u->file.kind == 0)
        remark_refuse(remarks, "kind", "is required: what the file shows");
    if (remarks->refused)
        return true;
    snprintf(u->file.name, sizeof u->file.name, "%s", name);
    u->file.type = (int)type;
    u->file.bytes = (int64_t)len;
    return true;
}

static enum err check_room(struct sql *db, const struct upload *u, struct arena *arena,
                           struct remarks *remarks, struct fault *fault)
{
    struct store_freight_file *files = NULL;
    size_t count = 0;
    int64_t bytes = u->file.bytes;
    enum err err = store_freight_files(db, &u->key, arena, &files, &count, fault);

    for (size_t i = 0; i < count && err == ERR_OK; i++)
        bytes += files[i].bytes;
    if (count >= FREIGHT_FILES_MAX || bytes > FREIGHT_FILES_BYTES)
        remark_refuse(remarks, "", "a report takes %d files of %" PRId64 " MiB together",
                      FREIGHT_FILES_MAX, FREIGHT_FILES_BYTES >> 20);
    return err;
}

static enum err keep_upload(struct registrar *registrar, void *arg, struct remarks *remarks,
                            struct fault *fault)
{
    struct upload *u = arg;
    struct sql *db = registrar_db(registrar);
    struct arena *arena = arena_create();
    struct store_freight_report report; /* it may have been discarded meanwhile */
    enum err err = store_freight_get(db, &u->key, &report, fault);

    if (err == ERR_OK)
        err = check_room(db, u, arena, remarks, fault);
    if (err == ERR_OK && !remarks->refused) {
        snprintf(u->file.author, sizeof u->file.author, "%s", registrar_author(registrar));
        u->file.recorded_at = registrar_recorded_ms(registrar);
        err = store_freight_file_add(db, &u->key, &u->file, u->bytes, fault);
    }
    if (err == ERR_OK && !remarks->refused)
        registrar_note(
            registrar, "freight.file", u->subject,
            json_pack("{s:I, s:s}", "file", (json_int_t)u->file.number, "sha256", u->file.digest));
    if (err == ERR_CONFLICT) { /* nothing was written */
        remark_refuse_as(remarks, ERR_CONFLICT, "", "%.180s", fault->text);
        err = ERR_OK;
    }
    arena_destroy(arena);
    return err;
}

void freight_file_post(struct http_call *call)
{
    struct store_freight_report report;
    struct freight_access access;
    struct upload u = {.bytes = NULL};
    struct remarks remarks = {0};

    if (!report_of_call(call, &report, &access))
        return;
    u.key = report.key;
    u.subject = http_path_value(call, "id");
    if (access.party == FREIGHT_NOBODY ||
        freight_step(FREIGHT_WRITE, (enum freight_state)report.state) == NULL)
        remark_refuse_as(&remarks, ERR_CONFLICT, "state",
                         "a report that is %s takes no files; it has to be returned or amended",
                         vocabulary_word(&vocabulary_freight_state, report.state));
    else if (!take_upload(call, &u, &remarks))
        return;
    if (remarks.refused)
        api_refuse(call, &remarks);
    else if (api_commit(call, keep_upload, &u, &remarks))
        http_reply_json(call, 201,
                        json_pack("{s:I, s:s, s:s}", "number", (json_int_t)u.file.number, "sha256",
                                  u.file.digest, "type",
                                  vocabulary_word(&vocabulary_freight_file, u.file.type)));
}

/* RFC 8187: the name in UTF-8, percent-encoded. */
static const char *disposition(struct arena *arena, const char *name)
{
    static const char begin[] = "attachment; filename*=UTF-8''";
    size_t size = sizeof begin + 3 * strlen(name);
    char *out = arena_alloc(arena, size, 1);
    size_t len = (size_t)snprintf(out, size, "%s", begin);

    for (const char *c = name; *c != '\0'; c++) {
        bool plain = isalnum((unsigned char)*c) || strchr("-._", *c) != NULL;
        if (plain)
            out[len++] = *c;
        else
            len += (size_t)snprintf(out + len, size - len, "%%%02X", (unsigned char)*c);
    }
    return out;
}

void freight_file_get(struct http_call *call)
{
    static const char *const known[] = {NULL};
    struct store_freight_report report;
    struct store_freight_file file;
    struct freight_access access;
    const void *bytes = NULL;
    struct fault fault;

    if (!http_query_known(call, known) || !report_of_call(call, &report, &access))
        return;
    if (store_freight_file_read(api_context(call)->db, &report.key,
                                strtoll(http_path_value(call, "file"), NULL, 10), http_arena(call),
                                &file, &bytes, &fault) != ERR_OK) {
        http_reply_fault(call, &fault);
        return;
    }
    http_add_header(call, "Content-Disposition", disposition(http_arena(call), file.name));
    http_add_header(call, "ETag", arena_format(http_arena(call), "\"%s\"", file.digest));
    http_reply_bytes(call, 200, freight_file_media((enum freight_file_type)file.type), bytes,
                     (size_t)file.bytes);
}
