/* outlook_api_internal: the handlers of this folder; outlook_api.c has their table. */
#ifndef EVROLL_REGISTRY_OUTLOOK_OUTLOOK_API_INTERNAL_H
#define EVROLL_REGISTRY_OUTLOOK_OUTLOOK_API_INTERNAL_H

#include "registry/compliance/compliance.h"
#include "registry/http/http.h"

http_handler projection_get, history_get, replacements_get, what_if_post, avoided_get;

/* Reads plan, as_of, owner, area and the rule of the path. False: answered with what is wrong. */
bool outlook_rule(struct http_call *call, struct compliance_query *query, const struct rule **rule);

#endif
