#include <string.h>

#include "registry/vehicles/registrar_internal.h"

#define PAGE 500

/* Takes all vehicles that ever had this owner out of the counts, or adds them. A page at a time, so
 * that the largest owner costs no more memory than the smallest. */
static enum err count_vehicles_of(struct registrar *r, const char *org_id, int sign,
                                  struct fault *fault)
{
    struct arena *pages = arena_create();
    const char *after = "";
    const char **ids = NULL;
    size_t count = PAGE;
    enum err err = ERR_OK;
    char last[VEHICLE_ID_SIZE];

    while (count == PAGE && err == ERR_OK) {
        err = store_vehicle_ids_of_owner(r->db, org_id, after, PAGE, pages, &ids, &count, fault);
        for (size_t i = 0; i < count && err == ERR_OK; i++) {
            arena_reset(r->arena);
            err = registrar_count_vehicle(r, ids[i], sign, fault);
        }
        if (err == ERR_OK && count > 0) {
            memcpy(last, ids[count - 1], strlen(ids[count - 1]) + 1);
            after = last;
            arena_reset(pages);
        }
    }
    arena_destroy(pages);
    return err;
}

static const struct store_org *state_on(const struct store_orgs *versions, int32_t day)
{
    const struct store_org *state = NULL;

    for (size_t i = 0; i < versions->count && versions->items[i].valid_from <= day; i++)
        state = &versions->items[i];
    return state;
}

static bool differs(const struct store_org *left, const struct store_org *right, unsigned fields)
{
    for (unsigned i = 0; i < ORG_FIELDS; i++)
        if ((fields & 1u << i) != 0 && !field_same(&org_fields[i], left, right))
            return true;
    return false;
}

static void copy_given(struct store_org *to, const struct org_change *change)
{
    for (unsigned i = 0; i < ORG_FIELDS; i++)
        if ((change->fields & 1u << i) != 0)
            field_copy(&org_fields[i], to, &change->to);
}

static void check_there(const struct org_change *change, bool there, struct remarks *remarks)
{
    if (there && change->mode == CHANGE_CREATE)
        remark_refuse_as(remarks, ERR_CONFLICT, "org_id",
                         "is in the register already; change it there");
    if (!there && change->mode == CHANGE_PATCH)
        remark_refuse_as(remarks, ERR_NOT_FOUND, "org_id", "there is no org \"%s\"",
                         change->to.org_id);
    for (unsigned i = 0; i < ORG_FIELDS; i++)
        if (!there && org_fields[i].required && (change->fields & 1u << i) == 0)
            remark_refuse(remarks, org_fields[i].name, "is required for a new org");
}

static enum err append(struct registrar *r, struct store_org *org, bool recount,
                       struct fault *fault)
{
    enum err err = recount ? count_vehicles_of(r, org->org_id, -1, fault) : ERR_OK;

    org->recorded_at = r->recorded_ms;
    memcpy(org->author, r->author, sizeof org->author);
    if (err == ERR_OK)
        err = store_org_append(r->db, org, fault);
    registrar_kinds_forget(r);
    return err == ERR_OK && recount ? count_vehicles_of(r, org->org_id, 1, fault) : err;
}

/* A change also holds for versions that begin later, field by field, like those of vehicles
 * (amend.h): each later version that did not change a field itself gets it. */
static enum err carry(struct registrar *r, const struct store_orgs *versions,
                      const struct org_change *change, int32_t day, struct fault *fault)
{
    const struct store_org *state = state_on(versions, day);
    int64_t number = 0;
    unsigned fields = change->fields;
    enum err err = ERR_OK;
    int32_t from = day;

    for (size_t i = 0; i < versions->count; i++)
        if (versions->items[i].version > number)
            number = versions->items[i].version;
    for (size_t next = 0; err == ERR_OK; next++) {
        if (differs(state, &change->to, fields)) {
            struct store_org org = *state;
            struct org_change part = *change;
            part.fields = fields;
            copy_given(&org, &part);
            org.valid_from = from;
            org.version = ++number;
            err = append(r, &org, org.kind != state->kind, fault);
        }
        while (next < versions->count && versions->items[next].valid_from <= from)
            next++;
        if (next >= versions->count)
            break;
        from = versions->items[next].valid_from;
        for (unsigned i = 0; i < ORG_FIELDS; i++)
            if (!field_same(&org_fields[i], state, state_on(versions, from)))
                fields &= ~(1u << i);
        state = state_on(versions, from);
    }
    return err;
}

static enum err org_create(struct registrar *r, const struct org_change *change,
                           struct remarks *remarks, struct fault *fault)
{
    struct store_org org = org_blank();

    copy_given(&org, change);
    org.version = 1;
    org.valid_from = ORG_ALWAYS;
    org_check(&org, remarks);
    return remarks->refused ? ERR_OK : append(r, &org, false, fault);
}

static bool changes_anything(const struct store_orgs *versions, const struct org_change *change,
                             int32_t day)
{
    return differs(state_on(versions, day), &change->to, change->fields);
}

enum err registrar_org(struct registrar *r, const struct org_change *change,
                       enum change_outcome *outcome, struct remarks *remarks, struct fault *fault)
{
    struct arena *arena = arena_create();
    int32_t day = change->effective == VEHICLE_DAY_NONE ? r->today : change->effective;
    struct store_orgs versions = {0};
    enum err err = ERR_OK;

    *outcome = CHANGE_REFUSED;
    if (!remarks->refused)
        err = store_org_versions(r->db, change->to.org_id, arena, &versions, fault);
    if (err == ERR_OK && !remarks->refused)
        check_there(change, versions.count > 0, remarks);
    if (err == ERR_OK && !remarks->refused && versions.count == 0) {
        err = org_create(r, change, remarks, fault);
        *outcome = remarks->refused ? CHANGE_REFUSED : CHANGE_CREATED;
    } else if (err == ERR_OK && !remarks->refused) {
        struct store_org org = *state_on(&versions, day);
        copy_given(&org, change);
        org_check(&org, remarks);
        *outcome = changes_anything(&versions, change, day) ? CHANGE_CHANGED : CHANGE_UNCHANGED;
        if (*outcome == CHANGE_CHANGED)
            err = carry(r, &versions, change, day, fault);
    }
    if (*outcome == CHANGE_CREATED || *outcome == CHANGE_CHANGED)
        registrar_note_change(r, "org.change", change->to.org_id,
                              &(struct noted){org_fields, ORG_FIELDS, change->fields, &change->to,
                                              *outcome == CHANGE_CREATED ? VEHICLE_DAY_NONE : day,
                                              *outcome == CHANGE_CREATED});
    arena_destroy(arena);
    return err;
}
