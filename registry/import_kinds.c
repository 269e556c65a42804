#include "registry/import_kinds.h"

#include "registry/freight/import_freight.h"

const struct import_kind *const import_kinds[] = {
    &import_orgs,
    &import_vehicles,
    &import_exemptions,
    &import_exceptions,
    &import_statistics,
    &import_freight,
    NULL,
};
