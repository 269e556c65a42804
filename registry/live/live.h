/*
 * live: what changed, for those who watch (GET /v1/stream). A thread looks every second at a few
 * numbers that move when something happens and publishes events; whatever process made the change,
 * each registry on the database sees it. An event says that there is something new, not what: pages
 * ask again for what they show.
 *
 *     ingest    who may see the bureau's   gateways delivered: totals since ever
 *     figures   who may see the bureau's   the register, reports or telemetry moved what figures are made of
 *     findings  who may see the bureau's   findings were made, decided or closed
 *     reports   and the enterprise's own   something was done to a freight report
 *
 * Where a standby answers queries it is looked at too, so that who is told finds what he is told of.
 *
 * ingest comes at most once a second, figures and findings once in LIVE_CALM_MS. Being late or
 * killed loses nothing but events.
 */
#ifndef EVROLL_REGISTRY_LIVE_LIVE_H
#define EVROLL_REGISTRY_LIVE_LIVE_H

#include "registry/http/http.h"
#include "registry/replica/replica.h"

#define LIVE_CALM_MS 5000

struct live;

struct live_options {
    const char *db_url;
    const struct clock *clock;
    struct http_server *server;    /* where it publishes until stopped; stop it before the server */
    const struct replica *replica; /* NULL: none */
};

enum err live_start(const struct live_options *options, struct live **live,
                    struct fault *fault) ERR_CHECKED;
void live_stop(struct live *live); /* NULL is allowed */

extern const struct http_route live_routes[];
extern const size_t live_route_count;

#endif
