#include "registry/outlook/outlook_api.h"

#include "registry/compliance/compliance_api.h"
#include "registry/outlook/outlook_api_internal.h"

#define WHAT_IF_MAX (4u << 20)

const struct http_route outlook_routes[] = {
    {"GET", "/v1/compliance/history", HTTP_VIEWER, 0, history_get},
    {"GET", "/v1/compliance/{rule}/projection", HTTP_VIEWER, 0, projection_get},
    {"GET", "/v1/compliance/{rule}/replacements", HTTP_VIEWER, 0, replacements_get},
    {"POST", "/v1/compliance/{rule}/what-if", HTTP_VIEWER, WHAT_IF_MAX, what_if_post},
    {"GET", "/v1/avoided-emissions", HTTP_VIEWER, 0, avoided_get},
};
const size_t outlook_route_count = sizeof outlook_routes / sizeof outlook_routes[0];

bool outlook_rule(struct http_call *call, struct compliance_query *query, const struct rule **rule)
{
    const char *id = http_path_value(call, "rule");

    if (!compliance_api_query(call, query))
        return false;
    *rule = plan_rule(query->plan, id, query->as_of);
    if (*rule == NULL)
        http_reply_problem(call, 404, "the plan \"%s\" has no rule \"%s\"", query->plan->id, id);
    return *rule != NULL;
}
