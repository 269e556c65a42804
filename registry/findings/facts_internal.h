/* facts_internal: what the files that load facts share. */
#ifndef EVROLL_REGISTRY_FINDINGS_FACTS_INTERNAL_H
#define EVROLL_REGISTRY_FINDINGS_FACTS_INTERNAL_H

#include "registry/findings/facts.h"

struct loading {
    struct sql *db;
    struct arena *arena;
    struct facts *facts;
};

/* Of a machine that burns: the time it was at sites of state-owned enterprises. Of a vehicle that is
 * declared outside: where it worked. */
enum err facts_load_places(const struct loading *loading, struct fault *fault) ERR_CHECKED;
/* Of a report: its tonnes by truck, and those of the gates. */
enum err facts_load_report(const struct loading *loading, struct fault *fault) ERR_CHECKED;

#endif
