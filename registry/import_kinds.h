/* import_kinds: every kind of file that the registry takes, for the command line and for guessing by
 * the header. A part adds its kinds here. */
#ifndef EVROLL_REGISTRY_IMPORT_KINDS_H
#define EVROLL_REGISTRY_IMPORT_KINDS_H

#include "registry/vehicles/import_kind.h"

extern const struct import_kind *const import_kinds[]; /* ends with NULL */

#endif
