#include "registry/vehicles/counts.h"

#include <stdio.h>
#include <string.h>

#include "registry/store/store_register.h"

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

enum err vehicles_oldest(struct sql *db, const struct store_vehicle_oldest *oldest,
                         vehicle_row *each, void *arg, struct fault *fault)
{
    struct scan_target target = {each, arg};

    return store_vehicle_oldest(db, oldest, give_vehicle, &target, fault);
}

enum err vehicles_heard(struct sql *db, const struct store_vehicle_heard *heard, vehicle_row *each,
                        void *arg, struct fault *fault)
{
    struct scan_target target = {each, arg};

    return store_vehicle_heard(db, heard, give_vehicle, &target, fault);
}

/* ---- a page ---- */

/* A page is mostly found among as many vehicles as it has rows, and one more; where few are kept, more
 * are read each time. */
#define SCAN_ROWS 1000

struct filling {
    const struct vehicle_page *page;
    int64_t given;
    int64_t scanned;             /* in this scan */
    bool more;                   /* one was found that no longer fits */
    char last[VEHICLE_ID_SIZE];  /* of the vehicles given */
    char after[VEHICLE_ID_SIZE]; /* of the vehicles scanned */
};

static void fill(void *arg, const struct vehicle *vehicle)
{
    struct filling *f = arg;

    f->scanned++;
    memcpy(f->after, vehicle->at.vehicle_id, sizeof f->after);
    if (f->more || !f->page->keep(f->page->keep_arg, vehicle))
        return;
    if (f->given == f->page->scan.limit) {
        f->more = true;
        return;
    }
    f->given++;
    memcpy(f->last, vehicle->at.vehicle_id, sizeof f->last);
    f->page->each(f->page->arg, vehicle);
}

enum err vehicles_page(struct sql *db, const struct vehicle_page *page, struct arena *arena,
                       const char **next, struct fault *fault)
{
    struct filling f = {.page = page};
    int64_t rows = page->scan.limit < SCAN_ROWS ? page->scan.limit + 1 : SCAN_ROWS;
    bool full = true;
    enum err err = ERR_OK;

    *next = NULL;
    if (page->scan.after != NULL)
        snprintf(f.after, sizeof f.after, "%s", page->scan.after);
    do {
        char after[VEHICLE_ID_SIZE]; /* apart: f.after moves while the scan runs */
        struct vehicle_scan scan = page->scan;
        memcpy(after, f.after, sizeof after);
        scan.after = after;
        scan.limit = rows;
        f.scanned = 0;
        err = vehicles_scan(db, &scan, fill, &f, fault);
        full = f.scanned == rows;
        rows = rows < SCAN_ROWS / 4 ? rows * 4 : SCAN_ROWS;
    } while (err == ERR_OK && !f.more && full);
    if (f.more)
        *next = arena_text(arena, f.last);
    return err;
}

/* ---- one owner ---- */

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

/* The changes of counts are kept from counted_ms on; what was known before is in the versions. */
enum err counts_read(struct sql *db, const struct count_query *query, count_row *each, void *arg,
                     struct fault *fault)
{
    struct store_register reg = {0};
    enum err err = query->known_ms == 0 ? ERR_OK : store_register_read(db, &reg, fault);

    if (err != ERR_OK)
        return err;
    if (query->known_ms != 0 && query->known_ms < reg.counted_ms)
        return counts_read_owner(db, query, NULL, each, arg, fault);
    return store_counts_read(db, query, each, arg, fault);
}
