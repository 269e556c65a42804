/*
 * room_api: PUT /v1/gateway/journals, by which a gateway says how full its journals are: for how long
 * they can take what units send when nothing leaves them. With a gateway's certificate only.
 * GET /v1/ingest/journals shows it.
 */
#ifndef EVROLL_REGISTRY_INGEST_ROOM_API_H
#define EVROLL_REGISTRY_INGEST_ROOM_API_H

#include "registry/http/http.h"

extern const struct http_route room_routes[];
extern const size_t room_route_count;

#endif
