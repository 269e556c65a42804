#include "registry/vehicles/counts.h"

enum err counts_read(struct sql *db, const struct count_query *query, count_row *each, void *arg,
                     struct fault *fault)
{
    return store_counts_read(db, query, each, arg, fault);
}

struct scan_target {
    vehicle_row *each;
    void *arg;
};

static void give_vehicle(void *arg, const struct store_vehicle *version, int owner_kind,
                         unsigned exempt)
{
    const struct scan_target *target = arg;
    const struct vehicle vehicle = {
        .at = *version, .owner_kind = (enum owner_kind)owner_kind, .exempt = exempt};

    target->each(target->arg, &vehicle);
}

enum err vehicles_scan(struct sql *db, const struct vehicle_scan *scan, vehicle_row *each,
                       void *arg, struct fault *fault)
{
    struct scan_target target = {each, arg};
    const struct store_vehicle_scan below = {
        .query = &scan->query,
        .owner_id = scan->owner_id,
        .after = scan->after,
        .limit = scan->limit,
    };

    return store_vehicle_scan(db, &below, give_vehicle, &target, fault);
}

struct count_target {
    count_row *each;
    void *arg;
};

static void count_one(void *arg, const struct vehicle *vehicle)
{
    const struct count_target *target = arg;
    const struct count_dims dims = vehicle_dims(vehicle);

    target->each(target->arg, &dims, 1);
}

enum err counts_read_owner(struct sql *db, const struct count_query *query, const char *owner_id,
                           count_row *each, void *arg, struct fault *fault)
{
    struct count_target target = {each, arg};
    const struct vehicle_scan scan = {.query = *query, .owner_id = owner_id};

    return vehicles_scan(db, &scan, count_one, &target, fault);
}
