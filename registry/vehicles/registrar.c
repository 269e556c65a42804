/*
 * registrar.c: the transaction, the owners' kinds it has looked up, and the counting of timelines.
 *
 * Counts are never compared: a change takes the vehicle's timeline out as it stood and adds it as
 * it stands; what stays the same cancels out in the batch of deltas and reaches no table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/store/store_register.h"
#include "registry/vehicles/registrar_internal.h"
#include "shared/when.h"

#define KINDS_SLOTS 4096u /* a power of two */
#define KINDS_MAX   2048u /* then it begins anew */

struct kinds_entry {
    const char *owner_id; /* NULL: free */
    struct owner_kinds kinds;
};

struct kinds_cache {
    struct arena *arena;
    size_t used;
    struct kinds_entry slots[KINDS_SLOTS];
};

struct registrar *registrar_create(struct sql *db, const struct clock *clock, const char *author)
{
    struct registrar *r = mem_alloc(1, sizeof *r);

    r->db = db;
    r->clock = clock;
    snprintf(r->author, sizeof r->author, "%s", author);
    r->role = AUDIT_COMMAND;
    r->each = true;
    r->audit = audit_batch_create();
    r->counts = count_batch_create();
    r->arena = arena_create();
    r->kinds = mem_alloc(1, sizeof *r->kinds);
    r->kinds->arena = arena_create();
    r->now_ms = r->recorded_ms = clock_wall_ms(clock);
    r->today = when_day_of(r->now_ms);
    return r;
}

void registrar_destroy(struct registrar *r)
{
    if (r == NULL)
        return;
    registrar_rollback(r);
    count_batch_destroy(r->counts);
    audit_batch_destroy(r->audit);
    arena_destroy(r->arena);
    arena_destroy(r->kinds->arena);
    free(r->kinds);
    free(r);
}

int32_t registrar_today(const struct registrar *r)
{
    return r->today;
}

int64_t registrar_recorded_ms(const struct registrar *r)
{
    return r->recorded_ms;
}

struct sql *registrar_db(const struct registrar *r)
{
    return r->db;
}

const char *registrar_author(const struct registrar *r)
{
    return r->author;
}

enum err registrar_begin(struct registrar *r, struct fault *fault)
{
    enum err err = sql_begin(r->db, SQL_WRITE, fault);

    if (err != ERR_OK)
        return err;
    r->in_transaction = true;
    r->now_ms = clock_wall_ms(r->clock);
    r->today = when_day_of(r->now_ms);
    registrar_kinds_forget(r); /* others may have changed them since */
    err = store_register_take(r->db, r->now_ms, &r->recorded_ms, fault);
    count_batch_record_at(r->counts, r->recorded_ms);
    if (err != ERR_OK)
        registrar_rollback(r);
    return err;
}

enum err registrar_commit(struct registrar *r, struct fault *fault)
{
    enum err err = count_batch_flush(r->counts, r->db, fault);

    if (err == ERR_OK)
        err = audit_batch_append(r->audit, r->db, fault);
    if (err == ERR_OK)
        err = sql_commit(r->db, fault);
    audit_batch_drop(r->audit);
    if (err == ERR_OK)
        r->in_transaction = false;
    else
        registrar_rollback(r);
    return err;
}

void registrar_rollback(struct registrar *r)
{
    if (r->in_transaction)
        sql_rollback(r->db);
    r->in_transaction = false;
    count_batch_drop(r->counts);
    audit_batch_drop(r->audit);
    registrar_kinds_forget(r);
}

/* ---- the audit log ---- */

void registrar_act_as(struct registrar *r, const char *role, bool each)
{
    r->role = role;
    r->each = each;
}

void registrar_note(struct registrar *r, const char *action, const char *subject, json_t *details)
{
    audit_batch_add(r->audit, &(struct audit_act){.at_ms = r->now_ms,
                                                  .who = r->author,
                                                  .role = r->role,
                                                  .action = action,
                                                  .subject = subject,
                                                  .details = details});
}

static json_t *noted_fields(const struct noted *noted)
{
    json_t *object = json_object();
    char text[FIELD_TEXT_SIZE];

    for (size_t i = 0; i < noted->count; i++)
        if ((noted->given & 1u << i) != 0)
            json_object_set_new(object, noted->fields[i].name,
                                json_string(field_text(&noted->fields[i], noted->record, text)));
    return object;
}

void registrar_note_change(struct registrar *r, const char *action, const char *subject,
                           const struct noted *noted)
{
    char from[WHEN_DAY_TEXT];
    json_t *details = NULL;

    if (!r->each)
        return;
    details = json_pack("{s:b, s:o}", "created", noted->created, "set", noted_fields(noted));
    if (noted->from != VEHICLE_DAY_NONE) {
        when_day_format(noted->from, from);
        json_object_set_new(details, "from", json_string(from));
    }
    registrar_note(r, action, subject, details);
}

/* ---- owners ---- */

void registrar_kinds_forget(struct registrar *r)
{
    if (r->kinds->used == 0)
        return;
    memset(r->kinds->slots, 0, sizeof r->kinds->slots);
    r->kinds->used = 0;
    arena_reset(r->kinds->arena);
}

static struct kinds_entry *kinds_slot(struct kinds_cache *cache, const char *owner_id)
{
    uint32_t hash = 2166136261u;
    size_t slot;

    for (const char *c = owner_id; *c != '\0'; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    slot = (hash ^ hash >> 15) & (KINDS_SLOTS - 1);
    while (cache->slots[slot].owner_id != NULL &&
           strcmp(cache->slots[slot].owner_id, owner_id) != 0)
        slot = (slot + 1) & (KINDS_SLOTS - 1);
    return &cache->slots[slot];
}

static enum err kinds_load(struct registrar *r, struct kinds_entry *entry, const char *owner_id,
                           struct fault *fault)
{
    struct arena *scratch = arena_create();
    struct store_orgs orgs;
    enum err err = store_org_versions(r->db, owner_id, scratch, &orgs, fault);

    if (err == ERR_OK) {
        struct kind_change *items = ARENA_ARRAY(r->kinds->arena, struct kind_change, orgs.count);
        for (size_t i = 0; i < orgs.count; i++)
            items[i] = (struct kind_change){orgs.items[i].valid_from, orgs.items[i].kind};
        entry->kinds = (struct owner_kinds){items, orgs.count};
        entry->owner_id = arena_text(r->kinds->arena, owner_id);
        r->kinds->used++;
    }
    arena_destroy(scratch);
    return err;
}

enum err registrar_kinds(struct registrar *r, const char *owner_id,
                         const struct owner_kinds **kinds, struct fault *fault)
{
    struct kinds_entry *entry = kinds_slot(r->kinds, owner_id);

    *kinds = &entry->kinds;
    return entry->owner_id == NULL ? kinds_load(r, entry, owner_id, fault) : ERR_OK;
}

/* For the timeline, which cannot fail: all its owners have been looked up before. */
static const struct owner_kinds *kinds_known(void *arg, const char *owner_id)
{
    struct registrar *r = arg;

    return &kinds_slot(r->kinds, owner_id)->kinds;
}

static enum err load_owners(struct registrar *r, const struct store_vehicles *versions,
                            struct fault *fault)
{
    const struct owner_kinds *kinds = NULL;
    enum err err = ERR_OK;

    if (r->kinds->used + versions->count > KINDS_MAX)
        registrar_kinds_forget(r);
    for (size_t i = 0; i < versions->count && err == ERR_OK; i++)
        err = registrar_kinds(r, versions->items[i].owner_id, &kinds, fault);
    return err;
}

/* ---- timelines ---- */

enum err registrar_timeline(struct registrar *r, const struct store_vehicles *versions,
                            struct timeline *timeline, struct fault *fault)
{
    struct store_exemptions exemptions = {0};
    enum err err = ERR_OK;

    *timeline = (struct timeline){0};
    if (versions->count == 0)
        return ERR_OK;
    err = load_owners(r, versions, fault);
    if (err == ERR_OK)
        err =
            store_exemptions_of(r->db, versions->items[0].vehicle_id, r->arena, &exemptions, fault);
    if (err == ERR_OK)
        *timeline = timeline_make(
            &(struct timeline_sources){
                .versions = versions->items,
                .version_count = versions->count,
                .exemptions = exemptions.items,
                .exemption_count = exemptions.count,
                .kinds = kinds_known,
                .kinds_arg = r,
            },
            r->arena);
    return err;
}

enum err registrar_count(struct registrar *r, const struct timeline *timeline, int sign,
                         struct fault *fault)
{
    enum err err = ERR_OK;

    for (size_t i = 0; i < timeline->count && err == ERR_OK; i++) {
        const struct segment *s = &timeline->segments[i];
        err = count_batch_add(r->counts, r->db, COUNT_STOCK, &s->dims, s->from, sign, fault);
        if (err == ERR_OK && s->to != WHEN_DAY_NEVER)
            err = count_batch_add(r->counts, r->db, COUNT_STOCK, &s->dims, s->to, -sign, fault);
    }
    if (err == ERR_OK && timeline->added)
        err = count_batch_add(r->counts, r->db, COUNT_ADDED, &timeline->added_dims,
                              timeline->added_day, sign, fault);
    return err;
}

enum err registrar_count_vehicle(struct registrar *r, const char *vehicle_id, int sign,
                                 struct fault *fault)
{
    struct store_vehicles versions;
    struct timeline timeline;
    enum err err = store_vehicle_versions(r->db, vehicle_id, r->arena, &versions, fault);

    if (err == ERR_OK)
        err = registrar_timeline(r, &versions, &timeline, fault);
    return err == ERR_OK ? registrar_count(r, &timeline, sign, fault) : err;
}
