/*
 * GEOS through its reentrant C API. It reports by two handlers of the context: notices are dropped,
 * the last error's text is kept for the refusal.
 */
#include "registry/sites/geometry.h"

#define GEOS_USE_ONLY_R_API
#include <geos_c.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shared/arena.h"

#define DEGREE 1e7

struct geometry_context {
    GEOSContextHandle_t geos;
    char message[200];
};

struct geometry {
    struct geometry_context *context;
    GEOSGeometry *shape;
    const GEOSPreparedGeometry *prepared;
};

static void keep_message(const char *message, void *arg)
{
    struct geometry_context *context = arg;

    snprintf(context->message, sizeof context->message, "%s", message);
}

struct geometry_context *geometry_open(void)
{
    struct geometry_context *context = mem_alloc(1, sizeof *context);

    context->geos = GEOS_init_r();
    if (context->geos == NULL)
        mem_exhausted(sizeof *context);
    GEOSContext_setErrorMessageHandler_r(context->geos, keep_message, context);
    return context;
}

void geometry_close(struct geometry_context *context)
{
    if (context == NULL)
        return;
    GEOS_finish_r(context->geos);
    free(context);
}

void geometry_free(struct geometry *g)
{
    if (g == NULL)
        return;
    if (g->prepared != NULL)
        GEOSPreparedGeom_destroy_r(g->context->geos, g->prepared);
    GEOSGeom_destroy_r(g->context->geos, g->shape);
    free(g);
}

/* ---- reading ---- */

static bool begins_with(const char *text, const char *word)
{
    size_t len = strlen(word);

    return strncasecmp(text, word, len) == 0 && strchr(" \t(", text[len]) != NULL;
}

static enum err check_text(const char *wkt, struct fault *fault)
{
    const char *word = wkt + strspn(wkt, " \t\r\n");

    if (strlen(wkt) > GEOMETRY_BYTES_MAX)
        return fault_set(fault, ERR_INPUT, "is longer than %u bytes; simplify the polygon",
                         GEOMETRY_BYTES_MAX);
    if (!begins_with(word, "POLYGON") && !begins_with(word, "MULTIPOLYGON"))
        return fault_set(fault, ERR_INPUT,
                         "begins with \"%.20s\"; WKT POLYGON or MULTIPOLYGON is expected, as in "
                         "POLYGON ((112.59 35.06, 112.61 35.06, 112.61 35.08, 112.59 35.06))",
                         word);
    return ERR_OK;
}

/* A ring by number: 0 is the outer one. */
static enum err check_ring(struct geometry_context *c, const GEOSGeometry *ring, int number,
                           struct fault *fault)
{
    const GEOSCoordSequence *points = GEOSGeom_getCoordSeq_r(c->geos, ring);
    unsigned count = 0;

    if (points == NULL || GEOSCoordSeq_getSize_r(c->geos, points, &count) == 0)
        return fault_set(fault, ERR_INPUT, "has a ring that cannot be read: %s", c->message);
    for (unsigned i = 0; i < count; i++) {
        double lon = NAN, lat = NAN;
        GEOSCoordSeq_getXY_r(c->geos, points, i, &lon, &lat);
        if (lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90) /* false for NaN too */
            continue;
        return fault_set(fault, ERR_INPUT,
                         "ring %d, vertex %u: %.10g %.10g is no longitude of -180 to 180 and "
                         "latitude of -90 to 90 in this order",
                         number + 1, i + 1, lon, lat);
    }
    return ERR_OK;
}

static enum err check_polygon(struct geometry_context *c, const GEOSGeometry *polygon,
                              struct fault *fault)
{
    int holes = GEOSGetNumInteriorRings_r(c->geos, polygon);
    enum err err = ERR_OK;

    if (GEOSisEmpty_r(c->geos, polygon) == 1)
        return ERR_OK;
    err = check_ring(c, GEOSGetExteriorRing_r(c->geos, polygon), 0, fault);
    for (int i = 0; i < holes && err == ERR_OK; i++)
        err = check_ring(c, GEOSGetInteriorRingN_r(c->geos, polygon, i), i + 1, fault);
    return err;
}

/* "Self-intersection at 112.6 35.07" */
static enum err check_valid(struct geometry_context *c, const GEOSGeometry *shape,
                            struct fault *fault)
{
    char *reason = NULL;
    GEOSGeometry *place = NULL;
    double x = 0, y = 0;
    char valid = GEOSisValidDetail_r(c->geos, shape, 0, &reason, &place);
    bool placed = place != NULL && GEOSGeomGetX_r(c->geos, place, &x) == 1 &&
                  GEOSGeomGetY_r(c->geos, place, &y) == 1;

    if (valid != 1 && placed)
        fault_set(fault, ERR_INPUT, "%s at %.10g %.10g; mend the polygon there", reason, x, y);
    else if (valid != 1)
        fault_set(fault, ERR_INPUT, "is no valid polygon: %s",
                  reason != NULL ? reason : c->message);
    GEOSFree_r(c->geos, reason);
    GEOSGeom_destroy_r(c->geos, place);
    return valid == 1 ? ERR_OK : ERR_INPUT;
}

static enum err check_shape(struct geometry_context *c, const GEOSGeometry *shape,
                            struct fault *fault)
{
    int parts = GEOSGetNumGeometries_r(c->geos, shape);
    int vertices = GEOSGetNumCoordinates_r(c->geos, shape);
    enum err err = ERR_OK;

    if (vertices > GEOMETRY_VERTICES_MAX)
        return fault_set(fault, ERR_INPUT, "has %d vertices; simplify it to at most %d", vertices,
                         GEOMETRY_VERTICES_MAX);
    if (GEOSHasZ_r(c->geos, shape) == 1)
        return fault_set(fault, ERR_INPUT, "has heights; write longitude and latitude only");
    for (int i = 0; i < parts && err == ERR_OK; i++)
        err = check_polygon(c, GEOSGetGeometryN_r(c->geos, shape, i), fault);
    return err == ERR_OK ? check_valid(c, shape, fault) : err;
}

static GEOSGeometry *parse(struct geometry_context *c, const char *wkt)
{
    GEOSWKTReader *reader = GEOSWKTReader_create_r(c->geos);
    GEOSGeometry *shape = NULL;

    snprintf(c->message, sizeof c->message, "unknown reason");
    if (reader == NULL)
        return NULL;
    shape = GEOSWKTReader_read_r(c->geos, reader, wkt);
    GEOSWKTReader_destroy_r(c->geos, reader);
    return shape;
}

enum err geometry_read(struct geometry_context *context, const char *wkt,
                       struct geometry **geometry, struct fault *fault)
{
    GEOSGeometry *shape = NULL;
    enum err err = check_text(wkt, fault);

    *geometry = NULL;
    if (err != ERR_OK)
        return err;
    shape = parse(context, wkt);
    if (shape == NULL)
        return fault_set(fault, ERR_INPUT, "is no WKT polygon: %s", context->message);
    err = check_shape(context, shape, fault);
    if (err != ERR_OK) {
        GEOSGeom_destroy_r(context->geos, shape);
        return err;
    }
    *geometry = mem_alloc(1, sizeof **geometry);
    (*geometry)->context = context;
    (*geometry)->shape = shape;
    return ERR_OK;
}

/* ---- asking ---- */

bool geometry_is_empty(const struct geometry *g)
{
    return GEOSisEmpty_r(g->context->geos, g->shape) == 1;
}

struct store_site_box geometry_box(const struct geometry *g)
{
    GEOSContextHandle_t geos = g->context->geos;
    double x_min = 0, y_min = 0, x_max = 0, y_max = 0;

    if (geometry_is_empty(g) || GEOSGeom_getXMin_r(geos, g->shape, &x_min) == 0 ||
        GEOSGeom_getYMin_r(geos, g->shape, &y_min) == 0 ||
        GEOSGeom_getXMax_r(geos, g->shape, &x_max) == 0 ||
        GEOSGeom_getYMax_r(geos, g->shape, &y_max) == 0)
        return STORE_SITE_BOX_NOWHERE;
    return (struct store_site_box){(int64_t)floor(x_min * DEGREE), (int64_t)floor(y_min * DEGREE),
                                   (int64_t)ceil(x_max * DEGREE), (int64_t)ceil(y_max * DEGREE)};
}

/* For a point and a polygon "intersects" is "covers", and the one that GEOS answers from an index
 * of the edges. */
bool geometry_contains(struct geometry *g, int64_t lat, int64_t lon)
{
    GEOSContextHandle_t geos = g->context->geos;
    GEOSGeometry *point = NULL;
    bool inside = false;

    if (g->prepared == NULL)
        g->prepared = GEOSPrepare_r(geos, g->shape);
    point = GEOSGeom_createPointFromXY_r(geos, (double)lon / DEGREE, (double)lat / DEGREE);
    inside = g->prepared != NULL && point != NULL &&
             GEOSPreparedIntersects_r(geos, g->prepared, point) == 1;
    GEOSGeom_destroy_r(geos, point);
    return inside;
}

bool geometry_boxes_meet(const struct store_site_box *a, const struct store_site_box *b)
{
    return a->lon_min <= b->lon_max && b->lon_min <= a->lon_max && a->lat_min <= b->lat_max &&
           b->lat_min <= a->lat_max;
}

bool geometry_box_contains(const struct store_site_box *box, int64_t lat, int64_t lon)
{
    return lon >= box->lon_min && lon <= box->lon_max && lat >= box->lat_min && lat <= box->lat_max;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

struct store_site_box geometry_box_join(const struct store_site_box *a,
                                        const struct store_site_box *b)
{
    return (struct store_site_box){smaller(a->lon_min, b->lon_min), smaller(a->lat_min, b->lat_min),
                                   larger(a->lon_max, b->lon_max), larger(a->lat_max, b->lat_max)};
}
