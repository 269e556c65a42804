#include "registry/import_kinds.h"

#include "registry/freight/import_freight.h"
#include "registry/sites/gate.h"
#include "registry/sites/site.h"
#include "registry/vehicles/unit_change.h"

/* sites.csv before orgs.csv, and vehicles.csv before units.csv, whose telling columns they have too. */
const struct import_kind *const import_kinds[] = {
    &import_sites,      &import_gate_trips, &import_orgs,       &import_vehicles, &import_units,
    &import_exemptions, &import_exceptions, &import_statistics, &import_freight,  NULL,
};
