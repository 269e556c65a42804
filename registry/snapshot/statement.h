/* statement: the text of a snapshot that is signed, as JSON. Private to registry/snapshot. */
#ifndef EVROLL_REGISTRY_SNAPSHOT_STATEMENT_H
#define EVROLL_REGISTRY_SNAPSHOT_STATEMENT_H

#include <jansson.h>

#include "registry/compliance/compliance.h"
#include "registry/snapshot/pack.h"
#include "registry/snapshot/snapshot.h"
#include "registry/store/store_register.h"

/* What the read transaction read. */
struct snapshot_facts {
    struct compliance compliance;
    struct store_register reg;
    struct store_register_size size;
    struct store_audit_head head;
    int64_t known_ms; /* what was recorded by then is in it */
    struct packed vehicles, sources;
    int64_t vehicle_rows, source_rows;
};

/* Are the vehicles behind this rule's figure listed? */
bool statement_lists(const struct rule *rule);

/* The caller owns the reference. */
json_t *statement_json(const struct snapshot_request *request, const struct snapshot_facts *facts,
                       int64_t number, int64_t created_ms);

#endif
