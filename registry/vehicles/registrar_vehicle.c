/*
 * registrar_vehicle.c: one change of one vehicle, in this order: what is there; what it becomes
 * (amend); may it (checks, owner, unit); write versions, bindings, counts. Everything that can
 * refuse stands before the first write.
 */
#include <inttypes.h>
#include <string.h>

#include "registry/store/store_built_up.h"
#include "registry/store/store_finding_queue.h"
#include "registry/store/store_gate_trips.h"
#include "registry/store/store_terminals.h"
#include "registry/vehicles/amend.h"
#include "registry/vehicles/registrar_internal.h"
#include "shared/when.h"

#define BIT(field) (1u << (field))

struct case_file { /* everything about one change */
    struct registrar *r;
    const struct vehicle_change *change;
    struct remarks *remarks;
    struct store_vehicles before, after;
    struct timeline was, becomes;
    struct store_bindings bound, binds;
    int32_t day; /* from which it holds */
};

static unsigned required_fields(void)
{
    unsigned fields = 0;

    for (unsigned i = 0; i < VEHICLE_FIELDS; i++)
        if (vehicle_fields[i].required)
            fields |= BIT(i);
    return fields;
}

static void create(struct case_file *c)
{
    unsigned missing = required_fields() & ~c->change->fields;
    struct store_vehicle *first = ARENA_NEW(c->r->arena, struct store_vehicle);

    for (unsigned i = 0; i < VEHICLE_FIELDS; i++)
        if ((missing & BIT(i)) != 0)
            remark_refuse(c->remarks, vehicle_fields[i].name, "is required for a new vehicle");
    *first = vehicle_blank();
    for (unsigned i = 0; i < VEHICLE_FIELDS; i++)
        if ((c->change->fields & BIT(i)) != 0)
            field_copy(&vehicle_fields[i], first, &c->change->to);
    first->version = 1;
    first->valid_from = c->day = first->added;
    c->after = (struct store_vehicles){first, 1};
}

/* The day from which a change holds, by the rules of registrar.h; a changed `added` has moved the first. */
static int32_t effective_day(const struct case_file *c)
{
    int32_t first = c->after.items[0].valid_from;

    if (c->change->effective == VEHICLE_DAY_NONE)
        return c->r->today > first ? c->r->today : first;
    if (c->change->mode == CHANGE_PUT && c->change->effective < first)
        return first;
    return c->change->effective;
}

static int32_t earlier(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

/* A removal holds from its own day when that is past, whenever it is recorded; another date for a
 * removal on record reaches back to the earlier of the two. A return holds from the day given. */
static void change_removed(struct case_file *c)
{
    const struct store_vehicle *state = timeline_state(c->after.items, c->after.count, c->day);
    int32_t first = c->after.items[0].valid_from;
    int32_t from = c->day;

    if (c->change->to.removed == state->removed)
        return;
    if (c->change->to.removed != WHEN_DAY_NEVER)
        from = earlier(earlier(from, c->change->to.removed), state->removed);
    amend(&c->after, &c->change->to, BIT(VEHICLE_REMOVED), from < first ? first : from,
          c->r->arena);
}

static void change_known(struct case_file *c)
{
    const struct store_vehicle *to = &c->change->to;
    unsigned fields = c->change->fields;
    unsigned plain = fields & ~(BIT(VEHICLE_ID) | BIT(VEHICLE_ADDED) | BIT(VEHICLE_REMOVED));
    int32_t added = c->before.items[c->before.count - 1].added;

    c->after = c->before;
    if ((fields & BIT(VEHICLE_ADDED)) != 0 && to->added != added)
        amend(&c->after, to, BIT(VEHICLE_ADDED), earlier(to->added, c->before.items[0].valid_from),
              c->r->arena); /* all its states have the same `added` */
    c->day = effective_day(c);
    if (c->day < c->after.items[0].valid_from) {
        remark_refuse(c->remarks, "effective", "is before the vehicle's first day here");
        return;
    }
    if ((fields & BIT(VEHICLE_REMOVED)) != 0)
        change_removed(c);
    if (plain != 0)
        amend(&c->after, to, plain, c->day, c->r->arena);
}

/* Every state the vehicle will ever have must be possible; warnings are about the one changed. */
static void check_states(struct case_file *c)
{
    const struct store_vehicle *changed = timeline_state(c->after.items, c->after.count, c->day);

    if (changed != NULL)
        vehicle_check(changed, c->remarks);
    for (size_t i = 0; i < c->after.count && !c->remarks->refused; i++) {
        const struct store_vehicle *state =
            timeline_state(c->after.items, c->after.count, c->after.items[i].valid_from);
        if (state->removed < state->added)
            remark_refuse(c->remarks, "added", "would be after a removal that is on record");
    }
}

static enum err check_owner(struct case_file *c, struct fault *fault)
{
    const struct owner_kinds *kinds = NULL;
    enum err err = ERR_OK;

    if ((c->change->fields & BIT(VEHICLE_OWNER)) == 0)
        return ERR_OK;
    err = registrar_kinds(c->r, c->change->to.owner_id, &kinds, fault);
    if (err == ERR_OK && kinds->count == 0)
        remark_refuse(c->remarks, "owner_id", "there is no org \"%s\"; import it first",
                      c->change->to.owner_id);
    return err;
}

static bool binding_in(const struct store_bindings *list, const struct store_binding *wanted)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].from == wanted->from && list->items[i].to == wanted->to &&
            strcmp(list->items[i].unit, wanted->unit) == 0)
            return true;
    return false;
}

static enum err check_bindings(struct case_file *c, struct fault *fault)
{
    enum err err = ERR_OK;

    for (size_t i = 0; i < c->binds.count && err == ERR_OK && !c->remarks->refused; i++) {
        struct store_binding clash;
        bool found = false;
        char from[WHEN_DAY_TEXT];

        if (binding_in(&c->bound, &c->binds.items[i]))
            continue;
        err = store_binding_clash(c->r->db, &c->binds.items[i], &clash, &found, fault);
        if (err != ERR_OK || !found)
            continue;
        when_day_format(clash.from, from);
        remark_refuse_as(c->remarks, ERR_CONFLICT, "unit",
                         "\"%s\" is in vehicle \"%.80s\" since %s; end that first", clash.unit,
                         clash.vehicle_id, from);
    }
    return err;
}

/* What there is of the vehicle, and what the change would make of it. */
static enum err prepare(struct case_file *c, struct fault *fault)
{
    const char *id = c->change->to.vehicle_id;
    enum err err = store_vehicle_versions(c->r->db, id, c->r->arena, &c->before, fault);

    if (err != ERR_OK)
        return err;
    if (c->before.count == 0 && c->change->mode == CHANGE_PATCH)
        remark_refuse_as(c->remarks, ERR_NOT_FOUND, "vehicle_id", "there is no vehicle \"%.80s\"",
                         id);
    else if (c->before.count > 0 && c->change->mode == CHANGE_CREATE)
        remark_refuse_as(c->remarks, ERR_CONFLICT, "vehicle_id",
                         "is in the register already; change it there");
    else if (c->before.count == 0)
        create(c);
    else
        change_known(c);
    if (c->remarks->refused)
        return ERR_OK;
    check_states(c);
    return c->remarks->refused ? ERR_OK : check_owner(c, fault);
}

static bool changes(const struct case_file *c)
{
    return c->after.count > c->before.count;
}

/* Timelines before and after, and the bindings made of them. */
static enum err foresee(struct case_file *c, struct fault *fault)
{
    enum err err = registrar_timeline(c->r, &c->before, &c->was, fault);

    if (err == ERR_OK)
        err = registrar_timeline(c->r, &c->after, &c->becomes, fault);
    if (err != ERR_OK)
        return err;
    c->bound = timeline_bindings(&c->was, c->change->to.vehicle_id, c->r->arena);
    c->binds = timeline_bindings(&c->becomes, c->change->to.vehicle_id, c->r->arena);
    return check_bindings(c, fault);
}

static enum err write_versions(struct case_file *c, struct fault *fault)
{
    int64_t known = 0;
    enum err err = ERR_OK;

    for (size_t i = 0; i < c->before.count; i++)
        if (c->before.items[i].version > known)
            known = c->before.items[i].version;
    for (size_t i = 0; i < c->after.count && err == ERR_OK; i++) {
        struct store_vehicle *v = &c->after.items[i];
        if (v->version <= known)
            continue;
        v->recorded_at = c->r->recorded_ms;
        memcpy(v->author, c->r->author, sizeof v->author);
        err = store_vehicle_append(c->r->db, v, fault);
    }
    return err;
}

/* A binding belongs to the terminal, too: whoever has read that one has to hear of it. */
static enum err drop_binding(struct sql *db, const struct store_binding *binding,
                             struct fault *fault)
{
    enum err err = store_binding_drop(db, binding, fault);

    return err == ERR_OK ? store_terminal_touch(db, binding->unit, fault) : err;
}

static enum err put_binding(struct sql *db, const struct store_binding *binding,
                            struct fault *fault)
{
    enum err err = store_binding_put(db, binding, fault);

    return err == ERR_OK ? store_terminal_touch(db, binding->unit, fault) : err;
}

static enum err write_bindings(struct case_file *c, struct fault *fault)
{
    enum err err = ERR_OK;

    for (size_t i = 0; i < c->bound.count && err == ERR_OK; i++)
        if (!binding_in(&c->binds, &c->bound.items[i]))
            err = drop_binding(c->r->db, &c->bound.items[i], fault);
    for (size_t i = 0; i < c->binds.count && err == ERR_OK; i++)
        if (!binding_in(&c->bound, &c->binds.items[i]))
            err = put_binding(c->r->db, &c->binds.items[i], fault);
    return err;
}

/* The findings look at the vehicle now, and again when a later state begins. */
static enum err queue_findings(struct case_file *c, struct fault *fault)
{
    const char *id = c->change->to.vehicle_id;
    enum err err =
        store_finding_queue_put(c->r->db, FINDING_OF_VEHICLE, id, 0, c->r->now_ms, fault);

    for (size_t i = 0; i < c->after.count && err == ERR_OK; i++) {
        const struct store_vehicle *v = &c->after.items[i];
        const int32_t days[] = {v->valid_from, v->removed};
        for (size_t k = 0; k < 2 && err == ERR_OK; k++)
            if (days[k] > c->r->today && days[k] != WHEN_DAY_NEVER)
                err = store_finding_queue_put(c->r->db, FINDING_OF_VEHICLE, id, days[k],
                                              days[k] * WHEN_DAY_MS - WHEN_ZONE_MS, fault);
    }
    return err;
}

static enum err write_all(struct case_file *c, struct fault *fault)
{
    enum err err = write_versions(c, fault);

    if (err == ERR_OK)
        err = write_bindings(c, fault);
    if (err == ERR_OK)
        err = queue_findings(c, fault);
    if (err == ERR_OK)
        err = registrar_count(c->r, &c->was, -1, fault);
    if (err == ERR_OK)
        err = store_gate_rematch_put(c->r->db, c->change->to.vehicle_id, c->r->now_ms, fault);
    if (err == ERR_OK)
        err = store_built_up_queue_vehicle(c->r->db, c->change->to.vehicle_id, c->r->now_ms, fault);
    return err == ERR_OK ? registrar_count(c->r, &c->becomes, 1, fault) : err;
}

enum err registrar_vehicle(struct registrar *r, const struct vehicle_change *change,
                           struct store_vehicle *now, enum change_outcome *outcome,
                           struct remarks *remarks, struct fault *fault)
{
    struct case_file c = {.r = r, .change = change, .remarks = remarks};
    enum err err;

    arena_reset(r->arena);
    *outcome = CHANGE_REFUSED;
    if (remarks->refused)
        return ERR_OK;
    err = prepare(&c, fault);
    if (err == ERR_OK && !remarks->refused && changes(&c))
        err = foresee(&c, fault);
    if (err != ERR_OK || remarks->refused)
        return err;
    *outcome = !changes(&c)          ? CHANGE_UNCHANGED
               : c.before.count == 0 ? CHANGE_CREATED
                                     : CHANGE_CHANGED;
    if (changes(&c))
        err = write_all(&c, fault);
    if (changes(&c))
        registrar_note_change(r, "vehicle.change", change->to.vehicle_id,
                              &(struct noted){vehicle_fields, VEHICLE_FIELDS, change->fields,
                                              &change->to, c.day, c.before.count == 0});
    if (err == ERR_OK && now != NULL)
        *now = *timeline_state(c.after.items, c.after.count, c.day);
    return err;
}
