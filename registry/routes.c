#include "registry/routes.h"

#include <string.h>

#include "registry/accounts/accounts_api.h"
#include "registry/audit/audit_api.h"
#include "registry/certificates/certificates_api.h"
#include "registry/compliance/compliance_api.h"
#include "registry/findings/findings_api.h"
#include "registry/freight/freight_api.h"
#include "registry/ingest/ingest_api.h"
#include "registry/ingest/room_api.h"
#include "registry/lists/lists_api.h"
#include "registry/live/live.h"
#include "registry/outlook/outlook_api.h"
#include "registry/rollup/activity_api.h"
#include "registry/rollup/balance_api.h"
#include "registry/rollup/evidence_api.h"
#include "registry/rollup/ledger_api.h"
#include "registry/rollup/samples_api.h"
#include "registry/sites/sites_api.h"
#include "registry/snapshot/snapshot_api.h"
#include "registry/system_api.h"
#include "registry/vehicles/directory_api.h"
#include "registry/vehicles/vehicles_api.h"

static const struct {
    const struct http_route *routes;
    const size_t *count;
} parts[] = {
    {system_routes, &system_route_count},
    {ingest_routes, &ingest_route_count},
    {room_routes, &room_route_count},
    {balance_routes, &balance_route_count},
    {samples_routes, &samples_route_count},
    {activity_routes, &activity_route_count},
    {vehicles_routes, &vehicles_route_count},
    {compliance_routes, &compliance_route_count},
    {evidence_routes, &evidence_route_count},
    {ledger_routes, &ledger_route_count},
    {findings_routes, &findings_route_count},
    {audit_routes, &audit_route_count},
    {outlook_routes, &outlook_route_count},
    {lists_routes, &lists_route_count},
    {directory_routes, &directory_route_count},
    {freight_routes, &freight_route_count},
    {accounts_routes, &accounts_route_count},
    {sites_routes, &sites_route_count},
    {snapshot_routes, &snapshot_route_count},
    {live_routes, &live_route_count},
    {certificates_routes, &certificates_route_count},
};

#define PART_COUNT (sizeof parts / sizeof parts[0])

struct http_route *routes_all(struct arena *arena, size_t *count)
{
    struct http_route *all = NULL;

    *count = 0;
    for (size_t i = 0; i < PART_COUNT; i++)
        *count += *parts[i].count;
    all = ARENA_ARRAY(arena, struct http_route, *count);
    *count = 0;
    for (size_t i = 0; i < PART_COUNT; i++) {
        memcpy(all + *count, parts[i].routes, *parts[i].count * sizeof all[0]);
        *count += *parts[i].count;
    }
    return all;
}
