/*
 * access: what somebody may do with the freight reports of an enterprise. The one place where roles
 * and enterprises meet; every handler of this folder asks here.
 *
 * A reporter sees and writes those of his own enterprise and no other. Who only reads, in
 * the bureau or another department, sees what was submitted, nobody's drafts. Officers see and do everything the workflow lets the
 * bureau do. Plain functions, any thread.
 */
#ifndef EVROLL_REGISTRY_FREIGHT_ACCESS_H
#define EVROLL_REGISTRY_FREIGHT_ACCESS_H

#include "registry/freight/workflow.h"
#include "registry/http/http.h"

struct freight_access {
    bool see;                 /* what was submitted */
    bool drafts;              /* what was not yet */
    enum freight_party party; /* whose part he takes in the workflow */
};

struct freight_access freight_access(const struct http_principal *principal, const char *org_id);

#endif
