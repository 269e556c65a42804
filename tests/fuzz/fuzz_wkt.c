/* Polygons as text from outside: refused with a reason, or valid, with all of it inside its box. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "registry/sites/geometry.h"
#include "shared/arena.h"

static void check(struct geometry *geometry)
{
    struct store_site_box box = geometry_box(geometry);

    if (geometry_is_empty(geometry)) {
        assert(box.lon_min > box.lon_max);
        return;
    }
    assert(box.lon_min <= box.lon_max && box.lat_min <= box.lat_max);
    assert(box.lon_min >= -1800000000 && box.lon_max <= 1800000000);
    assert(box.lat_min >= -900000000 && box.lat_max <= 900000000);
    (void)geometry_contains(geometry, box.lat_min, box.lon_min);
    assert(!geometry_contains(geometry, box.lat_max + 10, box.lon_max));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct geometry_context *context = geometry_open();
    struct geometry *geometry = NULL;
    struct fault fault = {.code = ERR_OK};
    char *text = mem_alloc(len + 1, 1);

    memcpy(text, bytes, len);
    if (geometry_read(context, text, &geometry, &fault) == ERR_OK) {
        check(geometry);
    } else {
        assert(geometry == NULL && fault.code == ERR_INPUT);
        assert(fault.text[0] != '\0');
    }
    geometry_free(geometry);
    geometry_close(context);
    free(text);
    return 0;
}
