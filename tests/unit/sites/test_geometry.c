/* Polygons from outside are judged, and what is wrong is said with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/sites/geometry.h"
#include "shared/arena.h"

#define DEGREE 1e7

static struct geometry *read_good(struct geometry_context *context, const char *wkt)
{
    struct geometry *geometry = NULL;
    struct fault fault = {.code = ERR_OK};

    if (geometry_read(context, wkt, &geometry, &fault) != ERR_OK)
        fail_msg("%.60s: %s", wkt, fault.text);
    return geometry;
}

static bool holds(struct geometry *geometry, double lon, double lat)
{
    return geometry_contains(geometry, llround(lat * DEGREE), llround(lon * DEGREE));
}

static void a_point_in_a_hole_lies_outside_and_one_on_an_edge_inside(void **state)
{
    struct geometry_context *context = geometry_open();
    struct geometry *g = read_good(context, "POLYGON ((112 35, 113 35, 113 36, 112 36, 112 35), "
                                            "(112.4 35.4, 112.6 35.4, 112.6 35.6, 112.4 35.6, "
                                            "112.4 35.4))");

    (void)state;
    assert_true(holds(g, 112.2, 35.2));
    assert_false(holds(g, 112.5, 35.5)); /* the hole */
    assert_true(holds(g, 112.4, 35.5));  /* its edge */
    assert_true(holds(g, 112, 35));      /* a corner */
    assert_false(holds(g, 113.0000001, 35.5));
    geometry_free(g);
    geometry_close(context);
}

static void two_sites_that_touch_share_their_edge(void **state)
{
    struct geometry_context *context = geometry_open();
    struct geometry *left = read_good(context, "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))");
    struct geometry *right = read_good(context, "POLYGON ((1 0, 2 0, 2 1, 1 1, 1 0))");

    (void)state;
    assert_true(holds(left, 1, 0.5));
    assert_true(holds(right, 1, 0.5));
    assert_false(holds(left, 1.5, 0.5));
    geometry_free(left);
    geometry_free(right);
    geometry_close(context);
}

static void a_multipolygon_has_all_its_parts(void **state)
{
    struct geometry_context *context = geometry_open();
    struct geometry *g = read_good(
        context, "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((-3 -2, -2 -2, -2.0000001 -1, -3 -2)))");
    struct store_site_box box = geometry_box(g);

    (void)state;
    assert_true(holds(g, 0.9, 0.1));
    assert_true(holds(g, -2.1, -1.9));
    assert_false(holds(g, 0, -1));
    assert_int_equal(box.lon_min, -30000000);
    assert_int_equal(box.lat_min, -20000000);
    assert_int_equal(box.lon_max, 10000000);
    assert_int_equal(box.lat_max, 10000000);
    geometry_free(g);
    geometry_close(context);
}

static void an_empty_polygon_holds_nothing_and_has_no_box(void **state)
{
    struct geometry_context *context = geometry_open();
    struct geometry *g = read_good(context, "POLYGON EMPTY");
    struct store_site_box box = geometry_box(g);

    (void)state;
    assert_true(geometry_is_empty(g));
    assert_false(holds(g, 0, 0));
    assert_true(box.lon_min > box.lon_max);
    geometry_free(g);
    geometry_close(context);
}

static void what_is_wrong_is_refused_with_its_reason_and_place(void **state)
{
    static const struct {
        const char *wkt, *says;
    } cases[] = {
        {"", "POLYGON"},
        {"POINT (112 35)", "POLYGON"},
        {"GEOMETRYCOLLECTION (POLYGON ((0 0, 1 0, 1 1, 0 0)))", "POLYGON"},
        {"POLYGONE ((0 0, 1 0, 1 1, 0 0))", "POLYGON"},
        {"POLYGON ((0 0, 1 0, 1 1", "no WKT"},
        {"POLYGON ((0 0, 1 0, 1 x, 0 0))", "no WKT"},
        {"POLYGON ((0 0, 1 0, 1 1, 0 1))", "closed"},
        {"POLYGON ((0 0, 1 0, 0 0))", "Too few points"},
        {"POLYGON ((0 0, 1 1, 0 1, 1 0, 0 0))", "Self-intersection at 0.5 0.5"},
        {"POLYGON ((112.59 35.06, 112.61 35.08, 112.61 35.06, 112.59 35.08, 112.59 35.06))",
         "Self-intersection at 112.6 35.07"},
        {"POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (5 5, 6 5, 6 6, 5 5))", "Hole lies outside"},
        {"POLYGON ((35.06 112.59, 35.08 112.59, 35.08 112.61, 35.06 112.59))",
         "ring 1, vertex 1: 35.06 112.59"},
        {"POLYGON ((0 0, 9 0, 9 9, 0 0), (1 1, 2 1, 181 2, 1 1))", "ring 2, vertex 3: 181 2"},
        {"POLYGON ((0 0, 1 0, nan 1, 0 0))", ""},
        {"POLYGON Z ((0 0 1, 1 0 1, 1 1 1, 0 0 1))", "heights"},
    };
    struct geometry_context *context = geometry_open();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct geometry *geometry = NULL;
        struct fault fault = {.code = ERR_OK};
        assert_int_equal(geometry_read(context, cases[i].wkt, &geometry, &fault), ERR_INPUT);
        assert_null(geometry);
        if (strstr(fault.text, cases[i].says) == NULL)
            fail_msg("%s: %s", cases[i].wkt, fault.text);
    }
    geometry_close(context);
}

/* A circle of `vertices`, the last one being the first again. */
static char *circle(struct arena *arena, int vertices)
{
    size_t size = (size_t)vertices * 48 + 32, len = 0;
    char *text = arena_alloc(arena, size, 1);

    len += (size_t)snprintf(text, size, "POLYGON ((");
    for (int i = 0; i < vertices; i++) {
        double angle = 2 * M_PI * (i % (vertices - 1)) / (vertices - 1);
        len += (size_t)snprintf(text + len, size - len, "%s%.9f %.9f", i == 0 ? "" : ", ",
                                112.6 + 0.1 * cos(angle), 35.1 + 0.1 * sin(angle));
    }
    snprintf(text + len, size - len, "))");
    return text;
}

static void a_huge_polygon_is_taken_up_to_the_limit(void **state)
{
    struct arena *arena = arena_create();
    struct geometry_context *context = geometry_open();
    struct geometry *g = read_good(context, circle(arena, GEOMETRY_VERTICES_MAX));
    struct geometry *too_many = NULL;
    struct fault fault = {.code = ERR_OK};
    char *too_long = arena_alloc(arena, GEOMETRY_BYTES_MAX + 2, 1);

    (void)state;
    assert_true(holds(g, 112.6, 35.1));
    assert_true(holds(g, 112.6, 35.19999));
    assert_false(holds(g, 112.6, 35.20001));
    assert_false(holds(g, 112.6999, 35.1999));
    geometry_free(g);
    assert_int_equal(
        geometry_read(context, circle(arena, GEOMETRY_VERTICES_MAX + 1), &too_many, &fault),
        ERR_INPUT);
    assert_non_null(strstr(fault.text, "20001 vertices"));
    memset(too_long, ' ', GEOMETRY_BYTES_MAX + 1);
    assert_int_equal(geometry_read(context, too_long, &too_many, &fault), ERR_INPUT);
    assert_non_null(strstr(fault.text, "1048576 bytes"));
    geometry_close(context);
    arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_point_in_a_hole_lies_outside_and_one_on_an_edge_inside),
        cmocka_unit_test(two_sites_that_touch_share_their_edge),
        cmocka_unit_test(a_multipolygon_has_all_its_parts),
        cmocka_unit_test(an_empty_polygon_holds_nothing_and_has_no_box),
        cmocka_unit_test(what_is_wrong_is_refused_with_its_reason_and_place),
        cmocka_unit_test(a_huge_polygon_is_taken_up_to_the_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
