#include <string.h>

#include "registry/vehicles/registrar_internal.h"

/* The newest version of the same exemption. */
static enum err find_same(struct registrar *r, const struct store_exemption *wanted,
                          const struct store_exemption **same, struct fault *fault)
{
    struct store_exemptions known;
    enum err err = store_exemptions_of(r->db, wanted->vehicle_id, r->arena, &known, fault);

    *same = NULL;
    for (size_t i = 0; err == ERR_OK && i < known.count; i++)
        if (known.items[i].reason == wanted->reason && known.items[i].from == wanted->from &&
            strcmp(known.items[i].document, wanted->document) == 0)
            *same = &known.items[i];
    return err;
}

static enum err check_vehicle(struct registrar *r, const char *vehicle_id, struct remarks *remarks,
                              struct fault *fault)
{
    struct store_vehicles versions;
    enum err err = store_vehicle_versions(r->db, vehicle_id, r->arena, &versions, fault);

    if (err == ERR_OK && versions.count == 0)
        remark_refuse(remarks, "vehicle_id", "there is no vehicle \"%.80s\"; import it first",
                      vehicle_id);
    return err;
}

static enum err append(struct registrar *r, const struct store_exemption *wanted, int64_t version,
                       struct fault *fault)
{
    struct store_exemption exemption = *wanted;
    enum err err = registrar_count_vehicle(r, wanted->vehicle_id, -1, fault);

    exemption.version = version;
    exemption.recorded_at = r->recorded_ms;
    memcpy(exemption.author, r->author, sizeof exemption.author);
    if (err == ERR_OK)
        err = store_exemption_append(r->db, &exemption, fault);
    return err == ERR_OK ? registrar_count_vehicle(r, wanted->vehicle_id, 1, fault) : err;
}

enum err registrar_exemption(struct registrar *r, enum change_mode mode,
                             const struct store_exemption *exemption, enum change_outcome *outcome,
                             struct remarks *remarks, struct fault *fault)
{
    const struct store_exemption *same = NULL;
    enum err err = ERR_OK;

    arena_reset(r->arena);
    *outcome = CHANGE_REFUSED;
    exemption_check(exemption, remarks);
    if (!remarks->refused)
        err = check_vehicle(r, exemption->vehicle_id, remarks, fault);
    if (err == ERR_OK && !remarks->refused)
        err = find_same(r, exemption, &same, fault);
    if (err == ERR_OK && same != NULL && mode == CHANGE_CREATE)
        remark_refuse(remarks, "document",
                      "this exemption (vehicle, reason, document, from) is on record already");
    if (err != ERR_OK || remarks->refused)
        return err;
    *outcome = same == NULL                      ? CHANGE_CREATED
               : same->until == exemption->until ? CHANGE_UNCHANGED
                                                 : CHANGE_CHANGED;
    if (*outcome == CHANGE_UNCHANGED)
        return ERR_OK;
    registrar_note_change(r, "exemption.change", exemption->vehicle_id,
                          &(struct noted){exemption_fields, EXEMPTION_FIELDS, ~0u, exemption,
                                          VEHICLE_DAY_NONE, same == NULL});
    return append(r, exemption, same == NULL ? 1 : same->version + 1, fault);
}
