/*
 * geometry: polygons on the map (OGC Simple Features, WKT; lon lat, WGS-84 degrees), by GEOS.
 *
 * A polygon comes as text from outside and is judged before anything is built on it: POLYGON or
 * MULTIPOLYGON, holes allowed, at most GEOMETRY_BYTES_MAX of text and GEOMETRY_VERTICES_MAX
 * vertices, two dimensions, degrees in range, rings closed, and valid in the sense of OGC (no ring
 * crosses itself or another, holes lie inside): what GEOS finds is said with its place. Only the two
 * words are let through to GEOS's reader, since it descends once for each nested collection.
 *
 * A point on the edge is inside: who stands on the line of a plant is at the plant.
 *
 * The context holds GEOS's; it and all geometries made with it belong to one thread.
 */
#ifndef EVROLL_REGISTRY_SITES_GEOMETRY_H
#define EVROLL_REGISTRY_SITES_GEOMETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "registry/store/store_sites.h"
#include "shared/err.h"

#define GEOMETRY_BYTES_MAX    (1u << 20)
#define GEOMETRY_VERTICES_MAX 20000

struct geometry_context;
struct geometry;

struct geometry_context *geometry_open(void);
void geometry_close(struct geometry_context *context); /* NULL is allowed */

/* ERR_INPUT: why it is refused, without the name of the column. "POLYGON EMPTY" is taken: nothing
 * lies in it. Owned by the caller: geometry_free before geometry_close. */
enum err geometry_read(struct geometry_context *context, const char *wkt,
                       struct geometry **geometry, struct fault *fault) ERR_CHECKED;
void geometry_free(struct geometry *geometry); /* NULL is allowed */

bool geometry_is_empty(const struct geometry *geometry);
/* The box around it, rounded outwards. */
struct store_site_box geometry_box(const struct geometry *geometry);
/* Latitude and longitude as signals have them, 10⁻⁷ degree. The first call prepares an index. */
bool geometry_contains(struct geometry *geometry, int64_t lat, int64_t lon);

bool geometry_boxes_meet(const struct store_site_box *a, const struct store_site_box *b);
bool geometry_box_contains(const struct store_site_box *box, int64_t lat, int64_t lon);
struct store_site_box geometry_box_join(const struct store_site_box *a,
                                        const struct store_site_box *b);

#endif
