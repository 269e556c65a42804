#include "registry/snapshot/snapshot_verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "registry/audit/canonical.h"
#include "registry/compliance/scope.h"
#include "registry/snapshot/archive.h"
#include "registry/snapshot/pack.h"
#include "registry/snapshot/snapshot.h"
#include "shared/tls/tls.h"

/* How the listed vehicles of one rule count. */
struct counted {
    const char *rule;
    int64_t n[COUNTS_AS_COUNT];
    char last[VEHICLE_ID_SIZE];
};

struct check {
    const struct archive *archive;
    const struct sign_key *key;
    struct arena *arena;
    struct snapshot_verdict *verdict;
    json_t *statement;
    struct counted *counted; /* in the order of the figures that list vehicles */
    size_t counted_count;
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

/* ---- the vehicles ---- */

static void begin_counts(struct check *c)
{
    const json_t *figures = json_object_get(c->statement, "figures");
    const json_t *figure = NULL;
    size_t i = 0;

    c->counted = ARENA_ARRAY(c->arena, struct counted, json_array_size(figures) + 1);
    json_array_foreach(figures, i, figure)
    {
        if (json_is_true(json_object_get(figure, "vehicles")))
            c->counted[c->counted_count++].rule = text_of(figure, "rule");
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
static void count_record(struct check *c, const struct csv_record *record)
{
    struct counted *counted = record->count != 3 ? NULL : counted_of(c, record->fields[0].text);
    enum counts_as as = counted == NULL ? COUNTS_AS_COUNT : counts_as_parse(record->fields[1].text);

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
    c->verdict->rows++;
}

static void count_records(struct check *c, struct unpack *unpack)
{
    struct csv_reader *reader = csv_reader_create(unpack_source, unpack, NULL);
    enum csv_got got = CSV_RECORD;
    struct csv_record record;
    struct fault fault;
    bool head = true;

    while (c->verdict->reason_count < SNAPSHOT_REASONS_MAX &&
           ((got = csv_next(reader, &record, &fault)) == CSV_RECORD || got == CSV_BAD)) {
        if (got == CSV_BAD)
            refuse(c, "%s: %s", SNAPSHOT_VEHICLES, fault.text);
        else if (!head)
            count_record(c, &record);
        head = false;
    }
    if (got == CSV_BROKEN)
        refuse(c, "%s is no gzip, or damaged", SNAPSHOT_VEHICLES);
    csv_reader_destroy(reader);
}

static void check_vehicles(struct check *c)
{
    const struct archive_file *file = archive_find(c->archive, SNAPSHOT_VEHICLES);
    const json_t *member =
        json_object_get(json_object_get(c->statement, "members"), SNAPSHOT_VEHICLES);
    struct tls_digest *content = tls_digest_begin();
    struct unpack *unpack = unpack_create(file->bytes, file->len, content);
    uint8_t digest[32];
    char sha256[65];

    canonical_digest(file->bytes, file->len, sha256);
    if (strcmp(sha256, text_of(member, "sha256")) != 0)
        refuse(c, "%s has the SHA-256 %.16s…, not %.16s… as stated", SNAPSHOT_VEHICLES, sha256,
               text_of(member, "sha256"));
    count_records(c, unpack);
    unpack_destroy(unpack);
    tls_digest_end(content, digest);
    tls_hex(digest, sizeof digest, sha256);
    if (strcmp(sha256, text_of(member, "content_sha256")) != 0)
        refuse(c, "the list of vehicles has the SHA-256 %.16s…, not %.16s… as stated", sha256,
               text_of(member, "content_sha256"));
    if (c->verdict->rows != number_of(member, "rows"))
        refuse(c, "the list of vehicles has %lld rows, not %lld as stated",
               (long long)c->verdict->rows, (long long)number_of(member, "rows"));
}

/* ---- the figures ---- */

static void compare(struct check *c, const json_t *figure, const char *name, int64_t counted)
{
    if (number_of(figure, name) != counted)
        refuse(c, "%s: the %s is stated as %lld; the vehicles listed make it %lld",
               text_of(figure, "rule"), name, (long long)number_of(figure, name),
               (long long)counted);
}

static void check_figures(struct check *c)
{
    const json_t *figures = json_object_get(c->statement, "figures");
    const json_t *figure = NULL;
    size_t i = 0;

    c->verdict->figures = (int64_t)json_array_size(figures);
    json_array_foreach(figures, i, figure)
    {
        const struct counted *counted = counted_of(c, text_of(figure, "rule"));
        const int64_t *n = counted == NULL ? NULL : counted->n;
        if (n == NULL)
            continue;
        compare(c, figure, "numerator", n[COUNTS_YES]);
        compare(c, figure, "denominator", n[COUNTS_YES] + n[COUNTS_NO] + n[COUNTS_UNKNOWN]);
        compare(c, figure, "exempt", n[COUNTS_EXEMPT]);
        compare(c, figure, "unknown", n[COUNTS_UNKNOWN]);
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
    check_vehicles(&c);
    check_figures(&c);
    tell(&c);
    json_decref(c.statement);
    return ERR_OK;
}
