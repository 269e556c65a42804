#include "registry/vehicles/import.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "registry/vehicles/import_seen.h"
#include "shared/arena.h"
#include "shared/tls/tls.h"
#include "shared/when.h"

#define CHUNK_ROWS    5000
#define CHUNK_BYTES   (4u << 20) /* and not many more */
#define CHUNK_REPEATS 5

struct row {
    int64_t line;
    const char **values; /* NULL: malformed */
    const char *raw;
    enum change_outcome outcome;
    struct remarks *remarks; /* NULL: nothing to say */
};

struct import {
    const struct import_options *options;
    const struct import_kind *kind;
    struct csv_reader *reader;
    struct registrar *registrar;
    struct import_columns columns;
    struct import_counts *counts;
    struct import_seen *seen;
    struct tls_digest *digest;
    char sha256[65];     /* "" until the file is read */
    struct arena *arena; /* of one chunk */
    struct row rows[CHUNK_ROWS];
    size_t count;
};

static enum csv_got read_row(struct import *im, struct fault *fault)
{
    struct csv_record record;
    struct row *row = &im->rows[im->count];
    struct fault bad;
    enum csv_got got = csv_next(im->reader, &record, &bad);
    struct remarks remarks = {0};

    if (got == CSV_BROKEN && fault != NULL)
        *fault = bad;
    if (got == CSV_END || got == CSV_BROKEN)
        return got;
    *row = (struct row){.line = (int64_t)record.line, .outcome = CHANGE_REFUSED};
    if (got == CSV_BAD) {
        row->raw = arena_text(im->arena, record.raw);
        remark_refuse(&remarks, "", "%.190s", bad.text);
    } else {
        size_t kept = record.count < im->columns.count ? record.count : im->columns.count;
        row->values = ARENA_ARRAY(im->arena, const char *, im->columns.count);
        for (size_t i = 0; i < im->columns.count; i++)
            row->values[i] = i < kept ? arena_text(im->arena, record.fields[i].text) : "";
        if (record.count != im->columns.width)
            remark_refuse(&remarks, "", "the row has %zu fields, the header %zu", record.count,
                          im->columns.width);
    }
    if (remarks.count > 0)
        row->remarks = arena_copy(im->arena, &remarks, sizeof remarks);
    im->count++;
    return CSV_RECORD;
}

/* What the reader takes of the file goes through the digest. */
static enum err digest_source(void *arg, char *into, size_t cap, size_t *got)
{
    struct import *im = arg;
    enum err err = im->options->source(im->options->source_arg, into, cap, got);

    if (err == ERR_OK)
        tls_digest_add(im->digest, into, *got);
    return err;
}

static void end_digest(struct import *im)
{
    uint8_t digest[32];

    if (im->digest == NULL)
        return;
    tls_digest_end(im->digest, digest);
    tls_hex(digest, sizeof digest, im->sha256);
    im->digest = NULL;
}

static size_t row_bytes(const struct import *im, const struct row *row)
{
    size_t bytes = 0;

    for (size_t i = 0; row->values != NULL && i < im->columns.count; i++)
        bytes += strlen(row->values[i]);
    return bytes;
}

/* Reads up to a chunk of rows. */
static enum csv_got read_chunk(struct import *im, struct fault *fault)
{
    enum csv_got got = CSV_RECORD;
    size_t bytes = 0;

    arena_reset(im->arena);
    im->count = 0;
    while (im->count < CHUNK_ROWS && bytes < CHUNK_BYTES && got == CSV_RECORD) {
        got = read_row(im, fault);
        bytes += got == CSV_RECORD ? row_bytes(im, &im->rows[im->count - 1]) : 0;
    }
    if (got == CSV_END)
        end_digest(im);
    return got;
}

static bool malformed(const struct row *row)
{
    return row->remarks != NULL && row->remarks->refused &&
           row->remarks->items[0].column[0] == '\0';
}

/* A row that does not go with an earlier one is refused: the next import of the file would
 * otherwise change the register to the one and back to the other. */
static enum err apply_row(struct import *im, struct row *row, struct remarks *remarks,
                          struct fault *fault)
{
    struct import_seen_row said = import_seen_row(im->kind, &im->columns, row->values, row->line,
                                                  registrar_today(im->registrar));
    int64_t line = 0;
    const char *clash = import_seen_clash(im->seen, &said, &line);
    enum err err = ERR_OK;

    if (clash != NULL) {
        row->outcome = CHANGE_REFUSED;
        remark_refuse(remarks, im->kind->fields[0].name, "line %" PRId64 " %s", line, clash);
        return ERR_OK;
    }
    err = im->kind->apply(im->registrar, &im->columns, row->values, &row->outcome, remarks, fault);
    if (err == ERR_OK && row->outcome != CHANGE_REFUSED)
        import_seen_put(im->seen, &said);
    return err;
}

static enum err apply_rows(struct import *im, struct fault *fault)
{
    enum err err = ERR_OK;

    for (size_t i = 0; i < im->count && err == ERR_OK; i++) {
        struct row *row = &im->rows[i];
        struct remarks remarks = {0};

        if (malformed(row))
            continue;
        err = apply_row(im, row, &remarks, fault);
        row->remarks = remarks.count == 0 ? NULL : arena_copy(im->arena, &remarks, sizeof remarks);
    }
    return err;
}

static void count_outcome(struct import_counts *c, const struct row *row)
{
    int64_t *const by_outcome[] = {[CHANGE_CREATED] = &c->created,
                                   [CHANGE_CHANGED] = &c->changed,
                                   [CHANGE_UNCHANGED] = &c->unchanged,
                                   [CHANGE_REFUSED] = &c->rejected};

    c->rows++;
    (*by_outcome[row->outcome])++;
}

/* The counts with those of this chunk, which are reported after its commit only. */
static void note_chunk(struct import *im)
{
    struct import_counts c = *im->counts;
    json_t *details = NULL;

    for (size_t i = 0; i < im->count; i++)
        count_outcome(&c, &im->rows[i]);
    details = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "kind", im->kind->name, "rows",
                        (json_int_t)c.rows, "created", (json_int_t)c.created, "changed",
                        (json_int_t)c.changed, "unchanged", (json_int_t)c.unchanged, "rejected",
                        (json_int_t)c.rejected);
    if (im->sha256[0] != '\0')
        json_object_set_new(details, "sha256", json_string(im->sha256));
    registrar_note(im->registrar,
                   im->sha256[0] != '\0' ? "register.import" : "register.import-part",
                   im->options->file != NULL ? im->options->file : im->kind->name, details);
}

static enum err store_chunk_once(struct import *im, struct fault *fault)
{
    enum err err = registrar_begin(im->registrar, fault);

    if (err != ERR_OK)
        return err;
    err = apply_rows(im, fault);
    if (err == ERR_OK) {
        note_chunk(im);
        return registrar_commit(im->registrar, fault);
    }
    registrar_rollback(im->registrar);
    return err;
}

/* Somebody else writing, or an answer lost in the commit: the chunk is repeated; rows that are in
 * already count as unchanged then. */
static enum err store_chunk(struct import *im, struct fault *fault)
{
    enum err err = store_chunk_once(im, fault);

    for (int i = 0; i < CHUNK_REPEATS && (err == ERR_BUSY || err == ERR_UNKNOWN_OUTCOME); i++)
        err = store_chunk_once(im, fault);
    return err;
}

static void report_row(struct import *im, const struct row *row)
{
    struct import_counts *c = im->counts;

    count_outcome(c, row);
    for (size_t i = 0; row->remarks != NULL && i < row->remarks->count; i++)
        c->warnings += !row->remarks->items[i].refusal;
    if (row->remarks != NULL && im->options->row != NULL)
        im->options->row(im->options->arg, &(struct import_row){.line = row->line,
                                                                .outcome = row->outcome,
                                                                .values = row->values,
                                                                .raw = row->raw,
                                                                .remarks = row->remarks});
}

static enum err run_chunks(struct import *im, struct fault *fault)
{
    enum csv_got got = CSV_RECORD;
    enum err err = ERR_OK;

    while (got == CSV_RECORD && err == ERR_OK) {
        got = read_chunk(im, fault);
        if (im->count > 0 || got == CSV_END)
            err = store_chunk(im, fault);
        for (size_t i = 0; i < im->count && err == ERR_OK; i++)
            report_row(im, &im->rows[i]);
        if (err == ERR_OK && im->options->progress != NULL)
            im->options->progress(im->options->arg, im->counts, csv_reader_bytes(im->reader));
    }
    return err == ERR_OK && got == CSV_BROKEN ? ERR_IO : err;
}

/* The first record; it outlives the chunks, in an arena of its own. */
static enum err read_header(struct import *im, struct arena *arena, struct fault *fault)
{
    struct csv_record record;
    enum csv_got got = csv_next(im->reader, &record, fault);
    enum err err;

    if (got == CSV_BROKEN)
        return ERR_IO;
    if (got == CSV_END)
        return fault_set(fault, ERR_INPUT,
                         "the file is empty; its first line must name the columns");
    if (got == CSV_BAD)
        return ERR_INPUT;
    im->columns.names = ARENA_ARRAY(arena, const char *, record.count);
    im->columns.count = record.count;
    for (size_t i = 0; i < record.count; i++)
        im->columns.names[i] = arena_text(arena, record.fields[i].text);
    import_columns_cut(&im->columns);
    if (im->kind == NULL)
        im->kind = import_kind_guess(im->options->kinds, &im->columns);
    if (im->kind == NULL)
        return fault_set(fault, ERR_INPUT,
                         "the header is that of no file known (%s); name the kind or mend the "
                         "header",
                         import_kinds_join(im->options->kinds, arena));
    csv_reader_allow(im->reader, im->kind->record_bytes);
    err = import_columns_bind(im->kind, &im->columns, arena, fault);
    if (err == ERR_OK && im->options->header != NULL)
        im->options->header(im->options->arg, im->kind, im->columns.names, im->columns.count);
    return err;
}

enum err import_run(const struct import_options *options, struct import_counts *counts,
                    struct fault *fault)
{
    struct arena *arena = arena_create();
    struct import *im = ARENA_NEW(arena, struct import);
    enum err err;

    *counts = (struct import_counts){0};
    im->options = options;
    im->kind = options->kind;
    im->counts = counts;
    im->seen = import_seen_create();
    im->arena = arena_create();
    im->digest = tls_digest_begin();
    im->reader = csv_reader_create(digest_source, im, NULL);
    im->registrar = registrar_create(options->db, options->clock, options->author);
    registrar_act_as(im->registrar, options->role != NULL ? options->role : AUDIT_COMMAND, false);
    err = read_header(im, arena, fault);
    if (err == ERR_OK)
        err = run_chunks(im, fault);
    end_digest(im);
    registrar_destroy(im->registrar);
    csv_reader_destroy(im->reader);
    import_seen_destroy(im->seen);
    arena_destroy(im->arena);
    arena_destroy(arena);
    return err;
}
