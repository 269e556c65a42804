/* import_freight: freight.csv as a kind of file (registry/vehicles/import_kind.h). */
#ifndef EVROLL_REGISTRY_FREIGHT_IMPORT_FREIGHT_H
#define EVROLL_REGISTRY_FREIGHT_IMPORT_FREIGHT_H

#include "registry/vehicles/import_kind.h"

extern const struct import_kind import_freight;

#endif
