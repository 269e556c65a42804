#include <string.h>

#include "registry/vehicles/registrar_internal.h"

static bool same_fields(const struct field *fields, size_t count, const void *left,
                        const void *right)
{
    for (size_t i = 0; i < count; i++)
        if (!field_same(&fields[i], left, right))
            return false;
    return true;
}

/* Of a subject that is not in the register an exception may speak: a hired truck, a plant to come.
 * A typing error looks the same, so it is remarked. */
static enum err check_subject(struct registrar *r, const struct store_exception *e,
                              struct remarks *remarks, struct fault *fault)
{
    struct store_vehicles vehicles = {.count = 1};
    struct store_orgs orgs = {.count = 1};
    enum err err = ERR_OK;

    if (e->subject_kind == EXCEPTION_VEHICLE)
        err = store_vehicle_versions(r->db, e->subject, r->arena, &vehicles, fault);
    if (e->subject_kind == EXCEPTION_ORG)
        err = store_org_versions(r->db, e->subject, r->arena, &orgs, fault);
    if (err == ERR_OK && (vehicles.count == 0 || orgs.count == 0))
        remark_warn(remarks, "subject", "\"%.80s\" is not in the register", e->subject);
    return err;
}

enum err registrar_exception(struct registrar *r, const struct store_exception *exception,
                             enum change_outcome *outcome, struct remarks *remarks,
                             struct fault *fault)
{
    struct store_exception to = *exception;
    struct store_exception known;
    bool found = false;
    enum err err = ERR_OK;

    arena_reset(r->arena);
    *outcome = CHANGE_REFUSED;
    exception_check(exception, remarks);
    if (remarks->refused)
        return ERR_OK;
    err = check_subject(r, exception, remarks, fault);
    if (err == ERR_OK)
        err = store_exception_get(r->db, exception, &found, &known, fault);
    if (err != ERR_OK)
        return err;
    *outcome = !found ? CHANGE_CREATED
               : same_fields(exception_fields, EXCEPTION_FIELDS, &known, exception)
                   ? CHANGE_UNCHANGED
                   : CHANGE_CHANGED;
    to.version = found ? known.version + 1 : 1;
    to.recorded_at = r->recorded_ms;
    memcpy(to.author, r->author, sizeof to.author);
    if (*outcome == CHANGE_UNCHANGED)
        return ERR_OK;
    registrar_note_change(
        r, "exception.change", to.subject,
        &(struct noted){exception_fields, EXCEPTION_FIELDS, ~0u, &to, VEHICLE_DAY_NONE, !found});
    return store_exception_append(r->db, &to, fault);
}

enum err registrar_statistic(struct registrar *r, const struct store_statistic *statistic,
                             enum change_outcome *outcome, struct remarks *remarks,
                             struct fault *fault)
{
    struct store_statistic to = *statistic;
    struct store_statistic known;
    bool found = false;
    enum err err = ERR_OK;

    *outcome = CHANGE_REFUSED;
    statistic_check(statistic, remarks);
    if (remarks->refused)
        return ERR_OK;
    err = store_statistic_get(r->db, statistic, &found, &known, fault);
    if (err != ERR_OK)
        return err;
    *outcome = !found ? CHANGE_CREATED
               : same_fields(statistic_fields, STATISTIC_FIELDS, &known, statistic)
                   ? CHANGE_UNCHANGED
                   : CHANGE_CHANGED;
    to.version = found ? known.version + 1 : 1;
    to.recorded_at = r->recorded_ms;
    memcpy(to.author, r->author, sizeof to.author);
    if (*outcome == CHANGE_UNCHANGED)
        return ERR_OK;
    registrar_note_change(
        r, "statistic.change", to.subject,
        &(struct noted){statistic_fields, STATISTIC_FIELDS, ~0u, &to, VEHICLE_DAY_NONE, !found});
    return store_statistic_append(r->db, &to, fault);
}
