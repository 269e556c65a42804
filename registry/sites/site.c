#include "registry/sites/site.h"

#include <ctype.h>
#include <string.h>

#include "registry/sites/geometry.h"
#include "registry/store/store_built_up.h"
#include "registry/store/store_orgs.h"
#include "shared/when.h"

#define OF(member) offsetof(struct store_site, member), sizeof(((struct store_site *)NULL)->member)
#define ZONE_HOURS (WHEN_ZONE_MS / WHEN_HOUR_MS)

static const char *const kind_words[] = {NULL, "PLANT", "PARK", "BUILT_UP"};
_Static_assert(sizeof kind_words / sizeof *kind_words == SITE_KIND_COUNT, "a word a code");
const struct vocabulary vocabulary_site_kind = {"kind", kind_words, SITE_KIND_COUNT};

const struct field site_fields[SITE_FIELDS] = {
    [SITE_ID] = {"site_id", FIELD_TEXT, OF(site_id), true, 0, NULL},
    [SITE_ORG] = {"org_id", FIELD_TEXT, OF(org_id), false, 0, NULL},
    [SITE_NAME] = {"name", FIELD_TEXT, OF(name), true, 0, NULL},
    [SITE_KIND] = {"kind", FIELD_WORD, OF(kind), true, 0, &vocabulary_site_kind},
    [SITE_POLYGON] = {"polygon", FIELD_LONG, offsetof(struct store_site, polygon),
                      GEOMETRY_BYTES_MAX + 1, true, 0, NULL},
};

struct store_site site_blank(void)
{
    return (struct store_site){.polygon = ""};
}

const struct store_site *site_state(const struct store_sites *versions, int32_t day)
{
    const struct store_site *state = NULL;

    for (size_t i = 0; i < versions->count && versions->items[i].valid_from <= day; i++)
        state = &versions->items[i];
    return state;
}

/* One change on its way. */
struct case_file {
    struct registrar *registrar;
    const struct site_change *change;
    struct remarks *remarks;
    struct arena *arena;
    struct store_sites versions;
    struct store_site_box box; /* of the polygon given */
    int64_t number;            /* of the last version */
};

/* ---- checks ---- */

static void check_id(const char *id, struct remarks *remarks)
{
    for (; *id != '\0'; id++)
        if (!isalnum((unsigned char)*id) && strchr("._-", *id) == NULL) {
            remark_refuse(remarks, "site_id", "takes A-Z a-z 0-9 . _ - only");
            return;
        }
}

static void check_polygon(struct case_file *c)
{
    struct geometry_context *context = geometry_open();
    struct geometry *geometry = NULL;
    struct fault fault;

    if (geometry_read(context, c->change->to.polygon, &geometry, &fault) != ERR_OK)
        remark_refuse(c->remarks, "polygon", "%.190s", fault.text);
    else if (c->versions.count == 0 && geometry_is_empty(geometry))
        remark_refuse(c->remarks, "polygon", "is empty; that closes a site, and this one is new");
    else
        c->box = geometry_box(geometry);
    geometry_free(geometry);
    geometry_close(context);
}

static enum err check_org(const struct case_file *c, const struct store_site *site,
                          struct fault *fault)
{
    struct store_orgs orgs = {0};
    enum err err = ERR_OK;

    if (site->org_id[0] != '\0')
        err = store_org_versions(registrar_db(c->registrar), site->org_id, c->arena, &orgs, fault);
    if (err != ERR_OK)
        return err;
    if (site->org_id[0] != '\0' && orgs.count == 0)
        remark_refuse(c->remarks, "org_id", "there is no org \"%s\"; import it first",
                      site->org_id);
    if (site->org_id[0] == '\0' && site->kind != SITE_BUILT_UP)
        remark_refuse(c->remarks, "org_id", "is empty; only a BUILT_UP area belongs to nobody");
    return ERR_OK;
}

static void check_there(const struct case_file *c)
{
    const struct site_change *change = c->change;

    if (c->versions.count > 0 && change->mode == CHANGE_CREATE)
        remark_refuse_as(c->remarks, ERR_CONFLICT, "site_id", "is there already; change it");
    if (c->versions.count == 0 && change->mode == CHANGE_PATCH)
        remark_refuse_as(c->remarks, ERR_NOT_FOUND, "site_id", "there is no site \"%s\"",
                         change->to.site_id);
    for (unsigned i = 0; i < SITE_FIELDS; i++)
        if (c->versions.count == 0 && site_fields[i].required && (change->fields & 1u << i) == 0)
            remark_refuse(c->remarks, site_fields[i].name, "is required for a new site");
}

/* ---- versions ---- */

static bool differs(const struct store_site *left, const struct store_site *right, unsigned fields)
{
    for (unsigned i = 0; i < SITE_FIELDS; i++)
        if ((fields & 1u << i) != 0 && !field_same(&site_fields[i], left, right))
            return true;
    return false;
}

static void apply(const struct case_file *c, unsigned fields, struct store_site *site)
{
    bool moved =
        (fields & 1u << SITE_POLYGON) != 0 && strcmp(site->polygon, c->change->to.polygon) != 0;

    for (unsigned i = 0; i < SITE_FIELDS; i++)
        if ((fields & 1u << i) != 0)
            field_copy(&site_fields[i], site, &c->change->to);
    if (moved)
        site->box = c->box;
}

static bool moves(const struct store_site *before, const struct store_site *after)
{
    return before == NULL || strcmp(before->polygon, after->polygon) != 0 ||
           (before->kind == SITE_BUILT_UP) != (after->kind == SITE_BUILT_UP);
}

/* Writes a version that holds until the day `to`. */
static enum err append(struct case_file *c, const struct store_site *before,
                       struct store_site *after, int32_t to, struct fault *fault)
{
    struct sql *db = registrar_db(c->registrar);
    const struct store_site_reopen reopen = {
        .site = after,
        .from_hour = (int64_t)after->valid_from * 24 - ZONE_HOURS,
        .to_hour = (int64_t)to * 24 - ZONE_HOURS,
        .box = before == NULL ? after->box : geometry_box_join(&before->box, &after->box),
    };
    enum err err = ERR_OK;

    after->version = ++c->number;
    after->recorded_at = registrar_recorded_ms(c->registrar);
    memcpy(after->author, registrar_author(c->registrar), sizeof after->author);
    err = store_site_append(db, after, fault);
    if (err == ERR_OK && moves(before, after))
        err = store_site_reopen_put(db, &reopen, fault);
    if (err == ERR_OK &&
        (after->kind == SITE_BUILT_UP || (before != NULL && before->kind == SITE_BUILT_UP)))
        err = store_built_up_queue_all(db, after->recorded_at, fault);
    return err;
}

/* The first day after `day` on which a version begins. */
static int32_t next_begin(const struct store_sites *versions, int32_t day)
{
    for (size_t i = 0; i < versions->count; i++)
        if (versions->items[i].valid_from > day)
            return versions->items[i].valid_from;
    return WHEN_DAY_NEVER;
}

/* Fields that the version beginning on `day` changed itself. */
static unsigned changed_on(const struct store_sites *versions, int32_t day)
{
    const struct store_site *before = site_state(versions, day - 1);
    unsigned fields = 0;

    for (unsigned i = 0; i < SITE_FIELDS; i++)
        if (!field_same(&site_fields[i], before, site_state(versions, day)))
            fields |= 1u << i;
    return fields;
}

static enum err carry(struct case_file *c, int32_t day, struct fault *fault)
{
    unsigned fields = c->change->fields;
    enum err err = ERR_OK;

    while (day != WHEN_DAY_NEVER && err == ERR_OK) {
        const struct store_site *state = site_state(&c->versions, day);
        int32_t next = next_begin(&c->versions, day);
        if (differs(state, &c->change->to, fields)) {
            struct store_site after = *state;
            apply(c, fields, &after);
            after.valid_from = day;
            err = append(c, state, &after, next, fault);
        }
        if (next != WHEN_DAY_NEVER)
            fields &= ~changed_on(&c->versions, next);
        day = next;
    }
    return err;
}

static enum err create(struct case_file *c, struct fault *fault)
{
    struct store_site site = site_blank();

    apply(c, c->change->fields, &site);
    site.valid_from = c->change->effective == VEHICLE_DAY_NONE ? SITE_ALWAYS : c->change->effective;
    return append(c, NULL, &site, WHEN_DAY_NEVER, fault);
}

/* ---- a change ---- */

/* A day before the first version means the first version. */
static int32_t day_of_change(const struct case_file *c)
{
    int32_t day = c->change->effective == VEHICLE_DAY_NONE ? registrar_today(c->registrar)
                                                           : c->change->effective;

    return c->versions.count > 0 && day < c->versions.items[0].valid_from
               ? c->versions.items[0].valid_from
               : day;
}

static enum err check(struct case_file *c, int32_t day, struct fault *fault)
{
    const struct store_site *state = site_state(&c->versions, day);
    struct store_site site = state == NULL ? site_blank() : *state;

    check_there(c);
    if (c->remarks->refused)
        return ERR_OK;
    check_id(c->change->to.site_id, c->remarks);
    if ((c->change->fields & 1u << SITE_POLYGON) != 0 &&
        (state == NULL || strcmp(state->polygon, c->change->to.polygon) != 0))
        check_polygon(c);
    apply(c, c->change->fields, &site);
    return check_org(c, &site, fault);
}

static enum err write(struct case_file *c, int32_t day, enum change_outcome *outcome,
                      struct fault *fault)
{
    for (size_t i = 0; i < c->versions.count; i++)
        if (c->versions.items[i].version > c->number)
            c->number = c->versions.items[i].version;
    if (c->versions.count == 0) {
        *outcome = CHANGE_CREATED;
        return create(c, fault);
    }
    *outcome = differs(site_state(&c->versions, day), &c->change->to, c->change->fields)
                   ? CHANGE_CHANGED
                   : CHANGE_UNCHANGED;
    return *outcome == CHANGE_CHANGED ? carry(c, day, fault) : ERR_OK;
}

enum err site_put(struct registrar *registrar, const struct site_change *change,
                  enum change_outcome *outcome, struct remarks *remarks, struct fault *fault)
{
    struct case_file c = {
        .registrar = registrar, .change = change, .remarks = remarks, .arena = arena_create()};
    enum err err = ERR_OK;
    int32_t day = 0;

    *outcome = CHANGE_REFUSED;
    if (!remarks->refused)
        err = store_site_versions(registrar_db(registrar), change->to.site_id, c.arena, &c.versions,
                                  fault);
    day = day_of_change(&c);
    if (err == ERR_OK && !remarks->refused)
        err = check(&c, day, fault);
    if (err == ERR_OK && !remarks->refused)
        err = write(&c, day, outcome, fault);
    if (err == ERR_OK && (*outcome == CHANGE_CREATED || *outcome == CHANGE_CHANGED))
        registrar_note_change(registrar, "site.change", change->to.site_id,
                              &(struct noted){site_fields, SITE_POLYGON, /* all before it */
                                              change->fields, &change->to, change->effective,
                                              *outcome == CHANGE_CREATED});
    arena_destroy(c.arena);
    return err;
}

/* ---- sites.csv ---- */

static enum err apply_row(struct registrar *registrar, const struct import_columns *columns,
                          const char *const *values, enum change_outcome *outcome,
                          struct remarks *remarks, struct fault *fault)
{
    struct site_change change = {
        .mode = CHANGE_PUT, .to = site_blank(), .effective = VEHICLE_DAY_NONE};

    change.fields =
        import_parse(site_fields, columns, values, &change.to, &change.effective, remarks);
    return site_put(registrar, &change, outcome, remarks, fault);
}

const struct import_kind import_sites = {
    .name = "sites",
    .fields = site_fields,
    .field_count = SITE_FIELDS,
    .mark = "polygon",
    .key = 1u << SITE_ID,
    .effective = true,
    .record_bytes = GEOMETRY_BYTES_MAX + (64u << 10),
    .apply = apply_row,
};
