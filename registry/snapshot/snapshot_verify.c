#include "registry/snapshot/snapshot_verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "registry/audit/canonical.h"
#include "registry/compliance/scope.h"
#include "registry/snapshot/archive.h"
#include "registry/snapshot/pack.h"
#include "registry/snapshot/snapshot.h"
#include "registry/snapshot/sources.h"
#include "shared/tls/tls.h"

/* How what is listed behind one rule counts: its vehicles, or its trips, enterprises and working time
 * (of the last, n is milliseconds), and the sums of what stands in its rows. */
struct counted {
    const char *rule;
    bool vehicles;
    int64_t n[COUNTS_AS_COUNT];
    int64_t numerator;
    char last[VEHICLE_ID_SIZE];
};

struct check {
    const struct archive *archive;
    const struct sign_key *key;
    struct arena *arena;
    struct snapshot_verdict *verdict;
    json_t *statement;
    struct counted *counted; /* in the order of the figures */
    size_t counted_count;
    int64_t rows; /* of the member that is read */
};

static void refuse(struct check *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void refuse(struct check *c, const char *format, ...)
{
    char text[400];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    c->verdict->good = false;
    if (c->verdict->reason_count < SNAPSHOT_REASONS_MAX)
        c->verdict->reasons[c->verdict->reason_count++] = arena_text(c->arena, text);
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text == NULL ? "" : text;
}

static int64_t number_of(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

/* ---- the statement ---- */

static void check_signature(struct check *c)
{
    const struct archive_file *statement = archive_find(c->archive, SNAPSHOT_STATEMENT);
    const struct archive_file *signature = archive_find(c->archive, SNAPSHOT_SIGNATURE);

    if (signature->len != SIGN_BYTES)
        refuse(c, "%s has %zu bytes, a signature has %d", SNAPSHOT_SIGNATURE, signature->len,
               SIGN_BYTES);
    else if (!sign_verify(c->key, statement->bytes, statement->len, signature->bytes))
        refuse(c, "the signature is not that of %s by the key %.16s…", SNAPSHOT_STATEMENT,
               sign_key_id(c->key));
}

static void check_spelling(struct check *c)
{
    const struct archive_file *file = archive_find(c->archive, SNAPSHOT_STATEMENT);
    json_error_t error;
    const char *again = NULL;

    c->statement = json_loadb((const char *)file->bytes, file->len, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(c->statement) ||
        strcmp(text_of(c->statement, "format"), SNAPSHOT_FORMAT) != 0) {
        refuse(c, "%s is no JSON of the form %s; a newer program may know it", SNAPSHOT_STATEMENT,
               SNAPSHOT_FORMAT);
        json_decref(c->statement);
        c->statement = json_object();
        return;
    }
    again = canonical_text(c->arena, c->statement);
    if (strlen(again) != file->len || memcmp(again, file->bytes, file->len) != 0)
        refuse(c, "%s is not spelled canonically", SNAPSHOT_STATEMENT);
}

static void check_plan(struct check *c)
{
    const json_t *plan = json_object_get(c->statement, "plan");
    const char *text = text_of(plan, "text");
    char sha256[65];

    canonical_digest(text, strlen(text), sha256);
    if (strcmp(sha256, text_of(plan, "sha256")) != 0)
        refuse(c, "the plan's text has the SHA-256 %.16s…, not %.16s… as stated", sha256,
               text_of(plan, "sha256"));
}

/* ---- what stands behind the figures ---- */

static void begin_counts(struct check *c)
{
    const json_t *figures = json_object_get(c->statement, "figures");
    const json_t *figure = NULL;
    size_t i = 0;

    c->counted = ARENA_ARRAY(c->arena, struct counted, json_array_size(figures) + 1);
    json_array_foreach(figures, i, figure)
    {
        c->counted[c->counted_count].rule = text_of(figure, "rule");
        c->counted[c->counted_count++].vehicles = json_is_true(json_object_get(figure, "vehicles"));
    }
}

static struct counted *counted_of(struct check *c, const char *rule)
{
    for (size_t i = 0; i < c->counted_count; i++)
        if (strcmp(c->counted[i].rule, rule) == 0)
            return &c->counted[i];
    return NULL;
}

/* A vehicle stands once behind a figure; the list is in the order of their ids. */
static void count_vehicle(struct check *c, const struct csv_record *record)
{
    struct counted *counted = record->count != 3 ? NULL : counted_of(c, record->fields[0].text);
    enum counts_as as = counted == NULL || !counted->vehicles
                            ? COUNTS_AS_COUNT
                            : counts_as_parse(record->fields[1].text);

    if (as == COUNTS_AS_COUNT) {
        refuse(c, "%s, line %llu: no row of a figure's vehicle", SNAPSHOT_VEHICLES,
               (unsigned long long)record->line);
        return;
    }
    if (strcmp(counted->last, record->fields[2].text) >= 0)
        refuse(c, "%s, line %llu: \"%.80s\" stands twice or out of order", SNAPSHOT_VEHICLES,
               (unsigned long long)record->line, record->fields[2].text);
    snprintf(counted->last, sizeof counted->last, "%s", record->fields[2].text);
    counted->n[as]++;
    c->rows++;
}

/* A trip and an enterprise count one each, working time its milliseconds; the others are told. */
static void count_source(struct check *c, const struct csv_record *record)
{
    const struct csv_field *f = record->fields;
    struct counted *counted = record->count != SOURCE_COLUMNS ? NULL : counted_of(c, f[0].text);
    enum counts_as as = counted == NULL ? COUNTS_AS_COUNT : counts_as_parse(f[SOURCE_COUNTS].text);
    const char *kind = counted == NULL ? "" : f[SOURCE_KIND].text;

    if (counted == NULL || counted->vehicles) {
        refuse(c, "%s, line %llu: no row of a figure's source", SNAPSHOT_SOURCES,
               (unsigned long long)record->line);
        return;
    }
    c->rows++;
    if (as == COUNTS_AS_COUNT)
        return;
    counted->numerator += strtoll(f[SOURCE_NUMERATOR].text, NULL, 10);
    counted->n[as] +=
        strcmp(kind, "working_time") == 0 ? strtoll(f[SOURCE_DENOMINATOR].text, NULL, 10) : 1;
}

/* A file of the archive whose rows are read. */
struct member {
    const char *name;
    void (*count)(struct check *c, const struct csv_record *record);
};

static void count_records(struct check *c, const struct member *member, struct unpack *unpack)
{
    struct csv_reader *reader = csv_reader_create(unpack_source, unpack, NULL);
    enum csv_got got = CSV_RECORD;
    struct csv_record record;
    struct fault fault;
    bool head = true;

    while (c->verdict->reason_count < SNAPSHOT_REASONS_MAX &&
           ((got = csv_next(reader, &record, &fault)) == CSV_RECORD || got == CSV_BAD)) {
        if (got == CSV_BAD)
            refuse(c, "%s: %s", member->name, fault.text);
        else if (!head)
            member->count(c, &record);
        head = false;
    }
    if (got == CSV_BROKEN)
        refuse(c, "%s is no gzip, or damaged", member->name);
    csv_reader_destroy(reader);
}

static void check_member(struct check *c, const struct member *m)
{
    const struct archive_file *file = archive_find(c->archive, m->name);
    const json_t *member = json_object_get(json_object_get(c->statement, "members"), m->name);
    struct tls_digest *content = tls_digest_begin();
    struct unpack *unpack = unpack_create(file->bytes, file->len, content);
    uint8_t digest[32];
    char sha256[65];

    canonical_digest(file->bytes, file->len, sha256);
    if (strcmp(sha256, text_of(member, "sha256")) != 0)
        refuse(c, "%s has the SHA-256 %.16s…, not %.16s… as stated", m->name, sha256,
               text_of(member, "sha256"));
    c->rows = 0;
    count_records(c, m, unpack);
    unpack_destroy(unpack);
    tls_digest_end(content, digest);
    tls_hex(digest, sizeof digest, sha256);
    if (strcmp(sha256, text_of(member, "content_sha256")) != 0)
        refuse(c, "the list in %s has the SHA-256 %.16s…, not %.16s… as stated", m->name, sha256,
               text_of(member, "content_sha256"));
    if (c->rows != number_of(member, "rows"))
        refuse(c, "the list in %s has %lld rows, not %lld as stated", m->name, (long long)c->rows,
               (long long)number_of(member, "rows"));
    c->verdict->rows += c->rows;
}

/* Statements that were made before sources were listed have none. */
static void check_members(struct check *c)
{
    static const struct member vehicles = {SNAPSHOT_VEHICLES, count_vehicle};
    static const struct member sources = {SNAPSHOT_SOURCES, count_source};
    bool stated =
        json_object_get(json_object_get(c->statement, "members"), SNAPSHOT_SOURCES) != NULL;
    bool there = archive_find(c->archive, SNAPSHOT_SOURCES) != NULL;

    check_member(c, &vehicles);
    if (stated != there)
        refuse(c, "%s is %s the archive, and %s stated", SNAPSHOT_SOURCES, there ? "in" : "not in",
               stated ? "it is" : "none is");
    else if (there)
        check_member(c, &sources);
}

/* ---- the figures ---- */

static void compare(struct check *c, const json_t *figure, const char *name, int64_t counted)
{
    if (number_of(figure, name) != counted)
        refuse(c, "%s: the %s is stated as %lld; what is listed makes it %lld",
               text_of(figure, "rule"), name, (long long)number_of(figure, name),
               (long long)counted);
}

static int64_t minutes_of(int64_t ms)
{
    return (ms + 59999) / 60000;
}

static void check_counts(struct check *c, const json_t *figure, const int64_t *n)
{
    compare(c, figure, "numerator", n[COUNTS_YES]);
    compare(c, figure, "denominator", n[COUNTS_YES] + n[COUNTS_NO] + n[COUNTS_UNKNOWN]);
    compare(c, figure, "exempt", n[COUNTS_EXEMPT]);
    compare(c, figure, "unknown", n[COUNTS_UNKNOWN]);
}

/* A place, and tonnes of which more was reported than there is, are not sums of their rows. */
static void check_sources(struct check *c, const json_t *figure, const struct counted *counted)
{
    const char *unit = text_of(figure, "unit");
    int64_t minutes[COUNTS_AS_COUNT];

    for (int as = 0; as < COUNTS_AS_COUNT; as++)
        minutes[as] = minutes_of(counted->n[as]);
    if (strcmp(unit, "trips") == 0 || strcmp(unit, "enterprises") == 0)
        check_counts(c, figure, counted->n);
    else if (strcmp(unit, "min") == 0)
        check_counts(c, figure, minutes);
    else if (strcmp(unit, "t") == 0 && number_of(figure, "denominator") != 0)
        compare(c, figure, "numerator", counted->numerator);
}

static void check_figures(struct check *c)
{
    const json_t *figures = json_object_get(c->statement, "figures");
    bool sources = archive_find(c->archive, SNAPSHOT_SOURCES) != NULL;
    const json_t *figure = NULL;
    size_t i = 0;

    c->verdict->figures = (int64_t)json_array_size(figures);
    json_array_foreach(figures, i, figure)
    {
        const struct counted *counted = counted_of(c, text_of(figure, "rule"));
        if (counted != NULL && counted->vehicles)
            check_counts(c, figure, counted->n);
        else if (counted != NULL && sources)
            check_sources(c, figure, counted);
    }
}

static void tell(struct check *c)
{
    struct snapshot_verdict *v = c->verdict;
    const json_t *audit = json_object_get(c->statement, "audit");

    v->number = number_of(c->statement, "number");
    v->plan = arena_text(c->arena, text_of(json_object_get(c->statement, "plan"), "id"));
    v->as_of = arena_text(c->arena, text_of(c->statement, "as_of"));
    v->known = arena_text(c->arena, text_of(c->statement, "known"));
    v->audit.number = number_of(audit, "number");
    snprintf(v->audit.hash, sizeof v->audit.hash, "%s", text_of(audit, "hash"));
}

enum err snapshot_verify(const uint8_t *bytes, size_t len, const struct sign_key *public_key,
                         struct arena *arena, struct snapshot_verdict *verdict, struct fault *fault)
{
    static const char *const names[] = {SNAPSHOT_STATEMENT, SNAPSHOT_SIGNATURE, SNAPSHOT_VEHICLES};
    struct archive archive;
    struct check c = {.archive = &archive, .key = public_key, .arena = arena, .verdict = verdict};
    enum err err = archive_read(bytes, len, &archive, fault);

    *verdict = (struct snapshot_verdict){.good = true};
    for (size_t i = 0; i < sizeof names / sizeof names[0] && err == ERR_OK; i++)
        if (archive_find(&archive, names[i]) == NULL)
            err = fault_set(fault, ERR_INPUT, "the archive has no %s; it is no snapshot", names[i]);
    if (err != ERR_OK)
        return err;
    check_signature(&c);
    check_spelling(&c);
    check_plan(&c);
    begin_counts(&c);
    check_members(&c);
    check_figures(&c);
    tell(&c);
    json_decref(c.statement);
    return ERR_OK;
}
