/* registrar_internal: what the files of the registrar share. */
#ifndef EVROLL_REGISTRY_VEHICLES_REGISTRAR_INTERNAL_H
#define EVROLL_REGISTRY_VEHICLES_REGISTRAR_INTERNAL_H

#include "registry/vehicles/registrar.h"
#include "registry/vehicles/timeline.h"

struct kinds_cache;

struct registrar {
    struct sql *db;
    const struct clock *clock;
    char author[65];
    const char *role;
    bool each; /* is each change an entry of the audit log? */
    struct audit_batch *audit;
    bool in_transaction;
    int32_t today;
    int64_t now_ms;
    int64_t recorded_ms; /* at which the transaction is recorded (store_register.h) */
    struct count_batch *counts;
    struct arena *arena; /* of one change; reset before the next */
    struct kinds_cache *kinds;
};

/* Looks the owner's kinds up; none when there is no such org. */
enum err registrar_kinds(struct registrar *registrar, const char *owner_id,
                         const struct owner_kinds **kinds, struct fault *fault) ERR_CHECKED;
/* Forgets what it knows of owners: their versions change. */
void registrar_kinds_forget(struct registrar *registrar);

/* The timeline of these versions with their owners and exemptions as the store has them. */
enum err registrar_timeline(struct registrar *registrar, const struct store_vehicles *versions,
                            struct timeline *timeline, struct fault *fault) ERR_CHECKED;
/* Adds a timeline to the counts, or takes it out (sign -1). */
enum err registrar_count(struct registrar *registrar, const struct timeline *timeline, int sign,
                         struct fault *fault) ERR_CHECKED;
/* The same for a vehicle as it stands in the store. */
enum err registrar_count_vehicle(struct registrar *registrar, const char *vehicle_id, int sign,
                                 struct fault *fault) ERR_CHECKED;

#endif
