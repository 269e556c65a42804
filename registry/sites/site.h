/*
 * site: the columns of sites.csv, and the one way in which sites change.
 *
 * A change names fields and a day from which they hold (today when none is given); it is carried
 * forward into versions that begin later, field by field, until one of those changed the field
 * itself. A new site holds from SITE_ALWAYS unless a day is given. A site that closes gets the
 * polygon "POLYGON EMPTY" from that day. Where a change moves a polygon, or makes an area built-up
 * or no longer so, the hours that lie in the place before or after are put down for another rollup
 * in the same transaction.
 *
 * Goes through the register's registrar: begin, changes, commit. Threads: the connection's.
 */
#ifndef EVROLL_REGISTRY_SITES_SITE_H
#define EVROLL_REGISTRY_SITES_SITE_H

#include "registry/store/store_sites.h"
#include "registry/vehicles/import_kind.h"

enum site_kind { SITE_NONE, SITE_PLANT, SITE_PARK, SITE_BUILT_UP, SITE_KIND_COUNT };
extern const struct vocabulary vocabulary_site_kind;

enum site_field { SITE_ID, SITE_ORG, SITE_NAME, SITE_KIND, SITE_POLYGON, SITE_FIELDS };
extern const struct field site_fields[SITE_FIELDS];

extern const struct import_kind import_sites;

struct store_site site_blank(void);

struct site_change {
    enum change_mode mode;
    struct store_site to; /* site_id, and the fields given; the polygon is borrowed */
    unsigned fields;      /* mask of 1u << enum site_field */
    int32_t effective;    /* VEHICLE_DAY_NONE: see above */
};

enum err site_put(struct registrar *registrar, const struct site_change *change,
                  enum change_outcome *outcome, struct remarks *remarks,
                  struct fault *fault) ERR_CHECKED;

/* The version that holds on a day; NULL before the first. */
const struct store_site *site_state(const struct store_sites *versions, int32_t day);

#endif
