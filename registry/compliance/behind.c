#include "registry/compliance/behind.h"

#include <stdio.h>
#include <string.h>

/* The scan cannot tell yes from no, so a page is filled from several scans. */
#define SCAN_ROWS 1000

struct page {
    const struct behind_query *query;
    struct arena *arena;
    behind_each *each;
    void *arg;
    int64_t given;
    int64_t scanned;             /* in this scan */
    bool more;                   /* one was found that no longer fits */
    char last[VEHICLE_ID_SIZE];  /* of the rows given */
    char after[VEHICLE_ID_SIZE]; /* of the rows scanned */
};

static void take_vehicle(void *arg, const struct vehicle *vehicle)
{
    struct page *page = arg;
    struct count_dims dims = vehicle_dims(vehicle);
    const struct rule *rule = page->query->scope.rule;
    enum counts_as as = scope_counts(rule, &dims);

    page->scanned++;
    memcpy(page->after, vehicle->at.vehicle_id, sizeof page->after);
    if (page->more || (!page->query->all && as != page->query->as))
        return;
    if (page->given == page->query->limit) {
        page->more = true;
        return;
    }
    page->given++;
    memcpy(page->last, vehicle->at.vehicle_id, sizeof page->last);
    const struct behind_row row = {
        .vehicle = *vehicle, .as = as, .why = scope_why(rule, &dims, page->arena)};
    page->each(page->arg, &row);
}

enum err behind_read(struct sql *db, const struct behind_query *query, struct arena *arena,
                     behind_each *each, void *arg, const char **next, struct fault *fault)
{
    struct page page = {.query = query, .arena = arena, .each = each, .arg = arg};
    enum err err = ERR_OK;

    *next = NULL;
    if (query->scope.nothing)
        return ERR_OK;
    if (query->after != NULL)
        snprintf(page.after, sizeof page.after, "%s", query->after);
    do {
        char after[VEHICLE_ID_SIZE]; /* apart: page.after moves while the scan runs */
        memcpy(after, page.after, sizeof after);
        const struct vehicle_scan scan = {
            .query = query->scope.query,
            .owner_id = query->scope.owner_id,
            .after = after,
            .limit = SCAN_ROWS,
        };
        page.scanned = 0;
        err = vehicles_scan(db, &scan, take_vehicle, &page, fault);
    } while (err == ERR_OK && !page.more && page.scanned == SCAN_ROWS);
    if (page.more)
        *next = arena_text(arena, page.last);
    return err;
}
