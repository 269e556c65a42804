/*
 * setting: what a unit is to report, as a resource that it can observe (RFC 7641):
 * GET /v1/units/{unit}/config gives what the registry set (shared/roster.h), {} for nothing.
 *
 * libcoap keeps observers by resource, and makes an observer of a request only when the resource is
 * there before it: so each unit has its own from the end of its first handshake on, as long as the
 * endpoint lives (about 400 bytes). Thread safety: the endpoint's thread.
 */
#ifndef EVROLL_GATEWAY_COAP_SETTING_H
#define EVROLL_GATEWAY_COAP_SETTING_H

#include <coap3/coap.h>

#include "shared/unit.h"

struct endpoint;
struct peer;

struct setting_resource {
    char unit[UNIT_NAME_MAX + 1];
    coap_context_t *context;
    coap_resource_t *resource;
};

struct setting_table { /* by unit and context */
    struct setting_resource *items;
    size_t count, room;
};

/* A handshake is done: the resource of the unit at its other end is there from now on. */
void setting_offer(struct endpoint *endpoint, const struct peer *peer);
/* Tells observers what is news in the roster. */
void setting_tell(struct endpoint *endpoint);
void setting_clear(struct setting_table *table); /* after the contexts */

#endif
